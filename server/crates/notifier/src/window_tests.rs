//! Windows: when they hold, as people write them.

use super::*;
use crate::{Written, parse_matchers};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn plan(matchers: &str, when: When) -> Plan {
    Plan {
        name: " backup ".to_owned(),
        matchers: parse_matchers(matchers).unwrap(),
        when,
        comment: "disks are slow".to_owned(),
        by: "ann".to_owned(),
    }
}

fn once(from_ms: i64, to_ms: i64) -> When {
    When::Once(Span { from_ms, to_ms })
}

/// Every day from one to three.
fn nightly() -> When {
    let written = Written {
        times: "01:00-03:00".to_owned(),
        ..Written::default()
    };
    When::Calendar(Box::new(written.read().unwrap()))
}

fn hours(spans: &[Span]) -> Vec<(i64, i64)> {
    let hours = spans
        .iter()
        .map(|it| (it.from_ms / HOUR_MS, it.to_ms / HOUR_MS));
    hours.collect()
}

#[test]
fn an_occurrence_is_left_out() {
    let window = plan("server=a", nightly()).made(0).unwrap();
    assert_eq!(window.name, "backup");
    assert_eq!(hours(&window.spans(0, 3 * DAY_MS, 2)), [(1, 3), (25, 27)]);
    assert_eq!(window.left("bob", 0).unwrap_err(), Refused::Idle);
    let left = window.left("bob", 2 * HOUR_MS).unwrap();
    assert_eq!(hours(&left.spans(0, 3 * DAY_MS, 2)), [(1, 2), (25, 27)]);
    assert_eq!(
        (left.runs(HOUR_MS).is_some(), left.runs(2 * HOUR_MS)),
        (true, None)
    );
    assert_eq!(left.left("bob", 2 * HOUR_MS).unwrap_err(), Refused::Idle);
    let ended = left.ended("cyd", 2 * HOUR_MS).unwrap();
    assert_eq!(ended.spans(0, 3 * DAY_MS, 2), []);
    assert_eq!(ended.ended("cyd", 3 * HOUR_MS).unwrap_err(), Refused::Over);
    // Another time begins afresh, another comment does not.
    let mut other = plan("server=a", nightly());
    other.comment = "other".to_owned();
    let changed = left.changed(other, 2 * HOUR_MS).unwrap();
    assert_eq!(
        (changed.holes.len(), changed.comment.as_str()),
        (1, "other")
    );
    let moved = left
        .changed(plan("server=b", once(0, DAY_MS)), 2 * HOUR_MS)
        .unwrap();
    assert_eq!(
        (moved.holes.len(), moved.runs(2 * HOUR_MS).is_some()),
        (0, true)
    );
}

#[test]
fn a_single_window() {
    let window = plan("server=a", once(100, 200)).made(50).unwrap();
    for (at, runs, is_over) in [
        (99, false, false),
        (100, true, false),
        (199, true, false),
        (200, false, true),
    ] {
        assert_eq!(
            (window.runs(at).is_some(), window.is_over(at)),
            (runs, is_over),
            "{at}"
        );
    }
    // Its only occurrence is all of it.
    let left = window.left("bob", 150).unwrap();
    assert!(left.is_over(150) && left.ended.is_some());
}

#[test]
fn what_cannot_be() {
    for (plan, now, expected) in [
        (plan("server=~.*", nightly()), 0, Refused::Everything),
        (plan("server=a", once(10, 10)), 0, Refused::Backwards),
        (plan("server=a", once(1, 10)), 10, Refused::Past),
        (plan("server=a", once(1, i64::MAX)), 10, Refused::TooLong),
        (
            Plan {
                name: " ".to_owned(),
                ..plan("server=a", nightly())
            },
            0,
            Refused::Nameless,
        ),
        (
            Plan {
                by: String::new(),
                ..plan("server=a", nightly())
            },
            0,
            Refused::Nobody,
        ),
        (
            Plan {
                comment: "x".repeat(4001),
                ..plan("server=a", nightly())
            },
            0,
            Refused::Texts,
        ),
        (
            Plan {
                name: "x".repeat(201),
                ..plan("server=a", nightly())
            },
            0,
            Refused::Texts,
        ),
    ] {
        assert_eq!(plan.made(now).unwrap_err(), expected);
    }
}
