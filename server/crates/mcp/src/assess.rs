//! Holds the answer of a tool against what is expected of it.

use serde_json::Value;

use crate::check::{Check, Wanted};
use crate::observation::Failure;
use crate::text::Secrets;
use crate::{Level, Reason};

/// What a tool answered.
#[derive(Debug)]
pub(crate) struct Answer {
    is_error: bool,
    /// The texts among the content, one a line.
    text: String,
    structured: Option<Value>,
    /// Its size as JSON.
    pub(crate) bytes: u64,
}

impl Answer {
    /// Reads a result as it came; `None` if it is not the result of a tool.
    pub(crate) fn of(result: &Value) -> Option<Self> {
        let known = ["content", "structuredContent", "isError"];
        known.iter().find_map(|key| result.get(key))?;
        let blocks = result.get("content").and_then(Value::as_array);
        let texts = blocks
            .into_iter()
            .flatten()
            .filter_map(|block| block.get("text").and_then(Value::as_str));
        Some(Self {
            is_error: result.get("isError").and_then(Value::as_bool) == Some(true),
            text: texts.collect::<Vec<_>>().join("\n"),
            structured: result.get("structuredContent").cloned(),
            bytes: u64::try_from(result.to_string().len()).unwrap_or(u64::MAX),
        })
    }

    /// The texts among the content, one a line.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the tool says that it failed.
    pub(crate) fn is_error(&self) -> bool {
        self.is_error
    }

    /// What paths lead into: the structured content, else the text if that is JSON.
    fn json(&self) -> Option<Value> {
        let text = || serde_json::from_str(&self.text).ok();
        self.structured.clone().or_else(text)
    }
}

/// The outcome, and the number to record.
pub(crate) fn assess(
    check: &Check,
    answer: &Answer,
    seconds: f64,
    secrets: &Secrets,
) -> (Result<(), Failure>, Option<f64>) {
    let json = answer.json();
    let value = match (&check.record, &json) {
        (Some(path), Some(json)) => path.find(json).into_iter().find_map(number),
        _ => None,
    };
    let missed = content(check, answer, json.as_ref(), value, secrets)
        .map(|message| (Level::Unhealthy, message))
        .or_else(|| cost(check, answer, seconds).map(|message| (Level::Degraded, message)));
    let outcome = missed.map_or(Ok(()), |(level, message)| {
        Err(failure(check, level, &message))
    });
    (outcome, value)
}

/// A call that did not come to what was expected. `what` goes on after the name of the tool.
pub(crate) fn failure(check: &Check, level: Level, what: &str) -> Failure {
    Failure::new(
        level,
        Reason::ToolError,
        format!("The tool {} {what}.", check.tool),
        "Call the tool with the same arguments by hand; look into the log of the server and of \
         what it reaches.",
    )
}

/// What is wrong with what was answered.
fn content(
    check: &Check,
    answer: &Answer,
    json: Option<&Value>,
    value: Option<f64>,
    secrets: &Secrets,
) -> Option<String> {
    let said = || {
        let text = secrets.quote(&answer.text);
        if text.is_empty() {
            "it said nothing".to_owned()
        } else {
            format!("it said “{text}”")
        }
    };
    let expect = &check.expect;
    match (answer.is_error, expect.is_error) {
        (true, false) => return Some(format!("answered that it failed; {}", said())),
        (false, true) => return Some(format!("was expected to fail and did not; {}", said())),
        _ => {}
    }
    if let Some((path, wanted)) = &expect.json {
        let Some(json) = json else {
            return Some(format!(
                "did not answer with JSON, in which {path} could be looked for; {}",
                said()
            ));
        };
        if let Some(what) = misses(wanted, &path.find(json), secrets) {
            return Some(format!("answered, but {path} {what}"));
        }
    }
    if let Some(pattern) = &expect.matches
        && !pattern.is_match(&answer.text)
    {
        return Some(format!(
            "answered with text that does not match “{pattern}”; {}",
            said()
        ));
    }
    match &check.record {
        Some(path) if value.is_none() => Some(format!(
            "answered, but there is no number to record at {path}; {}",
            said()
        )),
        _ => None,
    }
}

/// What is wrong with how long and how large the answer was.
fn cost(check: &Check, answer: &Answer, seconds: f64) -> Option<String> {
    let expect = &check.expect;
    if let Some(limit) = expect.max_seconds.filter(|limit| seconds > *limit) {
        return Some(format!("took {seconds:.2} s, more than {limit} s"));
    }
    let limit = expect.max_bytes.filter(|limit| answer.bytes > *limit)?;
    Some(format!(
        "answered with {} bytes, more than {limit}",
        answer.bytes
    ))
}

/// How what was found differs from what is wanted.
fn misses(wanted: &Wanted, found: &[&Value], secrets: &Secrets) -> Option<String> {
    match wanted {
        Wanted::Exists(true) if found.is_empty() => Some("is missing".to_owned()),
        Wanted::Exists(false) if !found.is_empty() => {
            Some("is there, where nothing should be".to_owned())
        }
        Wanted::Exists(_) => None,
        Wanted::Equals(_) if found.is_empty() => Some("is missing".to_owned()),
        Wanted::Equals(value) => {
            let other = found.iter().find(|found| !same(found, value))?;
            let shown = |value: &Value| secrets.quote(&value.to_string());
            Some(format!("is {}, not {}", shown(other), shown(value)))
        }
    }
}

/// Whether two values are the same; `1` and `1.0` are.
fn same(a: &Value, b: &Value) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}

/// The number that a value stands for.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(is) => Some(f64::from(u8::from(*is))),
        Value::String(text) => text.trim().parse().ok().filter(|it: &f64| it.is_finite()),
        other => other.as_f64(),
    }
}

#[cfg(test)]
#[path = "assess_tests.rs"]
mod tests;
