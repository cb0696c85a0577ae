//! The older HTTP+SSE transport (revision 2024-11-05), which the protocol library has no client
//! for: a stream of events that first names where to post messages, and then carries the answers.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::Url;
use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::classify::Refusal;
use crate::events::{Event, Parser};
use crate::metadata;
use crate::oauth::Tokens;
use crate::witness::Witness;

/// Longest time that a stream is kept: none is ended because it is old.
const STREAM_TIMEOUT: Duration = Duration::from_secs(365 * 86_400);

/// Messages that wait to be read; beyond, the server waits.
const QUEUE: usize = 64;

/// How requests are made.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) client: reqwest::Client,
    pub(crate) tokens: Option<Arc<Tokens>>,
    pub(crate) witness: Witness,
}

/// An open stream, and where messages are posted.
pub(crate) struct Stream {
    wire: Wire,
    post_url: Url,
    messages: mpsc::Receiver<ServerJsonRpcMessage>,
    reader: JoinHandle<()>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Wire {
    /// Opens the stream and waits for the address to post to. How that went stands with the
    /// witness, too.
    pub(crate) async fn open(self, url: &Url) -> Result<Stream, Refusal> {
        let opened = self.hello(url).await;
        self.witness.note(opened.as_ref().err().cloned());
        let (mut answer, mut parser, post_url) = opened?;
        let (sender, messages) = mpsc::channel(QUEUE);
        let witness = self.witness.clone();
        let reader = tokio::spawn(async move {
            let ended = read(&mut answer, &mut parser, &sender).await;
            witness.note(Some(ended));
        });
        Ok(Stream {
            wire: self,
            post_url,
            messages,
            reader,
        })
    }

    async fn hello(&self, url: &Url) -> Result<(reqwest::Response, Parser, Url), Refusal> {
        let request = self.client.get(url.clone()).timeout(STREAM_TIMEOUT);
        let request = request.header(ACCEPT, "text/event-stream");
        let mut answer = self.send(request).await?;
        let kind = answer.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return Err(Refusal::ContentType(kind.map(str::to_owned)));
        }
        let mut parser = Parser::default();
        loop {
            while let Some(event) = parser.next() {
                if event.name == "endpoint" {
                    let post_url = post_url(url, &event)?;
                    return Ok((answer, parser, post_url));
                }
            }
            feed(&mut answer, &mut parser).await?;
        }
    }

    async fn post(&self, url: Url, message: ClientJsonRpcMessage) -> Result<(), Refusal> {
        let body = serde_json::to_string(&message)
            .map_err(|error| Refusal::BadRequest(error.to_string()))?;
        let request = self.client.post(url);
        let request = request.header(CONTENT_TYPE, "application/json").body(body);
        self.send(request).await.map(drop)
    }

    /// Sends a request, signed where tokens are configured; an answer that says yes.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Refusal> {
        let token = match &self.tokens {
            Some(tokens) => Some(tokens.bearer().await.map_err(Refusal::NoToken)?),
            None => None,
        };
        let request = match &token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.send().await;
        let answer = answer.map_err(|error| Refusal::of_client(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        if let (401, Some(tokens), Some(token)) = (status.as_u16(), &self.tokens, &token) {
            tokens.forget(token).await;
        }
        let challenge = answer.headers().get(WWW_AUTHENTICATE);
        let challenge = challenge.and_then(|it| it.to_str().ok());
        if let Some(challenge) = challenge {
            self.witness.challenged(challenge);
        }
        let challenge = challenge.is_some();
        let body = metadata::body(answer).await.unwrap_or_default();
        let body = String::from_utf8_lossy(&body);
        let is_page = body.trim_start().starts_with('<');
        Err(Refusal::Status {
            code: status.as_u16(),
            challenge,
            body: if is_page {
                String::new()
            } else {
                body.into_owned()
            },
        })
    }
}

/// Where messages are posted: nowhere but where the stream comes from, for the credentials go along.
fn post_url(url: &Url, event: &Event) -> Result<Url, Refusal> {
    let words = "the server names an address to post to that";
    let wrong = |what: &str| Refusal::Broken(format!("{words} {what}"));
    let post_url = url.join(event.data.trim());
    let post_url = post_url.map_err(|_| wrong("is none"))?;
    match post_url.origin() == url.origin() {
        true => Ok(post_url),
        false => Err(wrong("is of another host")),
    }
}

async fn feed(answer: &mut reqwest::Response, parser: &mut Parser) -> Result<(), Refusal> {
    match answer.chunk().await {
        Ok(Some(chunk)) => match parser.feed(&chunk) {
            true => Ok(()),
            false => Err(Refusal::TooLarge),
        },
        Ok(None) => Err(Refusal::Broken("the stream of events ended".to_owned())),
        Err(error) => Err(Refusal::of_client(&error)),
    }
}

/// Hands messages on until the stream ends or nobody listens; why it ended.
async fn read(
    answer: &mut reqwest::Response,
    parser: &mut Parser,
    messages: &mpsc::Sender<ServerJsonRpcMessage>,
) -> Refusal {
    loop {
        while let Some(event) = parser.next() {
            if event.name != "message" {
                continue;
            }
            // What is no message is left out, as the library does with lines of standard output.
            let Ok(message) = serde_json::from_str(&event.data) else {
                continue;
            };
            if messages.send(message).await.is_err() {
                return Refusal::Broken("the stream was left".to_owned());
            }
        }
        if let Err(refusal) = feed(answer, parser).await {
            return refusal;
        }
    }
}

impl Transport<RoleClient> for Stream {
    type Error = io::Error;

    fn send(
        &mut self,
        message: ClientJsonRpcMessage,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let (wire, url) = (self.wire.clone(), self.post_url.clone());
        async move {
            let posted = wire.post(url, message).await;
            wire.witness.note(posted.as_ref().err().cloned());
            posted.map_err(|_| io::ErrorKind::Other.into())
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        self.messages.recv().await
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        self.reader.abort();
        Ok(())
    }
}
