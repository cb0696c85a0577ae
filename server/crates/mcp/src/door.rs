//! The HTTP client that the protocol library is given.
//!
//! It is the library's own, with three differences: it keeps in mind why a request failed, which
//! the library forgets on some paths; it opens no standing stream; and it makes up for servers
//! that leave the id out of an error.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use rmcp::model::{ClientJsonRpcMessage, JsonRpcMessage};
use rmcp::transport::async_rw::DEFAULT_MAX_LINE_LENGTH;
use rmcp::transport::common::client_side_sse::{BoxedSseResponse, SseRetryPolicy};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
};
use tokio::time::Instant;

use crate::classify::{Place, Refusal};
use crate::session::Trouble;

type Outcome<T> = Result<T, StreamableHttpError<reqwest::Error>>;
type Headers = HashMap<HeaderName, HeaderValue>;

/// How often the rest of an interrupted answer is asked for.
#[derive(Debug)]
pub(crate) struct TwiceMore;

impl SseRetryPolicy for TwiceMore {
    fn retry(&self, times: usize) -> Option<Duration> {
        (times < 2).then_some(Duration::from_millis(500))
    }
}

/// The client, and what it has seen of the server.
#[derive(Clone)]
pub(crate) struct Door {
    client: reqwest::Client,
    place: Arc<Place>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// When the first HTTP answer came.
    answered: Option<Instant>,
    /// Why the last request failed.
    refusal: Option<Refusal>,
}

impl Door {
    pub(crate) fn new(client: reqwest::Client, place: Arc<Place>) -> Self {
        Self {
            client,
            place,
            seen: Arc::default(),
        }
    }

    /// When the first HTTP answer came, and why the last request failed.
    pub(crate) fn witnessed(&self) -> (Option<Instant>, Option<Refusal>) {
        let seen = self.seen();
        (seen.answered, seen.refusal.clone())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note<T>(&self, outcome: Outcome<T>) -> Outcome<T> {
        let refusal = outcome.as_ref().err().map(Refusal::of);
        let mut seen = self.seen();
        if refusal.as_ref().is_none_or(Refusal::answered) {
            seen.answered.get_or_insert_with(Instant::now);
        }
        seen.refusal = refusal;
        drop(seen);
        outcome
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// What a request means that could not be sent or got no answer.
    pub(crate) fn trouble(&self) -> Trouble {
        let refusal = self.seen().refusal.clone();
        let words = "the answer ended before it was complete";
        let refusal = refusal.unwrap_or_else(|| Refusal::Broken(words.to_owned()));
        // While a gateway or the server itself is in trouble, the session may well survive.
        let survives = matches!(
            refusal,
            Refusal::Timeout
                | Refusal::Status {
                    code: 429 | 500..=599,
                    ..
                }
                | Refusal::TooLarge
        );
        Trouble {
            failure: refusal.explain(&self.place),
            lost: !survives,
        }
    }
}

impl StreamableHttpClient for Door {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        custom_headers: Headers,
    ) -> Outcome<StreamableHttpPostResponse> {
        self.post_message_with_max_sse_event_size(
            uri,
            message,
            session_id,
            auth_header,
            custom_headers,
            DEFAULT_MAX_LINE_LENGTH,
        )
        .await
    }

    async fn post_message_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        custom_headers: Headers,
        max_sse_event_size: usize,
    ) -> Outcome<StreamableHttpPostResponse> {
        let asked = match &message {
            ClientJsonRpcMessage::Request(request) => Some(request.id.clone()),
            _ => None,
        };
        let posted = self.client.post_message_with_max_sse_event_size(
            uri,
            message,
            session_id,
            auth_header,
            custom_headers,
            max_sse_event_size,
        );
        let mut posted = posted.await;
        // A server that rejects a request unread, say for its session, leaves the id out. The
        // library would drop such an answer, and the request would seem to get none.
        if let (Some(id), Ok(StreamableHttpPostResponse::Json(JsonRpcMessage::Error(error), _))) =
            (asked, &mut posted)
        {
            error.id = Some(id);
        }
        self.note(posted)
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        auth_header: Option<String>,
        custom_headers: Headers,
    ) -> Outcome<()> {
        self.client
            .delete_session(uri, session_id, auth_header, custom_headers)
            .await
    }

    /// No stream for what the server wants to say by itself: a probe asks for all it needs, and
    /// hundreds of standing connections (which the library would set up again and again when they
    /// break) serve nobody. Only the rest of an answer is fetched this way.
    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        custom_headers: Headers,
    ) -> Outcome<BoxedSseResponse> {
        if last_event_id.is_none() {
            return Err(StreamableHttpError::ServerDoesNotSupportSse);
        }
        let client = &self.client;
        client
            .get_stream(uri, session_id, last_event_id, auth_header, custom_headers)
            .await
    }
}
