//! The functions of Go's templates, and those that Prometheus adds.

mod builtin;
mod hosts;
mod series;

use regex::Regex;

use super::Scope;
use super::humane;
use super::print;
use super::value::Value;

type Outcome = Result<Value, String>;

/// All names.
const NAMES: &[&str] = &[
    "and",
    "args",
    "eq",
    "externalURL",
    "first",
    "ge",
    "graphLink",
    "gt",
    "html",
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "index",
    "join",
    "js",
    "label",
    "le",
    "len",
    "lt",
    "match",
    "ne",
    "not",
    "now",
    "or",
    "parseDuration",
    "pathPrefix",
    "print",
    "printf",
    "println",
    "query",
    "reReplaceAll",
    "safeHtml",
    "slice",
    "sortByLabel",
    "stripDomain",
    "stripPort",
    "strvalue",
    "tableLink",
    "title",
    "toDuration",
    "toLower",
    "toTime",
    "toUpper",
    "urlQueryEscape",
    "urlquery",
    "value",
];

pub(super) fn is_function(name: &str) -> bool {
    NAMES.contains(&name)
}

pub(super) fn call(name: &str, given: &[Value], scope: &Scope<'_>) -> Outcome {
    match name {
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "not" | "len" | "index" | "slice" | "html"
        | "js" => builtin::call(name, given),
        "print" => Ok(Value::Text(print::print(given))),
        "println" => Ok(Value::Text(print::println(given))),
        "printf" => match given.split_first() {
            Some((Value::Text(format), values)) => Ok(Value::Text(print::printf(format, values))),
            _ => Err("it needs a format, which is a text".to_owned()),
        },
        "query" => {
            let [expr] = texts(given)?;
            let found = (scope.base.ask)(expr)?;
            Ok(Value::List(found.into_iter().map(Value::Series).collect()))
        }
        "first" | "label" | "value" | "strvalue" | "sortByLabel" => series::call(name, given),
        "humanize" => Ok(Value::Text(humane::metric(one_number(given)?))),
        "humanize1024" => Ok(Value::Text(humane::binary(one_number(given)?))),
        "humanizeDuration" => Ok(Value::Text(humane::duration(one_number(given)?))),
        "humanizePercentage" => Ok(Value::Text(humane::percentage(one_number(given)?))),
        "humanizeTimestamp" => match one_number(given)? {
            value if value.is_finite() => Ok(Value::Text(print::time(milliseconds(value)?))),
            value => Ok(Value::Text(print::number(value, 'g', Some(4)))),
        },
        "toTime" => Ok(Value::Time(milliseconds(one_number(given)?)?)),
        "toDuration" => Ok(Value::Text(
            print::number(one_number(given)?, 'g', None) + "s",
        )),
        #[expect(clippy::cast_precision_loss)]
        "now" => Ok(Value::Number(scope.base.now_ms as f64 / 1000.0)),
        "parseDuration" => {
            let [text] = texts(given)?;
            Ok(Value::Number(model::parse_duration(text)?.as_secs_f64()))
        }
        "args" => {
            let named = given.iter().enumerate();
            Ok(Value::Values(
                named
                    .map(|(n, value)| (format!("arg{n}"), value.clone()))
                    .collect(),
            ))
        }
        "externalURL" => Ok(Value::Text(scope.base.external_url.to_owned())),
        "pathPrefix" => {
            let behind = scope
                .base
                .external_url
                .split_once("://")
                .map_or("", |(_, rest)| rest);
            Ok(Value::Text(
                behind.find('/').map_or("", |at| &behind[at..]).to_owned(),
            ))
        }
        _ => text(name, given),
    }
}

/// Functions from texts to a text.
fn text(name: &str, given: &[Value]) -> Outcome {
    let found = match name {
        "match" => {
            let [pattern, text] = texts(given)?;
            return Ok(Value::Bool(pattern_of(pattern)?.is_match(text)));
        }
        "reReplaceAll" => {
            let [pattern, replacement, text] = texts(given)?;
            pattern_of(pattern)?
                .replace_all(text, replacement)
                .into_owned()
        }
        "join" => return builtin::join(given),
        "urlquery" => escaped(&print::print(given)),
        _ => {
            let [text] = texts(given)?;
            match name {
                "title" => titled(text),
                "toUpper" => text.to_uppercase(),
                "toLower" => text.to_lowercase(),
                "safeHtml" => text.to_owned(),
                "stripPort" => hosts::without_port(text),
                "stripDomain" => hosts::without_domain(text),
                "graphLink" => format!("/graph?g0.expr={}&g0.tab=0", escaped(text)),
                "tableLink" => format!("/graph?g0.expr={}&g0.tab=1", escaped(text)),
                "urlQueryEscape" => escaped(text),
                _ => return Err("it is not known".to_owned()),
            }
        }
    };
    Ok(Value::Text(found))
}

/// The texts that a function is given; as many as it needs.
fn texts<const COUNT: usize>(given: &[Value]) -> Result<[&str; COUNT], String> {
    if given.len() != COUNT {
        return Err(format!(
            "wrong number of args: want {COUNT} got {}",
            given.len()
        ));
    }
    let mut texts = [""; COUNT];
    for (text, value) in texts.iter_mut().zip(given) {
        *text = match value {
            Value::Text(text) => text,
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

fn one_number(given: &[Value]) -> Result<f64, String> {
    let [value] = given else {
        return Err(format!("wrong number of args: want 1 got {}", given.len()));
    };
    #[expect(clippy::cast_precision_loss)]
    match value {
        Value::Number(number) => Ok(*number),
        Value::Whole(whole) => Ok(*whole as f64),
        Value::Text(text) => text
            .trim()
            .parse()
            .map_err(|_| format!("{text:?} is no number")),
        other => Err(format!("can't convert {} to float", other.kind())),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "its bounds are checked")]
fn milliseconds(seconds: f64) -> Result<i64, String> {
    let ms = (seconds * 1000.0).floor();
    match ms.abs() < 9.2e15 {
        true => Ok(ms as i64),
        false => Err(format!(
            "{seconds} cannot be represented as a nanoseconds timestamp since it overflows int64"
        )),
    }
}

fn pattern_of(pattern: &str) -> Result<Regex, String> {
    let built = regex::RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .build();
    built.map_err(|error| format!("{pattern:?} is no regular expression: {error}"))
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
fn escaped(text: &str) -> String {
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
