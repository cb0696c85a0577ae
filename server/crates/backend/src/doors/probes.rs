//! Probes for orchestrators: `/live`, `/ready`, `/health`, and the first two as Prometheus has them.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use wire::Level;

use super::Context;
use crate::health::SelfHealth;

/// That the process answers is all that it says, databases or not.
pub(super) const HEALTHY: &str = "MCP Observatory is Healthy.\n";

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/live", get(|| async { "live\n" }))
        // Before everything is ready, `Gate` answers in place of this router.
        .route("/ready", get(|| async { "ready\n" }))
        .route("/-/healthy", get(|| async { HEALTHY }))
        .route("/-/ready", get(|| async { "MCP Observatory is Ready.\n" }))
        .route("/health", get(health))
        .route(
            "/health/detailed",
            get(|state| health(state, Query(Options { detailed: true }))),
        )
}

#[derive(Default, Deserialize)]
struct Options {
    #[serde(default)]
    detailed: bool,
}

async fn health(State(health): State<Arc<SelfHealth>>, Query(options): Query<Options>) -> Response {
    let mut report = health.look().await;
    if !options.detailed {
        report.checks.clear();
    }
    let status = match report.status {
        Level::Healthy | Level::Degraded => StatusCode::OK,
        Level::Unhealthy | Level::Unknown => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(report)).into_response()
}
