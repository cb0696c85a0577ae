//! Alerts for programs, and for forms of pages that have no script: raised, worked, and their history.

use std::collections::BTreeMap;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Form, FromRequest, Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Json, Router};
use http::header;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wire::{
    Alert, AlertAction, AlertDetail, AlertDraft, AlertNote, Caller, HistoryPage, HistoryQuery,
    Problem, Services,
};

use super::Context;
use super::answer::{Answer, Refusal};

/// Milliseconds of a minute, in which forms say how long something lasts.
const MINUTE_MS: i64 = 60_000;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/alerts", post(raise))
        .route("/observability/alerts", get(alerts))
        .route("/observability/alerts/history", get(history))
        .route("/observability/alerts/{id}", get(detail))
        .route("/alerts/{id}/acknowledge", act(AlertAction::Acknowledge))
        .route("/alerts/{id}/assign", act(AlertAction::Assign))
        .route("/alerts/{id}/comment", act(AlertAction::Comment))
        .route("/alerts/{id}/resolve", act(AlertAction::Resolve))
        .route("/alerts/{id}/reopen", act(AlertAction::Reopen))
}

#[derive(Deserialize)]
struct AlertQuery {
    #[serde(default)]
    open: bool,
}

async fn alerts(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<AlertQuery>, QueryRejection>,
) -> Answer<Vec<Alert>> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    Ok(Json(services.alerts.list(&caller, query.open).await?))
}

async fn detail(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<AlertDetail> {
    Ok(Json(services.alerts.detail(&caller, &id).await?))
}

async fn history(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<HistoryQuery>, QueryRejection>,
) -> Answer<HistoryPage> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    Ok(Json(services.alerts.history(&caller, query).await?))
}

/// How to say what is said with an action.
const HOW: &str = "send {\"by\": \"name\", \"comment\": \"text\"} as application/json, with \"owner\" and \"lasts_ms\" or \
                   \"until_ms\" where they belong, or no body";
/// How to raise an alert.
const HOW_TO_RAISE: &str = "send {\"name\": \"BackupFailed\", \"severity\": \"error\", \"summary\": \"text\", \"server\": \
                            \"files\", \"labels\": {\"disk\": \"b\"}} as application/json";

/// What is sent: a program's JSON, or a page's form, which leads back to a page.
enum Sent<T> {
    Json(T),
    Form(BTreeMap<String, String>),
}

impl<T: DeserializeOwned + Default> Sent<T> {
    /// Reads it; nothing is what there is where there is no body.
    async fn of(request: Request, how: &str) -> Result<Self, Problem> {
        let media = request.headers().get(header::CONTENT_TYPE);
        let form = b"application/x-www-form-urlencoded";
        let is_form = media.is_some_and(|media| media.as_bytes().starts_with(form));
        let wrong = |why: String| Problem::invalid(format!("{why}; {how}"));
        if is_form {
            let read = Form::<BTreeMap<String, String>>::from_request(request, &()).await;
            let Form(fields) = read.map_err(|rejection| wrong(rejection.body_text()))?;
            return Ok(Self::Form(fields));
        }
        let read = Option::<Json<T>>::from_request(request, &()).await;
        let read = read.map_err(|rejection| wrong(rejection.body_text()))?;
        Ok(Self::Json(read.map(|Json(read)| read).unwrap_or_default()))
    }
}

/// A field of a form.
fn text(fields: &BTreeMap<String, String>, name: &str) -> String {
    fields.get(name).cloned().unwrap_or_default()
}

/// How long something lasts, in minutes; as long as it lasts where nothing is said.
fn lasts(fields: &BTreeMap<String, String>) -> Result<Option<i64>, Problem> {
    let minutes = text(fields, "minutes");
    if minutes.trim().is_empty() {
        return Ok(None);
    }
    let wrong = |_| Problem::invalid(format!("{minutes:?} is no number of minutes"));
    let minutes: i64 = minutes.trim().parse().map_err(wrong)?;
    Ok(Some(minutes.saturating_mul(MINUTE_MS)))
}

/// What a form says that belongs to an action: one form has the buttons of all.
fn said(action: AlertAction, fields: &BTreeMap<String, String>) -> Result<AlertNote, Problem> {
    let is_taken = action == AlertAction::Acknowledge;
    let has_owner = is_taken || action == AlertAction::Assign;
    Ok(AlertNote {
        by: text(fields, "by"),
        comment: text(fields, "comment"),
        owner: if has_owner {
            text(fields, "owner")
        } else {
            String::new()
        },
        until_ms: None,
        lasts_ms: if is_taken { lasts(fields)? } else { None },
    })
}

/// The door of one action. A form leads back to the page of the alert.
fn act(action: AlertAction) -> MethodRouter<Context> {
    post(
        async move |State(services): State<Services>,
                    Extension(caller): Extension<Caller>,
                    Path(id): Path<String>,
                    request: Request|
                    -> Result<Response, Refusal> {
            let (note, is_form) = match Sent::<AlertNote>::of(request, HOW).await? {
                Sent::Json(note) => (note, false),
                Sent::Form(fields) => (said(action, &fields)?, true),
            };
            let alert = services.alerts.act(&caller, &id, action, note).await?;
            Ok(answered(alert, is_form))
        },
    )
}

async fn raise(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let (draft, is_form) = match Sent::<AlertDraft>::of(request, HOW_TO_RAISE).await? {
        Sent::Json(draft) => (draft, false),
        Sent::Form(fields) => {
            let draft = AlertDraft {
                name: text(&fields, "name"),
                severity: text(&fields, "severity"),
                summary: text(&fields, "summary"),
                description: text(&fields, "description"),
                server: text(&fields, "server"),
                labels: BTreeMap::new(),
                by: text(&fields, "by"),
                ends_ms: None,
                lasts_ms: lasts(&fields)?,
            };
            (draft, true)
        }
    };
    let alert = services.alerts.raise(&caller, draft).await?;
    Ok(answered(alert, is_form))
}

fn answered(alert: Alert, is_form: bool) -> Response {
    match is_form {
        true => Redirect::to(&format!("/alerts/{}", alert.id)).into_response(),
        false => Json(alert).into_response(),
    }
}
