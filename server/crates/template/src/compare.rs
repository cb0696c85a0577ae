//! `eq`, `lt` and their relatives: only what is of one kind can be compared.

use std::cmp::Ordering;

use super::value::Value;

/// Whether both are equal.
pub(super) fn equal(a: &Value, b: &Value) -> Result<bool, String> {
    Ok(match (a, b) {
        (Value::Nothing, Value::Nothing) => true,
        (Value::Nothing, _) | (_, Value::Nothing) => false,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Whole(a), Value::Whole(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a == b,
        (Value::Text(a) | Value::Html(a), Value::Text(b) | Value::Html(b)) => a == b,
        (Value::Span(a), Value::Span(b)) => a == b,
        (Value::Time(a), Value::Time(b)) => a.at_ms == b.at_ms,
        _ => return Err(incompatible(a, b)),
    })
}

/// How they lie to each other; `None` where one is no number.
pub(super) fn order(a: &Value, b: &Value) -> Result<Option<Ordering>, String> {
    match (a, b) {
        (Value::Whole(a), Value::Whole(b)) => Ok(Some(a.cmp(b))),
        (Value::Number(a), Value::Number(b)) => Ok(a.partial_cmp(b)),
        (Value::Text(a) | Value::Html(a), Value::Text(b) | Value::Html(b)) => Ok(Some(a.cmp(b))),
        (Value::Span(a), Value::Span(b)) => Ok(Some(a.cmp(b))),
        (Value::Bool(_), Value::Bool(_)) => Err("invalid type for comparison".to_owned()),
        _ => Err(incompatible(a, b)),
    }
}

fn incompatible(a: &Value, b: &Value) -> String {
    format!(
        "incompatible types for comparison: {} and {} (a value is compared with 1.0, not with 1)",
        a.kind(),
        b.kind()
    )
}
