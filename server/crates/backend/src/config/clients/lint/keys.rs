//! Keys that another client has, that nobody has, or that are no use here.

use serde_json::Value;

use super::Seen;
use crate::config::Mistakes;
use crate::config::clients::entry::SHARED;

/// A key that only another client reads.
pub(super) fn of_others(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let title = seen.dialect.title;
    for key in seen.entry.keys() {
        if SHARED.contains(&key.as_str()) {
            continue;
        }
        let Some(owner) = seen.dialect.owner(key) else {
            continue;
        };
        let is_address = matches!(key.as_str(), "httpUrl" | "serverUrl");
        let instead = match is_address {
            true => format!("write {}", seen.dialect.address),
            false => "leave it out".to_owned(),
        };
        let message = format!("`{key}` is a key of {}; {title} ignores it", owner.title);
        mistakes.warn(seen.at(key), message, instead);
    }
}

/// A key that is nearly one that exists. Others may well mean something to a newer client.
pub(super) fn misspelt(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let known = SHARED.iter().chain(seen.dialect.keys);
    let known: Vec<&str> = known.copied().chain([seen.dialect.address]).collect();
    for key in seen.entry.keys() {
        if known.contains(&key.as_str()) || seen.dialect.owner(key).is_some() {
            continue;
        }
        let likeness = |other: &str| strsim::jaro_winkler(key, other);
        let nearest = known
            .iter()
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        if let Some(nearest) = nearest.filter(|nearest| likeness(nearest) > 0.88) {
            let message = format!("`{key}` is no key, and is ignored");
            mistakes.warn(seen.at(key), message, format!("write `{nearest}`"));
        }
    }
}

/// What the client does with an entry and nobody does here.
pub(super) fn not_run_here(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    if seen.text("headersHelper").is_some() {
        mistakes.warn(
            seen.at("headersHelper"),
            "this command is not run here, so its headers are missing",
            "write the header with a variable: \"headers\": { \"Authorization\": \"Bearer ${TOKEN}\" }",
        );
    }
    if seen.entry.get("transport").is_some_and(Value::is_object) {
        mistakes.warn(
            seen.at("transport"),
            "clients do not look into `transport`",
            "write its `type`, `url` and `headers` into the entry itself",
        );
    }
}
