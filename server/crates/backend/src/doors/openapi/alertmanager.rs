//! Alertmanager's API v2: its operations, and what its JSON looks like.

use schemars::json_schema;
use serde_json::{Value, json};

use super::operations::{JSON, Operation, Param, TEXT, act, read};
use super::shapes::Shape;

/// Which alerts.
const ALERTS: &[Param] = &[
    (
        "active",
        "boolean",
        "Also those that nothing holds; true where missing, as the others.",
    ),
    ("silenced", "boolean", "Also those that a silence holds."),
    (
        "inhibited",
        "boolean",
        "Also those for which another alert stands.",
    ),
    (
        "muted",
        "boolean",
        "Also those that a maintenance window or a failure of what they depend on holds.",
    ),
    (
        "unprocessed",
        "boolean",
        "It makes no difference: every alert is looked at at once.",
    ),
    ("filter", "list", "Matchers, each by itself."),
    (
        "receiver",
        "string",
        "An expression that the name of a receiver matches.",
    ),
];

/// All of them.
pub(super) const ALERTMANAGER: &[Operation] = &[
    read(
        "/api/v2/status",
        "Alertmanager: what is in use, since when, and what routes and receivers there are.",
        &[],
    ),
    read(
        "/api/v2/receivers",
        "Alertmanager: the names of receivers.",
        &[],
    ),
    read(
        "/api/v2/alerts",
        "Alertmanager: the alerts that fire, those of rules as well.",
        ALERTS,
    ),
    Operation {
        body: Some(JSON),
        media: TEXT,
        ..act(
            "/api/v2/alerts",
            "Alertmanager: takes alerts of others, such as Prometheus. The valid ones are taken, whatever the others are.",
        )
    },
    read(
        "/api/v2/alerts/groups",
        "Alertmanager: the same in groups that are told of together.",
        ALERTS,
    ),
    read(
        "/api/v2/silences",
        "Alertmanager: silences, those that are over as well.",
        &[("filter", "list", "Matchers that a silence has.")],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/api/v2/silences",
            "Alertmanager: begins a silence, or changes one by its id; where that would change the past, another takes its place.",
        )
    },
    read("/api/v2/silence/{id}", "Alertmanager: one silence.", &[]),
    Operation {
        method: "delete",
        media: TEXT,
        ..act("/api/v2/silence/{id}", "Alertmanager: ends a silence.")
    },
];

/// Whether an address is one of these.
pub(super) fn is_at(path: &str) -> bool {
    path.starts_with("/api/v2/")
}

/// How it is said that something is wrong: in words, and with a code where the request is not of the form.
pub(super) fn refusal() -> Value {
    json!({
        "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": { "type": "integer" },
                    "message": { "type": "string" },
                },
            },
        ],
    })
}

fn texts() -> Value {
    json!({ "type": "object", "additionalProperties": { "type": "string" } })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn receiver() -> Value {
    json!({
        "type": "object",
        "required": ["name"],
        "properties": { "name": { "type": "string" } },
    })
}

fn strings() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn alert() -> Value {
    json!({
        "type": "object",
        "required": [
            "annotations", "endsAt", "fingerprint", "receivers", "startsAt", "status", "updatedAt", "labels",
        ],
        "properties": {
            "annotations": texts(),
            "endsAt": time(),
            "fingerprint": { "type": "string", "description": "FNV-1a of the labels, hexadecimal." },
            "receivers": { "type": "array", "items": receiver() },
            "startsAt": time(),
            "status": {
                "type": "object",
                "required": ["inhibitedBy", "mutedBy", "silencedBy", "state"],
                "properties": {
                    "inhibitedBy": strings(),
                    "mutedBy": strings(),
                    "silencedBy": strings(),
                    "state": { "enum": ["active", "suppressed", "unprocessed"] },
                },
            },
            "updatedAt": time(),
            "generatorURL": { "type": "string" },
            "labels": texts(),
        },
    })
}

fn matchers() -> Value {
    json!({
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "required": ["isRegex", "name", "value"],
            "properties": {
                "isEqual": { "type": "boolean" },
                "isRegex": { "type": "boolean" },
                "name": { "type": "string" },
                "value": { "type": "string" },
            },
        },
    })
}

fn silence() -> Value {
    json!({
        "type": "object",
        "required": [
            "id", "status", "updatedAt", "comment", "createdBy", "endsAt", "matchers", "startsAt",
        ],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "status": {
                "type": "object",
                "required": ["state"],
                "properties": { "state": { "enum": ["expired", "active", "pending"] } },
            },
            "updatedAt": time(),
            "comment": { "type": "string" },
            "createdBy": { "type": "string" },
            "endsAt": time(),
            "matchers": matchers(),
            "startsAt": time(),
        },
    })
}

/// What is answered at an address.
pub(super) fn answer(method: &str, path: &str) -> Option<Shape> {
    Some(match path {
        "/api/v2/status" => |_| {
            json_schema!({
                "type": "object",
                "required": ["cluster", "versionInfo", "config", "uptime"],
                "properties": {
                    "cluster": {
                        "type": "object",
                        "required": ["status", "peers"],
                        "properties": {
                            "status": { "enum": ["ready", "settling", "disabled"] },
                            "peers": { "type": "array" },
                        },
                    },
                    "versionInfo": texts(),
                    "config": {
                        "type": "object",
                        "required": ["original"],
                        "properties": {
                            "original": {
                                "type": "string",
                                "description": "As it would stand in Alertmanager's file.",
                            },
                        },
                    },
                    "uptime": time(),
                },
            })
        },
        "/api/v2/receivers" => |_| json_schema!({ "type": "array", "items": receiver() }),
        "/api/v2/alerts" => |_| json_schema!({ "type": "array", "items": alert() }),
        "/api/v2/alerts/groups" => |_| {
            json_schema!({
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["alerts", "labels", "receiver"],
                    "properties": {
                        "alerts": { "type": "array", "items": alert() },
                        "labels": texts(),
                        "receiver": receiver(),
                    },
                },
            })
        },
        "/api/v2/silences" if method == "post" => |_| {
            json_schema!({
                "type": "object",
                "required": ["silenceID"],
                "properties": { "silenceID": { "type": "string" } },
            })
        },
        "/api/v2/silences" => |_| json_schema!({ "type": "array", "items": silence() }),
        "/api/v2/silence/{id}" => |_| json_schema(silence()),
        _ => return None,
    })
}

fn json_schema(value: Value) -> schemars::Schema {
    schemars::Schema::try_from(value).unwrap_or_default()
}

/// What is sent to an address.
pub(super) fn body(path: &str) -> Option<Shape> {
    Some(match path {
        "/api/v2/alerts" => |_| {
            json_schema!({
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["labels"],
                    "properties": {
                        "labels": texts(),
                        "annotations": texts(),
                        "startsAt": time(),
                        "endsAt": time(),
                        "generatorURL": { "type": "string", "format": "uri" },
                    },
                },
            })
        },
        "/api/v2/silences" => |_| {
            json_schema!({
                "type": "object",
                "required": ["comment", "createdBy", "endsAt", "matchers", "startsAt"],
                "properties": {
                    "id": { "type": "string" },
                    "comment": { "type": "string" },
                    "createdBy": { "type": "string" },
                    "endsAt": time(),
                    "matchers": matchers(),
                    "startsAt": time(),
                },
            })
        },
        _ => return None,
    })
}
