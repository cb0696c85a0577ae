//! The doors: REST, the query API of Prometheus, live socket, probes for orchestrators, the product's own MCP server.
//!
//! Each translates a transport into calls of the same services; none has logic of its own.

mod agents;
mod alertmanager;
mod alerts;
mod answer;
mod benchmarks;
mod builds;
mod calls;
mod counting;
mod dashboard;
mod definitions;
mod diagnostics;
mod events;
mod export;
mod exposition;
mod guard;
mod intake;
mod launcher;
mod lifecycle;
mod mcp;
mod negotiate;
mod notify;
mod openapi;
mod otlp;
mod probes;
mod prometheus;
mod push;
mod refusals;
mod rest;
mod rules;
mod served;
mod sign_in;
mod silences;
mod slo;
mod socket;
mod starting;
mod telemetry;
mod traffic;
mod unbroken;
mod windows;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use tokio_util::sync::CancellationToken;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use wire::Services;

use crate::agents::AgentService;
use crate::alerts::AlertService;
use crate::auth::Sessions;
use crate::builds::BuildService;
use crate::health::SelfHealth;
use crate::launcher::{Relays, Taps};
use crate::pushed::PushedGroups;
use crate::reload::Reload;
use crate::scraping::TargetService;
use crate::telemetry::{Counts, Telemetry};
use crate::traffic::TrafficService;
pub(crate) use counting::count;
pub(crate) use guard::{Guard, check};
pub(crate) use intake::Intake;
pub(crate) use negotiate::serve;
pub(crate) use otlp::Otlp;
pub(crate) use prometheus::{About, Descriptions, Queries, in_labels, layout};
pub(crate) use starting::Gate;
pub(crate) use unbroken::to_the_end;

/// What every door needs.
#[derive(Clone, FromRef)]
pub(crate) struct Context {
    pub(crate) services: Services,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) health: Arc<SelfHealth>,
    pub(crate) relays: Arc<Relays>,
    pub(crate) taps: Arc<Taps>,
    pub(crate) queries: Queries,
    pub(crate) intake: Intake,
    pub(crate) remote_write: Arc<ingest::remote_write::Reader>,
    pub(crate) otlp: Otlp,
    pub(crate) pushed: Arc<PushedGroups>,
    pub(crate) traffic: Arc<TrafficService>,
    pub(crate) builds: Arc<BuildService>,
    pub(crate) agents: Arc<AgentService>,
    pub(crate) descriptions: Descriptions,
    pub(crate) targets: Arc<TargetService>,
    pub(crate) alerts: Arc<AlertService>,
    pub(crate) about: Arc<About>,
    pub(crate) reload: Arc<Reload>,
    pub(crate) telemetry: Arc<Telemetry>,
    pub(crate) counts: Counts,
    /// Cancelled when sockets have to close.
    pub(crate) stop: CancellationToken,
}

/// Answers are compressed as they are asked for. One step above the usual, Brotli makes pages a fourteenth
/// smaller in the same time.
pub(crate) fn compression() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Precise(5))
}

/// All doors except the pages.
pub(crate) fn router(context: Context) -> Router {
    let mcp = mcp::service(context.services.clone(), &context.stop);
    Router::new()
        .merge(probes::router())
        .merge(lifecycle::router())
        .merge(rest::router())
        .merge(agents::router())
        .merge(alertmanager::router())
        .merge(alerts::router())
        .merge(benchmarks::router())
        .merge(openapi::router())
        .merge(dashboard::router())
        .merge(definitions::router())
        .merge(diagnostics::router())
        .merge(events::router())
        .merge(launcher::router())
        .merge(served::router(&context))
        .merge(prometheus::router())
        .merge(otlp::router())
        .merge(push::router())
        .merge(traffic::router())
        .merge(calls::router())
        .merge(builds::router())
        .merge(refusals::router())
        .merge(rules::router())
        .merge(silences::router())
        .merge(notify::router())
        .merge(slo::router())
        .merge(windows::router())
        .merge(export::router())
        .merge(socket::router())
        .merge(telemetry::router())
        .merge(sign_in::router())
        .with_state(context)
        .nest_service("/mcp", mcp)
}
