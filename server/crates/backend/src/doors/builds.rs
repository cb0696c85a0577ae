//! Builds: where they are told, `POST /api/builds`, and what is known of them.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use builds::Report;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wire::{Build, BuildDetail, BuildPicture, BuildQuery, Caller, Problem, Role, Services};

use super::Context;
use super::answer::{Asked, Refusal, asked, time_range};
use super::intake::{Intake, Refused, broken};
use crate::builds::{BuildService, Error};

/// How these records came, for counters.
const SOURCE: &str = "builds";
/// Builds of an answer, where nothing is said.
const SOME: u32 = 100;

/// What became of a report.
#[derive(Clone, Copy, Debug, JsonSchema, Serialize)]
#[schemars(rename = "BuildTaken")]
pub(in crate::doors) struct Taken {
    /// Whether it said nothing that was not told before; then nothing was changed.
    is_repeated: bool,
}

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/builds", post(take))
        .route("/observability/builds", get(list))
        .route("/observability/builds/summary", get(summary))
        .route("/observability/builds/{id}", get(detail))
}

async fn take(
    State(service): State<Arc<BuildService>>,
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    caller.require(Role::Operator)?;
    let taken = read(&service, &intake, request).await;
    Ok(intake.answer(SOURCE, &caller.name, taken))
}

async fn read(service: &BuildService, intake: &Intake, request: Request) -> Result<Taken, Refused> {
    let (report, _place) = intake.records::<Report>(request, "build").await?;
    match service.take(report).await {
        Ok(is_new) => Ok(Taken {
            is_repeated: !is_new,
        }),
        Err(error @ Error::Wrong(_)) => Err((StatusCode::BAD_REQUEST, error.to_string())),
        Err(Error::Database(error)) => Err(broken(&error)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    project: String,
    last_ms: Option<i64>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    limit: Option<u32>,
}

impl Wanted {
    fn query(self) -> Result<BuildQuery, Problem> {
        let range = time_range(self.last_ms, self.from_ms, self.to_ms)?;
        Ok(BuildQuery {
            project: self.project,
            range,
            limit: self.limit.unwrap_or(SOME),
        })
    }
}

async fn list(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<Wanted>,
) -> Result<Json<Vec<Build>>, Refusal> {
    let query = asked(query)?.query()?;
    Ok(Json(services.builds.list(&caller, query).await?))
}

async fn summary(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<Wanted>,
) -> Result<Json<BuildPicture>, Refusal> {
    let query = asked(query)?.query()?;
    Ok(Json(services.builds.picture(&caller, query).await?))
}

async fn detail(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<BuildDetail>, Refusal> {
    Ok(Json(services.builds.detail(&caller, &id).await?))
}
