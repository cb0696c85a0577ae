//! Service levels for programs: objectives and how they do, measurements, reports.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Json, Router};
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde::Deserialize;
use wire::{
    Caller, Measurement, Note, Objective, ObjectiveDetail, ObjectiveDraft, ObjectiveFile,
    ObjectivePreview, Objectives, Problem, Report, ReportQuery, ReportSchedule, ReportScope,
    Reports, Services,
};

use super::Context;
use super::answer::{Answer, Asked, Body, Refusal, asked, body};
use crate::exports::{csv, report_table};
use crate::slo::report::html::html;

/// A report has its styles in it, and nothing that runs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/observability/slo", get(all).post(make))
        .route("/observability/slo/preview", post(preview))
        .route("/observability/slo/file", get(file).post(import))
        .route("/observability/slo/reports", get(reports).post(report))
        .route("/observability/slo/reports/{id}", get(kept))
        .route("/observability/slo/schedules", post(schedule))
        .route("/observability/slo/schedules/{name}", delete(unschedule))
        .route(
            "/observability/slo/{id}",
            get(one).put(change).delete(remove),
        )
        .route("/sla/status", get(status))
        .route("/sla/report", get(written))
        .route("/sla/measurement", post(measure))
}

async fn all(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Objectives> {
    Ok(Json(services.levels.objectives(&caller).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stretch {
    #[serde(default)]
    from_ms: i64,
    #[serde(default)]
    to_ms: i64,
}

async fn one(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Asked<Stretch>,
) -> Answer<ObjectiveDetail> {
    let Stretch { from_ms, to_ms } = asked(query)?;
    let levels = services.levels;
    Ok(Json(levels.objective(&caller, &id, from_ms, to_ms).await?))
}

async fn make(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    draft: Body<ObjectiveDraft>,
) -> Answer<Objective> {
    Ok(Json(services.levels.save(&caller, "", body(draft)?).await?))
}

async fn change(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    draft: Body<ObjectiveDraft>,
) -> Answer<Objective> {
    Ok(Json(
        services.levels.save(&caller, &id, body(draft)?).await?,
    ))
}

async fn remove(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Asked<Note>,
) -> Answer<()> {
    let note = asked(query)?;
    services.levels.remove(&caller, &id, &note.by).await?;
    Ok(Json(()))
}

async fn preview(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    draft: Body<ObjectiveDraft>,
) -> Answer<ObjectivePreview> {
    Ok(Json(services.levels.preview(&caller, body(draft)?).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfOne {
    #[serde(default)]
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    #[serde(default)]
    id: String,
    #[serde(default)]
    format: String,
}

async fn file(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<Which>,
) -> Result<Response, Refusal> {
    let Which { id, format } = asked(query)?;
    let (what, named) = match format.as_str() {
        "" | "rules" => (
            ObjectiveFile::Rules,
            "attachment; filename=\"slo-rules.yml\"",
        ),
        "objectives" => (
            ObjectiveFile::Objectives,
            "attachment; filename=\"objectives.yml\"",
        ),
        other => {
            let what = format!("format: {other:?} is neither rules nor objectives");
            return Err(Problem::invalid(what).into());
        }
    };
    let text = services.levels.file(&caller, &id, what).await?;
    let headers = [
        (CONTENT_TYPE, "application/yaml"),
        (CONTENT_DISPOSITION, named),
    ];
    Ok((headers, text).into_response())
}

async fn import(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<Note>,
    text: String,
) -> Answer<Vec<String>> {
    let note = asked(query)?;
    let levels = services.levels;
    Ok(Json(levels.import(&caller, &text, &note.by).await?))
}

async fn reports(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<Reports> {
    Ok(Json(services.levels.reports(&caller).await?))
}

async fn report(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Body<ReportQuery>,
) -> Answer<Report> {
    Ok(Json(services.levels.report(&caller, body(query)?).await?))
}

async fn measure(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    measurement: Body<Measurement>,
) -> Answer<Measurement> {
    let measurement = body(measurement)?;
    Ok(Json(services.levels.measure(&caller, measurement).await?))
}

/// In which format a report is written; JSON where nobody says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    format: String,
}

async fn kept(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    query: Asked<Written>,
) -> Result<Response, Refusal> {
    let Written { format } = asked(query)?;
    let report = services.levels.kept_report(&caller, id).await?;
    shown(&report, &format)
}

async fn schedule(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    schedule: Body<ReportSchedule>,
) -> Answer<()> {
    services.levels.schedule(&caller, body(schedule)?).await?;
    Ok(Json(()))
}

async fn unschedule(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Answer<()> {
    services.levels.unschedule(&caller, &name).await?;
    Ok(Json(()))
}

async fn status(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<OfOne>,
) -> Answer<Objectives> {
    let OfOne { id } = asked(query)?;
    let mut found = services.levels.objectives(&caller).await?;
    if !id.is_empty() {
        found.rows.retain(|row| row.id == id);
        if found.rows.is_empty() {
            let message = format!("there is no objective {id:?}");
            return Err(Problem::not_found(message).into());
        }
    }
    Ok(Json(found))
}

/// What a report is about, in an address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedReport {
    scope: Option<String>,
    #[serde(default)]
    of: String,
    #[serde(default)]
    month: String,
    #[serde(default)]
    from_ms: i64,
    #[serde(default)]
    to_ms: i64,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    format: String,
}

async fn written(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<AskedReport>,
) -> Result<Response, Refusal> {
    let asked = asked(query)?;
    let scope = match asked.scope.as_deref() {
        None | Some("") => ReportScope::All,
        Some(word) => ReportScope::parse(word).ok_or_else(|| {
            let known: Vec<_> = ReportScope::ALL.iter().map(|it| it.as_str()).collect();
            Problem::invalid(format!("scope: {word:?} is none of {}", known.join(", ")))
        })?,
    };
    let query = ReportQuery {
        scope,
        of: asked.of,
        month: asked.month,
        from_ms: asked.from_ms,
        to_ms: asked.to_ms,
        zone: asked.zone,
        keep: false,
        by: String::new(),
    };
    // What is wrong with the format is found before the report is made.
    known_format(&asked.format)?;
    let report = services.levels.report(&caller, query).await?;
    shown(&report, &asked.format)
}

fn known_format(format: &str) -> Result<(), Problem> {
    match format {
        "" | "json" | "csv" | "html" => Ok(()),
        other => Err(Problem::invalid(format!(
            "format: {other:?} is none of html, csv, json"
        ))),
    }
}

fn shown(report: &Report, format: &str) -> Result<Response, Refusal> {
    known_format(format)?;
    Ok(match format {
        "csv" => {
            let headers = [
                (CONTENT_TYPE, "text/csv; charset=utf-8"),
                (CONTENT_DISPOSITION, "attachment; filename=\"report.csv\""),
            ];
            (headers, csv(&report_table(report))?).into_response()
        }
        "html" => {
            let headers = [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CONTENT_SECURITY_POLICY, POLICY),
            ];
            (headers, html(report)).into_response()
        }
        _ => Json(report).into_response(),
    })
}
