//! How mistakes look: what a handler says is a JSON text, what is wrong with the request itself has a code.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use wire::Problem;

use crate::doors::answer::status;

/// Codes of the rules that a request does not keep to, as the library has them that Alertmanager is built with
/// (`github.com/go-openapi/errors`).
pub(super) mod code {
    pub(crate) const WRONG_TYPE: u32 = 601;
    pub(crate) const REQUIRED: u32 = 602;
    pub(crate) const TOO_FEW: u32 = 612;
}

/// Why a request is refused.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    /// With a code the request is not of the form.
    code: Option<u32>,
    message: String,
}

impl Failure {
    /// What is asked for cannot be.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::said(StatusCode::BAD_REQUEST, message.into())
    }

    pub(super) fn said(status: StatusCode, message: String) -> Self {
        Self {
            status,
            code: None,
            message,
        }
    }

    pub(super) fn coded(status: StatusCode, code: u32, message: String) -> Self {
        Self {
            status,
            code: Some(code),
            message,
        }
    }

    /// A request that is not of the form.
    pub(super) fn invalid(code: u32, message: String) -> Self {
        Self::coded(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// Something is missing.
    pub(super) fn required(place: &str) -> Self {
        Self::invalid(code::REQUIRED, format!("{place} in body is required"))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::said(status(problem.code), problem.message)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = match self.code {
            Some(code) => json!({ "code": code, "message": self.message }),
            None => json!(self.message),
        };
        (self.status, Json(body)).into_response()
    }
}
