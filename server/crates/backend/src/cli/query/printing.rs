//! Answers as text: lines to read, or a table as CSV.

use std::collections::BTreeSet;

use serde_json::Value;

/// One line a value: the series, its value, its time.
pub(super) fn lines(data: &Value) -> String {
    let point = |point: &Value| format!("{} @[{}]", value(&point[1]), point[0]);
    let lines: Vec<String> = match data["resultType"].as_str() {
        Some("vector") => {
            let line = |sample: &Value| {
                let series = series(&sample["metric"]);
                format!(
                    "{series} => {}",
                    points(sample).map(point).collect::<String>()
                )
            };
            results(data).map(line).collect()
        }
        Some("matrix") => {
            let block = |one: &Value| {
                let head = format!("{} =>", series(&one["metric"]));
                std::iter::once(head)
                    .chain(points(one).map(point))
                    .collect::<Vec<_>>()
            };
            results(data).flat_map(block).collect()
        }
        Some(kind) => vec![format!("{kind}: {}", point(&data["result"]))],
        None => Vec::new(),
    };
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// One row a value: its time, the labels of its series, the value.
///
/// # Errors
/// When it cannot be written as UTF-8, which no answer is.
pub(super) fn csv(data: &Value) -> Result<String, Box<dyn std::error::Error>> {
    let labels = |one: &Value| one["metric"].as_object().cloned().unwrap_or_default();
    let names: BTreeSet<String> = results(data)
        .flat_map(|one| labels(one).into_iter().map(|(name, _)| name))
        .collect();
    let mut table = csv::Writer::from_writer(Vec::new());
    let head = names.iter().map(|name| match name.as_str() {
        model::METRIC_NAME => "metric",
        name => name,
    });
    table.write_record(["time"].into_iter().chain(head).chain(["value"]))?;
    let mut row = |metric: &Value, point: &Value| {
        let label = |name: &String| metric[name].as_str().unwrap_or_default().to_owned();
        let mut row = vec![point[0].to_string()];
        row.extend(names.iter().map(label));
        row.push(value(&point[1]));
        table.write_record(row)
    };
    match data["resultType"].as_str() {
        Some("vector" | "matrix") => {
            for one in results(data) {
                for point in points(one) {
                    row(&one["metric"], point)?;
                }
            }
        }
        _ => row(&Value::Null, &data["result"])?,
    }
    Ok(String::from_utf8(table.into_inner()?)?)
}

/// The series of a vector or matrix; of other answers none.
fn results(data: &Value) -> impl Iterator<Item = &Value> {
    let series = matches!(data["resultType"].as_str(), Some("vector" | "matrix"));
    let all = data["result"].as_array().filter(|_| series);
    all.into_iter().flatten()
}

/// The points of a series in the order of time: one of a vector, all of a matrix.
fn points(series: &Value) -> impl Iterator<Item = &Value> {
    let single = ["value", "histogram"].map(|name| series.get(name));
    let many = ["values", "histograms"].map(|name| series[name].as_array());
    let many = many.into_iter().flatten().flatten();
    let mut all: Vec<&Value> = single.into_iter().flatten().chain(many).collect();
    all.sort_by(|a, b| {
        let time = |point: &Value| point[0].as_f64().unwrap_or_default();
        time(a).total_cmp(&time(b))
    });
    all.into_iter()
}

/// A number, or a native histogram: `{count:4, sum:5, (0.5,1]:4}`.
fn value(value: &Value) -> String {
    if let Some(number) = value.as_str() {
        return number.to_owned();
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut parts = vec![
        format!("count:{}", text(&value["count"])),
        format!("sum:{}", text(&value["sum"])),
    ];
    for bucket in value["buckets"].as_array().into_iter().flatten() {
        let (open, close) = match bucket[0].as_u64() {
            Some(0) => ('(', ']'),
            Some(1) => ('[', ')'),
            Some(2) => ('(', ')'),
            _ => ('[', ']'),
        };
        let [lower, upper, count] = [1, 2, 3].map(|place| text(&bucket[place]));
        parts.push(format!("{open}{lower},{upper}{close}:{count}"));
    }
    format!("{{{}}}", parts.join(", "))
}

/// As PromQL writes it: `name{label="value"}`.
fn series(metric: &Value) -> String {
    let labels = metric.as_object();
    let name = metric[model::METRIC_NAME].as_str().unwrap_or_default();
    let others = labels.into_iter().flatten();
    let others: Vec<String> = others
        .filter(|(label, _)| *label != model::METRIC_NAME)
        .map(|(label, value)| format!("{label}={value}"))
        .collect();
    match others.is_empty() {
        true if !name.is_empty() => name.to_owned(),
        _ => format!("{name}{{{}}}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_printed() {
        let metric = json!({ "__name__": "up", "job": "a\"b" });
        for (data, printed, table) in [
            (
                json!({ "resultType": "vector", "result": [
                    { "metric": metric, "value": [1.5, "3"] },
                    { "metric": { "x": "y" }, "value": [1.5, "4"] },
                ] }),
                "up{job=\"a\\\"b\"} => 3 @[1.5]\n{x=\"y\"} => 4 @[1.5]\n",
                "time,metric,job,x,value\n1.5,up,\"a\"\"b\",,3\n1.5,,,y,4\n",
            ),
            (
                json!({ "resultType": "matrix", "result": [{ "metric": {}, "values": [[1, "3"], [2, "NaN"]] }] }),
                "{} =>\n3 @[1]\nNaN @[2]\n",
                "time,value\n1,3\n2,NaN\n",
            ),
            (
                json!({ "resultType": "matrix", "result": [{
                    "metric": {},
                    "values": [[1, "3"], [3, "4"]],
                    "histograms": [[2, { "count": "2", "sum": "1", "buckets": [[0, "1", "2", "2"]] }]],
                }] }),
                "{} =>\n3 @[1]\n{count:2, sum:1, (1,2]:2} @[2]\n4 @[3]\n",
                "time,value\n1,3\n2,\"{count:2, sum:1, (1,2]:2}\"\n3,4\n",
            ),
            (
                json!({ "resultType": "vector", "result": [
                    { "metric": { "x": "y" }, "histogram": [2, { "count": "0", "sum": "0" }] },
                ] }),
                "{x=\"y\"} => {count:0, sum:0} @[2]\n",
                "time,x,value\n2,y,\"{count:0, sum:0}\"\n",
            ),
            (
                json!({ "resultType": "vector", "result": [] }),
                "",
                "time,value\n",
            ),
            (
                json!({ "resultType": "scalar", "result": [7, "2"] }),
                "scalar: 2 @[7]\n",
                "time,value\n7,2\n",
            ),
        ] {
            assert_eq!(lines(&data), printed);
            assert_eq!(csv(&data).unwrap(), table);
        }
    }
}
