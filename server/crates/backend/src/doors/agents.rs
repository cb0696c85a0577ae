//! Agents: where they report, `POST /api/synthex/agents`, and what is known of them.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::StatusCode;
use wire::{AgentDetail, AgentPicture, AgentsTaken, Caller, Role, Services};

use super::Context;
use super::answer::{Answer, Asked, Refusal, Stretch, asked};
use super::intake::{Intake, Refused};
use crate::agents::AgentService;

/// How these reports came, for counters.
const SOURCE: &str = "agents";

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/synthex/agents", post(take))
        .route("/observability/agents", get(all))
        .route("/observability/agents/{id}", get(one).delete(forget))
}

async fn take(
    State(service): State<Arc<AgentService>>,
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    caller.require(Role::Operator)?;
    let taken = read(service, &intake, &caller, request).await;
    Ok(intake.answer(SOURCE, &caller.name, taken))
}

async fn read(
    service: Arc<AgentService>,
    intake: &Intake,
    caller: &Caller,
    request: Request,
) -> Result<AgentsTaken, Refused> {
    let sender = caller.name.clone();
    let read = move |body: &[u8]| {
        let taken = service.take(&String::from_utf8_lossy(body), &sender);
        taken.map_err(|why| {
            let text = format!("this is no report of agents: {why}");
            (StatusCode::BAD_REQUEST, text)
        })
    };
    let (taken, _place) = intake.read_by(request, read).await?;
    Ok(taken)
}

async fn all(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<AgentPicture> {
    Ok(Json(services.agents.agents(&caller).await?))
}

async fn one(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Asked<Stretch>,
) -> Answer<AgentDetail> {
    let range = asked(query)?.range()?;
    Ok(Json(services.agents.agent(&caller, &id, range).await?))
}

async fn forget(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    services.agents.forget(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
