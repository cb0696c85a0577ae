//! `query`: asks a running product in PromQL, and prints what it answers.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::{BAD_CONFIGURATION, complain};

/// What to ask, and whom.
#[derive(Clone, Debug, Args)]
pub(super) struct Options {
    /// The query, for instance 'mcp_server_up == 0' or 'avg by (server) (mcp_probe_duration_seconds)'.
    expr: String,
    /// At which time: seconds since 1970 or RFC 3339 [default: now].
    #[arg(long, value_name = "TIME", conflicts_with_all = ["range"])]
    time: Option<String>,
    /// Over the last stretch of time, for instance 1h.
    #[arg(long, value_name = "DURATION")]
    range: Option<String>,
    /// The distance of two points of a range.
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "1m",
        requires = "range"
    )]
    step: String,
    /// Where the product is.
    #[arg(
        long,
        value_name = "URL",
        env = "OBSERVATORY_URL",
        default_value = "http://127.0.0.1:10204"
    )]
    url: String,
    /// The API key, where it wants one.
    #[arg(
        long,
        value_name = "KEY",
        env = "OBSERVATORY_KEY",
        hide_env_values = true
    )]
    key: Option<String>,
    /// Print the answer as it comes, as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let answer = match runtime {
        Ok(runtime) => runtime.block_on(ask(options)),
        Err(error) => Err(format!("no runtime: {error}")),
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(why) => {
            complain(&why);
            return ExitCode::FAILURE;
        }
    };
    if options.json {
        println!("{answer}");
    }
    if answer["status"] != "success" {
        let kind = answer["errorType"].as_str().unwrap_or("error");
        let why = answer["error"].as_str().or(answer["message"].as_str());
        complain(&format!(
            "{kind}: {}",
            why.unwrap_or("no answer of a product")
        ));
        return match kind {
            "bad_data" => ExitCode::from(BAD_CONFIGURATION),
            _ => ExitCode::FAILURE,
        };
    }
    if !options.json {
        lines(&answer["data"])
            .iter()
            .for_each(|line| println!("{line}"));
    }
    for kind in ["warnings", "infos"] {
        for text in answer[kind].as_array().into_iter().flatten() {
            complain(&text.as_str().unwrap_or_default());
        }
    }
    ExitCode::SUCCESS
}

async fn ask(options: &Options) -> Result<Value, String> {
    let mut form = vec![("query", options.expr.clone())];
    let mut path = "query";
    if let Some(range) = &options.range {
        let range_s = rules::parse_duration(range)?.as_secs_f64();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now_s = now.map_err(|error| error.to_string())?.as_secs_f64();
        path = "query_range";
        form.push(("start", (now_s - range_s).to_string()));
        form.push(("end", now_s.to_string()));
        form.push(("step", options.step.clone()));
    }
    form.extend(options.time.clone().map(|time| ("time", time)));
    let url = format!("{}/api/v1/{path}", options.url.trim_end_matches('/'));
    let mut request = reqwest::Client::new().post(&url).form(&form);
    if let Some(key) = &options.key {
        request = request.bearer_auth(key);
    }
    let wrong = |error: reqwest::Error| {
        let error = error.without_url();
        format!("{url} does not answer: {error}; is the product running there? (--url)")
    };
    let response = request.send().await.map_err(wrong)?;
    let status = response.status();
    let text = response.text().await.map_err(wrong)?;
    serde_json::from_str(&text)
        .map_err(|_| format!("{url} answers {status}, but nothing that a product would say"))
}

/// One line a value: the series, its value, its time.
fn lines(data: &Value) -> Vec<String> {
    let point = |point: &Value| {
        let value = point[1].as_str().unwrap_or_default();
        format!("{value} @[{}]", point[0])
    };
    match data["resultType"].as_str() {
        Some("vector") => {
            let samples = data["result"].as_array().into_iter().flatten();
            let line = |sample: &Value| {
                let series = series(&sample["metric"]);
                format!("{series} => {}", point(&sample["value"]))
            };
            samples.map(line).collect()
        }
        Some("matrix") => {
            let all = data["result"].as_array().into_iter().flatten();
            let block = |one: &Value| {
                let values = one["values"].as_array().into_iter().flatten();
                let head = format!("{} =>", series(&one["metric"]));
                std::iter::once(head)
                    .chain(values.map(point))
                    .collect::<Vec<_>>()
            };
            all.flat_map(block).collect()
        }
        Some(kind) => vec![format!("{kind}: {}", point(&data["result"]))],
        None => Vec::new(),
    }
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
        for (data, expected) in [
            (
                json!({ "resultType": "vector", "result": [{ "metric": metric, "value": [1.5, "3"] }] }),
                vec!["up{job=\"a\\\"b\"} => 3 @[1.5]"],
            ),
            (
                json!({ "resultType": "matrix", "result": [{ "metric": {}, "values": [[1, "3"], [2, "NaN"]] }] }),
                vec!["{} =>", "3 @[1]", "NaN @[2]"],
            ),
            (
                json!({ "resultType": "scalar", "result": [7, "2"] }),
                vec!["scalar: 2 @[7]"],
            ),
        ] {
            assert_eq!(lines(&data), expected);
        }
    }
}
