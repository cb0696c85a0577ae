//! The fields in which two values differ, by JSON pointer (RFC 6901).

use std::collections::HashMap;

use serde_json::Value;

/// Most fields that are told apart; a definition that differs in more is another one.
pub(crate) const MOST: usize = 200;

/// A field that differs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// The way to it.
    pub(crate) path: Vec<String>,
    /// What it was; `None` if it was not there.
    pub(crate) old: Option<Value>,
    /// What it is; `None` if it is not there.
    pub(crate) new: Option<Value>,
}

impl Field {
    /// The way to it as a JSON pointer.
    pub(crate) fn pointer(&self) -> String {
        pointer(&self.path)
    }
}

/// A way as a JSON pointer.
pub(crate) fn pointer(path: &[String]) -> String {
    let escaped = path
        .iter()
        .map(|token| format!("/{}", token.replace('~', "~0").replace('/', "~1")));
    escaped.collect()
}

/// The fields in which two values differ.
pub(crate) fn differing(old: &Value, new: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    walk(&mut Vec::new(), Some(old), Some(new), &mut found);
    found
}

fn walk(path: &mut Vec<String>, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Field>) {
    if old == new || found.len() >= MOST {
        return;
    }
    let mut below = |token: String, old, new| {
        path.push(token);
        walk(path, old, new, found);
        path.pop();
    };
    match (old, new) {
        (Some(Value::Object(was)), Some(Value::Object(is))) => {
            for (key, value) in was {
                below(key.clone(), Some(value), is.get(key));
            }
            for (key, value) in is.iter().filter(|(key, _)| !was.contains_key(*key)) {
                below(key.clone(), None, Some(value));
            }
        }
        // What has names (arguments of prompts) is compared by them.
        (Some(Value::Array(was)), Some(Value::Array(is))) if are_named(was) && are_named(is) => {
            let (before, now) = (places(was), places(is));
            for (at, item) in was.iter().enumerate() {
                let now = name(item).and_then(|name| now.get(name)).copied();
                let token = now.unwrap_or(at).to_string();
                below(token, Some(item), now.map(|at| &is[at]));
            }
            for (at, item) in is.iter().enumerate() {
                if !name(item).is_some_and(|name| before.contains_key(name)) {
                    below(at.to_string(), None, Some(item));
                }
            }
        }
        // Alternatives of a schema stand at their places; lists of words are one thing.
        (Some(Value::Array(was)), Some(Value::Array(is)))
            if was.iter().chain(is).any(Value::is_object) =>
        {
            for at in 0..was.len().max(is.len()) {
                below(at.to_string(), was.get(at), is.get(at));
            }
        }
        _ => found.push(Field {
            path: path.clone(),
            old: old.cloned(),
            new: new.cloned(),
        }),
    }
}

/// Whether each item has a name of its own.
fn are_named(items: &[Value]) -> bool {
    let mut names = std::collections::HashSet::new();
    items
        .iter()
        .all(|item| name(item).is_some_and(|name| names.insert(name)))
}

/// Where each name stands.
fn places(items: &[Value]) -> HashMap<&str, usize> {
    let named = items.iter().enumerate();
    named
        .filter_map(|(at, item)| Some((name(item)?, at)))
        .collect()
}

fn name(item: &Value) -> Option<&str> {
    item.get("name")?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_by_their_pointers() {
        for (old, new, expected) in [
            (json!({}), json!({}), &[][..]),
            (
                json!({"a": 1, "b": 2}),
                json!({"b": 3, "c": 4}),
                &["/a", "/b", "/c"],
            ),
            (
                json!({"a": {"b/c~": "x"}}),
                json!({"a": {"b/c~": "y"}}),
                &["/a/b~1c~0"],
            ),
            (
                json!({"required": ["a"]}),
                json!({"required": ["a", "b"]}),
                &["/required"],
            ),
            (
                json!({"arguments": [{"name": "a"}, {"name": "b", "required": true}]}),
                json!({"arguments": [{"name": "b"}, {"name": "a"}]}),
                &["/arguments/0/required"],
            ),
            (
                json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
                json!({"anyOf": [{"type": "number"}, {"type": "null"}]}),
                &["/anyOf/0/type"],
            ),
        ] {
            let found = differing(&old, &new);
            let pointers: Vec<_> = found.iter().map(Field::pointer).collect();
            assert_eq!(pointers, expected, "{old} → {new}");
        }
    }

    #[test]
    fn a_definition_with_very_many_differences_is_bounded() {
        let object = |by: usize| {
            let entries = (0..10_000).map(|at| (at.to_string(), json!(at + by)));
            Value::Object(entries.collect())
        };
        assert_eq!(differing(&object(0), &object(1)).len(), MOST);
    }
}
