//! What was refused lately of what others send.

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use wire::{Caller, Refusal as Refused, Role};

use super::Context;
use super::answer::Refusal;
use super::intake::Intake;

pub(super) fn router() -> Router<Context> {
    Router::new().route("/observability/refusals", get(refusals))
}

async fn refusals(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<Refused>>, Refusal> {
    caller.require(Role::Viewer)?;
    Ok(Json(intake.refusals().newest()))
}
