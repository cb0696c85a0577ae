//! The operations of builds, and what their JSON looks like.

use wire::{Build, BuildDetail, BuildPicture};

use super::operations::{JSON, Operation, Param, act, read};
use super::shapes::{Shape, of};
use crate::doors::builds;

const WHICH: &[Param] = &[
    ("project", "string", "Of one project; of all where missing."),
    (
        "last_ms",
        "integer",
        "How long ago at most, in milliseconds.",
    ),
    ("from_ms", "integer", "Begin, in milliseconds UTC."),
    ("to_ms", "integer", "End."),
    (
        "limit",
        "integer",
        "How many at most, up to 500; 100 where missing.",
    ),
];

/// Builds that are told, and what they come to.
pub(super) const BUILDS: &[Operation] = &[
    Operation {
        body: Some(JSON),
        answer: "Whether it said anything new.",
        ..act(
            "/api/builds",
            "Tells of a build: at its begin, while it runs, at its end, or once as a whole. Under the same id, what has the larger sequence holds.",
        )
    },
    read("/observability/builds", "Builds, the newest first.", WHICH),
    read(
        "/observability/builds/summary",
        "What builds come to: success, slowest crates, what became slower, errors by kind and file, sizes.",
        WHICH,
    ),
    read(
        "/observability/builds/{id}",
        "A build in detail: its crates with their times, critical path, messages, files.",
        &[],
    ),
];

/// What is answered at an address.
pub(super) fn answer(path: &str) -> Option<Shape> {
    Some(match path {
        "/api/builds" => of::<builds::Taken>,
        "/observability/builds" => of::<Vec<Build>>,
        "/observability/builds/summary" => of::<BuildPicture>,
        "/observability/builds/{id}" => of::<BuildDetail>,
        _ => return None,
    })
}

/// What is sent to an address.
pub(super) fn body(path: &str) -> Option<Shape> {
    (path == "/api/builds").then_some(of::<::builds::Report> as Shape)
}
