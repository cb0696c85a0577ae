//! What every Go template has.

use super::common::urlquery;
use super::compare::{equal, order};
use super::escape;
use super::print::{print, printf, println};
use super::value::{Outcome, Value};

/// Their names.
pub(super) const NAMES: &[&str] = &[
    "and", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print",
    "printf", "println", "slice", "urlquery",
];

pub(super) fn call(name: &str, given: &[Value]) -> Outcome {
    match (name, given) {
        ("print", values) => Ok(Value::Text(print(values))),
        ("println", values) => Ok(Value::Text(println(values))),
        ("printf", values) => match values.split_first() {
            Some((Value::Text(format), values)) => Ok(Value::Text(printf(format, values))),
            _ => Err("it needs a format, which is a text".to_owned()),
        },
        ("urlquery", values) => Ok(urlquery(values)),
        ("not", [value]) => Ok(Value::Bool(!value.is_true())),
        ("eq", [first, others @ ..]) if !others.is_empty() => {
            for other in others {
                if equal(first, other)? {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        ("ne", [a, b]) => Ok(Value::Bool(!equal(a, b)?)),
        ("lt", [a, b]) => Ok(Value::Bool(order(a, b)?.is_some_and(|order| order.is_lt()))),
        ("le", [a, b]) => Ok(Value::Bool(order(a, b)?.is_some_and(|order| order.is_le()))),
        ("gt", [a, b]) => Ok(Value::Bool(order(a, b)?.is_some_and(|order| order.is_gt()))),
        ("ge", [a, b]) => Ok(Value::Bool(order(a, b)?.is_some_and(|order| order.is_ge()))),
        ("len", [value]) => length(value),
        ("index", [value, keys @ ..]) => keys
            .iter()
            .try_fold(value.clone(), |value, key| index(&value, key)),
        ("slice", [value, places @ ..]) if places.len() <= 2 => slice(value, places),
        ("html", values) => Ok(Value::Text(
            escape::html(&print(values)).replace("&#43;", "+"),
        )),
        ("js", values) => Ok(Value::Text(
            format!("{:?}", print(values)).trim_matches('"').to_owned(),
        )),
        _ => Err(format!("wrong number of args: got {}", given.len())),
    }
}

fn length(value: &Value) -> Outcome {
    let length = match &value.opened() {
        Value::Text(text) | Value::Html(text) => text.len(),
        Value::Texts(texts) => texts.len(),
        Value::Values(values) => values.len(),
        Value::List(items) => items.len(),
        other => return Err(format!("len of type {}", other.kind())),
    };
    Ok(Value::whole(length))
}

fn index(value: &Value, key: &Value) -> Outcome {
    match (&value.opened(), key) {
        (Value::Texts(texts), Value::Text(name)) => {
            Ok(Value::Text(texts.get(name).cloned().unwrap_or_default()))
        }
        (Value::Values(values), Value::Text(name)) => {
            Ok(values.get(name).cloned().unwrap_or(Value::Nothing))
        }
        (Value::List(items), Value::Whole(place)) => {
            let item = usize::try_from(*place)
                .ok()
                .and_then(|place| items.get(place));
            item.cloned()
                .ok_or_else(|| format!("index out of range: {place}"))
        }
        (Value::Text(text), Value::Whole(place)) => {
            let byte = usize::try_from(*place)
                .ok()
                .and_then(|place| text.as_bytes().get(place).copied());
            byte.map(|byte| Value::Whole(i64::from(byte)))
                .ok_or_else(|| format!("index out of range: {place}"))
        }
        (Value::Nothing, _) => Err("index of untyped nil".to_owned()),
        (value, key) => Err(format!("cannot index {} with {}", value.kind(), key.kind())),
    }
}

fn slice(value: &Value, places: &[Value]) -> Outcome {
    let place = |at: usize, otherwise: usize| match places.get(at) {
        None => Ok(otherwise),
        Some(Value::Whole(place)) => {
            usize::try_from(*place).map_err(|_| format!("index out of range: {place}"))
        }
        Some(other) => Err(format!(
            "cannot index slice/array with type {}",
            other.kind()
        )),
    };
    match &value.opened() {
        Value::Text(text) => {
            let (from, to) = (place(0, 0)?, place(1, text.len())?);
            let cut = text
                .get(from..to)
                .ok_or_else(|| format!("index out of range: {from} to {to}"))?;
            Ok(Value::Text(cut.to_owned()))
        }
        Value::List(items) => {
            let (from, to) = (place(0, 0)?, place(1, items.len())?);
            let cut = items
                .get(from..to)
                .ok_or_else(|| format!("index out of range: {from} to {to}"))?;
            Ok(Value::list(cut.iter().cloned()))
        }
        other => Err(format!("can't slice item of type {}", other.kind())),
    }
}
