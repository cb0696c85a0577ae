//! How answers and problems look over HTTP, and what requests say.

use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use wire::{Code, Problem, TimeRange};

/// What most handlers answer.
pub(crate) type Answer<T> = Result<Json<T>, Refusal>;
/// The body of a request, as far as it can be read.
pub(crate) type Body<T> = Result<Json<T>, JsonRejection>;
/// The query of a request, as far as it can be read.
pub(crate) type Asked<T> = Result<Query<T>, QueryRejection>;

/// What the body says.
pub(crate) fn body<T>(sent: Body<T>) -> Result<T, Problem> {
    let sent = sent.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    Ok(sent.0)
}

/// What the query says.
pub(crate) fn asked<T>(query: Asked<T>) -> Result<T, Problem> {
    let query = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    Ok(query.0)
}

/// The time that a query asks for; all that is kept where it names none.
pub(crate) fn time_range(
    last_ms: Option<i64>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
) -> Result<Option<TimeRange>, Problem> {
    match (last_ms, from_ms, to_ms) {
        (None, None, None) => Ok(None),
        (Some(last_ms), None, None) => Ok(Some(TimeRange::Last(last_ms))),
        (None, Some(from_ms), Some(to_ms)) => Ok(Some(TimeRange::Between(from_ms, to_ms))),
        _ => Err(Problem::invalid(
            "write either last_ms=, or from_ms= and to_ms=, or none of them",
        )),
    }
}

/// A query that asks for nothing but a time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stretch {
    last_ms: Option<i64>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
}

impl Stretch {
    /// That time, where it names one.
    pub(crate) fn range(self) -> Result<Option<TimeRange>, Problem> {
        time_range(self.last_ms, self.from_ms, self.to_ms)
    }
}

/// A problem as an HTTP answer.
pub(crate) struct Refusal(pub(crate) Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

/// The HTTP status that a code stands for.
pub(crate) fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (status(self.0.code), Json(self.0)).into_response()
    }
}
