//! Alertmanager's API v2, for Prometheus, which sends its alerts here, and for `amtool`, Karma and Grafana.
//!
//! Same addresses, parameters, JSON, statuses and mistakes: `api/v2/openapi.yaml` and `api/v2/api.go` of
//! <https://github.com/prometheus/alertmanager>.

mod alerts;
mod answer;
mod params;
mod posted;
mod shown;
mod silences;
mod times;
mod uri;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Extension, Json, Router};
use http::{StatusCode, Uri};
use serde_json::{Value, json};
use wire::{Caller, Role};

use super::Context;
use super::prometheus::About;
use crate::alerts::AlertService;
use answer::Failure;

/// The version of Alertmanager whose API this is: clients choose by it what they ask for.
const SPOKEN: &str = "0.28.0";

/// An answer, or why there is none.
type Reply<T> = Result<T, Failure>;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/v2/status", get(status))
        .route("/api/v2/receivers", get(receivers))
        .merge(alerts::router())
        .merge(silences::router())
        .method_not_allowed_fallback(wrong_method)
        .route("/api/v2/{*rest}", any(unknown))
        .route_layer(from_fn(for_viewers))
}

/// Whoever may not even read is told so before anything is looked at.
async fn for_viewers(
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Reply<Response> {
    caller.require(Role::Viewer)?;
    Ok(next.run(request).await)
}

async fn wrong_method(request: Request) -> Failure {
    let message = format!("method {} is not allowed", request.method());
    Failure::coded(StatusCode::METHOD_NOT_ALLOWED, 405, message)
}

async fn unknown(uri: Uri) -> Failure {
    let message = format!("path {} was not found", uri.path());
    Failure::coded(StatusCode::NOT_FOUND, 404, message)
}

async fn status(
    State(about): State<Arc<About>>,
    State(service): State<Arc<AlertService>>,
) -> Json<Value> {
    let inhibition = service.quiet.inhibitions();
    Json(json!({
        "cluster": { "status": "disabled", "peers": [] },
        "versionInfo": {
            "version": SPOKEN,
            "revision": "",
            "branch": "",
            "buildUser": concat!("MCP Observatory ", env!("CARGO_PKG_VERSION")),
            "buildDate": "",
            "goVersion": "",
        },
        "config": { "original": service.routes().written(&inhibition) },
        "uptime": times::written(about.started_ms()),
    }))
}

async fn receivers(State(service): State<Arc<AlertService>>) -> Json<Value> {
    let names = service.routes().receivers().into_iter();
    Json(names.map(|name| json!({ "name": name })).collect())
}
