//! Functions that Prometheus's and Alertmanager's templates have both.

use regex::Regex;

use super::humane;
use super::print::{plain, print};
use super::value::{Outcome, Value};

/// What a function makes is broken off here, in bytes; [`super::Bounds`] are looked at afterwards.
pub(super) const LONGEST: usize = 8 << 20;
pub(super) const TOO_LONG: &str = "the text is too long";

/// Their names.
pub const COMMON: &[&str] = &[
    "humanizeDuration",
    "join",
    "match",
    "reReplaceAll",
    "safeHtml",
    "title",
    "toLower",
    "toUpper",
];

/// Answers one of [`COMMON`].
pub fn call(name: &str, given: &[Value]) -> Option<Outcome> {
    Some(match name {
        "humanizeDuration" => number(given).map(|seconds| Value::Text(humane::duration(seconds))),
        "join" => join(given),
        "match" => texts(given).and_then(|[of, text]| Ok(Value::Bool(pattern(of)?.is_match(text)))),
        "reReplaceAll" => texts(given).and_then(|[of, replacement, text]| {
            replaced(&pattern(of)?, replacement, text).map(Value::Text)
        }),
        "safeHtml" => texts(given).map(|[text]| Value::Html(text.to_owned())),
        "title" => texts(given).map(|[text]| Value::Text(titled(text))),
        "toLower" => texts(given).map(|[text]| Value::Text(text.to_lowercase())),
        "toUpper" => texts(given).map(|[text]| Value::Text(text.to_uppercase())),
        _ => return None,
    })
}

/// The texts that a function is given; as many as it needs.
///
/// # Errors
/// If they are others, in Go's words.
pub fn texts<const COUNT: usize>(given: &[Value]) -> Result<[&str; COUNT], String> {
    if given.len() != COUNT {
        return Err(format!(
            "wrong number of args: want {COUNT} got {}",
            given.len()
        ));
    }
    let mut texts = [""; COUNT];
    for (text, value) in texts.iter_mut().zip(given) {
        *text = match value {
            Value::Text(text) | Value::Html(text) => text,
            Value::Nothing => return Err("invalid value; expected string".to_owned()),
            other => {
                return Err(format!(
                    "wrong type for value; expected string; got {}",
                    other.kind()
                ));
            }
        };
    }
    Ok(texts)
}

/// The number that a function is given, alone; texts are read, a duration is its seconds.
///
/// # Errors
/// If it is none.
#[expect(clippy::cast_precision_loss, reason = "as in Go")]
pub fn number(given: &[Value]) -> Result<f64, String> {
    let [value] = given else {
        return Err(format!("wrong number of args: want 1 got {}", given.len()));
    };
    match value {
        Value::Number(number) => Ok(*number),
        Value::Whole(whole) => Ok(*whole as f64),
        Value::Span(nanos) => Ok(*nanos as f64 / 1e9),
        Value::Text(text) => text
            .trim()
            .parse()
            .map_err(|_| format!("{text:?} is no number")),
        other => Err(format!("can't convert {} to float", other.kind())),
    }
}

/// A regular expression of bounded size.
///
/// # Errors
/// Why it is none.
pub fn pattern(pattern: &str) -> Result<Regex, String> {
    let built = regex::RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .build();
    built.map_err(|error| format!("{pattern:?} is no regular expression: {error}"))
}

/// A text in which a pattern is replaced everywhere; broken off where it gets too long.
fn replaced(pattern: &Regex, replacement: &str, text: &str) -> Result<String, String> {
    let (mut out, mut end) = (String::new(), 0);
    for found in pattern.captures_iter(text) {
        let Some(whole) = found.get(0) else {
            continue;
        };
        out.push_str(&text[end..whole.start()]);
        found.expand(replacement, &mut out);
        end = whole.end();
        if out.len() > LONGEST {
            return Err(TOO_LONG.to_owned());
        }
    }
    out.push_str(&text[end..]);
    Ok(out)
}

/// The items of a list with a text between them.
fn join(given: &[Value]) -> Outcome {
    let [a, b] = given else {
        return Err("it needs a text and a list".to_owned());
    };
    match (&a.opened(), &b.opened()) {
        (Value::Text(between), Value::List(items)) | (Value::List(items), Value::Text(between)) => {
            let items: Vec<_> = items.iter().map(plain).collect();
            let length = items.len().saturating_mul(between.len());
            match length.saturating_add(items.iter().map(String::len).sum()) > LONGEST {
                true => Err(TOO_LONG.to_owned()),
                false => Ok(Value::Text(items.join(between))),
            }
        }
        _ => Err("it needs a text and a list".to_owned()),
    }
}

/// The first letter of each word large, as Go's `strings.Title`.
fn titled(text: &str) -> String {
    let mut before = ' ';
    let mut title = String::new();
    for letter in text.chars() {
        let begins = !(before.is_alphanumeric() || matches!(before, '_' | '\''));
        before = letter;
        match begins {
            true => title.extend(letter.to_uppercase()),
            false => title.push(letter),
        }
    }
    title
}

/// As Go's `url.QueryEscape`.
pub fn query_escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => escaped.push('+'),
            b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

/// `urlquery` of every Go template.
pub(super) fn urlquery(given: &[Value]) -> Value {
    Value::Text(query_escaped(&print(given)))
}
