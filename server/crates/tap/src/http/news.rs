//! What is told of an exchange besides its bytes: how it begins, how it is answered, how it ends.

use http::{HeaderMap, header};

/// The header that names a session. <https://modelcontextprotocol.io/specification/2025-11-25/basic/transports>
const SESSION: &str = "mcp-session-id";
/// The longest name of a session that is remembered, in bytes.
const LONGEST: usize = 1_024;

/// Something that happened to an exchange.
#[derive(Debug)]
pub(crate) struct News {
    pub(super) exchange: u64,
    pub(super) at_us: i64,
    pub(super) what: Happened,
}

#[derive(Debug)]
pub(super) enum Happened {
    Asked(Asked),
    Answered(Answered),
    Over(Over),
}

/// How a request begins.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: Box<str>,
    /// The session that it says it belongs to.
    pub(super) session: Option<Box<str>>,
    /// A hash of what tells clients apart where there are no sessions.
    pub(super) peer: u64,
    pub(super) coding: Coding,
}

/// What is asked for; all else is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    pub(super) fn of(method: &http::Method) -> Option<Self> {
        match *method {
            http::Method::GET => Some(Self::Get),
            http::Method::POST => Some(Self::Post),
            http::Method::DELETE => Some(Self::Delete),
            _ => None,
        }
    }
}

/// How an answer begins.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) form: Form,
    /// The session that the server says it belongs to.
    pub(super) session: Option<Box<str>>,
    pub(super) coding: Coding,
}

/// What a body is, by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Events,
    Other,
}

impl Form {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let kind = headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/json") {
            Self::Json
        } else if kind.eq_ignore_ascii_case("text/event-stream") {
            Self::Events
        } else {
            Self::Other
        }
    }
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    None,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
    /// In a way that is not read.
    Unknown,
}

impl Coding {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let Some(coding) = headers.get(header::CONTENT_ENCODING) else {
            return Self::None;
        };
        match coding.to_str().unwrap_or("?").trim() {
            "" | "identity" => Self::None,
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "br" => Self::Brotli,
            "zstd" => Self::Zstd,
            _ => Self::Unknown,
        }
    }
}

/// How an exchange ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The answer is whole.
    Whole,
    /// The client waits no longer.
    Left,
    /// The server does not answer: the status that we answered instead.
    Failed(u16),
    /// The answer broke off.
    Broken,
}

/// The name of a session in headers.
pub(super) fn session(headers: &HeaderMap) -> Option<Box<str>> {
    let name = headers.get(SESSION)?.to_str().ok()?;
    (1..=LONGEST).contains(&name.len()).then(|| name.into())
}
