//! What somebody decides is done to its end, also when they have gone meanwhile: a connection that closes ends what it has
//! asked for, and a write of which nobody hears any more may be on disk all the same.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

/// Where people decide something. What servers and agents send is taken up again by them.
const OF_PEOPLE: &[&str] = &["/fn/", "/alerts", "/observability/"];

/// The middleware.
pub(crate) async fn to_the_end(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_change =
        !request.method().is_safe() && OF_PEOPLE.iter().any(|start| path.starts_with(start));
    if !is_change {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::any;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_goes_leaves_nothing_half_done() {
        for (method, path, is_done) in [
            ("POST", "/alerts/x/resolve", true),
            ("PUT", "/observability/rules/x", true),
            ("GET", "/observability/rules", false),
            ("POST", "/servers/x/mcp", false),
        ] {
            let done = Arc::new(AtomicBool::new(false));
            let handler = {
                let done = done.clone();
                any(move || async move {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    done.store(true, Ordering::Relaxed);
                })
            };
            let app = Router::new().fallback(handler).layer(from_fn(to_the_end));
            let request = Request::builder().method(method).uri(path);
            let asked = app.oneshot(request.body(Body::empty()).unwrap());
            let left = tokio::time::timeout(Duration::from_millis(500), asked).await;
            assert!(left.is_err(), "{path} was left");
            tokio::time::sleep(Duration::from_secs(2)).await;
            assert_eq!(done.load(Ordering::Relaxed), is_done, "{method} {path}");
        }
    }
}
