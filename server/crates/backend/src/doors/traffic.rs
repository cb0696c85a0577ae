//! Where taps tell what passed by: `POST /observability/traffic`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use http::{StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use traffic::Batch;
use wire::{Caller, Role};

use super::Context;
use super::answer::Refusal;
use super::intake::{Intake, Refused, broken, gunzipped};
use crate::traffic::{Error, TrafficService};

/// How these records came, for counters.
const SOURCE: &str = "traffic";

/// What became of a batch.
#[derive(Clone, Copy, Debug, JsonSchema, Serialize)]
pub(in crate::doors) struct Taken {
    /// How many records were counted.
    records: usize,
    /// Whether a batch of this id was counted before; then nothing was counted now.
    is_repeated: bool,
}

pub(super) fn router() -> Router<Context> {
    Router::new().route("/observability/traffic", post(take))
}

async fn take(
    State(service): State<Arc<TrafficService>>,
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    caller.require(Role::Operator)?;
    let taken = read(&service, &intake, request).await;
    Ok(match taken {
        Ok(taken) => Json(taken).into_response(),
        Err((status, text)) => {
            if status.is_client_error() {
                intake.refused((SOURCE, &caller.name, "unreadable_request"), 1, &text);
            }
            (status, format!("{text}\n")).into_response()
        }
    })
}

async fn read(
    service: &TrafficService,
    intake: &Intake,
    request: Request,
) -> Result<Taken, Refused> {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    let is_gzip = match encoding.map(|value| value.to_str().unwrap_or("?")) {
        None | Some("" | "identity") => false,
        Some("gzip") => true,
        Some(encoding) => {
            let text = format!("content-encoding {encoding:?} is not taken; send gzip or none");
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        }
    };
    let (body, _place) = intake.body(request.into_body()).await?;
    let read = move || -> Result<Batch, Refused> {
        let body = if is_gzip { gunzipped(&body)? } else { body };
        batch(&body).map_err(|error| {
            let text = format!("this is no batch of records: {error}");
            (StatusCode::BAD_REQUEST, text)
        })
    };
    let batch = tokio::task::spawn_blocking(read).await;
    let batch = batch.map_err(|error| broken(&error))??;
    match service.take(&batch).await {
        Ok(is_new) => Ok(Taken {
            records: if is_new { batch.records.len() } else { 0 },
            is_repeated: !is_new,
        }),
        Err(error @ Error::Wrong(_)) => Err((StatusCode::BAD_REQUEST, error.to_string())),
        Err(Error::Database(error)) => Err(broken(&error)),
    }
}

/// Reads a batch; an error names the field and what is wrong with it.
fn batch(body: &[u8]) -> Result<Batch, String> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    Ok(read)
}
