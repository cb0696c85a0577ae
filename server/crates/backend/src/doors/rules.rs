//! Rules for programs: what there is, how it stands, and changes.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wire::{
    Caller, Note, Problem, RuleChange, RuleDetail, RuleDraft, RuleInfo, RuleList, RulePreview,
    RuleSaved, RuleVersion, Services,
};

use super::Context;
use super::answer::{Answer, Refusal};

type Given<T> = Result<Json<T>, JsonRejection>;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/observability/rules", get(all).post(make))
        .route("/observability/rules/preview", post(preview))
        .route("/observability/rules/file", get(file).post(import))
        .route(
            "/observability/rules/{id}",
            get(one).put(change).delete(remove),
        )
        .route("/observability/rules/{id}/history", get(history))
        .route("/observability/rules/{id}/undo", post(undo))
        .route("/observability/rules/{id}/switch", post(switch))
        .route("/observability/rules/{id}/threshold", post(threshold))
        .route("/observability/alerts/configure", post(configure))
}

fn given<T>(body: Given<T>) -> Result<T, Problem> {
    let Json(body) = body.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    Ok(body)
}

/// The rule that was changed, or all that is wrong, a line a mistake.
fn saved(saved: RuleSaved) -> Answer<RuleInfo> {
    let mut rules = all_saved(saved)?;
    let gone = || Problem::new(wire::Code::Conflict, "the rule has gone meanwhile");
    Ok(Json(rules.pop().ok_or_else(gone)?))
}

fn all_saved(saved: RuleSaved) -> Result<Vec<RuleInfo>, Problem> {
    if saved.mistakes.is_empty() {
        return Ok(saved.rules);
    }
    let lines = saved.mistakes.iter();
    let lines = lines.map(|it| match it.field.as_str() {
        "hold" => format!("for: {}", it.message),
        field => format!("{field}: {}", it.message),
    });
    Err(Problem::invalid(lines.collect::<Vec<_>>().join("\n")))
}

async fn all(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<RuleList> {
    Ok(Json(services.rules.list(&caller).await?))
}

async fn one(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<RuleDetail> {
    Ok(Json(services.rules.one(&caller, &id).await?))
}

async fn history(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<Vec<RuleVersion>> {
    Ok(Json(services.rules.one(&caller, &id).await?.history))
}

async fn make(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    change: Given<RuleChange>,
) -> Answer<RuleInfo> {
    saved(services.rules.save(&caller, None, given(change)?).await?)
}

async fn change(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    change: Given<RuleChange>,
) -> Answer<RuleInfo> {
    let change = given(change)?;
    saved(services.rules.save(&caller, Some(&id), change).await?)
}

async fn configure(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    change: Given<RuleChange>,
) -> Answer<RuleInfo> {
    saved(services.rules.configure(&caller, given(change)?).await?)
}

async fn remove(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Result<Query<Note>, QueryRejection>,
) -> Answer<()> {
    let Query(note) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    services.rules.remove(&caller, &id, note).await?;
    Ok(Json(()))
}

/// Which version is to hold again.
#[derive(JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::doors) struct Undo {
    /// From the history; 0 is what is built in.
    version: u32,
    /// Who; the caller's name where empty.
    #[serde(default)]
    by: String,
    /// Why.
    #[serde(default)]
    comment: String,
}

async fn undo(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Given<Undo>,
) -> Answer<Vec<RuleInfo>> {
    let Undo {
        version,
        by,
        comment,
    } = given(body)?;
    let note = Note { by, comment };
    let undone = services.rules.undo(&caller, &id, version, note).await?;
    Ok(Json(all_saved(undone)?))
}

/// Whether a rule is to be evaluated.
#[derive(JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::doors) struct Switch {
    enabled: bool,
    /// Who; the caller's name where empty.
    #[serde(default)]
    by: String,
    /// Why.
    #[serde(default)]
    comment: String,
}

async fn switch(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Given<Switch>,
) -> Answer<RuleInfo> {
    let Switch {
        enabled,
        by,
        comment,
    } = given(body)?;
    let note = Note { by, comment };
    saved(services.rules.switch(&caller, &id, enabled, note).await?)
}

/// The number that the expression is to end with.
#[derive(JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::doors) struct NewThreshold {
    threshold: f64,
    /// Who; the caller's name where empty.
    #[serde(default)]
    by: String,
    /// Why.
    #[serde(default)]
    comment: String,
}

async fn threshold(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Given<NewThreshold>,
) -> Answer<RuleInfo> {
    let NewThreshold {
        threshold,
        by,
        comment,
    } = given(body)?;
    let note = Note { by, comment };
    let changed = services.rules.set_threshold(&caller, &id, threshold, note);
    saved(changed.await?)
}

/// What is to be tried out.
#[derive(JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::doors) struct Tried {
    rule: RuleDraft,
    /// The rule that it would replace.
    #[serde(default)]
    id: Option<String>,
    /// How far back is looked, in milliseconds; a day where missing.
    #[serde(default)]
    last_ms: Option<i64>,
}

async fn preview(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    body: Given<Tried>,
) -> Answer<RulePreview> {
    let Tried { rule, id, last_ms } = given(body)?;
    let preview = services
        .rules
        .preview(&caller, id.as_deref(), rule, last_ms);
    Ok(Json(preview.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    rule: Option<String>,
}

async fn file(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Which>, QueryRejection>,
) -> Result<([(http::HeaderName, &'static str); 2], String), Refusal> {
    let Query(which) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let text = services.rules.file(&caller, which.rule.as_deref()).await?;
    let named = (
        http::header::CONTENT_DISPOSITION,
        "attachment; filename=\"rules.yml\"",
    );
    Ok(([(CONTENT_TYPE, "application/yaml"), named], text))
}

async fn import(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Note>, QueryRejection>,
    text: String,
) -> Answer<Vec<RuleInfo>> {
    let Query(note) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let made = services.rules.import(&caller, &text, note).await?;
    Ok(Json(all_saved(made)?))
}
