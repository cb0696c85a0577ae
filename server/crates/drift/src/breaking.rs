//! Which changes of a schema break whoever uses it as it was.
//!
//! Arguments may take more than before, results may give less room than before: everything else breaks a caller. What
//! JSON Schema (2020-12) can say beyond the words looked at here is no reason.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

/// How deep schemas are followed.
const DEEPEST: usize = 24;
/// How much is compared: schemas, and the names and values in each, of both sides. A schema written by hand has some
/// hundred; what refers to itself is compared once.
const MOST_WORK: usize = 20_000;
/// Longest foreign text in a reason, in bytes.
const LONGEST: usize = 100;
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
                let mut pair = Pair::new((was, is), way);
                pair.compare((was, is), "", 0, &mut found);
                if pair.is_cut {
                    let what = pair.named("");
                    // Even where there are too many reasons to be said.
                    found.truncate(MOST - 1);
                    found.push(format!("{what}: too large to compare in full"));
                }
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
    let (was, is) = (required_by_name(old), required_by_name(new));
    let gone = was.keys().filter(|name| !is.contains_key(*name));
    found.extend(
        gone.take(MOST)
            .map(|name| format!("the argument {} is gone", short(name))),
    );
    let needed = is
        .iter()
        .filter(|(name, is_required)| **is_required && was.get(*name) != Some(&true));
    found.extend(
        needed
            .take(MOST)
            .map(|(name, _)| format!("the argument {} is now required", short(name))),
    );
}

/// The arguments of a prompt, and whether each is required; of two of a name, the first counts.
fn required_by_name(prompt: &Value) -> BTreeMap<&str, bool> {
    let list = prompt.get("arguments").and_then(Value::as_array);
    let mut named = BTreeMap::new();
    for item in list.into_iter().flatten() {
        if let Some(name) = item.get("name").and_then(Value::as_str) {
            let is_required = item.get("required").and_then(Value::as_bool) == Some(true);
            named.entry(name).or_insert(is_required);
        }
    }
    named
}

/// What is compared with what, by where they are.
type Both = (*const Value, *const Value);

/// Two whole schemas, to which references within them point.
struct Pair<'a> {
    was: &'a Value,
    is: &'a Value,
    way: Way,
    left: usize,
    /// Something was left out.
    is_cut: bool,
    /// What is being compared, the outermost first: whatever refers to it is compared already.
    open: Vec<Both>,
    /// What was compared without finding anything.
    clean: HashSet<Both>,
}

impl<'a> Pair<'a> {
    fn new((was, is): (&'a Value, &'a Value), way: Way) -> Self {
        Self {
            was,
            is,
            way,
            left: MOST_WORK,
            is_cut: false,
            open: Vec::new(),
            clean: HashSet::new(),
        }
    }

    fn compare(
        &mut self,
        (was, is): (&'a Value, &'a Value),
        path: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        // Equal schemas may refer to what is not equal.
        let (was, is) = (resolved(self.was, was), resolved(self.is, is));
        let both: Both = (was, is);
        if found.len() >= MOST || self.open.contains(&both) || self.clean.contains(&both) {
            return;
        }
        if depth > DEEPEST || self.left == 0 {
            self.is_cut = true;
            return;
        }
        self.left = self.left.saturating_sub(weight(was) + weight(is));
        let before = found.len();
        self.open.push(both);
        self.one((was, is), path, depth, found);
        self.open.pop();
        if found.len() == before && !self.is_cut {
            self.clean.insert(both);
        }
    }

    fn one(
        &mut self,
        (was, is): (&'a Value, &'a Value),
        path: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        self.types(was, is, path, found);
        self.choices(was, is, path, found);
        if self.way == Way::Sent {
            bounds(was, is, path, found);
        }
        self.required(was, is, path, found);
        let now = properties(is);
        for (name, schema) in properties(was).into_iter().flatten() {
            if found.len() >= MOST {
                return;
            }
            let path = below(path, name);
            match now.and_then(|now| now.get(name)) {
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
        let fits = |wide: &[&str], narrow: &[&str]| {
            let has =
                |one: &&str| wide.contains(one) || (*one == "integer" && wide.contains(&"number"));
            wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(has))
        };
        let is_good = match self.way {
            Way::Sent => fits(&now, &before),
            Way::Read => fits(&before, &now),
        };
        if !is_good {
            let words = |types: &[&str]| match types {
                [] => "anything".to_owned(),
                types => types.join(" or "),
            };
            let (what, before, now) = (self.named(path), words(&before), words(&now));
            found.push(format!("{what} was {before} and is {now}"));
        }
    }

    fn choices(&self, was: &Value, is: &Value, path: &str, found: &mut Vec<String>) {
        let (before, now) = (choices(was), choices(is));
        let (wide, narrow) = match self.way {
            Way::Sent => (now, before),
            Way::Read => (before, now),
        };
        match (wide, narrow) {
            (Some(wide), Some(narrow)) => {
                let wide: HashSet<&Value> = wide.iter().collect();
                let others = narrow.iter().filter(|value| !wide.contains(value));
                for value in others.take(MOST) {
                    let value = value.to_string();
                    let value = short(&value);
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
        for name in some.difference(&others).take(MOST) {
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
        "" => short(name).to_owned(),
        path => format!("{path}.{}", short(name)),
    }
}

/// The beginning of a foreign text, fit for a reason.
fn short(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// What comparing a schema takes, without those in it.
fn weight(schema: &Value) -> usize {
    let size = |word| match schema.get(word) {
        Some(Value::Array(items)) => items.len(),
        Some(Value::Object(fields)) => fields.len(),
        _ => 0,
    };
    1 + ["type", "enum", "required", "properties"]
        .into_iter()
        .map(size)
        .sum::<usize>()
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

fn choices(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("enum")?.as_array()
}

/// JSON Schema has seven types.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![short(one)],
        Some(Value::Array(some)) => {
            let words = some.iter().take(MOST).filter_map(Value::as_str);
            words.map(short).collect()
        }
        _ => Vec::new(),
    }
}

fn required(schema: &Value) -> BTreeSet<&str> {
    let list = schema.get("required").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
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
mod tests;
