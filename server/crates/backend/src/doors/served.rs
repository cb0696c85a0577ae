//! Servers that the product starts, for MCP clients over Streamable HTTP: `/servers/{name}/mcp`.
//!
//! What is said is the business of [`relay`]; here are addresses, headers, statuses and streams. The library's own
//! server is not used: it answers what its typed handlers return, so all that passed would be cut to what it knows,
//! and one odd definition of a tool would lose the whole list.

mod headers;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use relay::{Era, Kind, Message, NotOne, Refused, Relay, failure};
use rmcp::model::ErrorCode;
use rmcp::transport::common::http_header::{EVENT_STREAM_MIME_TYPE, JSON_MIME_TYPE};
use wire::{Caller, Problem, Role, Services};

use super::Context;
use super::answer::Refusal;
use crate::launcher::WATCHED_PATH;
use headers::{SESSION, session};

/// The largest message that is taken.
const BODY_BYTES: usize = 4 << 20;

/// An answer that comes sooner is sent by itself, a later one at the end of a stream.
const QUICK: Duration = Duration::from_secs(1);

/// Code of errors that are made here.
const OURS: i32 = -32000;

pub(super) fn router(context: &Context) -> Router<Context> {
    Router::new()
        .route("/servers/{name}/mcp", post(say).get(listen).delete(leave))
        .route_layer(from_fn_with_state(context.clone(), watched))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

/// Lets what passes be seen where that is wanted, as a tap would see it.
async fn watched(
    State(context): State<Context>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let is_known = context.relays.of(&name).is_some();
    let watcher = is_known.then(|| context.taps.of(&name)).flatten();
    let watch = watcher.and_then(|it| it.request(&caller.name, WATCHED_PATH, &parts));
    let Some(watch) = watch else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let body = Body::new(watch.asked(body));
    let (parts, body) = next
        .run(Request::from_parts(parts, body))
        .await
        .into_parts();
    let body = Body::new(watch.answered(&parts, body));
    Response::from_parts(parts, body)
}

/// Whoever wants something of a server.
struct Visit {
    relay: Arc<Relay>,
    name: String,
    caller: Caller,
}

impl Visit {
    /// Lets a caller in who may act: what tools do is more than looking.
    fn begin(context: &Context, caller: Caller, name: String) -> Result<Self, Refusal> {
        caller.require(Role::Operator)?;
        let relay = context.relays.of(&name).ok_or_else(|| {
            Problem::not_found(format!(
                "no server {name:?} is served over HTTP; write serve_http = true under [servers.{name:?}], \
                 or its name into launcher.serve_http"
            ))
        })?;
        Ok(Self {
            relay,
            name,
            caller,
        })
    }

    /// Says why something was not done, as JSON-RPC and HTTP have it.
    async fn refuse(
        &self,
        services: &Services,
        message: Option<&Message>,
        why: &Refused,
    ) -> Response {
        let invalid = ErrorCode::INVALID_REQUEST.0;
        let (status, code) = match why {
            Refused::NotRunning => (StatusCode::SERVICE_UNAVAILABLE, OURS),
            Refused::NoSession => (StatusCode::NOT_FOUND, OURS),
            Refused::TooManySessions(_) | Refused::TooManyRequests(_) => {
                (StatusCode::TOO_MANY_REQUESTS, OURS)
            }
            Refused::StreamIsOpen => (StatusCode::CONFLICT, OURS),
            Refused::Missing(_) => (StatusCode::BAD_REQUEST, ErrorCode::INVALID_PARAMS.0),
            Refused::SessionFirst | Refused::SameId | Refused::NotAsked => {
                (StatusCode::BAD_REQUEST, invalid)
            }
        };
        let mut words = format!("{}: {why}", self.name);
        if *why == Refused::NotRunning
            && let Some(state) = self.state(services).await
        {
            words = format!("{words} ({state})");
        }
        let mut response = answer(status, error(message, code, &words));
        if matches!(status.as_u16(), 429 | 503) {
            let soon = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, soon);
        }
        response
    }

    /// How it stands with the server, in the launcher's words.
    async fn state(&self, services: &Services) -> Option<String> {
        let all = services.launcher.list(&self.caller).await.ok()?;
        let line = all.into_iter().find(|line| line.name == self.name)?;
        Some(line.reason)
    }
}

/// A client says something.
async fn say(
    State(context): State<Context>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<axum::body::Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let visit = Visit::begin(&context, caller, name)?;
    if let Err((status, words)) = headers::check_kinds(&headers) {
        return Ok(answer(
            status,
            error(None, ErrorCode::INVALID_REQUEST.0, &words),
        ));
    }
    let message = match read(body) {
        Ok(message) => message,
        Err((status, text)) => return Ok(answer(status, text)),
    };
    if let Err((code, words)) = headers::check(&headers, &message) {
        let text = error(Some(&message), code, &words);
        return Ok(answer(StatusCode::BAD_REQUEST, text));
    }
    let caller = visit.caller.name.as_str();
    let outcome = if message.kind() == Kind::Request && message.method() == "initialize" {
        visit.relay.initialize(caller, &message).map(introduced)
    } else if message.kind() == Kind::Request {
        ask(&context, &visit, session(&headers), message.clone()).await
    } else {
        let told = visit.relay.tell(caller, session(&headers), &message);
        told.map(|()| StatusCode::ACCEPTED.into_response())
    };
    match outcome {
        Ok(response) => Ok(response),
        Err(why) => Ok(visit.refuse(&context.services, Some(&message), &why).await),
    }
}

/// The answer to `initialize`, with the session that has begun.
fn introduced((session, text): (String, String)) -> Response {
    let mut response = answer(StatusCode::OK, text);
    if let Ok(session) = HeaderValue::from_str(&session) {
        response.headers_mut().insert(SESSION, session);
    }
    response
}

async fn ask(
    context: &Context,
    visit: &Visit,
    session: Option<&str>,
    message: Message,
) -> Result<Response, Refused> {
    // In the stateless era a header of this name means nothing.
    let is_stateless = message.revision().is_some() && visit.relay.era()? == Era::Modern;
    let session = session.filter(|_| !is_stateless);
    if session.is_none() && message.revision().is_none() {
        return Err(Refused::SessionFirst);
    }
    let caller = visit.caller.name.as_str();
    let mut answers = visit.relay.ask(caller, session, message).await?;
    let first = match tokio::time::timeout(QUICK, answers.next()).await {
        Ok(Some(said)) if said.is_answer => {
            let status = match (is_stateless, said.code) {
                (true, Some(code)) => status_of(code),
                _ => StatusCode::OK,
            };
            return Ok(answer(status, said.text));
        }
        Ok(said) => said,
        Err(_) => None,
    };
    Ok(stream::answers(first, answers, &context.stop))
}

/// The status that goes with an error of the stateless era.
fn status_of(code: i64) -> StatusCode {
    let is = |known: ErrorCode| code == i64::from(known.0);
    if is(ErrorCode::METHOD_NOT_FOUND) {
        StatusCode::NOT_FOUND
    } else if is(ErrorCode::UNSUPPORTED_PROTOCOL_VERSION)
        || is(ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY)
        || is(ErrorCode::HEADER_MISMATCH)
    {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    }
}

/// A client wants to hear what belongs to no request.
async fn listen(
    State(context): State<Context>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visit = Visit::begin(&context, caller, name)?;
    if !headers::accepts(&headers, EVENT_STREAM_MIME_TYPE) {
        let words = "this address is for MCP clients; Accept has to name text/event-stream";
        let text = error(None, ErrorCode::INVALID_REQUEST.0, words);
        return Ok(answer(StatusCode::NOT_ACCEPTABLE, text));
    }
    let listener = match (session(&headers), visit.relay.era()) {
        (_, Err(why)) => Err(why),
        // The stateless era has no such stream.
        (None, Ok(Era::Modern)) => return Ok(not_allowed()),
        (None, Ok(Era::Legacy)) => Err(Refused::SessionFirst),
        (Some(session), Ok(_)) => visit.relay.listen(&visit.caller.name, session),
    };
    match listener {
        Ok(listener) => Ok(stream::notices(listener, &context.stop)),
        Err(why) => Ok(visit.refuse(&context.services, None, &why).await),
    }
}

/// A client ends its session.
async fn leave(
    State(context): State<Context>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visit = Visit::begin(&context, caller, name)?;
    let left = match session(&headers) {
        Some(session) => visit.relay.leave(&visit.caller.name, session),
        None => Err(Refused::SessionFirst),
    };
    match left {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(why) => Ok(visit.refuse(&context.services, None, &why).await),
    }
}

fn not_allowed() -> Response {
    let text = error(
        None,
        ErrorCode::INVALID_REQUEST.0,
        "there is no stream without a session",
    );
    let mut response = answer(StatusCode::METHOD_NOT_ALLOWED, text);
    let allowed = HeaderValue::from_static("POST");
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// The message in a body; else the status and what to say.
fn read(body: Result<axum::body::Bytes, BytesRejection>) -> Result<Message, (StatusCode, String)> {
    let refused = |status, code: ErrorCode, words: &str| (status, error(None, code.0, words));
    let body = body.map_err(|rejection| {
        let words = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => format!("a message may have {BODY_BYTES} bytes"),
            _ => rejection.body_text(),
        };
        refused(rejection.status(), ErrorCode::INVALID_REQUEST, &words)
    })?;
    let bad = StatusCode::BAD_REQUEST;
    let text = std::str::from_utf8(&body).map_err(|_| {
        let words = "the body is no JSON: it is no UTF-8";
        refused(bad, ErrorCode::PARSE_ERROR, words)
    })?;
    Message::read(text).map_err(|error| {
        let code = match error {
            NotOne::NotJson(_) => ErrorCode::PARSE_ERROR,
            NotOne::Batch | NotOne::NotRpc(_) => ErrorCode::INVALID_REQUEST,
        };
        refused(bad, code, &error.to_string())
    })
}

/// An error as the answer to a message, where one is known.
fn error(message: Option<&Message>, code: i32, words: &str) -> String {
    match message {
        Some(message) => message.refused(code, words),
        None => failure(None, code, words),
    }
}

fn answer(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, JSON_MIME_TYPE)], text).into_response()
}
