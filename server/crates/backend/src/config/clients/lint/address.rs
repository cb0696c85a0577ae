//! Addresses and the transport that is said with them.

use super::Seen;
use crate::config::Mistakes;

/// What clients call Streamable HTTP.
const HTTP: &[&str] = &[
    "http",
    "streamable-http",
    "streamableHttp",
    "streamable_http",
];

/// What clients call a program that is started.
const STDIO: &[&str] = &["stdio", "local"];

/// A client that starts programs only.
pub(super) fn program_only(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    if let (None, Some((key, _))) = (seen.dialect.http, seen.address()) {
        let title = seen.dialect.title;
        mistakes.warn(
            seen.at(key),
            format!("{title} skips servers with an address in this file"),
            "add it there as a connector, or write command \"npx\" and args [\"-y\", \"mcp-remote\", the address]",
        );
    }
}

/// An address without a `type`, where that means something else.
pub(super) fn missing_type(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let says = seen.text("type").is_some();
    if let (Some(word), false, true, Some((key, _))) = (
        seen.dialect.http,
        says,
        seen.dialect.needs_type,
        seen.address(),
    ) {
        let message = format!("{} wants a `type` beside `{key}`", seen.dialect.title);
        mistakes.warn(seen.path, message, format!("add \"type\": \"{word}\""));
    }
}

/// A word for the transport that another client has, or nobody.
pub(super) fn other_words(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let Some(word) = seen.text("type") else {
        return;
    };
    let right = seen.dialect.http.unwrap_or("stdio");
    let is_known = [HTTP, STDIO, &["sse"]].concat().contains(&word);
    if !is_known {
        mistakes.refuse(
            seen.at("type"),
            format!("{word:?} is no transport"),
            format!("write \"stdio\" with a command, \"{right}\" with an address"),
        );
    } else if HTTP.contains(&word) && word != right && seen.dialect.word != "any" {
        let message = format!(
            "{} does not call Streamable HTTP {word:?}",
            seen.dialect.title
        );
        mistakes.warn(seen.at("type"), message, format!("write \"{right}\""));
    }
}

/// An address that looks like the other transport.
pub(super) fn contradicts_type(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let Some((key, address)) = seen.address() else {
        return;
    };
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let path = path.trim_end_matches('/');
    let is_gemini = seen.dialect.address == "httpUrl";
    let says_sse = match seen.text("type") {
        Some(word) => word == "sse",
        None => is_gemini && key == "url",
    };
    let right = seen.dialect.http.unwrap_or("http");
    if path.ends_with("/sse") && !says_sse {
        let instead = match is_gemini {
            true => {
                "write `url` in place of `httpUrl`, or the server's address for Streamable HTTP, commonly /mcp"
            }
            false => {
                "write \"type\": \"sse\", or the server's address for Streamable HTTP, commonly /mcp"
            }
        };
        let message = "an address that ends in /sse is commonly HTTP+SSE, not Streamable HTTP";
        mistakes.warn(seen.at(key), message, instead);
    }
    if path.ends_with("/mcp") && says_sse {
        let instead = match is_gemini {
            true => "write `httpUrl` in place of `url`".to_owned(),
            false => format!("write \"type\": \"{right}\""),
        };
        let message = "an address that ends in /mcp is commonly Streamable HTTP, not HTTP+SSE";
        mistakes.warn(seen.at(key), message, instead);
    }
}

/// A socket or a pipe of this machine.
pub(super) fn socket(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let Some((key, address)) = seen.address() else {
        return;
    };
    if address.starts_with("unix:") || address.starts_with("pipe:") {
        mistakes.refuse(
            seen.at(key),
            "sockets and pipes of this machine cannot be watched",
            "let the server listen on http://127.0.0.1 too, and write that",
        );
    }
}
