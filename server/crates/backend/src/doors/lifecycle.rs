//! What tools of Prometheus tell a server to do: `/-/reload`; and `/-/quit`, which is not done.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use http::StatusCode;
use wire::{Caller, Role};

use super::Context;
use super::answer::Refusal;
use crate::reload::Reload;

const QUIT: &str = "The product is not ended over HTTP. Send SIGTERM to its process.\n";
const METHODS: &str = "Only POST or PUT requests are allowed.\n";

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/-/reload", post(reload).put(reload))
        .route("/-/quit", post(quit).put(quit))
        .method_not_allowed_fallback(async || (StatusCode::METHOD_NOT_ALLOWED, METHODS))
}

async fn reload(
    State(reload): State<Arc<Reload>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refusal> {
    caller.require(Role::Admin)?;
    Ok(match reload.reload().await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(mistakes) => {
            let text = format!("The configuration in use stays: {mistakes}\n");
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }
    })
}

/// As Prometheus without `--web.enable-lifecycle`.
async fn quit(Extension(caller): Extension<Caller>) -> Result<(StatusCode, &'static str), Refusal> {
    caller.require(Role::Admin)?;
    Ok((StatusCode::FORBIDDEN, QUIT))
}
