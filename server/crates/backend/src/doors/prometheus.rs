//! The query API of Prometheus, for Grafana, promtool and everything else that speaks it.
//!
//! Same addresses, parameters, JSON, statuses and error types:
//! <https://prometheus.io/docs/prometheus/latest/querying/api/>.

mod body;
mod evaluation;
mod metadata;
mod names;
mod params;
mod queries;
mod rules;
mod status;
mod syntax;
mod targets;
mod write;
mod written;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Extension, Router};
use http::{StatusCode, Uri};
use wire::{Caller, Role};

use super::Context;
use body::Failure;
pub(crate) use metadata::Descriptions;
pub(crate) use names::in_labels;
pub(crate) use queries::Queries;
pub(crate) use status::About;
pub(crate) use syntax::layout;

type Reply = Result<Response, Failure>;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .merge(evaluation::router())
        .merge(names::router())
        .merge(rules::router())
        .merge(status::router())
        .merge(syntax::router())
        .merge(targets::router())
        .route("/api/v1/metadata", get(metadata::metadata))
        .method_not_allowed_fallback(wrong_method)
        .route("/api/v1/{*rest}", any(unknown))
        .route_layer(from_fn(for_viewers))
        .merge(write::router())
}

/// All of it reads, so one check stands before all of it.
async fn for_viewers(
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    caller.require(Role::Viewer)?;
    Ok(next.run(request).await)
}

async fn wrong_method(request: Request) -> Failure {
    let (method, path) = (request.method(), request.uri().path());
    let message = format!("{path} cannot be asked with {method}");
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "bad_data", message)
}

async fn unknown(uri: Uri) -> Failure {
    let message = format!("there is no {} here", uri.path());
    Failure::new(StatusCode::NOT_FOUND, "not_found", message)
}
