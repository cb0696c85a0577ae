//! Maintenance windows for programs, and for forms of their page.

use axum::extract::rejection::{FormRejection, JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Json, Router};
use serde::Deserialize;
use wire::{
    Caller, Code, MaintenanceWindow, Problem, QuietTime, Services, WindowDraft, WindowEnd,
    WindowPreview, path_segment,
};

use super::Context;
use super::answer::{Answer, Refusal};

/// The page of windows.
const PAGE: &str = "/alerts/windows";

pub(super) fn router() -> Router<Context> {
    let one = post(change).delete(delete);
    Router::new()
        .route("/observability/windows", get(all).post(add))
        .route("/observability/windows/calendar", get(calendar))
        .route("/observability/windows/preview", post(preview))
        .route("/observability/windows/form", post(form))
        .route("/observability/windows/{id}", one)
        .route("/observability/windows/{id}/end", post(end))
}

async fn all(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<MaintenanceWindow>> {
    Ok(Json(
        services.windows.picture(&caller, None, None).await?.windows,
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stretch {
    from_ms: i64,
    to_ms: i64,
}

async fn calendar(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Stretch>, QueryRejection>,
) -> Answer<Vec<QuietTime>> {
    let Query(Stretch { from_ms, to_ms }) =
        query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let picture = services
        .windows
        .picture(&caller, Some(from_ms), Some(to_ms))
        .await?;
    Ok(Json(picture.times))
}

type Drafted = Result<Json<WindowDraft>, JsonRejection>;

fn drafted(draft: Drafted) -> Result<WindowDraft, Problem> {
    let Json(draft) = draft.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    Ok(draft)
}

async fn preview(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    draft: Drafted,
) -> Answer<WindowPreview> {
    let preview = services.windows.preview(&caller, drafted(draft)?);
    Ok(Json(preview.await?))
}

async fn add(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    draft: Drafted,
) -> Answer<MaintenanceWindow> {
    Ok(Json(services.windows.add(&caller, drafted(draft)?).await?))
}

async fn change(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    draft: Drafted,
) -> Answer<MaintenanceWindow> {
    let changed = services.windows.change(&caller, &id, drafted(draft)?);
    Ok(Json(changed.await?))
}

async fn end(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    how: Result<Json<WindowEnd>, JsonRejection>,
) -> Answer<MaintenanceWindow> {
    let Json(how) = how.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    Ok(Json(services.windows.end(&caller, &id, how).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    #[serde(default)]
    by: String,
}

async fn delete(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Result<Query<Who>, QueryRejection>,
) -> Answer<MaintenanceWindow> {
    let Query(Who { by }) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    Ok(Json(services.windows.delete(&caller, &id, &by).await?))
}

/// What forms of the page send, which work without a script.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sent {
    /// `preview`, `save`, `leave`, `end` or `delete`.
    action: String,
    /// Which window; empty for a new one.
    id: String,
    name: String,
    matchers: String,
    comment: String,
    by: String,
    starts: String,
    ends: String,
    times: String,
    weekdays: String,
    days_of_month: String,
    months: String,
    years: String,
    first: String,
    last: String,
    zone: String,
}

impl Default for Sent {
    fn default() -> Self {
        Self::of(String::new(), String::new(), WindowDraft::default())
    }
}

impl Sent {
    fn of(action: String, id: String, draft: WindowDraft) -> Self {
        Self {
            action,
            id,
            name: draft.name,
            matchers: draft.matchers,
            comment: draft.comment,
            by: draft.by,
            starts: draft.starts,
            ends: draft.ends,
            times: draft.times,
            weekdays: draft.weekdays,
            days_of_month: draft.days_of_month,
            months: draft.months,
            years: draft.years,
            first: draft.first,
            last: draft.last,
            zone: draft.zone,
        }
    }

    fn draft(self) -> WindowDraft {
        WindowDraft {
            name: self.name,
            matchers: self.matchers,
            comment: self.comment,
            by: self.by,
            starts: self.starts,
            ends: self.ends,
            times: self.times,
            weekdays: self.weekdays,
            days_of_month: self.days_of_month,
            months: self.months,
            years: self.years,
            first: self.first,
            last: self.last,
            zone: self.zone,
            ..WindowDraft::default()
        }
    }

    /// The page with everything that was written, which says what is wrong with it.
    fn page(&self) -> String {
        let fields = [
            ("id", &self.id),
            ("name", &self.name),
            ("matchers", &self.matchers),
            ("comment", &self.comment),
            ("by", &self.by),
            ("starts", &self.starts),
            ("ends", &self.ends),
            ("times", &self.times),
            ("weekdays", &self.weekdays),
            ("days_of_month", &self.days_of_month),
            ("months", &self.months),
            ("years", &self.years),
            ("first", &self.first),
            ("last", &self.last),
            ("zone", &self.zone),
        ];
        let pairs = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={}", path_segment(value)))
            .collect();
        format!("{PAGE}?{}", pairs.join("&"))
    }
}

/// Leads back to the page; with what was written where that cannot be, so that nothing has to be written twice.
async fn form(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    sent: Result<Form<Sent>, FormRejection>,
) -> Result<Response, Refusal> {
    let Form(sent) = sent.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let (id, page) = (sent.id.clone(), sent.page());
    let how = |occurrence| WindowEnd {
        by: sent.by.clone(),
        occurrence,
    };
    let windows = &services.windows;
    let done = match sent.action.as_str() {
        "leave" => windows.end(&caller, &id, how(true)).await,
        "end" => windows.end(&caller, &id, how(false)).await,
        "delete" => {
            windows.delete(&caller, &id, &sent.by).await?;
            return Ok(Redirect::to(PAGE).into_response());
        }
        "preview" => return Ok(Redirect::to(&format!("{page}#window-form")).into_response()),
        "save" if id.is_empty() => windows.add(&caller, sent.draft()).await,
        "save" => windows.change(&caller, &id, sent.draft()).await,
        other => Err(Problem::invalid(format!(
            "the form's action is {other:?}, and not preview, save, leave, end or delete"
        ))),
    };
    match done {
        Ok(window) => {
            let place = format!("{PAGE}#window-{}", window.id);
            Ok(Redirect::to(&place).into_response())
        }
        Err(problem) if problem.code == Code::Invalid => {
            let why = path_segment(&problem.message);
            Ok(Redirect::to(&format!("{page}&problem={why}#window-form")).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}
