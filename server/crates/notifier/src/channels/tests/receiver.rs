//! A receiver that keeps what it gets and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value as Json;

/// What it got.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Json,
    /// The body as it came.
    pub(super) text: String,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// What it answers: a status, a header, a body, and how long it takes.
#[derive(Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) header: (&'static str, String),
    pub(super) body: String,
    pub(super) after: Duration,
}

impl Reply {
    pub(super) fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            header: ("x-nothing", String::new()),
            body: body.to_owned(),
            after: Duration::ZERO,
        }
    }
}

#[derive(Default)]
struct Inner {
    got: Vec<Got>,
    replies: VecDeque<Reply>,
}

pub(super) struct Receiver {
    pub(super) url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let inner = Arc::<Mutex<Inner>>::default();
        let app = Router::new().fallback(take).with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, inner }
    }

    /// Says what it answers next; `200` and `ok` without.
    pub(super) fn reply(&self, reply: Reply) {
        self.inner.lock().unwrap().replies.push_back(reply);
    }

    /// What it got since it was asked last.
    pub(super) fn got(&self) -> Vec<Got> {
        std::mem::take(&mut self.inner.lock().unwrap().got)
    }
}

async fn take(
    State(inner): State<Arc<Mutex<Inner>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let reply = {
        let mut inner = inner.lock().unwrap();
        inner.got.push(Got {
            path: uri.to_string(),
            headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
            text: String::from_utf8_lossy(&body).into_owned(),
        });
        inner
            .replies
            .pop_front()
            .unwrap_or_else(|| Reply::new(200, "ok"))
    };
    tokio::time::sleep(reply.after).await;
    let status = StatusCode::from_u16(reply.status).unwrap();
    (status, [reply.header], reply.body).into_response()
}
