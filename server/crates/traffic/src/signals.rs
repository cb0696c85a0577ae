//! Signs of attacks in what clients ask for, and of secrets in what is asked and answered: which kind and in which
//! field, never the text itself.
//!
//! Texts are looked at where they stand, without building what holds them, up to a number of bytes of a message.

mod patterns;

use std::fmt;
use std::sync::LazyLock;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::Redaction;
use crate::parts;
use crate::record::{Found, Sign};
use patterns::Patterns;

/// How much of a message's texts is looked at, in bytes.
const LOOKED_AT: usize = 256 << 10;
/// The most that is told of a call.
const MOST: usize = 8;
/// Longest name of a field that is told, and longest place, in letters.
const LONGEST_NAME: usize = 40;
const LONGEST_PLACE: usize = 120;

/// `None` only if an expression were wrong, which a test rules out.
static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| Patterns::new().ok());

/// What the params of a request hold. Names of fields that are redacted are not told.
pub(crate) fn in_request(
    method: &str,
    params: Option<&RawValue>,
    redaction: &Redaction,
) -> Vec<Found> {
    let field = match method {
        "tools/call" | "prompts/get" => "arguments",
        "resources/read" | "resources/subscribe" => "uri",
        _ => return Vec::new(),
    };
    let [value] = parts::of(params, [field]);
    let look = |field: &str, text: &str, patterns: &Patterns| {
        let mut signs = patterns.attacks(field, text);
        if patterns.has_secret(text) {
            signs.push(Sign::SecretInArguments);
        }
        signs
    };
    value.map_or_else(Vec::new, |value| walk(field, value, &look, redaction))
}

/// What a result holds.
pub(crate) fn in_result(result: &RawValue, redaction: &Redaction) -> Vec<Found> {
    let look = |_: &str, text: &str, patterns: &Patterns| {
        let has = patterns.has_secret(text);
        has.then_some(Sign::SecretInResult).into_iter().collect()
    };
    walk("result", result, &look, redaction)
}

/// Looks for signs in a text of a field.
type Look<'a> = &'a dyn Fn(&str, &str, &Patterns) -> Vec<Sign>;

fn walk(root: &str, value: &RawValue, look: Look<'_>, redaction: &Redaction) -> Vec<Found> {
    let Some(patterns) = PATTERNS.as_ref() else {
        return Vec::new();
    };
    let mut walk = Walk {
        patterns,
        look,
        redaction,
        place: vec![Step::Field(root.to_owned())],
        left: LOOKED_AT,
        found: Vec::new(),
    };
    let mut reader = serde_json::Deserializer::from_str(value.get());
    // It ends early when enough was seen, or where something is nested without an end.
    let _ended = Here(&mut walk).deserialize(&mut reader);
    walk.found
}

struct Walk<'a> {
    patterns: &'a Patterns,
    look: Look<'a>,
    redaction: &'a Redaction,
    /// Where the value is that is read.
    place: Vec<Step>,
    /// How much is looked at from here on: bytes of texts and names, and one for each value.
    left: usize,
    found: Vec<Found>,
}

enum Step {
    Field(String),
    Element(usize),
}

/// Why a walk ends before the value does.
const ENOUGH: &str = "enough was seen";

impl Walk<'_> {
    /// Whether there is something left to be looked at after so much more.
    fn spend(&mut self, bytes: usize) -> bool {
        self.left = self.left.saturating_sub(bytes);
        self.left > 0
    }

    /// Looks at a text; whether to go on.
    fn text(&mut self, text: &str) -> bool {
        let part = &text[..text.floor_char_boundary(self.left)];
        if part.is_empty() {
            return text.is_empty();
        }
        let field = self.place.iter().rev().find_map(|step| match step {
            Step::Field(name) => Some(name.as_str()),
            Step::Element(_) => None,
        });
        for what in (self.look)(field.unwrap_or_default(), part, self.patterns) {
            let found = Found {
                what,
                place: self.place(),
            };
            if !self.found.contains(&found) {
                self.found.push(found);
            }
        }
        self.found.truncate(MOST);
        self.left -= part.len();
        part.len() == text.len() && self.found.len() < MOST
    }

    /// Where it is, such as `arguments.edits[0].path`. Names of fields are said by others as well: only plain ones are
    /// told.
    fn place(&self) -> String {
        let mut place = String::new();
        for step in &self.place {
            match step {
                Step::Element(number) => place.push_str(&format!("[{number}]")),
                Step::Field(name) => {
                    if !place.is_empty() {
                        place.push('.');
                    }
                    let is_plain =
                        |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
                    let is_told = name.len() <= LONGEST_NAME
                        && name.chars().all(is_plain)
                        && self.redaction.plain(name) == *name;
                    place.push_str(if is_told { name } else { "?" });
                }
            }
        }
        place.truncate(LONGEST_PLACE);
        place
    }
}

/// Reads a value for a walk.
struct Here<'w, 'a>(&'w mut Walk<'a>);

impl<'de> DeserializeSeed<'de> for Here<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        match self.0.spend(1) {
            true => reader.deserialize_any(self),
            false => Err(D::Error::custom(ENOUGH)),
        }
    }
}

impl<'de> Visitor<'de> for Here<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match self.0.text(text) {
            true => Ok(()),
            false => Err(E::custom(ENOUGH)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut number = 0;
        loop {
            self.0.place.push(Step::Element(number));
            let more = list.next_element_seed(Here(self.0))?;
            self.0.place.pop();
            if more.is_none() {
                return Ok(());
            }
            number += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if !self.0.spend(name.len()) {
                return Err(A::Error::custom(ENOUGH));
            }
            self.0.place.push(Step::Field(name));
            map.next_value_seed(Here(self.0))?;
            self.0.place.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn raw(value: &Value) -> Box<RawValue> {
        RawValue::from_string(value.to_string()).unwrap()
    }

    fn told(found: &[Found]) -> Vec<String> {
        let line = |it: &Found| format!("{} {}", it.what.as_str(), it.place);
        found.iter().map(line).collect()
    }

    fn asked(method: &str, params: Value) -> Vec<String> {
        told(&in_request(
            method,
            Some(&raw(&params)),
            &Redaction::default(),
        ))
    }

    #[test]
    fn what_and_where() {
        assert!(PATTERNS.is_some());
        let key = format!("ghp_{}", "a1B2".repeat(9));
        let params = json!({ "name": "edit", "arguments": {
            "path": "../../../etc/passwd", "edits": [{ "old_string": "' OR '1'='1" }, { "note": format!("use {key}") }],
            "n": 1.5, "is": true, "none": null, "ghp": [["x\u{e9}"], "admin\u{27} --"], key.as_str(): "../../../x",
        } });
        let expected = [
            "path_traversal arguments.path",
            "secret_in_arguments arguments.edits[1].note",
            "sql_injection arguments.ghp[1]",
            "path_traversal arguments.?",
        ];
        let mut found = asked("tools/call", params.clone());
        // The order of fields is not kept here.
        found.sort();
        let mut expected = expected.map(str::to_owned);
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(asked("tools/list", params), [""; 0]);
        assert_eq!(
            asked("resources/read", json!({ "uri": "file:///etc/shadow" })),
            ["path_traversal uri"]
        );
        assert_eq!(asked("tools/call", json!([1])), [""; 0]);
    }

    #[test]
    fn names_that_are_redacted_are_not_told() {
        let redaction = Redaction::new(&[], &[r"K-\d{6}".to_owned()], &[]).unwrap();
        for name in ["hf_abcdefghij0123456789", "K-123456"] {
            let params = raw(&json!({ "arguments": { name: "../../../x" } }));
            let found = in_request("tools/call", Some(&params), &redaction);
            assert_eq!(told(&found), ["path_traversal arguments.?"], "{name}");
        }
    }

    #[test]
    fn secrets_in_results() {
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc";
        let result = json!({ "content": [{ "type": "text", "text": "' OR '1'='1" }, { "type": "text", "text": key }] });
        assert_eq!(
            told(&in_result(&raw(&result), &Redaction::default())),
            ["secret_in_result result.content[1].text"]
        );
    }

    #[test]
    fn what_is_huge_is_looked_at_in_part() {
        let late = format!("{}' OR '1'='1", "x".repeat(LOOKED_AT));
        assert_eq!(
            asked("tools/call", json!({ "arguments": { "a": late } })),
            [""; 0]
        );
        let many: Vec<_> = (0..1_000).map(|_| "../../../x").collect();
        assert_eq!(
            asked("tools/call", json!({ "arguments": many })).len(),
            MOST
        );
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep = format!(r#"{{"arguments":{{"a":"../../../x","b":{deep}}}}}"#);
        let raw = |text: String| RawValue::from_string(text).ok();
        let redaction = Redaction::default();
        let deep = in_request("tools/call", raw(deep).as_deref(), &redaction);
        assert!(deep.len() <= 1);
        // What has no letters costs something as well.
        let late = format!(r#"[{}"../../../x"]"#, r#""","#.repeat(LOOKED_AT));
        let late = raw(format!(r#"{{"arguments":{late}}}"#));
        assert_eq!(in_request("tools/call", late.as_deref(), &redaction), []);
    }
}
