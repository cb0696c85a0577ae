//! Silences: read, begun, changed, ended.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use http::StatusCode;
use notifier::{Error, Phase, Refusal, Silence};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::{Caller, Silences as _};

use super::Reply;
use super::answer::{Failure, code};
use super::params::Params;
use super::posted::{self, PostableSilence};
use super::shown::{self, GettableSilence};
use crate::alerts::AlertService;
use crate::doors::Context;
use crate::doors::intake::Intake;
use crate::error::silence_problem;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/v2/silences", get(silences).post(post))
        .route("/api/v2/silence/{id}", get(silence).delete(expire))
}

async fn silences(
    State(service): State<Arc<AlertService>>,
    params: Params,
) -> Reply<Json<Vec<GettableSilence>>> {
    let filters = params.filters()?;
    let now_ms = service.clock.now_ms();
    let all = service.silences();
    // A silence that says all of this, not one that is about such alerts.
    let is_wanted = |silence: &&Silence| filters.iter().all(|it| silence.matchers.contains(it));
    let mut wanted: Vec<_> = all.iter().filter(is_wanted).collect();
    // What ends next, then what begins next, then what has ended last.
    wanted.sort_by_key(|silence| match silence.phase(now_ms) {
        Phase::Active => (0, silence.ends_ms),
        Phase::Pending => (1, silence.starts_ms),
        Phase::Expired => (2, silence.ends_ms.saturating_neg()),
    });
    let shown = wanted.into_iter().map(|it| shown::silence(it, now_ms));
    Ok(Json(shown.collect()))
}

/// The id in a path, as it is kept. Alertmanager takes it without hyphens as well, and then knows no such silence.
fn id_of(text: &str) -> Reply<Option<Uuid>> {
    let id = Uuid::try_parse(text).ok();
    let id = id
        .filter(|_| matches!(text.len(), 32 | 36))
        .ok_or_else(|| {
            let message = format!("silenceID in path must be of type uuid: {text:?}");
            Failure::invalid(code::WRONG_TYPE, message)
        })?;
    Ok(Some(id).filter(|_| text.len() == 36))
}

async fn silence(
    State(service): State<Arc<AlertService>>,
    Path(id): Path<String>,
) -> Reply<Response> {
    let id = id_of(&id)?;
    let all = service.silences();
    let found = all.iter().find(|silence| Some(silence.id) == id);
    Ok(match found {
        Some(silence) => Json(shown::silence(silence, service.clock.now_ms())).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

async fn post(
    State(service): State<Arc<AlertService>>,
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Reply<Json<Value>> {
    let body = posted::body::<PostableSilence>(&intake, "silence", request).await?;
    let body = body.ok_or_else(|| Failure::required("silence"))?;
    let mut change = posted::silence(body, service.clock.now_ms())?;
    if change.draft.by.trim().is_empty() {
        change.draft.by.clone_from(&caller.name);
    }
    let id = service.put_silence(&caller, change).await?;
    let id = id.map_err(|error| match error {
        Error::NotFound(_) => Failure::said(StatusCode::NOT_FOUND, "silence not found".to_owned()),
        Error::Refused(Refusal::Everything) => {
            Failure::bad("silence invalid: at least one matcher must not match the empty string")
        }
        Error::Refused(why) => Failure::bad(format!("silence invalid: {why}")),
        Error::TooMany => Failure::bad(error.to_string()),
        Error::Store(_) => Failure::from(silence_problem(&error)),
    })?;
    Ok(Json(json!({ "silenceID": id })))
}

async fn expire(
    State(service): State<Arc<AlertService>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Reply<StatusCode> {
    let id = id_of(&id)?;
    caller.require(wire::Role::Operator)?;
    let all = service.silences();
    let found = all.iter().find(|silence| Some(silence.id) == id);
    let Some(found) = found else {
        return Ok(StatusCode::NOT_FOUND);
    };
    // Whoever ends what is over is content.
    if found.phase(service.clock.now_ms()) != Phase::Expired {
        let ended = service.end(&caller, &found.id.to_string(), "").await;
        match ended {
            Err(problem) if problem.code != wire::Code::Conflict => return Err(problem.into()),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(StatusCode::OK)
}
