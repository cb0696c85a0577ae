//! Names what stopped an HTTP exchange: the library's error in, a plain
//! kind out.

use std::error::Error;
use std::io;

use rmcp::transport::streamable_http_client::StreamableHttpError;

use crate::config::OAuth;
use crate::text::{Secrets, public_url};

/// What stopped an HTTP exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The host name does not resolve.
    Dns,
    /// Nothing listens there.
    Refused,
    /// TLS failed, in the words of the TLS library.
    Tls(String),
    /// No connection in time.
    ConnectTimeout,
    /// No answer in time.
    Timeout,
    /// No connection for another reason, or it broke.
    Broken(String),
    /// The request could not even be built.
    BadRequest(String),
    /// An answer with an error status.
    Status {
        code: u16,
        /// Whether the answer says how to sign in.
        challenge: bool,
        /// What the body says, unless that is a web page.
        body: String,
    },
    /// A successful answer that is neither JSON nor an event stream.
    ContentType(Option<String>),
    /// A successful answer that is no MCP message.
    Garbage,
    /// An answer too large to read.
    TooLarge,
    /// The server does not know the session any more.
    SessionGone,
    /// There is no token to sign with, in words.
    NoToken(String),
}

/// Which endpoint is talked about, and what must not be said about it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The URL as it may be shown.
    pub(crate) shown: String,
    pub(crate) secrets: Secrets,
    /// Whether the configuration sends credentials.
    pub(crate) signed: bool,
    /// Whether these are tokens that are got with client credentials.
    pub(crate) oauth: bool,
}

impl Place {
    pub(crate) fn of(url: &str, headers: &[(String, String)], oauth: Option<&OAuth>) -> Self {
        let credential = |(name, value): &(String, String)| {
            let name = name.to_ascii_lowercase();
            let words = ["auth", "key", "token", "cookie", "secret"];
            !value.is_empty() && words.iter().any(|word| name.contains(word))
        };
        Self {
            shown: public_url(url),
            secrets: Secrets::of(url, headers)
                .and(oauth.iter().map(|oauth| oauth.client_secret.as_str())),
            signed: oauth.is_some() || headers.iter().any(credential) || url.contains('@'),
            oauth: oauth.is_some(),
        }
    }
}

impl Refusal {
    /// Whether an HTTP answer came at all.
    pub(crate) fn answered(&self) -> bool {
        matches!(
            self,
            Self::Status { .. }
                | Self::ContentType(_)
                | Self::Garbage
                | Self::TooLarge
                | Self::SessionGone
        )
    }

    /// Reads the library's error.
    pub(crate) fn of(error: &StreamableHttpError<reqwest::Error>) -> Self {
        use StreamableHttpError as E;
        let status = |code, challenge| Self::Status {
            code,
            challenge,
            body: String::new(),
        };
        match error {
            E::Client(error) => Self::of_client(error),
            E::HttpStatus(error) => status(error.status, false),
            E::AuthRequired(_) => status(401, true),
            E::InsufficientScope(_) => status(403, true),
            E::SessionExpired => Self::SessionGone,
            E::UnexpectedContentType(found) => Self::ContentType(found.clone()),
            E::ResponseBodyTooLarge { .. } => Self::TooLarge,
            E::UnexpectedServerResponse(text) => Self::of_text(text),
            E::ReservedHeaderConflict(name) => {
                Self::BadRequest(format!("header {name} is reserved"))
            }
            E::Io(error) => Self::Broken(error.to_string()),
            E::Sse(_) | E::Deserialize(_) | E::UnexpectedEndOfStream => Self::Garbage,
            other => Self::Broken(other.to_string()),
        }
    }

    pub(crate) fn of_client(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::BadRequest(innermost(error));
        }
        if error.is_timeout() {
            return if error.is_connect() {
                Self::ConnectTimeout
            } else {
                Self::Timeout
            };
        }
        let secure = error.url().is_some_and(|url| url.scheme() == "https");
        Self::of_chain(error, error.is_connect(), secure)
    }

    /// Reads a chain of error sources.
    fn of_chain(error: &(dyn Error + 'static), connecting: bool, secure: bool) -> Self {
        for cause in chain(error) {
            let text = cause.to_string();
            if text.starts_with("dns error") || text.contains("failed to lookup address") {
                return Self::Dns;
            }
            match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
                Some(io::ErrorKind::ConnectionRefused) => return Self::Refused,
                Some(io::ErrorKind::TimedOut) if connecting => return Self::ConnectTimeout,
                _ => {}
            }
        }
        // Past the TCP connection, what is left of connecting is TLS.
        let below = |cause: &(dyn Error + 'static)| cause.to_string().starts_with("tcp connect");
        if connecting && secure && !chain(error).any(below) {
            return Self::Tls(innermost(error));
        }
        Self::Broken(innermost(error))
    }

    /// Reads an error that the library hands on as text: `HTTP 404 Not Found: <body>`, or that a
    /// successful answer could not be parsed.
    fn of_text(text: &str) -> Self {
        let status = text.strip_prefix("HTTP ").and_then(|rest| {
            let code = rest.get(..3)?.parse().ok()?;
            Some((code, rest.split_once(": ").map_or("", |(_, body)| body)))
        });
        let Some((code, body)) = status else {
            return Self::Garbage;
        };
        let page = body.trim_start().starts_with('<');
        let body = if page { String::new() } else { body.to_owned() };
        Self::Status {
            code,
            challenge: false,
            body,
        }
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The words of the innermost source: the only ones that never quote the URL.
fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
