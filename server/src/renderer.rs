//! Renders pages on one thread of their own.
//!
//! The parts of a page are rendered by several tasks that share reactive values. On several threads
//! a part is now and then read while its values are being dropped: one page in some thousands would
//! answer 500. On one thread that cannot happen, and a page that takes long delays no API.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The thread; it ends when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Renderer {
    runtime: Handle,
    _keep: Arc<oneshot::Sender<()>>,
}

impl Renderer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system refuses another thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (keep, dropped) = oneshot::channel::<()>();
        std::thread::Builder::new()
            .name("pages".to_owned())
            .spawn(move || {
                // Nothing is ever sent: the end of the sender is the message.
                let _ = runtime.block_on(dropped);
            })?;
        Ok(Self {
            runtime: handle,
            _keep: Arc::new(keep),
        })
    }

    /// Renders to the end, even when the visitor has left meanwhile. The body too: what ends with it
    /// ends on this thread.
    pub(crate) async fn render(
        &self,
        page: impl Future<Output = Response> + Send + 'static,
    ) -> Response {
        let whole = self.runtime.spawn(async {
            let (parts, body) = page.await.into_parts();
            let body = to_bytes(body, usize::MAX).await?;
            Ok::<_, axum::Error>(Response::from_parts(parts, body.into()))
        });
        let error = match whole.await {
            Ok(Ok(page)) => return page,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!(error, "a page could not be rendered");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn every_page_is_rendered_on_the_same_thread() {
        let renderer = Renderer::start().unwrap();
        let page = || async {
            // What a page spawns stays with it.
            let spawned = tokio::spawn(async { std::thread::current().id() })
                .await
                .unwrap();
            assert_eq!(spawned, std::thread::current().id());
            format!("{spawned:?}").into_response()
        };
        let mut threads = Vec::new();
        for _ in 0..50 {
            let response = renderer.render(page()).await;
            threads.push(to_bytes(response.into_body(), 100).await.unwrap());
        }
        threads.dedup();
        assert_eq!(threads.len(), 1);
    }

    #[tokio::test]
    async fn a_page_goes_on_without_its_visitor_and_a_panic_stays_its_own() {
        let renderer = Renderer::start().unwrap();
        let (done, finished) = oneshot::channel();
        let page = renderer.render(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            done.send(()).unwrap();
            ().into_response()
        });
        let left = tokio::time::timeout(Duration::from_millis(5), page).await;
        assert!(left.is_err(), "the visitor has left");
        finished.await.unwrap();
        let broken = renderer.render(async { panic!("wrong") }).await;
        assert_eq!(broken.status(), 500);
        assert_eq!(
            renderer.render(async { ().into_response() }).await.status(),
            200
        );
    }
}
