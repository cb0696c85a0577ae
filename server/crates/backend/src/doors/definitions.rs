//! The HTTP API for programs: what servers list about themselves, and changes of it.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Json, Router};
use http::header;
use serde::Deserialize;
use wire::{
    Caller, ChangeDecision, ChangeQuery, Definition, DefinitionChange, Note, Problem, Services,
};

use super::Context;
use super::answer::Refusal;

type Answer<T> = Result<Json<T>, Refusal>;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/observability/definitions", get(definitions))
        .route("/observability/definitions/changes", get(changes))
        .route("/observability/definitions/changes/{id}", post(decide))
}

#[derive(Deserialize)]
struct Of {
    server: Option<String>,
}

async fn definitions(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Of>, QueryRejection>,
) -> Answer<Vec<Definition>> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let listed = services.definitions.list(&caller, query.server.as_deref());
    Ok(Json(listed.await?))
}

#[derive(Deserialize)]
struct Which {
    server: Option<String>,
    open: Option<bool>,
    #[serde(default = "a_page")]
    limit: u32,
    #[serde(default)]
    fields: bool,
}

fn a_page() -> u32 {
    100
}

async fn changes(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Which>, QueryRejection>,
) -> Answer<Vec<DefinitionChange>> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let query = ChangeQuery {
        server: query.server,
        open: query.open,
        limit: query.limit,
        with_fields: query.fields,
    };
    Ok(Json(services.definitions.changes(&caller, query).await?))
}

/// What is decided about a change.
#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "ChangeDecided")]
pub(super) struct Decided {
    decision: ChangeDecision,
    /// Who; the caller's name where empty.
    #[serde(default)]
    by: String,
    /// What they say.
    #[serde(default)]
    comment: String,
}

/// Programs send JSON and get the change. A page's form, which works without a script, leads back to the page.
async fn decide(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let id = id
        .parse()
        .map_err(|_| Problem::invalid(format!("{id:?} is no number of a change")))?;
    let media = request.headers().get(header::CONTENT_TYPE);
    let is_form = media.is_some_and(|media| {
        media
            .as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let how = "send {\"decision\": \"approve\" or \"reject\", \"by\": \"name\", \"comment\": \"text\"} as application/json";
    let wrong = |why: String| Problem::invalid(format!("{why}; {how}"));
    let decided = match is_form {
        true => {
            let form = Form::<Decided>::from_request(request, &()).await;
            form.map_err(|rejection| wrong(rejection.body_text()))?.0
        }
        false => {
            let json = Json::<Decided>::from_request(request, &()).await;
            json.map_err(|rejection| wrong(rejection.body_text()))?.0
        }
    };
    let Decided {
        decision,
        by,
        comment,
    } = decided;
    let note = Note { by, comment };
    let change = services
        .definitions
        .decide(&caller, id, decision, note)
        .await?;
    Ok(match is_form {
        true => Redirect::to(&format!("/drift#change-{id}")).into_response(),
        false => Json(change).into_response(),
    })
}
