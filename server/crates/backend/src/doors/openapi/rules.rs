//! The operations by which rules are read, tried out and changed.

use serde_json::{Value, json};
use wire::{RuleChange, RuleDetail, RuleInfo, RuleList, RulePreview, RuleVersion};

use super::operations::{JSON, Operation, Param, TEXT, act, read};
use super::shapes::{Shape, of};
use crate::doors::rules;

const YAML: &str = "application/yaml";
const WHY: &[Param] = &[
    ("by", "string", "Who; the caller's name where missing."),
    ("comment", "string", "Why."),
];

/// Rules, their versions, and what they would have done.
pub(super) const RULES: &[Operation] = &[
    read(
        "/observability/rules",
        "All rules and how they stand; those that were removed; what was wrong with files when they were read last.",
        &[],
    ),
    Operation {
        body: Some(JSON),
        ..act("/observability/rules", "Makes a rule.")
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/alerts/configure",
            "Changes the rule of this name, or makes it. Fields that are empty stay as they are.",
        )
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/rules/preview",
            "What a rule would have done over the last day, and what it finds now; nothing is changed.",
        )
    },
    Operation {
        media: YAML,
        ..read(
            "/observability/rules/file",
            "A rule, or all that were made or changed here, as a rule file of Prometheus.",
            &[("rule", "string", "The id of the one that is wanted.")],
        )
    },
    Operation {
        body: Some(TEXT),
        params: WHY,
        ..act(
            "/observability/rules/file",
            "Makes the rules of a rule file of Prometheus: all, or none if there is a mistake.",
        )
    },
    read(
        "/observability/rules/{id}",
        "A rule with its open alerts and its versions.",
        &[],
    ),
    Operation {
        method: "put",
        body: Some(JSON),
        ..act(
            "/observability/rules/{id}",
            "Changes a rule that was made here or is built in.",
        )
    },
    Operation {
        method: "delete",
        params: WHY,
        ..act(
            "/observability/rules/{id}",
            "Removes a rule that was made here, and ends its alerts; of a built-in rule what was changed.",
        )
    },
    read(
        "/observability/rules/{id}/history",
        "The versions of a rule, the newest first.",
        &[],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/rules/{id}/undo",
            "Makes an older version the newest; 0 is what is built in.",
        )
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/rules/{id}/switch",
            "Switches a rule on or off; off, its alerts end.",
        )
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/rules/{id}/threshold",
            "Puts another number in place of the one that the expression ends with.",
        )
    },
];

/// What is answered at an address.
pub(super) fn answer(method: &str, path: &str) -> Option<Shape> {
    Some(match path {
        "/observability/rules" if method == "post" => of::<RuleInfo>,
        "/observability/rules" => of::<RuleList>,
        "/observability/rules/{id}" if method == "get" => of::<RuleDetail>,
        "/observability/rules/{id}" if method == "delete" => of::<()>,
        "/observability/rules/{id}"
        | "/observability/rules/{id}/switch"
        | "/observability/rules/{id}/threshold"
        | "/observability/alerts/configure" => of::<RuleInfo>,
        "/observability/rules/{id}/history" => of::<Vec<RuleVersion>>,
        "/observability/rules/{id}/undo" | "/observability/rules/file" => of::<Vec<RuleInfo>>,
        "/observability/rules/preview" => of::<RulePreview>,
        _ => return None,
    })
}

/// What is sent to an address.
pub(super) fn body(path: &str) -> Option<Shape> {
    Some(match path {
        "/observability/rules"
        | "/observability/rules/{id}"
        | "/observability/alerts/configure" => of::<RuleChange>,
        "/observability/rules/{id}/undo" => of::<rules::Undo>,
        "/observability/rules/{id}/switch" => of::<rules::Switch>,
        "/observability/rules/{id}/threshold" => of::<rules::NewThreshold>,
        "/observability/rules/preview" => of::<rules::Tried>,
        _ => return None,
    })
}

/// An example of what is sent to an address.
pub(super) fn example(path: &str) -> Option<Value> {
    Some(match path {
        "/observability/rules"
        | "/observability/rules/{id}"
        | "/observability/alerts/configure" => json!({
            "rule": {
                "group": "ours",
                "interval": "30s",
                "kind": "alert",
                "name": "FilesSlow",
                "expr": "mcp_probe_duration_seconds{server=\"files\"} > 2",
                "hold": "5m",
                "labels": { "severity": "warning" },
                "annotations": { "summary": "{{ $labels.server }} takes {{ $value }} s" },
            },
            "by": "Ann",
            "comment": "people wait for it",
        }),
        "/observability/rules/{id}/undo" => json!({ "version": 2, "by": "Ann" }),
        "/observability/rules/{id}/switch" => json!({ "enabled": false, "by": "Ann" }),
        "/observability/rules/{id}/threshold" => json!({ "threshold": 0.8, "by": "Ann" }),
        "/observability/rules/preview" => {
            json!({ "rule": { "group": "ours", "name": "Down", "expr": "up == 0" } })
        }
        _ => return None,
    })
}
