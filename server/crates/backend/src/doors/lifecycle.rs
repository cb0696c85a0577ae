//! What tools of Prometheus tell a server to do: `/-/reload`, `/-/quit`. Neither is done; both say so.

use axum::routing::{MethodRouter, post};
use axum::{Extension, Router};
use http::StatusCode;
use wire::{Caller, Role};

use super::Context;
use super::answer::Refusal;

const RELOAD: &str = "The configuration is read at the start only. To apply a changed one, check it with \
     `mcp-observatory check config` and restart the product.\n";
const QUIT: &str = "The product is not ended over HTTP. Send SIGTERM to its process.\n";
const METHODS: &str = "Only POST or PUT requests are allowed.\n";

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/-/reload", refused(StatusCode::NOT_IMPLEMENTED, RELOAD))
        // As Prometheus without --web.enable-lifecycle.
        .route("/-/quit", refused(StatusCode::FORBIDDEN, QUIT))
        .method_not_allowed_fallback(async || (StatusCode::METHOD_NOT_ALLOWED, METHODS))
}

fn refused(status: StatusCode, why: &'static str) -> MethodRouter<Context> {
    let answer = move |Extension(caller): Extension<Caller>| async move {
        caller.require(Role::Admin)?;
        Ok::<_, Refusal>((status, why))
    };
    post(answer).put(answer)
}
