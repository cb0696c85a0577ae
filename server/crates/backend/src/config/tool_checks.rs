//! The tools of a server that are called on a schedule: `[servers.NAME.checks.CHECK]`.

use std::time::Duration;

use mcp::{Arguments, Check, Expect, Path, Pattern, Wanted};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::clients::Values;
use super::file::{duration, read_value};
use super::{Mistakes, samples};

/// From one call to the next.
const EVERY: Duration = Duration::from_secs(60);
/// Longest time for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A check as written.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    tool: Option<String>,
    arguments: Map<String, Value>,
    every: Option<String>,
    timeout: Option<String>,
    is_error: bool,
    json_path: Option<String>,
    equals: Option<Value>,
    exists: Option<bool>,
    matches: Option<String>,
    max_seconds: Option<f64>,
    max_bytes: Option<String>,
    record: Option<String>,
    canary: bool,
}

const KEYS: &[&str] = &[
    "tool",
    "arguments",
    "every",
    "timeout",
    "is_error",
    "json_path",
    "equals",
    "exists",
    "matches",
    "max_seconds",
    "max_bytes",
    "record",
    "canary",
];

/// Checks one check; `None` when it names no tool.
pub(super) fn read(
    name: &str,
    value: Value,
    values: &mut Values<'_>,
    mistakes: &mut Mistakes,
) -> Option<Check> {
    let below = format!("checks.{name}");
    let path = &format!("{}.{below}", values.path());
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        mistakes.push(path, "a check needs a name of printable characters");
    }
    let before = mistakes.errors();
    let raw: Raw = read_value(value, path, KEYS, mistakes);
    let Some(tool) = raw.tool.clone().filter(|tool| !tool.trim().is_empty()) else {
        // What could not be read at all has been reported.
        if mistakes.errors() == before {
            mistakes.push(path, "needs `tool`: the name of the tool to call");
        }
        return None;
    };
    let expect = raw.expect(path, mistakes);
    let record = raw.record.as_deref().and_then(|text| {
        let read = Path::parse(text);
        kept(read, &format!("{path}.record"), mistakes)
    });
    let mut longer = |key: &str, text: Option<&String>, usual| {
        let at = format!("{path}.{key}");
        let wanted = duration(&at, text, mistakes).unwrap_or(usual);
        if wanted.is_zero() {
            mistakes.push(at, "must be longer than 0");
        }
        wanted
    };
    let every = longer("every", raw.every.as_ref(), EVERY);
    let timeout = longer("timeout", raw.timeout.as_ref(), TIMEOUT);
    let mut arguments = Arguments::default();
    for (key, mut value) in raw.arguments {
        let at = format!("{below}.arguments.{key}");
        fill(&mut value, &at, values, &mut arguments.secrets, mistakes);
        arguments.values.insert(key, value);
    }
    Some(Check {
        name: name.to_owned(),
        tool,
        arguments,
        every,
        timeout,
        expect,
        record,
        canary: raw.canary,
    })
}

impl Raw {
    fn expect(&self, path: &str, mistakes: &mut Mistakes) -> Expect {
        let wanted = match (&self.equals, self.exists) {
            (Some(_), Some(_)) => {
                let message = "has both `equals` and `exists`; keep the one that is meant";
                mistakes.push(path, message);
                None
            }
            (Some(value), None) => Some(Wanted::Equals(value.clone())),
            (None, Some(exists)) => Some(Wanted::Exists(exists)),
            (None, None) => None,
        };
        if self.json_path.is_none() && wanted.is_some() {
            mistakes.push(path, "`equals` and `exists` go with `json_path`");
        }
        let place = self.json_path.as_deref().and_then(|text| {
            let read = Path::parse(text);
            kept(read, &format!("{path}.json_path"), mistakes)
        });
        let matches = self.matches.as_deref().and_then(|text| {
            let read = Pattern::parse(text);
            kept(read, &format!("{path}.matches"), mistakes)
        });
        let max_seconds = self.max_seconds;
        if max_seconds.is_some_and(|limit| limit.is_nan() || limit <= 0.0) {
            mistakes.push(format!("{path}.max_seconds"), "must be more than 0");
        }
        let max_bytes = self.max_bytes.as_deref().and_then(|text| {
            let read = samples::parse_size(text);
            kept(read, &format!("{path}.max_bytes"), mistakes)
        });
        Expect {
            is_error: self.is_error,
            json: place.map(|place| (place, wanted.unwrap_or(Wanted::Exists(true)))),
            matches,
            max_seconds,
            max_bytes,
        }
    }
}

fn kept<T>(read: Result<T, String>, path: &str, mistakes: &mut Mistakes) -> Option<T> {
    read.map_err(|message| mistakes.push(path, message)).ok()
}

/// Fills in the environment wherever a text stands; what comes from there is a secret.
fn fill(
    value: &mut Value,
    at: &str,
    values: &mut Values<'_>,
    secrets: &mut Vec<String>,
    mistakes: &mut Mistakes,
) {
    match value {
        Value::String(text) if !values.is_literal(at, text) => {
            *text = values.fill(at, text, mistakes);
            secrets.push(text.clone());
        }
        Value::Array(items) => {
            for item in items {
                fill(item, at, values, secrets, mistakes);
            }
        }
        Value::Object(fields) => {
            for item in fields.values_mut() {
                fill(item, at, values, secrets, mistakes);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::clients::OURS;

    fn check(value: Value) -> Result<Option<Check>, Mistakes> {
        let env = |name: &str| (name == "KEY").then(|| "hunter2".to_owned());
        let mut mistakes = Mistakes::default();
        let mut values = Values::new(&OURS, "servers.a", std::path::Path::new("."), &env);
        let check = read("c", value, &mut values, &mut mistakes);
        mistakes.into_result(check)
    }

    #[test]
    fn a_tool_is_enough() {
        let check = check(json!({ "tool": "t" })).unwrap().unwrap();
        assert_eq!((check.every, check.timeout), (EVERY, TIMEOUT));
        assert_eq!(check.expect, Expect::default());
        assert!(!check.canary && check.record.is_none());
    }

    #[test]
    fn everything_is_read() {
        let check = check(json!({
            "tool": "t", "arguments": { "q": ["${KEY}"], "n": 1 }, "every": "5m", "timeout": "1s",
            "is_error": true, "json_path": "$.a", "equals": 1, "matches": "^a", "max_seconds": 0.5,
            "max_bytes": "1MB", "record": "$.n", "canary": true,
        }));
        let check = check.unwrap().unwrap();
        assert_eq!(check.arguments.values["q"], json!(["hunter2"]));
        assert!(!format!("{check:?}").contains("hunter2"), "{check:?}");
        assert_eq!(check.every, Duration::from_secs(300));
        assert_eq!(check.expect.max_bytes, Some(1_000_000));
        let (path, wanted) = check.expect.json.unwrap();
        assert_eq!(
            (path.to_string(), wanted),
            ("$.a".to_owned(), Wanted::Equals(json!(1)))
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (value, at, part) in [
            (json!({}), "", "needs `tool`"),
            (json!({ "tool": 1 }), ".tool", "expected a string"),
            (
                json!({ "tool": "t", "evry": "1m" }),
                ".evry",
                "did you mean `every`?",
            ),
            (
                json!({ "tool": "t", "every": "0s" }),
                ".every",
                "longer than 0",
            ),
            (
                json!({ "tool": "t", "timeout": "soon" }),
                ".timeout",
                "no duration",
            ),
            (
                json!({ "tool": "t", "json_path": "a" }),
                ".json_path",
                "no JSONPath",
            ),
            (
                json!({ "tool": "t", "record": "$.[" }),
                ".record",
                "no JSONPath",
            ),
            (
                json!({ "tool": "t", "matches": "(" }),
                ".matches",
                "no regular expression",
            ),
            (
                json!({ "tool": "t", "equals": 1 }),
                "",
                "go with `json_path`",
            ),
            (
                json!({ "tool": "t", "json_path": "$", "equals": 1, "exists": true }),
                "",
                "both",
            ),
            (
                json!({ "tool": "t", "max_seconds": 0 }),
                ".max_seconds",
                "more than 0",
            ),
            (
                json!({ "tool": "t", "max_bytes": "big" }),
                ".max_bytes",
                "big",
            ),
            (
                json!({ "tool": "t", "arguments": { "k": "${NO}" } }),
                ".arguments.k",
                "${NO} is not set",
            ),
        ] {
            let error = check(value.clone()).unwrap_err();
            let finding = &error.iter_errors().next().unwrap().finding;
            assert_eq!(finding.path, format!("servers.a.checks.c{at}"), "{value}");
            assert!(finding.message.contains(part), "{value}: {error}");
            assert_eq!(error.errors(), 1, "{error}");
        }
    }
}
