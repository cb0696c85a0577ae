//! What a refusal over HTTP means to the people who run the server: reason, level, one sentence of
//! what happened and one of what to do.

use crate::classify::{Place, Refusal};
use crate::{Failure, Level, Reason};

impl Refusal {
    /// Reason, level, sentence and advice.
    pub(crate) fn explain(&self, place: &Place) -> Failure {
        let url = &place.shown;
        let quote = |text: &str| place.secrets.quote(text);
        let bad = |reason, what: String, action: &str| Failure::unhealthy(reason, what, action);
        match self {
            Self::Dns => bad(
                Reason::Dns,
                format!("The host name of {url} does not resolve."),
                "Check the host name in the URL, and the name server of this machine.",
            ),
            Self::Refused => bad(
                Reason::Refused,
                format!("Nothing listens at {url}: the connection was refused."),
                "Start the server, or correct host and port of the URL.",
            ),
            Self::Tls(words) => tls(url, &quote(words)),
            Self::ConnectTimeout => bad(
                Reason::Unreachable,
                format!("No connection to {url} in time."),
                "Check that the host is up and that no firewall drops the connection.",
            ),
            Self::Timeout => bad(
                Reason::Timeout,
                format!("{url} took the request and did not answer in time."),
                "Look at the load and the log of the server.",
            ),
            Self::Broken(words) => bad(
                Reason::Unreachable,
                format!("The connection to {url} broke: {}.", quote(words)),
                "Check the server's log and whatever stands between it and this machine.",
            ),
            Self::BadRequest(words) => bad(
                Reason::BadConfig,
                format!("No request could be made to {url}: {}.", quote(words)),
                "Correct the URL or the headers in the configuration.",
            ),
            Self::Status {
                code,
                challenge,
                body,
            } => status(*code, *challenge, &quote(body), place),
            Self::ContentType(found) => {
                let found = found
                    .as_deref()
                    .map_or("no content type".to_owned(), &quote);
                not_mcp(
                    url,
                    &format!("answers with {found} in place of JSON or an event stream"),
                )
            }
            Self::Garbage => bad(
                Reason::InvalidFrame,
                format!("{url} answers, but with something that is no MCP message."),
                "Check that the URL is the server's MCP endpoint, and update the server.",
            ),
            Self::TooLarge => bad(
                Reason::InvalidFrame,
                format!("{url} answers with more than 16 MiB at once."),
                "Let the server hand out its tools in pages.",
            ),
            Self::SessionGone => session_gone(url),
            Self::NoToken(words) => bad(
                Reason::AuthExpired,
                format!("There is no token for {url}: {}.", quote(words)),
                "Correct client_id, client_secret, scope or token_url in the configuration.",
            ),
        }
    }
}

/// The server answers, and does not know the session any more: commonly it was restarted.
pub(crate) fn session_gone(what: &str) -> Failure {
    Failure::new(
        Level::Degraded,
        Reason::SessionLost,
        format!("{what} does not know the session any more."),
        "Nothing, if the server was restarted: a new session is set up. If it happens again, \
         look into the server's log.",
    )
}

fn tls(url: &str, words: &str) -> Failure {
    let plain = words.contains("corrupt message") || words.contains("InvalidContentType");
    let (what, action) = if plain {
        (
            " (the port seems to speak plain HTTP)",
            "Use http:// in the URL, or the port for TLS.",
        )
    } else if words.contains("certificate") {
        (
            "",
            "Give the server a certificate that this machine trusts, valid for its host name.",
        )
    } else {
        ("", "Check that the port speaks TLS, and which versions.")
    };
    let what = format!("No TLS connection to {url}: {words}{what}.");
    Failure::unhealthy(Reason::Tls, what, action)
}

fn not_mcp(url: &str, what: &str) -> Failure {
    let known_path = url.trim_end_matches('/').ends_with("/mcp");
    let action = if known_path {
        "Check the path of the URL against the server's documentation."
    } else {
        "Check the path of the URL: it commonly ends in /mcp."
    };
    Failure::unhealthy(
        Reason::NotMcp,
        format!("{url} {what}: it is no MCP endpoint."),
        action,
    )
}

fn status(code: u16, challenge: bool, body: &str, place: &Place) -> Failure {
    let url = &place.shown;
    let phrase = http::StatusCode::from_u16(code)
        .ok()
        .and_then(|code| code.canonical_reason());
    let status = phrase.map_or(format!("HTTP {code}"), |phrase| {
        format!("HTTP {code} {phrase}")
    });
    let said = if body.is_empty() {
        String::new()
    } else {
        format!(": “{body}”")
    };
    match code {
        401 | 403 if place.signed => Failure::unhealthy(
            Reason::AuthExpired,
            format!("{url} is up and does not accept the credentials ({status}){said}."),
            if place.oauth {
                "Check with the authorization server what this client is allowed to do."
            } else {
                "Renew the token in the configuration, and check what it is allowed to do."
            },
        ),
        401 | 403 => Failure::new(
            if challenge {
                Level::Degraded
            } else {
                Level::Unhealthy
            },
            Reason::AuthRequired,
            format!("{url} is up and asks for sign-in ({status}){said}."),
            "Put a bearer token into the configuration: the header Authorization.",
        ),
        300..=399 => Failure::unhealthy(
            Reason::NotMcp,
            format!("{url} redirects to another address ({status})."),
            "Put the address that it redirects to into the configuration.",
        ),
        404 | 405 | 410 => not_mcp(url, &format!("answers {status}{said}")),
        429 => Failure::new(
            Level::Degraded,
            Reason::Http4xx,
            format!("{url} is up and limits requests ({status})."),
            "Raise the server's limit for this client, or the interval of the probes.",
        ),
        400..=499 => Failure::unhealthy(
            Reason::Http4xx,
            format!("{url} rejects the request ({status}){said}."),
            "Check URL and headers in the configuration.",
        ),
        502..=504 => Failure::unhealthy(
            Reason::Http5xx,
            format!("{url} answers {status}{said}."),
            "The gateway is up, the server behind it is not: look there.",
        ),
        _ => Failure::unhealthy(
            Reason::Http5xx,
            format!("{url} answers {status}{said}."),
            "Look into the server's log.",
        ),
    }
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
