//! The gate: closed until migrations and replay are done.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use tower::ServiceExt;

use super::probes::HEALTHY;

/// Answers in place of the product until it is opened.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<OnceLock<Router>>);

impl Gate {
    /// From now on the product answers.
    pub(crate) fn open(&self, app: Router) {
        // Opened twice, the first product stays.
        let _ = self.0.set(app);
    }

    pub(super) async fn answer(&self, request: Request) -> Response {
        let Some(app) = self.0.get() else {
            return match request.uri().path() {
                "/live" => "live\n".into_response(),
                "/-/healthy" => HEALTHY.into_response(),
                _ => {
                    let soon = [(header::RETRY_AFTER, "1")];
                    (StatusCode::SERVICE_UNAVAILABLE, soon, "starting\n").into_response()
                }
            };
        };
        match app.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[tokio::test]
    async fn not_ready_before_it_is_opened() {
        let gate = Gate::default();
        let ask = async |path: &str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            gate.answer(request).await.status().as_u16()
        };
        assert_eq!(ask("/live").await, 200);
        assert_eq!(ask("/-/healthy").await, 200);
        assert_eq!(ask("/ready").await, 503);
        assert_eq!(ask("/-/ready").await, 503);
        gate.open(Router::new().route("/ready", axum::routing::get(|| async { "ready" })));
        assert_eq!(ask("/ready").await, 200);
    }
}
