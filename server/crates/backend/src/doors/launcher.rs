//! The HTTP API for programs: servers that are started, and the MCP servers among the processes of this machine.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use wire::{
    Caller, EndedProcess, HostProcesses, LaunchCourses, LaunchOrder, Launched, Problem, Services,
    TimeRange,
};

use super::Context;
use super::answer::{Answer, Asked, Stretch, asked};

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/observability/launcher", get(launched))
        .route("/observability/launcher/courses", get(courses))
        .route(
            "/observability/launcher/{name}/start",
            order(LaunchOrder::Start),
        )
        .route(
            "/observability/launcher/{name}/stop",
            order(LaunchOrder::Stop),
        )
        .route(
            "/observability/launcher/{name}/restart",
            order(LaunchOrder::Restart),
        )
        .route("/observability/processes", get(processes))
        .route("/observability/processes/{pid}/end", post(end))
}

async fn launched(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<Launched>> {
    Ok(Json(services.launcher.list(&caller).await?))
}

/// What is looked at where a request names no time: six hours.
const SOME_MS: i64 = 6 * 3_600_000;

async fn courses(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<Stretch>,
) -> Answer<LaunchCourses> {
    let range = asked(query)?.range()?;
    let range = range.unwrap_or(TimeRange::Last(SOME_MS));
    Ok(Json(services.launcher.courses(&caller, range).await?))
}

/// The door of one order.
fn order(order: LaunchOrder) -> MethodRouter<Context> {
    post(
        async move |State(services): State<Services>,
                    Extension(caller): Extension<Caller>,
                    Path(name): Path<String>|
                    -> Answer<Launched> {
            Ok(Json(services.launcher.order(&caller, &name, order).await?))
        },
    )
}

async fn processes(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<HostProcesses> {
    Ok(Json(services.processes.list(&caller).await?))
}

/// Which process is meant.
#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "ProcessMeant")]
pub(super) struct Meant {
    start_ticks: u64,
}

async fn end(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(pid): Path<String>,
    body: Result<Json<Meant>, JsonRejection>,
) -> Answer<EndedProcess> {
    let pid = pid
        .parse()
        .map_err(|_| Problem::invalid(format!("{pid:?} is no process id")))?;
    let Json(Meant { start_ticks }) = body.map_err(|rejection| {
        Problem::invalid(format!(
            "{}; send {{\"start_ticks\": …}} as application/json, as GET /observability/processes says it",
            rejection.body_text()
        ))
    })?;
    let ended = services.processes.end(&caller, pid, start_ticks).await;
    Ok(Json(ended?))
}
