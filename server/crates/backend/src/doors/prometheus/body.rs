//! Answers as Prometheus writes them.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use model::Labels;
use promql::QueryError;
use serde_json::{Map, Value, json};
use wire::Problem;

/// An answer that is an error: its type decides the status.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

impl Failure {
    pub(super) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            kind,
            message,
        }
    }

    /// Its type, as clients get it.
    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_data", message)
    }

    pub(super) fn internal(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "a query failed");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            kind: "internal",
            message: "the query failed; the product's log says why".to_owned(),
        }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        let (status, kind) = match &error {
            QueryError::Bad(_) => (StatusCode::BAD_REQUEST, "bad_data"),
            QueryError::Execution(_) | QueryError::Limit { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "execution")
            }
            QueryError::Timeout => (StatusCode::SERVICE_UNAVAILABLE, "timeout"),
            QueryError::Cancelled => (StatusCode::SERVICE_UNAVAILABLE, "canceled"),
            QueryError::Read(_) => return Self::internal(error),
        };
        Self {
            status,
            kind,
            message: error.to_string(),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.code.http_status());
        Self {
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            kind: problem.code.as_str(),
            message: problem.message,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({
            "status": "error",
            "errorType": self.kind,
            "error": self.message,
        });
        (self.status, Json(body)).into_response()
    }
}

/// An answer with data; `warnings` and `infos` only where there are some.
pub(super) fn success(data: Value, warnings: Vec<String>, infos: Vec<String>) -> Response {
    let mut body = Map::new();
    body.insert("status".to_owned(), json!("success"));
    body.insert("data".to_owned(), data);
    for (name, texts) in [("warnings", warnings), ("infos", infos)] {
        if !texts.is_empty() {
            body.insert(name.to_owned(), json!(texts));
        }
    }
    Json(Value::Object(body)).into_response()
}

/// A value with its type, of its series the first `limit`, and whether there were more.
pub(super) fn value(value: promql::Value, limit: usize) -> (Value, bool) {
    let (kind, result, found) = match value {
        promql::Value::Scalar(at_ms, value) => ("scalar", json!(point(at_ms, value)), 0),
        promql::Value::String(at_ms, text) => ("string", json!([time(at_ms), text]), 0),
        promql::Value::Vector(samples) => {
            let one = |sample: &promql::VectorSample| {
                let value = point(sample.at_ms, sample.value);
                json!({ "metric": labels_json(&sample.labels), "value": value })
            };
            let shown: Vec<Value> = samples.iter().take(limit).map(one).collect();
            ("vector", json!(shown), samples.len())
        }
        promql::Value::Matrix(series) => {
            let one = |series: &promql::RangeSeries| {
                let points = series.points.iter().map(|(at, value)| point(*at, *value));
                let points: Vec<Value> = points.collect();
                json!({ "metric": labels_json(&series.labels), "values": points })
            };
            let shown: Vec<Value> = series.iter().take(limit).map(one).collect();
            ("matrix", json!(shown), series.len())
        }
    };
    let data = json!({ "resultType": kind, "result": result });
    (data, found > limit)
}

pub(super) fn labels_json(labels: &Labels) -> Value {
    let pairs = labels.iter();
    Value::Object(
        pairs
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect(),
    )
}

fn point(at_ms: i64, value: f64) -> Value {
    json!([time(at_ms), number(value)])
}

/// Seconds, with a fraction only where there is one.
fn time(at_ms: i64) -> Value {
    match at_ms % 1000 {
        0 => json!(at_ms / 1000),
        #[expect(clippy::cast_precision_loss)]
        _ => json!(at_ms as f64 / 1000.0),
    }
}

/// The shortest text that is read back as the same number; an exponent where ECMAScript writes one.
fn number(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            format!("{digits}e{sign}{exponent:0>2}")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1e-6, "0.000001"),
            (1.25e-7, "1.25e-07"),
            (-1e-100, "-1e-100"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Inf"),
            (0.1 + 0.2, "0.30000000000000004"),
        ] {
            assert_eq!(number(value), expected);
        }
        assert_eq!(time(1_500_000).to_string(), "1500");
        assert_eq!(time(1_435_781_430_781).to_string(), "1435781430.781");
        assert_eq!(time(-500).to_string(), "-0.5");
    }
}
