//! Hides what may be secret in what is said: by the names of fields, by how values look, by places that somebody names.
//!
//! It is done where the bytes are seen, before anything leaves. Rather too much is hidden than too little: a field
//! whose name only contains `key` is hidden as well.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex, RegexSet};
use serde_json::{Map, Value};
use serde_json_path::JsonPath;

/// What stands in place of what may be secret.
pub const REDACTED: &str = "***REDACTED***";

/// Parts of names of fields whose values are hidden, in small letters.
const KEYS: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "token",
    "secret",
    "key",
    "authorization",
    "cookie",
    "credential",
];

/// What secrets look like. A first group stays, and so does a last one that is named `after`.
const VALUES: [&str; 13] = [
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)",
    // GitHub, GitLab.
    r"\b(?:gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_\-]{16,})",
    // OpenAI, Anthropic and who writes like them; Stripe.
    r"\bsk-[A-Za-z0-9_\-]{16,}",
    r"\b(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{10,}",
    // Amazon, Google.
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b",
    r"\b(?:AIza[0-9A-Za-z_\-]{30,}|ya29\.[0-9A-Za-z_\-]{16,}|GOCSPX-[0-9A-Za-z_\-]{16,})",
    // Slack, registries, Hugging Face, DigitalOcean, SendGrid.
    r"\b(?:xox[a-z]-[A-Za-z0-9\-]{10,}|xapp-[A-Za-z0-9\-]{10,})",
    r"\b(?:npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_\-]{30,}|hf_[A-Za-z0-9]{20,}|do[opr]_v1_[a-f0-9]{32,}|SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,})",
    // JSON Web Tokens.
    r"\beyJ[A-Za-z0-9_\-]{6,}\.[A-Za-z0-9_\-]{6,}(?:\.[A-Za-z0-9_\-]*)?",
    r"(?i)(\bbearer\s+)[A-Za-z0-9._~+/=\-]{8,}",
    r"(?i)(\bauthorization\b\W{0,4}(?:\w+\s+)?)[A-Za-z0-9._~+/=\-]{8,}",
    // Passwords in addresses.
    r"(://)[^/\s:@]*:[^/\s@]+(?P<after>@)",
    // What is written as `password=…` or `"apiKey": "…"` in a text.
    r#"(?i)((?:password|passwd|pwd|passphrase|secret|token|credential|(?:api|access|private|secret|auth)[_\-]?key)[a-z0-9_\-]{0,16}\\?["']?\s{0,2}[=:]\s{0,2})(?:\\?"[^"]*(?:"|\z)|'[^']*(?:'|\z)|[^\s"'&,;}\])]+)"#,
];

/// How deep texts are looked into that hold JSON that holds such texts.
const DEEPEST: usize = 4;

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let each = VALUES.iter().filter_map(|value| Regex::new(value).ok());
    Known {
        set: RegexSet::new(VALUES).unwrap_or_else(|_| RegexSet::empty()),
        each: each.collect(),
    }
});

struct Known {
    /// All at once: most texts have none.
    set: RegexSet,
    each: Vec<Regex>,
}

/// Hides what looks like a secret of a known kind.
pub(crate) fn known(text: &str) -> Cow<'_, str> {
    let found = KNOWN.set.matches(text);
    if !found.matched_any() {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_owned();
    for place in found.iter() {
        if let Some(value) = KNOWN.each.get(place) {
            text = hide(value, &text).into_owned();
        }
    }
    Cow::Owned(text)
}

fn hide<'t>(value: &Regex, text: &'t str) -> Cow<'t, str> {
    value.replace_all(text, |found: &Captures<'_>| {
        let after = found.name("after").map_or("", |after| after.as_str());
        let before = found.get(1).map_or("", |before| before.as_str());
        format!("{before}{REDACTED}{after}")
    })
}

/// Why a rule is none.
#[derive(Debug, thiserror::Error)]
pub enum WrongRule {
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
        Ok(Self {
            keys: keys.filter(|key| !key.is_empty()).collect(),
            values: values.iter().map(value).collect::<Result<_, _>>()?,
            paths: paths.iter().map(path).collect::<Result<_, _>>()?,
        })
    }

    /// A message without what may be secret, as JSON; `None` where it cannot be read and so not be told.
    pub fn message(&self, text: &str) -> Option<String> {
        let mut message: Value = serde_json::from_str(text).ok()?;
        for path in &self.paths {
            let found = path.query_located(&message);
            let places: Vec<String> = found.locations().map(|at| at.to_json_pointer()).collect();
            for place in places {
                if let Some(value) = message.pointer_mut(&place) {
                    *value = Value::from(REDACTED);
                }
            }
        }
        serde_json::to_string(&self.value(message, 0)).ok()
    }

    fn value(&self, value: Value, depth: usize) -> Value {
        match value {
            Value::Object(fields) => Value::Object(self.fields(fields, depth)),
            Value::Array(list) => {
                let list = list.into_iter().map(|one| self.value(one, depth));
                Value::Array(list.collect())
            }
            Value::String(text) => Value::String(self.text(text, depth)),
            other => other,
        }
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
        ours || self.keys.iter().any(|key| name.contains(key.as_str()))
    }

    /// Tools answer JSON as a text, whose fields have names as well.
    fn text(&self, text: String, depth: usize) -> String {
        let is_json = text.trim_start().starts_with(['{', '[']);
        if is_json
            && depth < DEEPEST
            && let Ok(inner) = serde_json::from_str::<Value>(&text)
        {
            let hidden = self.value(inner.clone(), depth + 1);
            // What has no secret stays as it was written.
            return match hidden == inner {
                true => text,
                false => hidden.to_string(),
            };
        }
        self.plain(&text)
    }

    fn plain(&self, text: &str) -> String {
        let mut text = known(text).into_owned();
        for value in &self.values {
            text = value.replace_all(&text, REDACTED).into_owned();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_all_read() {
        assert_eq!(KNOWN.each.len(), VALUES.len());
        assert_eq!(KNOWN.set.len(), VALUES.len());
    }

    #[test]
    fn values_that_look_like_secrets() {
        let letters = "abcdefghij0123456789ABCDEFGHIJ0123456789";
        for secret in [
            format!("ghp_{letters}"),
            format!("github_pat_{letters}"),
            format!("glpat-{}", &letters[..20]),
            format!("sk-proj-{letters}"),
            format!("sk-ant-api03-{letters}"),
            format!("sk_live_{}", &letters[..24]),
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
            format!("AIza{}", &letters[..35]),
            format!("xoxb-123456789012-{}", &letters[..24]),
            format!("npm_{}", &letters[..36]),
            format!("hf_{}", &letters[..34]),
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl".to_owned(),
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----".to_owned(),
            "-----BEGIN PRIVATE KEY-----\nMIIEcut".to_owned(),
        ] {
            let text = format!("before {secret}");
            assert_eq!(known(&text), format!("before {REDACTED}"), "{secret}");
        }
        for (text, expected) in [
            ("Bearer abcdef0123456789", "Bearer ***REDACTED***"),
            (
                "curl -H 'Authorization: Basic YW5uOnBhc3M=' x",
                "curl -H 'Authorization: Basic ***REDACTED***' x",
            ),
            ("postgres://ann:pa55@db/x", "postgres://***REDACTED***@db/x"),
            ("https://a.example:8080/b@c", "https://a.example:8080/b@c"),
            ("password=hunter2 ok", "password=***REDACTED*** ok"),
            ("API_KEY: 'a b c', x", "API_KEY: ***REDACTED***, x"),
            (r#"{"api-key": "abc"#, r#"{"api-key": ***REDACTED***"#),
            ("tokens are counted", "tokens are counted"),
            (
                "a task-list and a risk-free plan",
                "a task-list and a risk-free plan",
            ),
        ] {
            assert_eq!(known(text), expected, "{text}");
        }
    }

    #[test]
    fn fields_values_and_places() {
        let redaction = Redaction::new(
            &["Customer".to_owned()],
            &[r"\b\d{4} \d{4} \d{4} \d{4}\b".to_owned()],
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
