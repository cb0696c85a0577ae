//! Real traffic for programs: calls, sessions, what they come to, and calls as files.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use http::header;
use serde::Deserialize;
use wire::{
    CallDetail, CallPage, CallQuery, Caller, Problem, SeenSign, Services, TimeRange,
    TrafficSession, TrafficSummary,
};

use super::Context;
use super::answer::{Asked, Refusal, asked, time_range};
use crate::traffic::{har, otlp};

/// Calls of an answer, and of a file, where nothing is said.
const SOME: u32 = 100;
const A_FILE: u32 = 10_000;
const HOUR_MS: i64 = 3_600_000;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/observability/traffic/calls", get(calls))
        .route("/observability/traffic/calls/{id}", get(call))
        .route("/observability/traffic/sessions", get(sessions))
        .route("/observability/traffic/signs", get(signs))
        .route("/observability/traffic/summary", get(summary))
        .route("/observability/traffic/export/{format}", get(export))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    filter: String,
    last_ms: Option<i64>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    after: Option<i64>,
    before: Option<i64>,
    limit: Option<u32>,
}

impl Wanted {
    fn query(self, limit: u32) -> Result<CallQuery, Problem> {
        let range = time_range(self.last_ms, self.from_ms, self.to_ms)?;
        Ok(CallQuery {
            filter: self.filter,
            range,
            after: self.after,
            before: self.before,
            limit: self.limit.unwrap_or(limit),
        })
    }
}

async fn calls(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<Wanted>,
) -> Result<Json<CallPage>, Refusal> {
    let query = asked(query)?.query(SOME)?;
    Ok(Json(services.traffic.calls(&caller, query).await?))
}

async fn call(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<CallDetail>, Refusal> {
    let Path(id) = id.map_err(|_| Problem::not_found("a call is named by a whole number"))?;
    Ok(Json(services.traffic.call(&caller, id).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfServer {
    server: Option<String>,
    limit: Option<u32>,
    last_ms: Option<i64>,
}

async fn sessions(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<OfServer>,
) -> Result<Json<Vec<TrafficSession>>, Refusal> {
    let query = asked(query)?;
    let (server, limit) = (query.server.as_deref(), query.limit.unwrap_or(SOME));
    let sessions = services.traffic.sessions(&caller, server, limit);
    Ok(Json(sessions.await?))
}

async fn signs(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<OfServer>,
) -> Result<Json<Vec<SeenSign>>, Refusal> {
    let query = asked(query)?;
    let range = TimeRange::Last(query.last_ms.unwrap_or(HOUR_MS));
    let (server, limit) = (query.server.as_deref(), query.limit.unwrap_or(SOME));
    let signs = services.traffic.signs(&caller, server, range, limit);
    Ok(Json(signs.await?))
}

async fn summary(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<OfServer>,
) -> Result<Json<TrafficSummary>, Refusal> {
    let query = asked(query)?;
    let range = TimeRange::Last(query.last_ms.unwrap_or(HOUR_MS));
    let server = query.server.as_deref();
    let summary = services.traffic.summary(&caller, server, range);
    Ok(Json(summary.await?))
}

async fn export(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(format): Path<String>,
    query: Asked<Wanted>,
) -> Result<Response, Refusal> {
    let write = match format.as_str() {
        "json" => |details: &[CallDetail]| serde_json::to_value(details),
        "har" => |details: &[CallDetail]| Ok(har::archive(details)),
        "otlp" => |details: &[CallDetail]| Ok(otlp::spans(details)),
        other => {
            return Err(Refusal(Problem::not_found(format!(
                "{other:?} is no format of calls; write /observability/traffic/export/json, har or otlp"
            ))));
        }
    };
    let query = asked(query)?.query(A_FILE)?;
    let details = services.traffic.details(&caller, query).await?;
    // Thousands of calls take a while to be written, and others wait on this thread.
    let text = tokio::task::spawn_blocking(move || {
        let value = write(&details)?;
        serde_json::to_vec(&value)
    });
    let failed = |error: String| Problem::new(wire::Code::Internal, error);
    let text = text.await.map_err(|error| failed(error.to_string()))?;
    let text = text.map_err(|error| failed(error.to_string()))?;
    let extension = match format.as_str() {
        "otlp" => "otlp.json",
        other => other,
    };
    let name = format!("attachment; filename=\"calls.{extension}\"");
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}
