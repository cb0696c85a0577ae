//! Hides what may be secret in what is said: by the names of fields, by how values look, by places that somebody names.
//!
//! It is done where the bytes are seen, before anything leaves. Rather too much is hidden than too little: a field
//! whose name only contains `key` is hidden as well.

mod definitions;
mod known;
mod pairs;
mod within;

use regex::{NoExpand, Regex};
use serde_json::{Map, Number, Value, json};
use serde_json_path::JsonPath;

use pairs::Pairs;
use within::{Part, parts};

/// What stands in place of what may be secret.
pub const REDACTED: &str = "***REDACTED***";

/// Parts of names of fields whose values are hidden, in small letters.
const KEYS: [&str; 10] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "token",
    "secret",
    "key",
    "authorization",
    "cookie",
    "credential",
];

/// Names that only look like one of those: the protocol's own, in small letters.
const OF_PROTOCOL: [&str; 2] = ["progresstoken", "maxtokens"];

/// How deep texts are looked into that hold JSON that holds such texts.
const DEEPEST: usize = 4;

/// Why a rule is none.
#[derive(Debug, thiserror::Error)]
pub enum WrongRule {
    /// No name of a field.
    #[error("{0:?} is too long for a part of a field's name: {1}")]
    Key(String, regex::Error),
    /// No regular expression.
    #[error("{0:?} is no regular expression: {1}")]
    Value(String, regex::Error),
    /// No path.
    #[error("{0:?} is no JSON path ($.params.arguments.note): {1}")]
    Path(String, serde_json_path::ParseError),
}

/// What is hidden: what is always, and what somebody adds.
#[derive(Clone, Debug, Default)]
pub struct Redaction {
    keys: Vec<String>,
    values: Vec<Regex>,
    paths: Vec<JsonPath>,
    /// Where there are `keys`: names within texts.
    pairs: Option<Pairs>,
}

impl Redaction {
    /// Hides besides what is always hidden: fields whose names contain one of `keys`, in any case; what of a text
    /// matches one of `values`; what is at one of `paths` of a message (RFC 9535).
    ///
    /// # Errors
    /// When a rule cannot be read.
    pub fn new(keys: &[String], values: &[String], paths: &[String]) -> Result<Self, WrongRule> {
        let value =
            |text: &String| Regex::new(text).map_err(|why| WrongRule::Value(text.clone(), why));
        let path =
            |text: &String| JsonPath::parse(text).map_err(|why| WrongRule::Path(text.clone(), why));
        let keys = keys.iter().map(|key| key.trim().to_lowercase());
        let keys: Vec<String> = keys.filter(|key| !key.is_empty()).collect();
        let pairs = match keys.is_empty() {
            true => None,
            false => {
                let made = Pairs::new(&keys);
                Some(made.map_err(|why| WrongRule::Key(keys.join(", "), why))?)
            }
        };
        Ok(Self {
            keys,
            values: values.iter().map(value).collect::<Result<_, _>>()?,
            paths: paths.iter().map(path).collect::<Result<_, _>>()?,
            pairs,
        })
    }

    /// A message without what may be secret, as JSON; `None` where it cannot be read and so not be told.
    pub fn message(&self, text: &str) -> Option<String> {
        let mut message: Value = serde_json::from_str(text).ok()?;
        for place in self.places(&message) {
            if let Some(value) = message.pointer_mut(&place) {
                *value = Value::from(REDACTED);
            }
        }
        serde_json::to_string(&self.value(message, 0)).ok()
    }

    /// What a parameter of a request names, such as the address of a resource, without what may be secret.
    pub(crate) fn named(&self, method: &str, field: &str, name: &str) -> String {
        let is_hidden = self.keys.iter().any(|key| field.contains(key.as_str()));
        let is_there = || {
            let message = json!({ "jsonrpc": "2.0", "method": method, "params": { field: name } });
            let own = format!("/params/{field}");
            let mut places = self.places(&message).into_iter();
            places.any(|place| own.starts_with(&place))
        };
        match is_hidden || is_there() {
            true => REDACTED.to_owned(),
            false => self.plain(name),
        }
    }

    /// Where in a message something is that somebody wants hidden, as JSON pointers.
    fn places(&self, message: &Value) -> Vec<String> {
        let found = self.paths.iter().flat_map(|path| {
            let found = path.query_located(message);
            let places = found.locations().map(|at| at.to_json_pointer());
            places.collect::<Vec<_>>()
        });
        found.collect()
    }

    fn value(&self, value: Value, depth: usize) -> Value {
        match value {
            Value::Object(fields) => Value::Object(self.fields(fields, depth)),
            Value::Array(list) => {
                let list = list.into_iter().map(|one| self.value(one, depth));
                Value::Array(list.collect())
            }
            Value::String(text) => Value::String(self.text(text, depth)),
            Value::Number(number) if self.hides_number(&number) => Value::from(REDACTED),
            other => other,
        }
    }

    /// Whether one of the added rules matches a number as it is written.
    fn hides_number(&self, number: &Number) -> bool {
        let is_hidden = |text: &str| self.values.iter().any(|value| value.is_match(text));
        if self.values.is_empty() {
            return false;
        }
        // Of one with more digits than numbers have here, all that can be told is near it.
        let large = number.as_f64().filter(|_| number.is_f64());
        is_hidden(&number.to_string()) || large.is_some_and(|large| is_hidden(&format!("{large}")))
    }

    fn fields(&self, fields: Map<String, Value>, depth: usize) -> Map<String, Value> {
        let one = |(name, value): (String, Value)| {
            let value = match self.hides(&name) {
                true if value.is_null() => value,
                true => Value::from(REDACTED),
                false => self.value(value, depth),
            };
            (self.plain(&name), value)
        };
        fields.into_iter().map(one).collect()
    }

    fn hides(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let ours = KEYS.iter().any(|key| name.contains(key));
        let theirs = self.keys.iter().any(|key| name.contains(key.as_str()));
        theirs || (ours && !is_of_protocol(&name, &self.keys))
    }

    /// Tools answer JSON as a text or within one, whose fields have names as well.
    fn text(&self, text: String, depth: usize) -> String {
        if depth >= DEEPEST || !text.contains(['{', '[']) {
            return self.plain(&text);
        }
        let mut hidden = String::with_capacity(text.len());
        for part in parts(&text) {
            match part {
                Part::Plain(text) => hidden.push_str(text),
                Part::Json(text, inner) => match self.value(inner.clone(), depth + 1) {
                    // What has no secret stays as it was written.
                    same if same == inner => hidden.push_str(text),
                    other => hidden.push_str(&other.to_string()),
                },
            }
        }
        // What was said before JSON may tell what is in it, and a field may be in it twice.
        self.plain(&hidden)
    }

    pub(crate) fn plain(&self, text: &str) -> String {
        let mut text = known::known(text).into_owned();
        for value in &self.values {
            text = value.replace_all(&text, NoExpand(REDACTED)).into_owned();
        }
        let hidden = match &self.pairs {
            Some(pairs) => pairs.hide(&text, &self.keys),
            None => pairs::ours(&text),
        };
        hidden.into_owned()
    }
}

/// Whether a name in small letters is the protocol's own, and nobody wants it hidden.
fn is_of_protocol(name: &str, keys: &[String]) -> bool {
    OF_PROTOCOL.contains(&name) && !keys.iter().any(|key| name.contains(key.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_values_and_places() {
        let redaction = Redaction::new(
            &["Customer".to_owned()],
            &[
                r"\b\d{4} ?\d{4} ?\d{4} ?\d{4}\b".to_owned(),
                r"\b2025\d{4}\b|\b1234\d{16}\b".to_owned(),
            ],
            &[
                "$.params.arguments.note".to_owned(),
                "$..pages[0]".to_owned(),
            ],
        )
        .unwrap();
        for (message, expected) in [
            (
                r#"{"params":{"arguments":{"apiKey":"x","Access_Token":{"a":1},"path":"/a"}}}"#,
                r#"{"params":{"arguments":{"Access_Token":"***REDACTED***","apiKey":"***REDACTED***","path":"/a"}}}"#,
            ),
            (
                r#"{"customer_id":7}"#,
                r#"{"customer_id":"***REDACTED***"}"#,
            ),
            (r#"{"token":null}"#, r#"{"token":null}"#),
            (
                r#"{"a":["card 1234 5678 9012 3456"]}"#,
                r#"{"a":["card ***REDACTED***"]}"#,
            ),
            (
                r#"{"params":{"arguments":{"note":"private"}},"pages":["p","q"]}"#,
                r#"{"pages":["***REDACTED***","q"],"params":{"arguments":{"note":"***REDACTED***"}}}"#,
            ),
            (
                r#"{"text":"{\"user\":\"ann\",\"password\":\"x\"}"}"#,
                r#"{"text":"{\"password\":\"***REDACTED***\",\"user\":\"ann\"}"}"#,
            ),
            (r#"{"text":"{ \"b\": 1 }"}"#, r#"{"text":"{ \"b\": 1 }"}"#),
            // Numbers.
            (
                r#"{"password":1234,"card":1234567890123456,"n":[20251129,7.5]}"#,
                r#"{"password":"***REDACTED***","card":"***REDACTED***","n":["***REDACTED***",7.5]}"#,
            ),
            (
                r#"{"card":12345678901234567890,"other":11e18}"#,
                r#"{"card":"***REDACTED***","other":1.1e19}"#,
            ),
            (
                r#"{"text":"[{\"n\": 20251129}]"}"#,
                r#"{"text":"[{\"n\":\"***REDACTED***\"}]"}"#,
            ),
            // JSON within a text, whole or cut, or with a field twice.
            (
                r#"{"text":"Found {\"customer\":{\"name\":\"Ann\"},\"n\":1} and 1 more"}"#,
                r#"{"text":"Found {\"customer\":\"***REDACTED***\",\"n\":1} and 1 more"}"#,
            ),
            (
                r#"{"text":"{\"n\":1,\"customer\":{\"name\":\"Ann\",\"town\":\"Ros"}"#,
                r#"{"text":"{\"n\":1,\"customer\":***REDACTED***"}"#,
            ),
            (
                r#"{"text":"{\"n\":1,\"date\":20251129,\"to"}"#,
                r#"{"text":"{\"n\":1,\"date\":***REDACTED***,\"to"}"#,
            ),
            (
                r#"{"text":"{\"password\":\"x\",\"password\":null}"}"#,
                r#"{"text":"{\"password\":\"***REDACTED***\",\"password\":null}"}"#,
            ),
            (
                r#"{"text":"its customer: Ann, pwd = x"}"#,
                r#"{"text":"its customer: ***REDACTED***, pwd = ***REDACTED***"}"#,
            ),
            // The protocol's own.
            (
                r#"{"params":{"_meta":{"progressToken":"t-1"},"maxTokens":5,"token":5},"nextCursor":"c"}"#,
                r#"{"params":{"_meta":{"progressToken":"t-1"},"maxTokens":5,"token":"***REDACTED***"},"nextCursor":"c"}"#,
            ),
        ] {
            let hidden: Value = serde_json::from_str(&redaction.message(message).unwrap()).unwrap();
            let expected: Value = serde_json::from_str(expected).unwrap();
            assert_eq!(hidden, expected, "{message}");
        }
        assert_eq!(redaction.message("{"), None);
    }

    #[test]
    fn rules_that_are_none() {
        let wrong = |values: &[&str], paths: &[&str]| {
            let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
            let made = Redaction::new(&[], &owned(values), &owned(paths));
            made.unwrap_err().to_string()
        };
        assert!(wrong(&["("], &[]).contains("regular expression"));
        assert!(wrong(&[], &["a.b"]).contains("JSON path"));
    }
}
