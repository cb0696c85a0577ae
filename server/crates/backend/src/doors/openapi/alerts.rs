//! The operations by which alerts are read and worked.

use super::operations::{JSON, Operation, act, read};

/// Alerts, what people decide about them, silences, and maintenance windows.
pub(super) const ALERTS: &[Operation] = &[
    read(
        "/observability/alerts",
        "Alerts; also at /alerts for who does not ask for a page.",
        &[("open", "boolean", "Only those that are not over.")],
    ),
    read(
        "/observability/alerts/{id}",
        "Everything that is known of an alert; also at /alerts/{id} for who does not ask for a page.",
        &[],
    ),
    read(
        "/observability/alerts/history",
        "Every step of every alert, newest first; also at /alerts/history for who does not ask for a page.",
        &[
            (
                "text",
                "string",
                "Words that rule, server, summary or comment have.",
            ),
            ("server", "string", "The server concerned."),
            ("severity", "string", "A severity."),
            (
                "what",
                "string",
                "What happened, such as acknowledged or commented.",
            ),
            ("state", "string", "The state from then on."),
            (
                "person",
                "string",
                "Who did it or had it: a part of the name.",
            ),
            ("alert", "string", "One alert, by its id."),
            ("from_ms", "integer", "Not before, in milliseconds UTC."),
            ("to_ms", "integer", "Not after."),
            (
                "after",
                "string",
                "Where the page begins: `next` of the page before.",
            ),
            (
                "limit",
                "integer",
                "The most rows; 100 where missing, at most 1000.",
            ),
        ],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/alerts",
            "Raises an alert, or says once more what one with the same labels says. No rule ends it.",
        )
    },
    read(
        "/observability/silences",
        "Silences: active ones, those to come, then those that are over.",
        &[],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/silences",
            "Tells nobody of the alerts that all matchers match, for a while.",
        )
    },
    read(
        "/observability/silences/preview",
        "The open alerts that matchers are about.",
        &[(
            "matchers",
            "string",
            "In Alertmanager's syntax: server=\"files\", severity=~\"warning|error\".",
        )],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/silences/{id}/end",
            "Ends a silence before its time; what still fires comes back at once.",
        )
    },
    read(
        "/observability/windows",
        "Maintenance windows: those that run, those to come, then those that are over.",
        &[],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/windows",
            "Tells nobody of the alerts that all matchers match, once or by a calendar.",
        )
    },
    read(
        "/observability/windows/calendar",
        "When maintenance windows and silences hold alerts back, by begin.",
        &[
            ("from_ms", "integer", "From then on."),
            ("to_ms", "integer", "Until then, at most 100 days later."),
        ],
    ),
    Operation {
        body: Some(JSON),
        answer: "What was asked for.",
        ..act(
            "/observability/windows/preview",
            "When a window would be, and which open alerts it would be about.",
        )
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/windows/{id}",
            "Changes a maintenance window; all of it is said anew.",
        )
    },
    Operation {
        method: "delete",
        params: &[("by", "string", "Who; the caller's name where missing.")],
        ..act(
            "/observability/windows/{id}",
            "Deletes a maintenance window; what still fires comes back at once.",
        )
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/windows/{id}/end",
            "Ends a maintenance window before its time, this once or for good; what still fires comes back at once.",
        )
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/alerts/{id}/acknowledge",
            "Takes an alert on, for a while where that is said.",
        )
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/alerts/{id}/assign",
            "Names who is to see to an alert, without taking it.",
        )
    },
    Operation {
        body: Some(JSON),
        ..act("/alerts/{id}/comment", "Says something about an alert.")
    },
    Operation {
        body: Some(JSON),
        ..act("/alerts/{id}/resolve", "Ends an alert.")
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/alerts/{id}/reopen",
            "Takes a decision about an alert back.",
        )
    },
];
