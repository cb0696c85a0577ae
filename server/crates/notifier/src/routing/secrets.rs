//! Secrets in a text of routes: people see `<secret>`, and what stands there stays what it was when they save the text.

use std::collections::BTreeMap;

use yaml::{Kind, Node, Place};

use super::Mistake;

/// What stands in the place of a secret, as in Alertmanager.
pub const SECRET: &str = "<secret>";

/// A secret and where it stands.
struct Found {
    at: Place,
    value: String,
}

/// Whether a value with this name is a secret. Addresses of webhooks are, because whoever knows one can post there.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_file = name.ends_with("_file");
    let words = [
        "password",
        "secret",
        "token",
        "credentials",
        "authorization",
    ];
    let is_word = words.iter().any(|word| name.contains(word));
    let is_address = matches!(
        name.as_str(),
        "url" | "webhook_url" | "api_url" | "slack_api_url"
    );
    let is_key = name.ends_with("_key") || name == "key" || name == "proxy_url";
    !is_file && (is_word || is_address || is_key) && name != "token_url"
}

/// All secrets by where they stand in the tree; lists whose items have names by these.
fn secrets(text: &str) -> BTreeMap<String, Found> {
    let mut found = BTreeMap::new();
    for document in yaml::documents(text).unwrap_or_default() {
        for part in ["global", "receivers"] {
            if let Kind::Map(pairs) = &document.is
                && let Some((_, node)) = pairs.iter().find(|(key, _)| key.name == part)
            {
                collect(node, part, false, &mut found);
            }
        }
    }
    found
}

fn collect(node: &Node, path: &str, within: bool, found: &mut BTreeMap<String, Found>) {
    match &node.is {
        Kind::Nothing => {}
        Kind::Text(value) => {
            if within && !value.is_empty() {
                let value = value.clone();
                found.insert(path.to_owned(), Found { at: node.at, value });
            }
        }
        Kind::List(items) => {
            for (place, item) in items.iter().enumerate() {
                let name = match item.text_of("name") {
                    Some(name) => format!("{path}/{name}"),
                    None => format!("{path}/{place}"),
                };
                collect(item, &name, within, found);
            }
        }
        Kind::Map(pairs) => {
            for (key, value) in pairs {
                let within = within || is_secret(&key.name) || key.name == "http_headers";
                collect(value, &format!("{path}/{}", key.name), within, found);
            }
        }
    }
}

/// Puts other texts in the places of values, from the last to the first, so that places stay right.
fn put(text: &str, mut changes: Vec<(Place, &str, String)>) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    changes.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    for (at, value, other) in changes {
        let Some(line) = lines.get_mut(at.line.saturating_sub(1)) else {
            continue;
        };
        let begin = line.char_indices().nth(at.column.saturating_sub(1));
        let Some((begin, _)) = begin else {
            continue;
        };
        let rest = &line[begin..];
        let end = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => closing(rest, quote),
            _ if rest.starts_with(value) => Some(value.len()),
            _ => None,
        };
        if let Some(end) = end {
            line.replace_range(begin..begin + end, &other);
        }
    }
    lines.join("\n")
}

/// Where a quoted value ends.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if quote == '"' && letter == '\\' {
            letters.next();
        } else if letter == quote {
            // Two of them are one.
            match letters.peek() {
                Some((_, next)) if quote == '\'' && *next == quote => {
                    letters.next();
                }
                _ => return Some(at + 1),
            }
        }
    }
    None
}

/// The text without its secrets. What cannot be hidden in its place (a value over several lines) is hidden wherever it is.
pub fn hidden(text: &str) -> String {
    let found = secrets(text);
    let changes = found.values();
    let changes = changes.map(|it| (it.at, it.value.as_str(), SECRET.to_owned()));
    let mut shown = put(text, changes.collect());
    for secret in secrets(&shown).into_values() {
        if secret.value == SECRET {
            continue;
        }
        for line in secret.value.lines().filter(|line| !line.trim().is_empty()) {
            shown = shown.replace(line.trim(), SECRET);
        }
    }
    shown
}

/// The text with its secrets back, from what was there before.
///
/// # Errors
/// Where `<secret>` stands and nothing stood before.
pub fn restored(text: &str, before: &str) -> Result<String, Vec<Mistake>> {
    let (new, old) = (secrets(text), secrets(before));
    let (mut changes, mut mistakes) = (Vec::new(), Vec::new());
    for (path, found) in &new {
        if found.value != SECRET {
            continue;
        }
        match old.get(path) {
            Some(known) => {
                // JSON's texts are YAML's.
                let quoted = serde_json::Value::from(known.value.as_str()).to_string();
                changes.push((found.at, SECRET, quoted));
            }
            None => mistakes.push(Mistake {
                at: found.at,
                text: format!(
                    "{SECRET} stands for what was there before, and at {path} nothing was"
                ),
            }),
        }
    }
    match mistakes.is_empty() {
        true => Ok(put(text, changes)),
        false => Err(mistakes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "global:\n  smtp_auth_password: 'it''s' # why\n  smtp_from: a@b\nreceivers:\n- name: team\n  \
        slack_configs: [{api_url: https://hooks/x, channel: '#a'}]\n- name: other\n  webhook_configs:\n  - url: \"http://a/\\\"b\"\n    \
        http_config: {authorization: {credentials: abc}}\n";

    #[test]
    fn secrets_are_hidden_and_come_back() {
        let shown = hidden(TEXT);
        let expected = "global:\n  smtp_auth_password: <secret> # why\n  smtp_from: a@b\nreceivers:\n- name: team\n  \
            slack_configs: [{api_url: <secret>, channel: '#a'}]\n- name: other\n  webhook_configs:\n  - url: <secret>\n    \
            http_config: {authorization: {credentials: <secret>}}\n";
        assert_eq!(shown, expected);
        let back = restored(&shown, TEXT).unwrap();
        let values = |text: &str| -> Vec<String> {
            secrets(text).into_values().map(|it| it.value).collect()
        };
        assert_eq!(values(&back), values(TEXT));
        // In another order they are found by the names of receivers.
        let moved =
            "receivers:\n- name: other\n  webhook_configs:\n  - url: <secret>\n- name: team\n";
        let back = restored(moved, TEXT).unwrap();
        assert_eq!(values(&back), ["http://a/\"b"]);
        let wrong = restored(
            "receivers:\n- name: new\n  webhook_configs:\n  - url: <secret>\n",
            TEXT,
        );
        assert_eq!(wrong.unwrap_err()[0].at.line, 4);
        // Over several lines.
        let long = "global:\n  slack_api_url: |\n    https://hooks/secret-word\n";
        assert!(!hidden(long).contains("secret-word"), "{}", hidden(long));
    }
}
