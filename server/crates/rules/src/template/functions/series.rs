//! What `query` found.

use template::{Outcome, Value};

use super::super::things::Series;

pub(super) fn call(name: &str, given: &[Value]) -> Outcome {
    match (name, given) {
        ("first", [Value::List(found)]) => {
            let first = found.first().cloned();
            first.ok_or_else(|| "first() called on vector with no elements".to_owned())
        }
        ("label", [Value::Text(label), Value::Thing(found)]) => {
            let found = Series::of(found)?;
            Ok(Value::text(found.labels.get(label)))
        }
        ("value", [Value::Thing(found)]) => Ok(Value::Number(Series::of(found)?.value)),
        ("strvalue", [Value::Thing(found)]) => {
            Ok(Value::text(Series::of(found)?.labels.get("__value__")))
        }
        ("sortByLabel", [Value::Text(label), Value::List(found)]) => {
            let mut sorted = Vec::with_capacity(found.len());
            for one in found.iter() {
                let Value::Thing(thing) = one else {
                    return Err(format!(
                        "wrong type for value; expected sample; got {}",
                        one.kind()
                    ));
                };
                sorted.push((Series::of(thing)?.labels.get(label).to_owned(), one.clone()));
            }
            sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
            Ok(Value::list(sorted.into_iter().map(|(_, one)| one)))
        }
        _ => {
            let kinds: Vec<_> = given.iter().map(Value::kind).collect();
            Err(format!("it cannot be given {}", kinds.join(", ")))
        }
    }
}
