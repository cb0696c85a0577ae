//! The operations of agents, and what their JSON looks like.

use schemars::{SchemaGenerator, json_schema};
use wire::{AgentDetail, AgentPicture, AgentsTaken};

use super::operations::{JSON, Operation, Param, act, read};
use super::shapes::{Shape, of};

const WHEN: &[Param] = &[
    (
        "last_ms",
        "integer",
        "How long ago the timeline begins, in milliseconds; a day where nothing is said.",
    ),
    ("from_ms", "integer", "Begin, in milliseconds UTC."),
    ("to_ms", "integer", "End."),
];

/// Agents that report, and how they do.
pub(super) const AGENTS: &[Operation] = &[
    Operation {
        body: Some(JSON),
        answer: "How many agents it told of, and what of it was not taken.",
        ..act(
            "/api/synthex/agents",
            "Takes a report of agents: a list of them, a map by id, or one. What cannot be taken of it is said, the rest is taken.",
        )
    },
    read(
        "/observability/agents",
        "All agents as they stand now, and how they work together.",
        &[],
    ),
    read(
        "/observability/agents/{id}",
        "An agent in detail: figures, factors of its score, timeline, events.",
        WHEN,
    ),
    Operation {
        method: "delete",
        status: "204",
        answer: "Nothing.",
        ..act(
            "/observability/agents/{id}",
            "Forgets an agent that is dead or stopped.",
        )
    },
];

/// What is answered at an address.
pub(super) fn answer(path: &str) -> Option<Shape> {
    Some(match path {
        "/api/synthex/agents" => of::<AgentsTaken>,
        "/observability/agents" => of::<AgentPicture>,
        "/observability/agents/{id}" => of::<AgentDetail>,
        _ => return None,
    })
}

/// What is sent to an address.
pub(super) fn body(path: &str) -> Option<Shape> {
    (path == "/api/synthex/agents").then_some(report as Shape)
}

/// A report has many forms; the names of fields are compared without case and marks between words.
fn report(_: &mut SchemaGenerator) -> schemars::Schema {
    json_schema!({
        "type": ["object", "array"],
        "description": "A list of agents, a map of them by id, an object whose agents is one of these, or one agent. \
            An agent has an id, and may have type, state, timestamp, host, version, and figures, in itself or in \
            health_metrics; what is not known is kept.",
        "items": { "type": "object" },
        "additionalProperties": true,
    })
}
