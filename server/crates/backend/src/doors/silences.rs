//! Silences for programs.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use wire::{Alert, Caller, Note, Problem, Services, Silence, SilenceDraft};

use super::Context;
use super::answer::Answer;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/observability/silences", get(all).post(add))
        .route("/observability/silences/preview", get(preview))
        .route("/observability/silences/{id}/end", post(end))
}

async fn all(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<Silence>> {
    Ok(Json(services.silences.list(&caller).await?))
}

async fn add(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    draft: Result<Json<SilenceDraft>, JsonRejection>,
) -> Answer<Silence> {
    let Json(draft) = draft.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    Ok(Json(services.silences.add(&caller, draft).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matched {
    matchers: String,
}

async fn preview(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Matched>, QueryRejection>,
) -> Answer<Vec<Alert>> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let found = services.silences.preview(&caller, &query.matchers);
    Ok(Json(found.await?))
}

async fn end(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    note: Option<Json<Note>>,
) -> Answer<Silence> {
    let by = note.map(|Json(note)| note.by).unwrap_or_default();
    Ok(Json(services.silences.end(&caller, &id, &by).await?))
}
