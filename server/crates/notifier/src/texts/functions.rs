//! The functions that Alertmanager adds to those of Go's templates.
//!
//! <https://prometheus.io/docs/alerting/latest/notifications/#functions>.

use jiff::tz::TimeZone;
use model::TimestampMs;
use template::{Moment, Outcome, Value, call_common, texts};

/// Their names, without those that Prometheus has as well.
pub(super) const NAMES: &[&str] = &[
    "date",
    "dict",
    "list",
    "append",
    "now",
    "safeUrl",
    "since",
    "stringSlice",
    "toJson",
    "trimSpace",
    "tz",
    "urlUnescape",
];

/// Answers a function of [`NAMES`] or of those in common.
pub(super) fn call(name: &str, given: &[Value], now_ms: TimestampMs) -> Option<Outcome> {
    Some(match (name, given) {
        ("now", []) => Ok(Value::Time(Moment::utc(now_ms))),
        ("date", [Value::Text(layout), Value::Time(at)]) => Ok(Value::Text(at.format(layout))),
        ("tz", [Value::Text(zone), Value::Time(at)]) => zoned(zone, at.at_ms),
        ("since", [Value::Time(at)]) => Ok(Value::Span(
            now_ms.saturating_sub(at.at_ms).saturating_mul(1_000_000),
        )),
        ("date" | "tz" | "since" | "now", _) => Err(unfit(given)),
        ("list", items) => Ok(Value::list(items.iter().cloned())),
        ("append", [list, items @ ..]) => match list.opened() {
            Value::List(list) => Ok(Value::list(list.iter().chain(items).cloned())),
            _ => Err(unfit(given)),
        },
        ("dict", pairs) => dict(pairs),
        ("stringSlice", items) => {
            let all_texts = items.iter().all(|item| matches!(item, Value::Text(_)));
            match all_texts {
                true => Ok(Value::list(items.iter().cloned())),
                false => Err(unfit(given)),
            }
        }
        ("toJson", [value]) => serde_json::to_string(&value.json())
            .map(|text| Value::Text(go_escaped(&text)))
            .map_err(|error| error.to_string()),
        ("safeUrl", given) => texts(given).map(|[text]| Value::Html(text.replace('"', "%22"))),
        ("trimSpace", given) => texts(given).map(|[text]| Value::text(text.trim())),
        ("urlUnescape", given) => texts(given).and_then(|[text]| unescaped(text)),
        (name, given) => return call_common(name, given),
    })
}

fn unfit(given: &[Value]) -> String {
    let kinds: Vec<_> = given.iter().map(Value::kind).collect();
    match kinds.is_empty() {
        true => "something has to be given".to_owned(),
        false => format!("it cannot be given {}", kinds.join(", ")),
    }
}

fn zoned(zone: &str, at_ms: i64) -> Outcome {
    let zone = match zone {
        "" | "UTC" | "Local" => TimeZone::UTC,
        name => TimeZone::get(name).map_err(|_| format!("unknown time zone {name}"))?,
    };
    Ok(Value::Time(Moment { at_ms, zone }))
}

fn dict(pairs: &[Value]) -> Outcome {
    let (pairs, rest) = pairs.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("dict needs as many values as names".to_owned());
    }
    let named = pairs.iter().map(|[name, value]| match name {
        Value::Text(name) => Ok((name.clone(), value.clone())),
        other => Err(format!("a name is a text, and this is {}", other.kind())),
    });
    Ok(Value::Values(named.collect::<Result<_, _>>()?))
}

/// What Go's `encoding/json` writes otherwise: texts that are safe within HTML.
fn go_escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// As Go's `url.QueryUnescape`.
fn unescaped(text: &str) -> Outcome {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = after
                    .get(..2)
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                bytes.push(byte.ok_or_else(|| format!("invalid URL escape in {text:?}"))?);
                rest = &after[2..];
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes)
        .map(Value::Text)
        .map_err(|_| format!("{text:?} is no text when it is unescaped"))
}
