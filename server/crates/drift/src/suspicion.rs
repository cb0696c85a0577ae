//! What is suspicious in a definition.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde_json::Value;

use crate::fields::pointer;
use crate::hidden::{hidden, plain};
use crate::patterns::{PATTERNS, Pattern};

/// Most findings in one definition.
pub(crate) const MOST: usize = 20;
/// How much is quoted around what is found, in characters.
const AROUND: usize = 60;
/// So many blanks or empty lines push a text out of sight.
const FAR_OFF: usize = 120;
/// A text without blanks that is longer is no word.
const LONGEST_WORD: usize = 200;
/// A name of a tool that is shorter is a word like any other.
const SHORTEST_NAME: usize = 6;

/// The names of tools of other servers, each with its server.
pub type Foreign = HashMap<String, String>;

/// Something suspicious.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What, as a word or two.
    pub pattern: String,
    /// Why it matters, as a sentence.
    pub reason: String,
    /// Where it stands, as a JSON pointer.
    pub pointer: String,
    /// The text around it.
    pub excerpt: String,
}

/// What is suspicious in a definition. `foreign` names the tools of other servers; a tool's own name is no
/// reference.
pub fn scan(body: &Value, foreign: &Foreign) -> Vec<Finding> {
    let mut found: Vec<_> = unread(body).into_iter().collect();
    texts(body, &mut Vec::new(), &mut |path, text| {
        if found.len() < MOST {
            look(text, &pointer(path), foreign, &mut found);
        }
    });
    found.truncate(MOST);
    found
}

/// What is found in a definition that was cut: of what was cut off there is only the hash of the whole.
fn unread(body: &Value) -> Option<Finding> {
    let whole = body.get("whole")?.as_str()?;
    Some(Finding {
        pattern: "too long to be read".to_owned(),
        reason: "It is longer than what is read of a definition; a model gets all of it."
            .to_owned(),
        pointer: "/whole".to_owned(),
        excerpt: format!("SHA-256 of the whole: {}", excerpt(whole, 0)),
    })
}

/// Hosts that a definition names, but for those that stand for nobody.
pub(crate) fn hosts(body: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    texts(body, &mut Vec::new(), &mut |_, text| {
        for url in URL.iter().flat_map(|url| url.captures_iter(text)) {
            let host = url[1].to_ascii_lowercase();
            if !is_nobody(&host) {
                found.insert(host);
            }
        }
    });
    found
}

/// What is found where a definition names a host that it did not name before.
pub(crate) fn new_host(body: &Value, host: &str) -> Finding {
    let mut place = (String::new(), String::new());
    texts(body, &mut Vec::new(), &mut |path, text| {
        if let (true, Some(at)) = (place.0.is_empty(), text.to_ascii_lowercase().find(host)) {
            place = (pointer(path), excerpt(text, at));
        }
    });
    Finding {
        pattern: "a new address".to_owned(),
        reason: format!("It names {host}, which it did not name before."),
        pointer: place.0,
        excerpt: place.1,
    }
}

static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:https?|wss?|ftp)://(?:[^\s/@]+@)?([a-z0-9][a-z0-9.-]*)").ok()
});

/// Hosts of examples, of this machine, and of specifications.
fn is_nobody(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let of = |domain: &str| {
        let rest = host.strip_suffix(domain);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    [
        "localhost",
        "127.0.0.1",
        "example.com",
        "example.org",
        "example.net",
        "example",
        "json-schema.org",
        "modelcontextprotocol.io",
    ]
    .into_iter()
    .any(of)
}

/// Each pattern with its expression; a test holds that all of them can be read.
static EXPRESSIONS: LazyLock<Vec<(&Pattern, Regex)>> = LazyLock::new(|| {
    let compiled = PATTERNS.iter().filter_map(|pattern| {
        let expression = RegexBuilder::new(pattern.looks)
            .case_insensitive(true)
            .size_limit(16 << 20)
            .build();
        Some((pattern, expression.ok()?))
    });
    compiled.collect()
});

/// All expressions at once: most texts hold none, and are read once.
static ALL: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    let set = RegexSetBuilder::new(PATTERNS.iter().map(|pattern| pattern.looks))
        .case_insensitive(true)
        .size_limit(64 << 20)
        .dfa_size_limit(32 << 20)
        .build();
    set.ok().filter(|_| EXPRESSIONS.len() == PATTERNS.len())
});

fn look(text: &str, pointer: &str, foreign: &Foreign, found: &mut Vec<Finding>) {
    let mut push = |pattern: &str, reason: &str, excerpt: String| {
        found.push(Finding {
            pattern: pattern.to_owned(),
            reason: reason.to_owned(),
            pointer: pointer.to_owned(),
            excerpt,
        });
    };
    // A property or a value may be called like anything.
    if is_word(text) {
        return;
    }
    look_at_sentence(text, &mut push);
    if foreign.is_empty() {
        return;
    }
    let line = plain(text);
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    for word in line.split(|c: char| !is_of_name(c)) {
        if let Some(server) = Some(word)
            .filter(|it| is_telling(it))
            .and_then(|it| foreign.get(it))
        {
            let at = line.find(word).unwrap_or_default();
            let reason = format!("It speaks of {word}, which is a tool of the server {server}.");
            push("another server's tool", &reason, excerpt(&line, at));
            break;
        }
    }
}

/// Whether a text is one word: most texts of a schema are, and nothing is said in one.
fn is_word(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$');
    text.len() < LONGEST_WORD && text.bytes().all(is_plain)
}

fn look_at_sentence(text: &str, push: &mut dyn FnMut(&str, &str, String)) {
    for it in hidden(text) {
        let said = match it.says.as_str() {
            "" => excerpt(text, it.at),
            says => format!("it says “{says}”"),
        };
        push(it.name, it.reason, said);
    }
    if let Some(at) = far_off(text) {
        let reason = "So many blanks or empty lines push what follows out of sight.";
        push("a text far off", reason, excerpt(text, at));
    }
    let line = plain(text);
    let may_hold = ALL.as_ref().map(|all| all.matches(&line));
    for (place, (pattern, expression)) in EXPRESSIONS.iter().enumerate() {
        if may_hold
            .as_ref()
            .is_some_and(|may_hold| !may_hold.matched(place))
        {
            continue;
        }
        let mut places = expression.find_iter(&line);
        let is_meant =
            |place: &regex::Match| !is_denied(&line[..place.start()], pattern.denied_within);
        if let Some(place) = places.find(is_meant) {
            push(pattern.name, pattern.reason, excerpt(&line, place.start()));
        }
    }
}

/// Whether what follows a text is what one must not do: one of the last words of its sentence says so.
fn is_denied(before: &str, within: usize) -> bool {
    let words = before.trim_end().rsplit(' ').take(within);
    let mut near = words.take_while(|word| !word.ends_with(['.', ',', ':', ';', '!', '?']));
    near.any(|word| {
        let word = word.to_lowercase();
        matches!(
            word.as_str(),
            "not" | "never" | "don't" | "avoid" | "without"
        )
    })
}

/// Whether a name of a tool cannot be taken for a word of a sentence.
fn is_telling(name: &str) -> bool {
    let has_joint = name.contains(['_', '-']);
    let has_hump = name
        .chars()
        .zip(name.chars().skip(1))
        .any(|(one, next)| one.is_lowercase() && next.is_uppercase());
    name.len() >= SHORTEST_NAME && (has_joint || has_hump)
}

/// Where a text goes on after so many blanks that nobody looks there.
fn far_off(text: &str) -> Option<usize> {
    let (mut blanks, mut lines) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '\n' => (blanks, lines) = (0, lines + 1),
            c if c.is_whitespace() => blanks += 1,
            // Code and tables are indented, but not so far.
            _ if blanks >= FAR_OFF || lines >= FAR_OFF / 4 => return Some(at),
            _ => (blanks, lines) = (0, 0),
        }
    }
    None
}

/// The text around a place, in one line.
fn excerpt(text: &str, at: usize) -> String {
    let at = text.floor_char_boundary(at);
    let before: Vec<char> = text[..at].chars().rev().take(AROUND / 3).collect();
    let after = text[at..].chars().take(AROUND * 2);
    let quoted: String = before.into_iter().rev().chain(after).collect();
    let start = if at > quoted.len() { "…" } else { "" };
    format!("{start}{}", plain(&quoted).trim())
}

/// Hands each text of a value over, keys too: a model reads them as well.
fn texts(value: &Value, path: &mut Vec<String>, take: &mut dyn FnMut(&[String], &str)) {
    match value {
        Value::String(text) => take(path, text),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(at.to_string());
                texts(item, path, take);
                path.pop();
            }
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                path.push(key.clone());
                take(path, key);
                texts(item, path, take);
                path.pop();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "suspicion_tests.rs"]
mod tests;
