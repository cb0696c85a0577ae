//! Answers as text: lines to read, or a table as CSV.

use std::collections::BTreeSet;

use serde_json::Value;

/// One line a value: the series, its value, its time.
pub(super) fn lines(data: &Value) -> String {
    let point = |point: &Value| {
        let value = point[1].as_str().unwrap_or_default();
        format!("{value} @[{}]", point[0])
    };
    let lines: Vec<String> = match data["resultType"].as_str() {
        Some("vector") => {
            let line = |sample: &Value| {
                let series = series(&sample["metric"]);
                format!("{series} => {}", point(&sample["value"]))
            };
            results(data).map(line).collect()
        }
        Some("matrix") => {
            let block = |one: &Value| {
                let values = one["values"].as_array().into_iter().flatten();
                let head = format!("{} =>", series(&one["metric"]));
                std::iter::once(head)
                    .chain(values.map(point))
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
        row.push(point[1].as_str().unwrap_or_default().to_owned());
        table.write_record(row)
    };
    match data["resultType"].as_str() {
        Some("vector") => {
            for one in results(data) {
                row(&one["metric"], &one["value"])?;
            }
        }
        Some("matrix") => {
            for one in results(data) {
                for point in one["values"].as_array().into_iter().flatten() {
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
