//! The notifier for programs: routes, receivers, what was sent, and who is on call.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use wire::{
    AlertWhy, Caller, Note, Receiver, Rota, RotaOverride, RouteTest, Routes, RoutesDraft,
    RoutesMistake, RoutesVersion, Sent, SentPage, SentQuery, Services, TemplateDraft,
    TemplatePreview, TestAnswer, TestSend,
};

use super::Context;
use super::answer::{Answer, Asked, Body, asked, body};

/// The stretch of rotas that is answered where none is asked for: four weeks.
const WEEKS_MS: i64 = 28 * 86_400_000;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/observability/notify/routes", get(routes).post(save))
        .route("/observability/notify/routes/check", post(check))
        .route("/observability/notify/routes/file", post(back_to_file))
        .route("/observability/notify/routes/test", post(try_route))
        .route("/observability/notify/routes/versions", get(versions))
        .route("/observability/notify/receivers", get(receivers))
        .route("/observability/notify/receivers/test", post(test))
        .route("/observability/notify/templates/preview", post(preview))
        .route("/observability/notify/sent", get(sent))
        .route("/observability/notify/sent/{id}/again", post(again))
        .route("/observability/notify/alerts/{id}", get(why))
        .route(
            "/observability/notify/rotas",
            get(rotas).post(override_rota),
        )
        .route("/observability/notify/rotas/{id}", delete(end_override))
}

async fn routes(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Routes> {
    Ok(Json(services.notifier.routes(&caller).await?))
}

async fn save(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    draft: Body<RoutesDraft>,
) -> Answer<Routes> {
    Ok(Json(services.notifier.save(&caller, body(draft)?).await?))
}

async fn check(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    draft: Body<RoutesDraft>,
) -> Answer<Vec<RoutesMistake>> {
    let text = body(draft)?.text;
    Ok(Json(services.notifier.check(&caller, &text).await?))
}

async fn back_to_file(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    note: Option<Json<Note>>,
) -> Answer<Routes> {
    let by = note.map(|Json(note)| note.by).unwrap_or_default();
    Ok(Json(services.notifier.back_to_file(&caller, &by).await?))
}

async fn try_route(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    labels: Body<BTreeMap<String, String>>,
) -> Answer<RouteTest> {
    let labels = body(labels)?;
    Ok(Json(services.notifier.try_route(&caller, labels).await?))
}

async fn versions(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<RoutesVersion>> {
    Ok(Json(services.notifier.versions(&caller).await?))
}

async fn receivers(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<Receiver>> {
    Ok(Json(services.notifier.receivers(&caller).await?))
}

async fn test(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    draft: Body<TestSend>,
) -> Answer<Vec<TestAnswer>> {
    Ok(Json(services.notifier.test(&caller, body(draft)?).await?))
}

async fn preview(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    draft: Body<TemplateDraft>,
) -> Answer<TemplatePreview> {
    let draft = body(draft)?;
    Ok(Json(services.notifier.preview(&caller, draft).await?))
}

async fn sent(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<SentQuery>,
) -> Answer<SentPage> {
    Ok(Json(services.notifier.sent(&caller, asked(query)?).await?))
}

async fn again(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
) -> Answer<Sent> {
    Ok(Json(services.notifier.send_again(&caller, id).await?))
}

async fn why(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<AlertWhy> {
    Ok(Json(services.notifier.why(&caller, &id).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stretch {
    from_ms: Option<i64>,
    to_ms: Option<i64>,
}

async fn rotas(
    State(context): State<Context>,
    Extension(caller): Extension<Caller>,
    query: Asked<Stretch>,
) -> Answer<Vec<Rota>> {
    let Stretch { from_ms, to_ms } = asked(query)?;
    let from_ms = from_ms.unwrap_or_else(|| context.alerts.clock.now_ms());
    let to_ms = to_ms.unwrap_or(from_ms.saturating_add(WEEKS_MS));
    let notifier = &context.services.notifier;
    Ok(Json(notifier.rotas(&caller, from_ms, to_ms).await?))
}

async fn override_rota(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    draft: Body<RotaOverride>,
) -> Answer<Rota> {
    let draft = body(draft)?;
    Ok(Json(services.notifier.override_rota(&caller, draft).await?))
}

async fn end_override(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<Rota> {
    Ok(Json(services.notifier.end_override(&caller, &id).await?))
}
