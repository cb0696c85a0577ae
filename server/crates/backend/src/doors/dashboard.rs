//! The whole picture in one answer, for programs: how the fleet is, what is worst, what is open, what happened.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Serialize;
use wire::{Alert, Caller, Event, Level, Problem, RangeQuery, Server, Services, Verdict};

use super::answer::Refusal;
use super::{Context, Queries};

/// Servers that are named.
const WORST: usize = 10;
/// Marks, and how far back they go.
const EVENTS: u32 = 20;
const EVENTS_MS: i64 = 24 * 3_600_000;

/// Figures over the last hour, each with the PromQL that it is the answer to; from probes.
const FIGURES: [(&str, &str); 5] = [
    ("availability", "avg(avg_over_time(mcp_server_up[1h]))"),
    (
        "failed_share",
        "1 - avg(avg_over_time(mcp_probe_success[1h]))",
    ),
    (
        "ping_p95_seconds",
        "max(quantile_over_time(0.95, mcp_probe_duration_seconds{step=~\"ping|discover\"}[1h]))",
    ),
    (
        "steps_answered_per_minute",
        "sum(sum_over_time(mcp_probe_success[1h])) / 60",
    ),
    ("lowest_health_score", "min(mcp_server_health_score)"),
];

pub(super) fn router() -> Router<Context> {
    Router::new().route("/observability/dashboard", get(dashboard))
}

#[derive(schemars::JsonSchema, Serialize)]
pub(super) struct Dashboard {
    now_ms: i64,
    /// As bad as the worst server.
    status: Level,
    /// How many servers are at each level.
    levels: BTreeMap<&'static str, usize>,
    /// Servers that are not healthy, worst first.
    worst_servers: Vec<WorstServer>,
    open_alerts: Vec<Alert>,
    /// Newest first.
    recent_events: Vec<Event>,
    /// By name; nothing where nothing was observed.
    figures: BTreeMap<&'static str, Option<f64>>,
}

#[derive(schemars::JsonSchema, Serialize)]
pub(super) struct WorstServer {
    name: String,
    verdict: Verdict,
}

async fn dashboard(
    State(services): State<Services>,
    State(queries): State<Queries>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Dashboard>, Refusal> {
    let now_ms = queries.clock.now_ms();
    let servers = services.servers.list(&caller).await?;
    let (open_alerts, recent_events) = (
        services.alerts.list(&caller, true).await?,
        (services.events)
            .list(&caller, None, now_ms - EVENTS_MS, now_ms, EVENTS)
            .await?,
    );
    let mut figures = BTreeMap::new();
    for (name, expr) in FIGURES {
        figures.insert(name, figure(&services, &caller, expr, now_ms).await?);
    }
    let at = |level: Level| servers.iter().filter(move |one| one.verdict.level == level);
    let levels = Level::WORST_FIRST.map(|level| (level.as_str(), at(level).count()));
    let worst = Level::WORST_FIRST.into_iter().flat_map(at);
    let status = worst.clone().next().map(|server| server.verdict.level);
    Ok(Json(Dashboard {
        now_ms,
        status: status.unwrap_or_default(),
        levels: levels.into(),
        worst_servers: worst
            .filter(|server| server.verdict.level != Level::Healthy)
            .take(WORST)
            .map(named)
            .collect(),
        open_alerts,
        recent_events,
        figures,
    }))
}

fn named(server: &Server) -> WorstServer {
    WorstServer {
        name: server.name.clone(),
        verdict: server.verdict.clone(),
    }
}

async fn figure(
    services: &Services,
    caller: &Caller,
    expr: &str,
    now_ms: i64,
) -> Result<Option<f64>, Problem> {
    let query = RangeQuery {
        expr: expr.to_owned(),
        from_ms: now_ms,
        to_ms: now_ms,
        step_ms: 1000,
    };
    let found = services.metrics.range(caller, query).await?;
    let point = found.first().and_then(|series| series.points.last());
    Ok(point
        .map(|point| point.value)
        .filter(|value| value.is_finite()))
}
