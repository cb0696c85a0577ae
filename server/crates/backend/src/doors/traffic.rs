//! Where taps tell what passed by: `POST /observability/traffic`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use traffic::Batch;
use wire::{Caller, Role};

use super::Context;
use super::answer::Refusal;
use super::intake::{Intake, Refused, broken};
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
    Ok(intake.answer(SOURCE, &caller.name, taken))
}

async fn read(
    service: &TrafficService,
    intake: &Intake,
    request: Request,
) -> Result<Taken, Refused> {
    let (batch, _place) = intake.records::<Batch>(request, "batch of records").await?;
    match service.take(&batch).await {
        Ok(is_new) => Ok(Taken {
            records: if is_new { batch.records.len() } else { 0 },
            is_repeated: !is_new,
        }),
        Err(error @ Error::Wrong(_)) => Err((StatusCode::BAD_REQUEST, error.to_string())),
        Err(Error::Database(error)) => Err(broken(&error)),
    }
}
