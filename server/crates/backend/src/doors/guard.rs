//! What every request passes first: a request id, the host it asks for, where it comes from, who it is.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tracing::Instrument;
use uuid::Uuid;
use wire::{Caller, Code, Problem, Via};

use super::answer::{Refusal, status};
use super::negotiate::{Negotiated, prefers_html};
use super::sign_in::COOKIE;
use crate::auth::Sessions;
use crate::reload::Current;

/// Checks requests.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) config: Current,
    pub(crate) sessions: Arc<Sessions>,
}

/// Whether the product may be asked for under this name: `localhost`, any IP address, and some names.
///
/// A name that an attacker controls can be made to point to this machine (DNS rebinding), an IP
/// address cannot: so addresses are accepted, names only when they are known.
fn is_allowed(names: &[String], authority: &str) -> bool {
    let Ok(authority) = authority.parse::<http::uri::Authority>() else {
        return false;
    };
    let host = authority.host().to_ascii_lowercase();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_known = || names.iter().any(|name| name.eq_ignore_ascii_case(&host));
    host == "localhost" || bare.parse::<IpAddr>().is_ok() || is_known()
}

/// What may be read by everybody: the sign-in page and what it is made of, and the plain probes.
fn is_public(path: &str) -> bool {
    matches!(
        path,
        "/live" | "/ready" | "/health" | "/-/healthy" | "/-/ready" | "/sign-in" | "/favicon.svg"
    ) || path.starts_with("/pkg/")
}

/// The middleware.
pub(crate) async fn check(
    State(guard): State<Guard>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = Uuid::new_v4().simple().to_string();
    let span =
        tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let negotiated = request.extensions().get::<Negotiated>().is_some();
    let mut response = async {
        match guard.admit(&mut request).await {
            Ok(()) => next.run(request).await,
            Err(response) => response,
        }
    }
    .instrument(span)
    .await;
    let headers = response.headers_mut();
    let is_page_or_answer = !is_for_ever(headers);
    if let (Ok(id), true) = (HeaderValue::from_str(&id), is_page_or_answer) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if negotiated {
        headers.append(header::VARY, HeaderValue::from_static("accept"));
    }
    let of_pages = OF_PAGES.iter().filter(|_| is_page_or_answer);
    for (name, value) in SAFETY.iter().chain(of_pages).cloned() {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Whether it is a file that never changes: it is neither a page nor something that somebody asks after,
/// and every first visit loads some.
fn is_for_ever(headers: &HeaderMap) -> bool {
    let kept = headers.get(header::CACHE_CONTROL);
    kept.is_some_and(|kept| kept.as_bytes().ends_with(b"immutable"))
}

const SAFETY: [(HeaderName, &str); 2] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
];

/// What a style sheet, a script or a module has no use for: it is no document.
const OF_PAGES: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
];

impl Guard {
    /// Lets a request in, with its caller among its extensions, or says why not.
    async fn admit(&self, request: &mut Request) -> Result<(), Response> {
        let authority = authority(request).unwrap_or_default().to_owned();
        if !is_allowed(&self.config.borrow().http.allowed_hosts, &authority) {
            return Err(refuse(
                Code::Forbidden,
                format!(
                    "this product does not answer under the name {authority:?}; add it to http.allowed_hosts"
                ),
            ));
        }
        // The protocol has every request to an MCP server checked, a stream that only listens as well.
        let is_mcp = via(request.uri().path()) == Via::Mcp;
        if (is_mcp || changes_or_upgrades(request))
            && !is_same_origin(request.headers(), &authority)
        {
            return Err(refuse(
                Code::Forbidden,
                "this request comes from a page of another site".to_owned(),
            ));
        }
        let path = request.uri().path();
        let caller = self
            .caller(request.headers(), path)
            .await
            .map_err(|p| Refusal(p).into_response())?;
        match caller {
            Some(caller) => {
                request.extensions_mut().insert(caller);
                Ok(())
            }
            None if is_public(path) => Ok(()),
            None if request.method() == Method::GET && prefers_html(request.headers()) => {
                let wanted = request.uri().path_and_query().map_or("/", |p| p.as_str());
                let next = wire::path_segment(wanted);
                Err(Redirect::to(&format!("/sign-in?next={next}")).into_response())
            }
            None => {
                let mut response = refuse(
                    Code::Unauthorized,
                    "sign in, or send a key as Authorization: Bearer …".to_owned(),
                );
                let challenge = HeaderValue::from_static("Bearer realm=\"mcp-observatory\"");
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, challenge);
                Err(response)
            }
        }
    }

    async fn caller(&self, headers: &HeaderMap, path: &str) -> Result<Option<Caller>, Problem> {
        let via = via(path);
        if let Some(key) = bearer(headers)
            && let Some(caller) = self.sessions.by_key(key, via)
        {
            return Ok(Some(caller));
        }
        if !self.sessions.is_required() {
            return Ok(Some(Caller::local(via)));
        }
        match session_token(headers) {
            Some(token) => self.sessions.by_token(token, via).await,
            None => Ok(None),
        }
    }
}

fn via(path: &str) -> Via {
    let is_served = path.starts_with("/servers/") && path.ends_with("/mcp");
    if is_served || path == "/mcp" || path.starts_with("/mcp/") {
        Via::Mcp
    } else if path == "/ws" || path.starts_with("/fn/") {
        Via::Browser
    } else {
        Via::Api
    }
}

fn refuse(code: Code, message: String) -> Response {
    (status(code), axum::Json(Problem::new(code, message))).into_response()
}

/// What the client asked for: the Host header, or its HTTP/2 equivalent.
fn authority(request: &Request) -> Option<&str> {
    match request.headers().get(header::HOST) {
        Some(host) => host.to_str().ok(),
        None => request.uri().authority().map(http::uri::Authority::as_str),
    }
}

fn changes_or_upgrades(request: &Request) -> bool {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    !reads || request.headers().contains_key(header::UPGRADE)
}

/// Browsers name the page a request comes from; other programs do not, and may come in.
fn is_same_origin(headers: &HeaderMap, authority: &str) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let origin: Option<http::Uri> = origin.to_str().ok().and_then(|origin| origin.parse().ok());
    let page = origin.as_ref().and_then(http::Uri::authority);
    page.is_some_and(|page| page.as_str().eq_ignore_ascii_case(authority))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

/// The token in the session's cookie.
pub(super) fn session_token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|c| c.to_str().ok());
    let mut pairs = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let names = ["Obs.example".to_owned()];
        for (authority, allowed) in [
            ("localhost", true),
            ("LOCALHOST:10204", true),
            ("127.0.0.1:10204", true),
            ("[::1]:10204", true),
            ("192.168.1.7", true),
            ("obs.example:80", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
            ("a b", false),
        ] {
            assert_eq!(is_allowed(&names, authority), allowed, "{authority:?}");
        }
    }

    #[test]
    fn origins() {
        for (origin, same) in [
            (None, true),
            (Some("http://localhost:10204"), true),
            (Some("https://localhost:10204"), true),
            (Some("http://localhost:3000"), false),
            (Some("http://evil.example"), false),
            (Some("null"), false),
            (Some(""), false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(
                is_same_origin(&headers, "localhost:10204"),
                same,
                "{origin:?}"
            );
        }
    }

    #[test]
    fn cookies() {
        let mut headers = HeaderMap::new();
        assert_eq!(session_token(&headers), None);
        headers.insert(
            header::COOKIE,
            "theme=dark; observatory_session=abc".parse().unwrap(),
        );
        assert_eq!(session_token(&headers), Some("abc"));
    }
}
