//! Passes a request on, and its answer back.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::uri::{PathAndQuery, Scheme, Uri};
use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::body::Passing;
use super::endpoint::Endpoint;
use super::head;
use super::lent::{self, Lent};
use super::news::{Coding, Form, News, Over};
use super::origin::Origin;
use super::watcher::{Watch, Watcher};
use crate::copies::{Clock, Copies};

/// Longest time until there is a connection to the server.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long a connection waits for the next request. Servers close theirs after five seconds (Node.js, uvicorn); a
/// request that meets this would be lost.
const IDLE: Duration = Duration::from_secs(3);

/// What goes back.
type Back = Response<Either<Passing<Incoming>, Full<Bytes>>>;

enum Onward {
    Plain(Client<HttpConnector, Lent>),
    Tls(Client<HttpsConnector<HttpConnector>, Lent>),
}

/// Where requests come in for a server.
pub(super) struct Door {
    origin: Origin,
    host: HeaderValue,
    names: Vec<String>,
    onward: Onward,
    watcher: Watcher,
    clock: Clock,
}

impl Door {
    pub(super) fn new(
        origin: Origin,
        names: Vec<String>,
        copies: Copies<News>,
        clock: Clock,
    ) -> io::Result<Self> {
        Ok(Self {
            host: HeaderValue::from_str(origin.authority.as_str()).map_err(io::Error::other)?,
            onward: onward(&origin.scheme)?,
            origin,
            names,
            watcher: Watcher::new(copies, clock),
            clock,
        })
    }

    /// Passes on one request of somebody.
    pub(super) async fn pass(&self, from: IpAddr, request: Request<Incoming>) -> Back {
        let asked_for = head::host(request.headers()).unwrap_or_default().to_owned();
        if !head::is_allowed(&self.names, &asked_for) {
            let text = format!(
                "this proxy does not answer under the name {asked_for:?}; start it with --host to allow that"
            );
            return refusal(StatusCode::FORBIDDEN, &text);
        }
        let path = request.uri().path_and_query().cloned();
        let Some(path) = path.filter(|path| path.as_str().starts_with('/')) else {
            return refusal(
                StatusCode::BAD_REQUEST,
                "there is no path to pass this on to",
            );
        };
        let (parts, body) = request.into_parts();
        let watch = self.watcher.request(from, path.as_str(), &parts);
        let body = match &watch {
            Some(watch) => watch.asked(body),
            None => Passing::unseen(body, self.clock),
        };
        let (body, unread) = lent::lend(body);
        let onward = match self.onward(parts, path, body) {
            Ok(onward) => onward,
            Err(error) => {
                let text = format!("this cannot be passed on: {error}");
                return refusal(StatusCode::BAD_REQUEST, &text);
            }
        };
        let is_get = onward.method() == http::Method::GET;
        let answer = match &self.onward {
            Onward::Plain(client) => client.request(onward).await,
            Onward::Tls(client) => client.request(onward).await,
        };
        match answer {
            Ok(answer) => self.back(answer, watch, is_get.then_some(asked_for)),
            Err(error) => {
                unread.read().await;
                self.failed(&error, watch)
            }
        }
    }

    /// The request as the server gets it.
    fn onward(
        &self,
        mut parts: Parts,
        path: PathAndQuery,
        body: Lent,
    ) -> Result<Request<Lent>, http::Error> {
        parts.uri = Uri::builder()
            .scheme(self.origin.scheme.clone())
            .authority(self.origin.authority.clone())
            .path_and_query(path)
            .build()?;
        parts.version = Version::HTTP_11;
        head::strip(&mut parts.headers);
        // It has been answered by us.
        parts.headers.remove(header::EXPECT);
        parts.headers.insert(header::HOST, self.host.clone());
        Ok(Request::from_parts(parts, body))
    }

    /// The answer as the client gets it; `asked_for` is whom it asked for a stream.
    fn back(
        &self,
        answer: Response<Incoming>,
        watch: Option<Watch>,
        asked_for: Option<String>,
    ) -> Back {
        let (mut parts, body) = answer.into_parts();
        head::strip(&mut parts.headers);
        parts.version = Version::HTTP_11;
        let may_name_endpoint = Form::of(&parts.headers) == Form::Events
            && Coding::of(&parts.headers) == Coding::None
            && !parts.headers.contains_key(header::CONTENT_LENGTH);
        let endpoint = asked_for
            .filter(|_| may_name_endpoint)
            .map(|asked_for| Endpoint::new(self.origin.base(), format!("http://{asked_for}")));
        let body = match watch {
            Some(watch) => watch.answered_with(&parts, body, endpoint),
            None => Passing::answer(body, self.clock, None, None, endpoint),
        };
        Response::from_parts(parts, Either::Left(body))
    }

    /// What a client gets when the server does not answer.
    fn failed(&self, error: &legacy::Error, watch: Option<Watch>) -> Back {
        let (status, what) = match (error.is_connect(), is_late(error)) {
            (true, true) => (
                StatusCode::GATEWAY_TIMEOUT,
                "takes too long to be connected to",
            ),
            (true, false) => (StatusCode::BAD_GATEWAY, "cannot be connected to"),
            _ => (StatusCode::BAD_GATEWAY, "gave no answer"),
        };
        if let Some(mut watch) = watch {
            watch.note(Over::Failed(status.as_u16()));
        }
        let text = format!("{} {what}: {}", self.origin, deepest(error));
        refusal(status, &text)
    }
}

fn onward(scheme: &Scheme) -> io::Result<Onward> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(CONNECTING));
    let mut client = Client::builder(TokioExecutor::new());
    client
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .http1_preserve_header_case(true)
        .set_host(false);
    if *scheme == Scheme::HTTP {
        return Ok(Onward::Plain(client.build(connector)));
    }
    let connector = HttpsConnectorBuilder::new()
        .try_with_platform_verifier()
        .map_err(io::Error::other)?
        .https_only()
        .enable_http1()
        .wrap_connector(connector);
    Ok(Onward::Tls(client.build(connector)))
}

/// Whether time was up.
fn is_late(error: &legacy::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return true;
        }
        next = error.source();
    }
    false
}

/// What is at the bottom of an error: what is above it says only where.
fn deepest(error: &legacy::Error) -> String {
    let mut deepest: &dyn Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

fn refusal(status: StatusCode, text: &str) -> Back {
    let body = Full::new(Bytes::from(format!("mcp-observatory proxy: {text}\n")));
    let mut answer = Response::new(Either::Right(body));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}
