//! Words of the pages about who is told.

use std::collections::BTreeMap;

use leptos::prelude::*;
use ui::{format, worded_badge};
use wire::{ChannelHealth, Level, Problem, Read, Sent, SentState};

use crate::answer::{Answer, Failure};

/// Reads an answer that was asked for.
pub(super) fn read<T: Read>(answer: Result<Answer<T>, Failure>) -> Result<T, Problem> {
    answer.map_err(|failure| failure.0)?.read()
}

/// Seconds as people say them.
pub(super) fn seconds(seconds: f64) -> String {
    format::duration((seconds * 1000.0) as i64)
}

/// Labels as they are written: `severity="critical", team=web`; quotes and braces may be left out.
///
/// # Errors
/// Which part is no label.
#[cfg(any(feature = "ssr", test))]
pub(super) fn labels_of(text: &str) -> Result<BTreeMap<String, String>, String> {
    let text = text.trim();
    let inner = text.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    let mut labels = BTreeMap::new();
    for part in parts(inner.unwrap_or(text)) {
        let Some((name, value)) = part.split_once('=') else {
            return Err(format!(
                "{part:?} is no label: write name=value, and a comma between two of them"
            ));
        };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(format!("{name:?} is no name of a label"));
        }
        let quoted = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        let value = match quoted {
            Some(value) => value.replace("\\\"", "\"").replace("\\\\", "\\"),
            None => value.to_owned(),
        };
        labels.insert(name.to_owned(), value);
    }
    Ok(labels)
}

/// What stands between commas that are not in quotes.
#[cfg(any(feature = "ssr", test))]
fn parts(text: &str) -> Vec<&str> {
    let (mut begin, mut in_quotes, mut is_escaped) = (0, false, false);
    let mut parts = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if in_quotes => is_escaped = true,
            '"' => in_quotes = !in_quotes,
            ',' | '\n' if !in_quotes => {
                parts.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    let parts = parts.into_iter().map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}

/// Labels as they are read: `severity="critical", team="web"`.
pub(super) fn written(labels: &BTreeMap<String, String>) -> String {
    let pairs = labels.iter().map(|(name, value)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!("{name}=\"{value}\"")
    });
    pairs.collect::<Vec<_>>().join(", ")
}

/// How a channel does: colour, sign and word.
pub(super) fn health_badge(health: ChannelHealth) -> AnyView {
    let level = match health {
        ChannelHealth::Ok => Level::Healthy,
        ChannelHealth::Failing => Level::Unhealthy,
        ChannelHealth::Unknown => Level::Unknown,
    };
    let word = match health {
        ChannelHealth::Unknown => "nothing sent yet",
        health => health.as_str(),
    };
    worded_badge(level, word)
}

/// What became of a message.
pub(super) fn state_badge(state: SentState) -> AnyView {
    let level = match state {
        SentState::Sent => Level::Healthy,
        SentState::Queued => Level::Degraded,
        SentState::Failed | SentState::GivenUp => Level::Unhealthy,
        SentState::HeldBack => Level::Unknown,
    };
    worded_badge(level, state.as_str())
}

/// What a message says of its alerts.
pub(super) fn contents(sent: &Sent) -> String {
    match (sent.firing, sent.resolved) {
        (0, 0) => "no alert".to_owned(),
        (firing, 0) => format!("{firing} firing"),
        (0, resolved) => format!("{resolved} resolved"),
        (firing, resolved) => format!("{firing} firing, {resolved} resolved"),
    }
}

/// How often it was tried, and why that failed.
pub(super) fn attempts(sent: &Sent) -> String {
    let tried = match sent.attempts {
        0 => "not tried yet".to_owned(),
        1 => "tried once".to_owned(),
        times => format!("tried {times} times"),
    };
    match sent.cause.as_str() {
        "" => tried,
        cause => format!("{tried}; {cause}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_as_they_are_written() {
        for (text, expected) in [
            ("", Some("")),
            ("severity=critical", Some("severity=\"critical\"")),
            (
                "{severity=\"critical\", team = \"a, \\\"b\\\"\"}",
                Some("severity=\"critical\", team=\"a, \\\"b\\\"\""),
            ),
            ("a=1\nb=2,", Some("a=\"1\", b=\"2\"")),
            ("a=b=c", Some("a=\"b=c\"")),
            ("severity", None),
            ("=x", None),
            ("a b=c", None),
        ] {
            let labels = labels_of(text).ok().map(|labels| written(&labels));
            assert_eq!(labels.as_deref(), expected, "{text}");
        }
    }
}
