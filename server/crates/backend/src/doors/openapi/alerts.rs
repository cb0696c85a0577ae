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
        ..act("/alerts/{id}/acknowledge", "Takes an alert on.")
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
