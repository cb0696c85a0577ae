//! What every Go template has.

use super::super::compare::{equal, order};
use super::super::print::{plain, print};
use super::super::value::Value;
use super::Outcome;

pub(super) fn call(name: &str, given: &[Value]) -> Outcome {
    match (name, given) {
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
        ("html", values) => Ok(Value::Text(escaped(&print(values)))),
        ("js", values) => Ok(Value::Text(
            format!("{:?}", print(values)).trim_matches('"').to_owned(),
        )),
        _ => Err(format!("wrong number of args: got {}", given.len())),
    }
}

/// The items of a list with a text between them.
pub(super) fn join(given: &[Value]) -> Outcome {
    match given {
        [Value::Text(between), Value::List(items)] | [Value::List(items), Value::Text(between)] => {
            let items: Vec<_> = items.iter().map(plain).collect();
            Ok(Value::Text(items.join(between)))
        }
        _ => Err("it needs a text and a list".to_owned()),
    }
}

fn length(value: &Value) -> Outcome {
    let length = match value {
        Value::Text(text) => text.len(),
        Value::Texts(texts) => texts.len(),
        Value::Values(values) => values.len(),
        Value::List(items) => items.len(),
        other => return Err(format!("len of type {}", other.kind())),
    };
    Ok(Value::Whole(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn index(value: &Value, key: &Value) -> Outcome {
    match (value, key) {
        // What is not in a map of texts is an empty one, other than for a field.
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
    match value {
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
            Ok(Value::List(cut.to_vec()))
        }
        other => Err(format!("can't slice item of type {}", other.kind())),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
