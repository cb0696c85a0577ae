//! What clients say in headers, and whether it fits what they say in the body.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderName, StatusCode, header};
use relay::{Kind, Message};
use rmcp::model::{ErrorCode, ProtocolVersion};
use rmcp::transport::common::http_header::{
    BASE64_HEADER_PREFIX, BASE64_HEADER_SUFFIX, EVENT_STREAM_MIME_TYPE, HEADER_MCP_METHOD,
    HEADER_MCP_NAME, HEADER_MCP_PROTOCOL_VERSION, JSON_MIME_TYPE,
};

/// The session.
pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// The session that a client names.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    text(headers, SESSION.as_str())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a client takes answers of a kind; who says nothing takes all.
pub(super) fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let mut all = headers.get_all(header::ACCEPT).into_iter().peekable();
    if all.peek().is_none() {
        return true;
    }
    let family = kind.split('/').next().unwrap_or_default();
    let covers = |range: &str| {
        let range = range.split(';').next().unwrap_or_default().trim();
        range.eq_ignore_ascii_case(kind)
            || range == "*/*"
            || range.strip_suffix("/*").is_some_and(|it| it == family)
    };
    let mut ranges = all.filter_map(|value| value.to_str().ok());
    ranges.any(|value| value.split(',').any(covers))
}

/// Whether a message is of the right kind, and its answer could be.
pub(super) fn check_kinds(headers: &HeaderMap) -> Result<(), (StatusCode, String)> {
    let kind = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(JSON_MIME_TYPE) {
        let words = "a message is sent as Content-Type: application/json";
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, words.to_owned()));
    }
    let both = [JSON_MIME_TYPE, EVENT_STREAM_MIME_TYPE];
    if !both.iter().all(|kind| accepts(headers, kind)) {
        let words = "Accept has to name application/json and text/event-stream";
        return Err((StatusCode::NOT_ACCEPTABLE, words.to_owned()));
    }
    Ok(())
}

/// Whether headers and body say the same of revision, method and name. The code of the error and its words.
///
/// `Mcp-Param-*` headers are not compared: which there are, only the schemas of the server's tools say.
pub(super) fn check(headers: &HeaderMap, message: &Message) -> Result<(), (i32, String)> {
    let mismatch = |words: String| Err((ErrorCode::HEADER_MISMATCH.0, words));
    let said = text(headers, HEADER_MCP_PROTOCOL_VERSION);
    let Some(revision) = message.revision() else {
        let mut known = ProtocolVersion::KNOWN_VERSIONS.iter();
        return match said {
            Some(said) if !known.any(|version| version.as_str() == said) => Err((
                ErrorCode::INVALID_REQUEST.0,
                format!("MCP-Protocol-Version {said:?} is not known"),
            )),
            _ => Ok(()),
        };
    };
    if message.kind() != Kind::Request || message.method() == "initialize" {
        return Ok(());
    }
    if said != Some(&revision) {
        let said = said.unwrap_or_default();
        return mismatch(format!(
            "MCP-Protocol-Version is {said:?}, and in _meta it is {revision:?}"
        ));
    }
    let method = text(headers, HEADER_MCP_METHOD).unwrap_or_default();
    if method != message.method() {
        return mismatch(format!(
            "Mcp-Method is {method:?}, and the method is {:?}",
            message.method()
        ));
    }
    let key = match message.method() {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        _ => return Ok(()),
    };
    let name = text(headers, HEADER_MCP_NAME).and_then(decoded);
    if name != message.param(key) {
        let (name, meant) = (name.unwrap_or_default(), message.param(key));
        return mismatch(format!(
            "Mcp-Name is {name:?}, and params.{key} is {:?}",
            meant.unwrap_or_default()
        ));
    }
    Ok(())
}

/// A value that may be written in Base64, because headers hold ASCII only.
fn decoded(value: &str) -> Option<String> {
    let inner = value.strip_prefix(BASE64_HEADER_PREFIX);
    match inner.and_then(|inner| inner.strip_suffix(BASE64_HEADER_SUFFIX)) {
        Some(inner) => String::from_utf8(BASE64_STANDARD.decode(inner).ok()?).ok(),
        None => Some(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn kinds_of_answers() {
        for (accept, both) in [
            ("application/json, text/event-stream", true),
            ("text/event-stream;q=0.5,application/json", true),
            ("*/*", true),
            ("application/*,text/*", true),
            ("application/json", false),
            ("text/html", false),
        ] {
            let headers = headers(&[("accept", accept), ("content-type", "application/json")]);
            assert_eq!(check_kinds(&headers).is_ok(), both, "{accept}");
        }
        let headers = headers(&[("content-type", "text/plain")]);
        assert_eq!(check_kinds(&headers).unwrap_err().0, 415);
    }

    #[test]
    fn headers_and_body_agree() {
        let modern = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ä",
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
        let older = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#;
        let version = ("mcp-protocol-version", "2026-07-28");
        let method = ("mcp-method", "tools/call");
        let name = ("mcp-name", "=?base64?w6Q=?=");
        let good = [version, method, name];
        for (body, pairs, expected) in [
            (modern, &good[..], None),
            (modern, &good[..2], Some(-32020)),
            (modern, &[version, name][..], Some(-32020)),
            (modern, &good[1..], Some(-32020)),
            (
                modern,
                &[version, method, ("mcp-name", "x")][..],
                Some(-32020),
            ),
            (older, &[][..], None),
            (older, &[("mcp-protocol-version", "2025-06-18")][..], None),
            (older, &[("mcp-protocol-version", "1")][..], Some(-32600)),
        ] {
            let message = Message::read(body).unwrap();
            let code = check(&headers(pairs), &message).err().map(|(code, _)| code);
            assert_eq!(code, expected, "{pairs:?}");
        }
    }
}
