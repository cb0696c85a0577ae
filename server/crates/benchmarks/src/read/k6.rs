//! k6: `--summary-export`, and what `handleSummary` is given, which has the numbers of a metric in `values`. Times are in
//! milliseconds.

use serde_json::Value;

use super::Taken;
use super::fields::number;
use crate::result::{Measured, Percentiles};

const MS: f64 = 1e-3;

pub(super) fn read(value: &Value) -> Taken {
    let mut taken = Taken::default();
    let metrics = value["metrics"].as_object().into_iter().flatten();
    for (name, metric) in metrics {
        let numbers = match metric.get("values") {
            Some(values) => values,
            None => metric,
        };
        if let Some(measured) = measured(name, numbers) {
            taken.push(name, Some(measured));
        }
    }
    taken
}

/// Of what k6 measures: how long requests and iterations took, how many a second, how many failed, how many users.
fn measured(name: &str, metric: &Value) -> Option<Measured> {
    // Parts of a metric have their tags in braces.
    let plain = name.split('{').next().unwrap_or(name);
    let more = |it: Measured| Measured {
        more_is_better: true,
        ..it
    };
    match plain {
        "http_req_duration" | "iteration_duration" | "grpc_req_duration" | "ws_connecting" => {
            let mean = number(metric, "avg")? * MS;
            let of = |field: &str| number(metric, field).map(|it| it * MS);
            let (p50, p95) = (of("med"), of("p(95)"));
            Some(Measured {
                median: p50,
                percentiles: p50.zip(p95).map(|(p50, p95)| Percentiles {
                    p50,
                    p95,
                    p99: of("p(99)").or(of("max")).unwrap_or(p95),
                }),
                ..Measured::value(name, "seconds", mean)
            })
        }
        "http_reqs" | "iterations" => {
            number(metric, "rate").map(|rate| more(Measured::value(name, "1/s", rate)))
        }
        "http_req_failed" | "checks" => {
            let rate = number(metric, "rate").or(number(metric, "value"))?;
            let measured = Measured::value(name, "ratio", rate);
            Some(match plain {
                "checks" => more(measured),
                _ => measured,
            })
        }
        "vus_max" => {
            let users = number(metric, "max").or(number(metric, "value"))?;
            Some(more(Measured::value("concurrent users", "", users)))
        }
        _ => None,
    }
}
