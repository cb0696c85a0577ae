//! What is known of metrics: `metadata`.

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::body::{Failure, success};
use super::params::Params;
use crate::catalogue::METRICS;

/// Type, unit and help of the metrics that the product writes.
pub(super) async fn metadata(params: Params) -> Result<Response, Failure> {
    let limit = params.limit()?;
    // One metric has one description here, so whatever is allowed for each is enough.
    params.count("limit_per_metric")?;
    let wanted = params.all("metric").find(|name| !name.is_empty());
    let described = METRICS
        .iter()
        .filter(|metric| wanted.is_none_or(|name| name == metric.name))
        .take(limit);
    let one = |metric: &crate::catalogue::Metric| {
        let description = json!({
            "type": metric.kind.as_str(),
            "unit": metric.unit,
            "help": metric.help,
        });
        (metric.name.to_owned(), json!([description]))
    };
    let all: Map<String, Value> = described.map(one).collect();
    Ok(success(Value::Object(all), Vec::new(), Vec::new()))
}
