//! The operations by which alerts are read and worked.

use super::operations::{JSON, Operation, act, read};

/// Alerts, what people decide about them, and silences.
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
