//! Which changes of a schema break whoever uses it as it was.
//!
//! Arguments may take more than before, results may give less room than before: everything else breaks a caller. What
//! JSON Schema (2020-12) can say beyond the words looked at here is no reason.

use std::cell::Cell;

use serde_json::Value;

/// How deep schemas are followed; deeper ones are recursive.
const DEEPEST: usize = 24;
/// How many pairs of schemas are compared: one that refers to itself in several places has very many.
const MOST_PAIRS: u32 = 20_000;
/// Most reasons that are said.
const MOST: usize = 20;

/// Who has to cope with a change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Callers write what it describes.
    Sent,
    /// Callers read what it describes.
    Read,
}

/// Why whoever used the old definition may fail with the new one; empty where nobody does.
pub(crate) fn reasons(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (field, way) in [("inputSchema", Way::Sent), ("outputSchema", Way::Read)] {
        let (was, is) = (old.get(field), new.get(field));
        match (was, is) {
            (Some(was), Some(is)) if was != is => {
                let left = Cell::new(MOST_PAIRS);
                Pair { was, is, way, left }.compare((was, is), "", 0, &mut found);
            }
            (Some(_), None) if way == Way::Read => {
                found.push("results have no schema any more".to_owned());
            }
            _ => {}
        }
    }
    arguments(old, new, &mut found);
    for field in ["uri", "uriTemplate"] {
        if old.get(field) != new.get(field) {
            found.push("its address is another".to_owned());
        }
    }
    found.truncate(MOST);
    found
}

/// Arguments of prompts.
fn arguments(old: &Value, new: &Value, found: &mut Vec<String>) {
    let list = |value: &Value| value.get("arguments").and_then(Value::as_array).cloned();
    let (was, is) = (list(old).unwrap_or_default(), list(new).unwrap_or_default());
    let name = |item: &Value| item.get("name").and_then(Value::as_str).map(str::to_owned);
    let required = |item: &Value| item.get("required").and_then(Value::as_bool) == Some(true);
    let find = |items: &[Value], wanted: &str| {
        let mut items = items.iter();
        items
            .find(|item| name(item).as_deref() == Some(wanted))
            .cloned()
    };
    for item in &was {
        let Some(name) = name(item) else { continue };
        if find(&is, &name).is_none() {
            found.push(format!("the argument {name} is gone"));
        }
    }
    for item in is.iter().filter(|item| required(item)) {
        let Some(name) = name(item) else { continue };
        if !find(&was, &name).is_some_and(|before| required(&before)) {
            found.push(format!("the argument {name} is now required"));
        }
    }
}

/// Two whole schemas, to which references within them point.
struct Pair<'a> {
    was: &'a Value,
    is: &'a Value,
    way: Way,
    left: Cell<u32>,
}

impl Pair<'_> {
    fn compare(
        &self,
        (was, is): (&Value, &Value),
        path: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        // Equal schemas may refer to what is not equal.
        let left = self.left.get();
        if depth > DEEPEST || found.len() >= MOST || left == 0 {
            return;
        }
        self.left.set(left - 1);
        let (was, is) = (resolved(self.was, was), resolved(self.is, is));
        self.types(was, is, path, found);
        self.choices(was, is, path, found);
        if self.way == Way::Sent {
            bounds(was, is, path, found);
        }
        self.required(was, is, path, found);
        let properties =
            |schema: &'_ Value| schema.get("properties").and_then(Value::as_object).cloned();
        let (before, now) = (
            properties(was).unwrap_or_default(),
            properties(is).unwrap_or_default(),
        );
        for (name, schema) in &before {
            let path = below(path, name);
            match now.get(name) {
                Some(newer) => self.compare((schema, newer), &path, depth + 1, found),
                None => found.push(format!("{} {path} is gone", self.noun())),
            }
        }
        if let (Some(before), Some(now)) = (was.get("items"), is.get("items")) {
            self.compare((before, now), &format!("{path}[]"), depth + 1, found);
        }
    }

    fn noun(&self) -> &'static str {
        match self.way {
            Way::Sent => "the argument",
            Way::Read => "the result's field",
        }
    }

    fn named(&self, path: &str) -> String {
        match path {
            "" => match self.way {
                Way::Sent => "the arguments".to_owned(),
                Way::Read => "the result".to_owned(),
            },
            path => format!("{} {path}", self.noun()),
        }
    }

    fn types(&self, was: &Value, is: &Value, path: &str, found: &mut Vec<String>) {
        let (before, now) = (types(was), types(is));
        // Where nothing is said, everything may come.
        let fits = |wide: &[String], narrow: &[String]| {
            let has = |one: &String| {
                wide.contains(one) || (one == "integer" && wide.iter().any(|it| it == "number"))
            };
            wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(has))
        };
        let is_good = match self.way {
            Way::Sent => fits(&now, &before),
            Way::Read => fits(&before, &now),
        };
        if !is_good {
            let words = |types: &[String]| match types {
                [] => "anything".to_owned(),
                types => types.join(" or "),
            };
            let (what, before, now) = (self.named(path), words(&before), words(&now));
            found.push(format!("{what} was {before} and is {now}"));
        }
    }

    fn choices(&self, was: &Value, is: &Value, path: &str, found: &mut Vec<String>) {
        let list = |schema: &Value| schema.get("enum").and_then(Value::as_array).cloned();
        let (before, now) = (list(was), list(is));
        let (wide, narrow) = match self.way {
            Way::Sent => (now, before),
            Way::Read => (before, now),
        };
        match (wide, narrow) {
            (Some(wide), Some(narrow)) => {
                for value in narrow.iter().filter(|value| !wide.contains(value)) {
                    found.push(match self.way {
                        Way::Sent => format!("{} takes {value} no more", self.named(path)),
                        Way::Read => format!("{} can now be {value}", self.named(path)),
                    });
                }
            }
            (Some(_), None) => found.push(match self.way {
                Way::Sent => format!("{} takes only some values", self.named(path)),
                Way::Read => format!("{} can now be any value", self.named(path)),
            }),
            _ => {}
        }
    }

    fn required(&self, was: &Value, is: &Value, path: &str, found: &mut Vec<String>) {
        let (before, now) = (required(was), required(is));
        let (some, others) = match self.way {
            Way::Sent => (now, before),
            Way::Read => (before, now),
        };
        for name in some.iter().filter(|name| !others.contains(name)) {
            let (noun, path) = (self.noun(), below(path, name));
            found.push(match self.way {
                Way::Sent => format!("{noun} {path} is now required"),
                Way::Read => format!("{noun} {path} may now be missing"),
            });
        }
    }
}

/// Bounds that have become narrower.
fn bounds(was: &Value, is: &Value, path: &str, found: &mut Vec<String>) {
    let number = |schema: &Value, word: &str| schema.get(word).and_then(Value::as_f64);
    let path = if path.is_empty() {
        "the arguments"
    } else {
        path
    };
    for (word, is_least) in [
        ("minimum", true),
        ("exclusiveMinimum", true),
        ("minLength", true),
        ("minItems", true),
        ("maximum", false),
        ("exclusiveMaximum", false),
        ("maxLength", false),
        ("maxItems", false),
    ] {
        let (before, now) = (number(was, word), number(is, word));
        let is_narrower = match (before, now) {
            (Some(before), Some(now)) if is_least => now > before,
            (Some(before), Some(now)) => now < before,
            (before, now) => before.is_none() && now.is_some(),
        };
        if let (true, Some(now)) = (is_narrower, now) {
            found.push(format!("{path} has a narrower bound: {word} {now}"));
        }
    }
    for word in ["pattern", "format"] {
        let (before, now) = (was.get(word), is.get(word));
        if now.is_some() && before != now {
            found.push(format!("{path} has another {word}"));
        }
    }
    let is_closed =
        |schema: &Value| schema.get("additionalProperties") == Some(&Value::Bool(false));
    if is_closed(is) && !is_closed(was) {
        found.push(format!("{path}: other names are no longer taken"));
    }
}

fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

fn types(schema: &Value) -> Vec<String> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(some)) => {
            let words = some.iter().filter_map(Value::as_str);
            words.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

fn required(schema: &Value) -> Vec<String> {
    let list = schema.get("required").and_then(Value::as_array);
    let words = list.into_iter().flatten().filter_map(Value::as_str);
    words.map(str::to_owned).collect()
}

/// What a schema refers to within its document, or the schema itself.
fn resolved<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    for _ in 0..DEEPEST {
        let target = schema.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|target| root.pointer(target.strip_prefix('#')?));
        match target {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_breaks_callers_and_what_does_not() {
        let p = |schema: Value| json!({ "type": "object", "properties": { "a": schema } });
        let text = || json!({ "type": "string" });
        for (old, new, sent, read) in [
            (p(text()), p(text()), &[][..], &[][..]),
            (
                p(text()),
                json!({ "type": "object", "properties": {} }),
                &["the argument a is gone"],
                &["the result's field a is gone"],
            ),
            (
                p(text()),
                p(json!({ "type": "number" })),
                &["the argument a was string and is number"],
                &["the result's field a was string and is number"],
            ),
            (
                p(text()),
                p(json!({ "type": ["string", "null"] })),
                &[],
                &["the result's field a was string and is string or null"],
            ),
            (
                p(json!({ "type": "number" })),
                p(json!({ "type": "integer" })),
                &["the argument a was number and is integer"],
                &[],
            ),
            (
                p(json!({ "enum": ["x", "y"] })),
                p(json!({ "enum": ["x", "z"] })),
                &["the argument a takes \"y\" no more"],
                &["the result's field a can now be \"z\""],
            ),
            (
                p(text()),
                json!({ "type": "object", "properties": { "a": text() }, "required": ["a"] }),
                &["the argument a is now required"],
                &[],
            ),
            (
                json!({ "type": "object", "properties": { "a": text() }, "required": ["a"] }),
                p(text()),
                &[],
                &["the result's field a may now be missing"],
            ),
            (
                p(json!({ "type": "array", "items": { "type": "string" } })),
                p(json!({ "type": "array", "items": { "type": "object" } })),
                &["the argument a[] was string and is object"],
                &["the result's field a[] was string and is object"],
            ),
            (
                p(json!({ "type": "string", "maxLength": 10 })),
                p(json!({ "type": "string", "maxLength": 5 })),
                &["a has a narrower bound: maxLength 5"],
                &[],
            ),
            (
                json!({ "properties": { "a": { "$ref": "#/$defs/x" } }, "$defs": { "x": text() } }),
                json!({ "properties": { "a": { "$ref": "#/$defs/x" } }, "$defs": { "x": { "type": "null" } } }),
                &["the argument a was string and is null"],
                &["the result's field a was string and is null"],
            ),
        ] {
            for (field, expected) in [("inputSchema", sent), ("outputSchema", read)] {
                let found = reasons(&json!({ field: old }), &json!({ field: new }));
                assert_eq!(found, expected, "{field}: {old} → {new}");
            }
        }
    }

    #[test]
    fn arguments_of_prompts() {
        let old = json!({ "arguments": [{ "name": "a" }, { "name": "b", "required": true }] });
        let new = json!({ "arguments": [{ "name": "a", "required": true }, { "name": "c" }] });
        assert_eq!(
            reasons(&old, &new),
            ["the argument b is gone", "the argument a is now required"]
        );
        assert_eq!(reasons(&new, &new), [""; 0]);
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = |about: &str| {
            let own = json!({ "$ref": "#" });
            json!({ "inputSchema": { "properties": { "a": own, "b": own, "c": own }, "description": about } })
        };
        assert_eq!(reasons(&schema("one"), &schema("two")), [""; 0]);
    }
}
