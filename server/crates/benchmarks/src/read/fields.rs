//! Fields of JSON, as readers ask for them.

use serde_json::Value;

/// A text; empty where there is none.
pub(super) fn text(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(is_so) => is_so.to_string(),
        _ => String::new(),
    }
}

/// A finite number.
pub(super) fn number(value: &Value, name: &str) -> Option<f64> {
    value[name].as_f64().filter(|it| it.is_finite())
}

/// A list of numbers, what is none left out.
pub(super) fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(Value::as_f64).collect()
}

/// The values of an object as texts, by name.
pub(super) fn parameters(value: &Value) -> Vec<(String, String)> {
    let all = value.as_object().into_iter().flatten();
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut all: Vec<_> = all
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), shown(value)))
        .collect();
    all.sort();
    all
}

/// A time in RFC 3339, or in the form of Python's `datetime` without a zone, which is taken as UTC.
pub(super) fn time(text: &str) -> Option<i64> {
    let zoned = text.parse::<jiff::Timestamp>();
    let plain = || {
        let there = text.parse::<jiff::civil::DateTime>().ok()?;
        there.to_zoned(jiff::tz::TimeZone::UTC).ok()
    };
    match zoned {
        Ok(at) => Some(at.as_millisecond()),
        Err(_) => plain().map(|at| at.timestamp().as_millisecond()),
    }
}

/// A time as it stands in one of these fields: milliseconds, or a text.
pub(super) fn time_of(value: &Value, names: &[&str]) -> Option<i64> {
    names.iter().find_map(|name| match &value[*name] {
        Value::Number(number) => number.as_i64(),
        Value::String(written) => time(written),
        _ => None,
    })
}
