//! The HTTP API for programs: servers, marks, samples, boards.

use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use wire::{
    BoardData, BoardLink, Caller, CheckState, ConfigFile, Event, Level, MapNode, Performance,
    Problem, RangeQuery, Series, Server, ServerDetail, Services, TimeRange,
};

use super::Context;
use super::answer::{Answer, Refusal};

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/observability/health", get(fleet_health))
        .route("/observability/servers", get(servers))
        .route("/observability/servers/{name}", get(server))
        .route(
            "/observability/servers/{name}/performance",
            get(performance),
        )
        .route("/observability/servers/{name}/probe", post(probe_now))
        .route("/observability/servers/{name}/approve", post(approve))
        .route("/observability/checks", get(checks))
        .route("/observability/checks/{name}/run", post(run_check))
        .route("/observability/dependencies", get(dependencies))
        .route("/observability/events", get(events))
        .route("/observability/metrics", get(range))
        .route("/observability/boards", get(boards))
        .route("/observability/boards/{name}", get(board))
        .route("/observability/configuration", get(configuration))
}

#[derive(schemars::JsonSchema, Serialize)]
pub(super) struct FleetHealth {
    status: Level,
    servers: Vec<ServerHealth>,
}

#[derive(schemars::JsonSchema, Serialize)]
pub(super) struct ServerHealth {
    name: String,
    level: Level,
    reason: String,
    summary: String,
    since_ms: i64,
}

async fn fleet_health(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<FleetHealth> {
    let servers = services.servers.list(&caller).await?;
    let is_there = |level: &Level| servers.iter().any(|server| server.verdict.level == *level);
    let status = Level::WORST_FIRST
        .into_iter()
        .find(is_there)
        .unwrap_or_default();
    let servers = servers.into_iter().map(|server| ServerHealth {
        name: server.name,
        level: server.verdict.level,
        reason: server.verdict.reason,
        summary: server.verdict.summary,
        since_ms: server.verdict.since_ms,
    });
    Ok(Json(FleetHealth {
        status,
        servers: servers.collect(),
    }))
}

async fn servers(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<Server>> {
    Ok(Json(services.servers.list(&caller).await?))
}

async fn server(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Answer<ServerDetail> {
    Ok(Json(services.servers.detail(&caller, &name).await?))
}

#[derive(Deserialize)]
struct Stretch {
    last_ms: Option<i64>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
}

impl Stretch {
    /// The last hour where nothing is said.
    fn range(&self) -> Result<TimeRange, Problem> {
        match (self.last_ms, self.from_ms, self.to_ms) {
            (None, Some(from_ms), Some(to_ms)) => Ok(TimeRange::Between(from_ms, to_ms)),
            (last_ms, None, None) => Ok(last_ms.map_or_else(TimeRange::default, TimeRange::Last)),
            _ => Err(Problem::invalid(
                "write either last_ms=, or from_ms= and to_ms=",
            )),
        }
    }
}

async fn performance(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    query: Result<Query<Stretch>, axum::extract::rejection::QueryRejection>,
) -> Answer<Performance> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let (service, range) = (services.performances, query.range()?);
    Ok(Json(service.performance(&caller, &name, range).await?))
}

async fn probe_now(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<StatusCode, Refusal> {
    services.servers.probe_now(&caller, &name).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn approve(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<StatusCode, Refusal> {
    services.servers.approve(&caller, &name).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn configuration(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<ConfigFile>> {
    Ok(Json(services.configuration.files(&caller).await?))
}

async fn checks(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<CheckState>> {
    Ok(Json(services.checks.list(&caller).await?))
}

async fn run_check(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<StatusCode, Refusal> {
    services.checks.run_now(&caller, &name).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn dependencies(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<MapNode>> {
    Ok(Json(services.dependencies.map(&caller).await?))
}

#[derive(Deserialize)]
struct EventQuery {
    server: Option<String>,
    #[serde(default)]
    from_ms: i64,
    #[serde(default = "for_ever")]
    to_ms: i64,
    #[serde(default = "a_page")]
    limit: u32,
}

fn for_ever() -> i64 {
    i64::MAX
}

fn a_page() -> u32 {
    100
}

async fn events(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<EventQuery>, axum::extract::rejection::QueryRejection>,
) -> Answer<Vec<Event>> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let server = query.server.as_deref();
    let listed = services
        .events
        .list(&caller, server, query.from_ms, query.to_ms, query.limit)
        .await;
    Ok(Json(listed?))
}

#[derive(Deserialize)]
struct MetricQuery {
    expr: Option<String>,
    metric: Option<String>,
    server: Option<String>,
    from_ms: i64,
    to_ms: i64,
    step_ms: i64,
    #[serde(default)]
    aggregate: wire::Aggregate,
}

async fn range(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<MetricQuery>, axum::extract::rejection::QueryRejection>,
) -> Answer<Vec<Series>> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let (from_ms, to_ms, step_ms) = (query.from_ms, query.to_ms, query.step_ms);
    let server = query.server.as_deref();
    let range = match (query.expr, query.metric) {
        (Some(expr), None) if server.is_none() => RangeQuery {
            expr,
            from_ms,
            to_ms,
            step_ms,
        },
        (None, Some(metric)) => {
            RangeQuery::of_metric(&metric, server, query.aggregate, from_ms, to_ms, step_ms)
        }
        _ => {
            let what = "write either expr= with PromQL, or metric= and, if you like, server=";
            return Err(Problem::invalid(what).into());
        }
    };
    Ok(Json(services.metrics.range(&caller, range).await?))
}

async fn boards(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<BoardLink>> {
    Ok(Json(services.boards.list(&caller).await?))
}

#[derive(Deserialize)]
struct BoardQuery {
    server: Option<String>,
    last_ms: Option<i64>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    #[serde(default = "a_chart")]
    points: u32,
}

/// Points that fill a chart.
fn a_chart() -> u32 {
    300
}

async fn board(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    query: Result<Query<BoardQuery>, axum::extract::rejection::QueryRejection>,
) -> Answer<BoardData> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let stretch = Stretch {
        last_ms: query.last_ms,
        from_ms: query.from_ms,
        to_ms: query.to_ms,
    };
    let range = stretch.range()?;
    let (boards, server) = (services.boards, query.server.as_deref());
    let board = boards.board(&caller, &name, server, range, query.points);
    Ok(Json(board.await?))
}
