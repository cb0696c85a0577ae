//! The operations of benchmarks, and what their JSON looks like.

use wire::{BenchmarkDetail, BenchmarkPicture, BenchmarkTaken};

use super::operations::{JSON, Operation, act, read};
use super::shapes::{Shape, of};

/// Benchmarks.
pub(super) const BENCHMARKS: &[Operation] = &[
    Operation {
        body: Some(JSON),
        params: &[
            (
                "suite",
                "string",
                "What the benchmarks belong to; as the file says where missing.",
            ),
            (
                "host",
                "string",
                "The machine: runs are compared with those of the same one.",
            ),
            ("commit", "string", "The version that was measured."),
            (
                "branch",
                "string",
                "Its branch: runs are compared with those of the same one.",
            ),
            (
                "language",
                "string",
                "The language of results that do not say theirs.",
            ),
            (
                "at_ms",
                "integer",
                "When it was measured; now where nobody says.",
            ),
        ],
        answer: "What was taken, what was not and why, and what changed.",
        ..act(
            "/api/benchmarks",
            "Takes a file of Criterion, hyperfine, pytest-benchmark, k6 or Locust, or results as plain JSON.",
        )
    },
    read(
        "/observability/benchmarks",
        "Every benchmark with its newest run, speed-ups, and the last files.",
        &[],
    ),
    read(
        "/observability/benchmarks/{id}",
        "A benchmark through all its runs.",
        &[],
    ),
];

/// What is answered at an address.
pub(super) fn answer(path: &str) -> Option<Shape> {
    Some(match path {
        "/api/benchmarks" => of::<BenchmarkTaken>,
        "/observability/benchmarks" => of::<BenchmarkPicture>,
        "/observability/benchmarks/{id}" => of::<BenchmarkDetail>,
        _ => return None,
    })
}

/// What is sent to an address: of what tools write, their own descriptions say more.
pub(super) fn body(path: &str) -> Option<Shape> {
    (path == "/api/benchmarks").then_some(|_| {
        schemars::json_schema!({
            "description": "What a tool wrote, as it is; or results by hand, as described here.",
            "type": "object",
            "properties": {
                "suite": { "type": "string" },
                "commit": { "type": "string" },
                "results": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {
                            "name": { "type": "string" },
                            "unit": { "type": "string", "examples": ["ms", "MB", "percent", "1/s"] },
                            "value": { "type": "number" },
                            "samples": { "type": "array", "items": { "type": "number" } },
                            "mean": { "type": "number" },
                            "deviation": { "type": "number" },
                            "n": { "type": "integer" },
                            "better": { "enum": ["more", "less"] },
                            "language": { "type": "string" },
                            "approach": { "type": "string" },
                            "parameters": { "type": "object" },
                        },
                    },
                },
            },
        })
    })
}
