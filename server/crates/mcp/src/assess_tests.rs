//! Answers of tools and what they come to, as a table.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::check::{Arguments, Expect, Path, Pattern};

fn check(expect: Expect, record: Option<&str>) -> Check {
    Check {
        name: "c".to_owned(),
        tool: "weather".to_owned(),
        arguments: Arguments::default(),
        every: Duration::from_secs(60),
        timeout: Duration::from_secs(10),
        expect,
        record: record.map(path),
        canary: false,
    }
}

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

fn text(text: &str) -> Value {
    json!({ "content": [{ "type": "text", "text": text }] })
}

fn structured(value: Value) -> Value {
    json!({ "content": [], "structuredContent": value })
}

#[test]
fn answers_and_expectations() {
    let plain = Expect::default;
    let at = |place, wanted| Expect {
        json: Some((path(place), wanted)),
        ..plain()
    };
    let fails = || Expect {
        is_error: true,
        ..plain()
    };
    let matches = |pattern| Expect {
        matches: Some(Pattern::parse(pattern).unwrap()),
        ..plain()
    };
    let quick = Expect {
        max_seconds: Some(0.1),
        ..plain()
    };
    let small = Expect {
        max_bytes: Some(10),
        ..plain()
    };
    let refused =
        json!({ "isError": true, "content": [{ "type": "text", "text": "no\u{1b}[2J disk" }] });
    let equals = |value| Wanted::Equals(value);
    let status = || structured(json!({ "status": "bad", "items": [{ "n": 1 }, { "n": 2 }] }));
    // what is expected, the answer → what is wrong, and whether that is only its cost
    let table = [
        (plain(), text("fine"), None),
        (plain(), json!({ "content": [] }), None),
        (
            plain(),
            refused.clone(),
            Some("answered that it failed; it said “no disk”"),
        ),
        (
            plain(),
            json!({ "isError": true, "content": [] }),
            Some("it said nothing"),
        ),
        (fails(), refused, None),
        (
            fails(),
            text("fine"),
            Some("was expected to fail and did not; it said “fine”"),
        ),
        (at("$.status", equals(json!("bad"))), status(), None),
        (
            at("$.status", equals(json!("ok"))),
            status(),
            Some("$.status is \"bad\", not \"ok\""),
        ),
        (
            at("$.status", equals(json!("ok"))),
            text("{\"status\":\"ok\"}"),
            None,
        ),
        (
            at("$.x", equals(json!(1))),
            status(),
            Some("$.x is missing"),
        ),
        (
            at("$.items[*].n", equals(json!(1))),
            status(),
            Some("is 2, not 1"),
        ),
        (at("$.items[0].n", equals(json!(1.0))), status(), None),
        (
            at("$.items[?@.n > 1]", Wanted::Exists(true)),
            status(),
            None,
        ),
        (
            at("$.items[?@.n > 2]", Wanted::Exists(true)),
            status(),
            Some("is missing"),
        ),
        (
            at("$.status", Wanted::Exists(false)),
            status(),
            Some("where nothing should be"),
        ),
        (at("$.error", Wanted::Exists(false)), status(), None),
        (
            at("$.a", Wanted::Exists(true)),
            text("words"),
            Some("did not answer with JSON"),
        ),
        (matches("^f.ne$"), text("fine"), None),
        (
            matches("^f.ne$"),
            text("fire!"),
            Some("does not match “^f.ne$”; it said “fire!”"),
        ),
        (quick, text("fine"), Some("took 0.50 s, more than 0.1 s")),
        (small, text("fine"), Some("bytes, more than 10")),
    ];
    for (row, (expect, result, wrong)) in table.into_iter().enumerate() {
        let check = check(expect, None);
        let answer = Answer::of(&result).unwrap();
        let (outcome, value) = assess(&check, &answer, 0.5, &Secrets::default());
        assert_eq!(value, None);
        let Some(wrong) = wrong else {
            assert_eq!(outcome, Ok(()), "row {row}");
            continue;
        };
        let failure = outcome.unwrap_err();
        assert!(failure.message.contains(wrong), "row {row}: {failure:?}");
        assert!(
            failure.message.starts_with("The tool weather "),
            "row {row}"
        );
        let is_cost = wrong.contains("more than");
        let level = if is_cost {
            Level::Degraded
        } else {
            Level::Unhealthy
        };
        assert_eq!((failure.level, failure.reason), (level, Reason::ToolError));
    }
}

#[test]
fn numbers_to_record() {
    for (result, place, expected) in [
        (structured(json!({ "queue": 7 })), "$.queue", Some(7.0)),
        (structured(json!({ "up": true })), "$.up", Some(1.0)),
        (structured(json!({ "load": "0.5" })), "$.load", Some(0.5)),
        (structured(json!(3.5)), "$", Some(3.5)),
        (text("42"), "$", Some(42.0)),
        (text("[1, 2]"), "$[1]", Some(2.0)),
        (text("{\"a\":\"NaN\"}"), "$.a", None),
        (text("words"), "$.a", None),
        (structured(json!({ "a": {} })), "$.a", None),
    ] {
        let check = check(Expect::default(), Some(place));
        let answer = Answer::of(&result).unwrap();
        let (outcome, value) = assess(&check, &answer, 0.0, &Secrets::default());
        assert_eq!(value, expected, "{result}");
        assert_eq!(outcome.is_ok(), expected.is_some(), "{result}");
    }
}

#[test]
fn other_results_are_none_of_a_tool() {
    for result in [
        json!({}),
        json!({ "resultType": "complete" }),
        json!({ "task": {} }),
    ] {
        assert!(Answer::of(&result).is_none(), "{result}");
    }
}

#[test]
fn secrets_of_the_arguments_are_hidden() {
    let check = check(Expect::default(), None);
    let answer =
        Answer::of(&json!({ "isError": true, "content": [{ "text": "bad key hunter2" }] }));
    let secrets = Secrets::of_values(["hunter2"]);
    let failure = assess(&check, &answer.unwrap(), 0.0, &secrets)
        .0
        .unwrap_err();
    assert!(
        failure
            .message
            .contains(&format!("bad key {}", model::REDACTED)),
        "{failure:?}"
    );
    let arguments = Arguments {
        values: json!({ "key": "hunter2" }).as_object().unwrap().clone(),
        secrets: vec!["hunter2".to_owned()],
    };
    assert!(!format!("{arguments:?}").contains("hunter2"));
}

#[test]
fn what_is_no_path_and_no_pattern_is_named() {
    let error = Path::parse("status").unwrap_err();
    assert!(error.contains("\"status\" is no JSONPath"), "{error}");
    let error = Pattern::parse("(").unwrap_err();
    assert!(error.contains("\"(\" is no regular expression"), "{error}");
}
