//! `/metrics`: what the product counts of itself, for Prometheus and everything that scrapes.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderMap, header};
use wire::{Caller, Role, Services};

use super::Context;
use super::answer::Refusal;
use crate::error::fault;
use crate::telemetry::Telemetry;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn router() -> Router<Context> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(
    State(services): State<Services>,
    State(telemetry): State<Arc<Telemetry>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    caller.require(Role::Viewer)?;
    telemetry.alerts(&services.alerts.list(&caller, true).await?);
    let (kind, written) = match takes_open_metrics(&headers) {
        true => (OPEN_METRICS, telemetry.open_metrics()),
        false => (TEXT, telemetry.text()),
    };
    let written = written.map_err(|error| fault("writing the product's own metrics", &error))?;
    Ok(([(header::CONTENT_TYPE, kind)], written).into_response())
}

/// Whoever can read the newer format says so.
fn takes_open_metrics(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).into_iter();
    let accepted = accepted.filter_map(|accept| accept.to_str().ok());
    accepted
        .flat_map(|accept| accept.split(','))
        .any(|kind| kind.trim().starts_with("application/openmetrics-text"))
}
