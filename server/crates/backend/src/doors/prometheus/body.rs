//! Answers as Prometheus writes them.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use model::Labels;
use promql::QueryError;
use serde_json::{Map, Value, json};
use wire::{Code, Problem};

/// An answer that is an error: its type decides the status.
#[derive(Debug)]
pub(crate) struct Failure {
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

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let code = match failure.status {
            StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
            StatusCode::INTERNAL_SERVER_ERROR => Code::Internal,
            _ => Code::Invalid,
        };
        Self::new(code, failure.message)
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

pub(super) fn labels_json(labels: &Labels) -> Value {
    let pairs = labels.iter();
    Value::Object(
        pairs
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect(),
    )
}
