//! The operations of marks, and what their JSON looks like.

use wire::Mark;

use super::operations::{JSON, Operation, act, read};
use super::shapes::{Shape, of};
use crate::doors::events::Told;

/// Marks.
pub(super) const EVENTS: &[Operation] = &[
    read(
        "/api/events",
        "What happened, with all that is known of it, the newest first.",
        &[
            ("server", "string", "Of one server."),
            ("kinds", "string", "Of these kinds, with commas between."),
            ("tag", "string", "With this tag."),
            ("text", "string", "Words that they have."),
            ("from_ms", "integer", "Begin."),
            ("to_ms", "integer", "End."),
            ("limit", "integer", "At most so many; 500 where missing."),
        ],
    ),
    Operation {
        body: Some(JSON),
        answer: "The mark; under a key that is known, the one there is.",
        ..act(
            "/api/events",
            "Tells of a deploy or of something else that happened: it stands on the time axis of every chart.",
        )
    },
];

/// What is answered at an address.
pub(super) fn answer(method: &str, path: &str) -> Option<Shape> {
    Some(match (method, path) {
        ("get", "/api/events") => of::<Vec<Mark>>,
        ("post", "/api/events") => of::<Mark>,
        _ => return None,
    })
}

/// What is sent to an address.
pub(super) fn body(path: &str) -> Option<Shape> {
    (path == "/api/events").then_some(of::<Told> as Shape)
}
