//! Signing in and out, for browsers, without JavaScript too.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;

use super::Context;
use super::guard::session_token;
use crate::auth::{SESSION_SECONDS, Sessions};

/// The cookie that holds the session's token.
pub(super) const COOKIE: &str = "observatory_session";

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
}

#[derive(Deserialize)]
struct Credentials {
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    State(sessions): State<Arc<Sessions>>,
    Form(credentials): Form<Credentials>,
) -> Response {
    let next = local_path(&credentials.next);
    match sessions.sign_in(credentials.password).await {
        Ok(token) => with_cookie(
            &format!("{token}; Max-Age={SESSION_SECONDS}"),
            Redirect::to(next),
        ),
        Err(_) => {
            let again = format!("/sign-in?wrong=1&next={}", wire::path_segment(next));
            Redirect::to(&again).into_response()
        }
    }
}

async fn sign_out(State(sessions): State<Arc<Sessions>>, headers: HeaderMap) -> Response {
    if let Some(token) = session_token(&headers)
        && let Err(problem) = sessions.sign_out(token).await
    {
        return super::answer::Refusal(problem).into_response();
    }
    with_cookie("; Max-Age=0", Redirect::to("/sign-in"))
}

/// Where to go after signing in: a path of this product, never another host.
fn local_path(next: &str) -> &str {
    if next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') {
        next
    } else {
        "/"
    }
}

fn with_cookie(value: &str, redirect: Redirect) -> Response {
    let cookie = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict");
    let mut response = redirect.into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_product() {
        for (next, expected) in [
            ("/alerts", "/alerts"),
            ("/servers/a?x=1", "/servers/a?x=1"),
            ("", "/"),
            ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\\evil.example", "/"),
        ] {
            assert_eq!(local_path(next), expected);
        }
    }
}
