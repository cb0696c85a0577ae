//! What each refusal comes to, as a table.

use super::*;

fn place() -> Place {
    Place::of("https://host/mcp", &[], None)
}

#[test]
fn each_refusal_has_reason_level_and_advice() {
    use Level::{Degraded, Unhealthy};
    let status = |code, challenge| Refusal::Status {
        code,
        challenge,
        body: String::new(),
    };
    let table = [
        (Refusal::Dns, Reason::Dns, Unhealthy, "resolve"),
        (Refusal::Refused, Reason::Refused, Unhealthy, "refused"),
        (
            Refusal::Tls("corrupt message".into()),
            Reason::Tls,
            Unhealthy,
            "plain HTTP",
        ),
        (
            Refusal::Tls("invalid peer certificate: UnknownIssuer".into()),
            Reason::Tls,
            Unhealthy,
            "UnknownIssuer",
        ),
        (
            Refusal::ConnectTimeout,
            Reason::Unreachable,
            Unhealthy,
            "in time",
        ),
        (Refusal::Timeout, Reason::Timeout, Unhealthy, "in time"),
        (
            Refusal::Broken("reset".into()),
            Reason::Unreachable,
            Unhealthy,
            "reset",
        ),
        (
            Refusal::BadRequest("bad".into()),
            Reason::BadConfig,
            Unhealthy,
            "bad",
        ),
        (
            status(401, true),
            Reason::AuthRequired,
            Degraded,
            "is up and asks for sign-in (HTTP 401 Unauthorized)",
        ),
        (
            status(401, false),
            Reason::AuthRequired,
            Unhealthy,
            "sign-in",
        ),
        (
            status(403, true),
            Reason::AuthRequired,
            Degraded,
            "403 Forbidden",
        ),
        (status(302, false), Reason::NotMcp, Unhealthy, "302 Found"),
        (
            status(404, false),
            Reason::NotMcp,
            Unhealthy,
            "404 Not Found: it is no MCP endpoint",
        ),
        (status(405, false), Reason::NotMcp, Unhealthy, "405"),
        (status(422, false), Reason::Http4xx, Unhealthy, "422"),
        (status(429, false), Reason::Http4xx, Degraded, "limits"),
        (
            status(500, false),
            Reason::Http5xx,
            Unhealthy,
            "500 Internal Server Error",
        ),
        (status(599, false), Reason::Http5xx, Unhealthy, "HTTP 599"),
        (
            Refusal::ContentType(Some("text/html".into())),
            Reason::NotMcp,
            Unhealthy,
            "text/html",
        ),
        (
            Refusal::Garbage,
            Reason::InvalidFrame,
            Unhealthy,
            "no MCP message",
        ),
        (Refusal::TooLarge, Reason::InvalidFrame, Unhealthy, "16 MiB"),
        (
            Refusal::SessionGone,
            Reason::SessionLost,
            Degraded,
            "session",
        ),
        (
            Refusal::NoToken("it is tired".into()),
            Reason::AuthExpired,
            Unhealthy,
            "There is no token for https://host/mcp: it is tired.",
        ),
    ];
    for (refusal, reason, level, words) in table {
        let failure = refusal.explain(&place());
        assert_eq!(
            (failure.reason, failure.level),
            (reason, level),
            "{refusal:?}"
        );
        assert!(failure.message.contains(words), "{failure:?}");
        assert!(failure.message.contains("https://host/mcp"), "{failure:?}");
        assert!(failure.action.ends_with('.'), "{failure:?}");
    }
}

#[test]
fn credentials_that_were_sent_are_the_ones_refused() {
    let headers = [("Authorization".to_owned(), "Bearer hunter2".to_owned())];
    let place = Place::of("https://host/mcp?key=hunter3", &headers, None);
    let body = "token hunter2 with key hunter3 is expired".to_owned();
    let failure = Refusal::Status {
        code: 401,
        challenge: true,
        body,
    }
    .explain(&place);
    assert_eq!(
        (failure.reason, failure.level),
        (Reason::AuthExpired, Level::Unhealthy)
    );
    assert!(
        failure
            .message
            .contains("token ***REDACTED*** with key ***REDACTED***"),
        "{failure:?}"
    );
    assert!(!format!("{place:?}").contains("hunter"));
}

#[test]
fn a_path_that_is_already_right_gets_other_advice() {
    let action = |url: &str| {
        let refusal = Refusal::Status {
            code: 404,
            challenge: false,
            body: String::new(),
        };
        refusal.explain(&Place::of(url, &[], None)).action
    };
    assert!(action("http://host/").contains("/mcp"));
    assert!(!action("http://host/mcp/").contains("/mcp"));
}
