//! The HTTP client that the protocol library is given.
//!
//! It is the library's own, with four differences: it keeps in mind why a request failed, which
//! the library forgets on some paths; it signs with tokens that are renewed; it opens no standing
//! stream; and it makes up for servers that leave the id out of an error.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use rmcp::model::{ClientJsonRpcMessage, JsonRpcMessage};
use rmcp::transport::async_rw::DEFAULT_MAX_LINE_LENGTH;
use rmcp::transport::common::client_side_sse::{BoxedSseResponse, SseRetryPolicy};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
};

use crate::classify::Refusal;
use crate::sse::Wire;

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

/// The client, who signs its requests, and who remembers how they went.
#[derive(Clone)]
pub(crate) struct Door(Wire);

impl Door {
    pub(crate) fn new(wire: Wire) -> Self {
        Self(wire)
    }

    fn note<T>(&self, outcome: Outcome<T>) -> Outcome<T> {
        if let Err(StreamableHttpError::AuthRequired(error)) = &outcome {
            self.0.witness.challenged(&error.www_authenticate_header);
        }
        self.0.witness.note(outcome.as_ref().err().map(Refusal::of));
        outcome
    }

    /// What signs a request: a token of our own, else what the library has.
    async fn sign(&self, usual: Option<String>) -> Outcome<Option<String>> {
        let Some(tokens) = &self.0.tokens else {
            return Ok(usual);
        };
        match tokens.bearer().await {
            Ok(token) => Ok(Some(token)),
            Err(words) => {
                self.0.witness.note(Some(Refusal::NoToken(words)));
                Err(std::io::Error::from(std::io::ErrorKind::PermissionDenied).into())
            }
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
        let post = async |message, token| {
            let (uri, session_id) = (Arc::clone(&uri), session_id.clone());
            let headers = custom_headers.clone();
            let client = &self.0.client;
            client
                .post_message_with_max_sse_event_size(
                    uri,
                    message,
                    session_id,
                    token,
                    headers,
                    max_sse_event_size,
                )
                .await
        };
        let token = self.sign(auth_header).await?;
        let again = self.0.tokens.is_some().then(|| message.clone());
        let mut posted = post(message, token.clone()).await;
        let refusal = posted.as_ref().err().map(Refusal::of);
        let refused = matches!(refusal, Some(Refusal::Status { code: 401, .. }));
        if let (true, Some(message), Some(tokens), Some(token)) =
            (refused, again, &self.0.tokens, &token)
        {
            tokens.forget(token).await;
            posted = post(message, self.sign(None).await?).await;
        }
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
        let token = self.sign(auth_header).await?;
        let client = &self.0.client;
        client
            .delete_session(uri, session_id, token, custom_headers)
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
        let token = self.sign(auth_header).await?;
        let client = &self.0.client;
        client
            .get_stream(uri, session_id, last_event_id, token, custom_headers)
            .await
    }
}
