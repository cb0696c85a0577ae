//! What `query` found.

use super::super::Found;
use super::super::value::Value;
use super::Outcome;

pub(super) fn call(name: &str, given: &[Value]) -> Outcome {
    match (name, given) {
        ("first", [Value::List(found)]) => {
            let first = found.first().cloned();
            first.ok_or_else(|| "first() called on vector with no elements".to_owned())
        }
        ("label", [Value::Text(label), Value::Series(found)]) => {
            Ok(Value::Text(found.labels.get(label).to_owned()))
        }
        ("value", [Value::Series(found)]) => Ok(Value::Number(found.value)),
        ("strvalue", [Value::Series(found)]) => {
            Ok(Value::Text(found.labels.get("__value__").to_owned()))
        }
        ("sortByLabel", [Value::Text(label), Value::List(found)]) => {
            let mut sorted: Vec<Found> = Vec::with_capacity(found.len());
            for one in found {
                match one {
                    Value::Series(found) => sorted.push(found.clone()),
                    other => {
                        return Err(format!(
                            "wrong type for value; expected sample; got {}",
                            other.kind()
                        ));
                    }
                }
            }
            sorted.sort_by(|a, b| a.labels.get(label).cmp(b.labels.get(label)));
            Ok(Value::List(sorted.into_iter().map(Value::Series).collect()))
        }
        _ => {
            let kinds: Vec<_> = given.iter().map(Value::kind).collect();
            Err(format!("it cannot be given {}", kinds.join(", ")))
        }
    }
}
