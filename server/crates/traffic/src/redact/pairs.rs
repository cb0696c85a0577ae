//! What is written as `password=…`, `"apiKey": "…"` or `Cookie: …` within a text that is nothing else.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::{KEYS, REDACTED, is_of_protocol};

/// Letters of a name that are looked at before the word that gives it away.
const LONGEST_BEFORE: usize = 64;

/// `None` only if the expression were wrong, which a test rules out.
static OURS: LazyLock<Option<Pairs>> = LazyLock::new(|| Pairs::new(&[]).ok());

/// Hides what stands beside names that are always hidden.
pub(super) fn ours(text: &str) -> Cow<'_, str> {
    match OURS.as_ref() {
        Some(pairs) => pairs.hide(text, &[]),
        None => Cow::Borrowed(text),
    }
}

/// Names beside which values are hidden.
#[derive(Clone, Debug)]
pub(super) struct Pairs(Regex);

impl Pairs {
    /// Names that contain what is always hidden, or one of `keys`.
    pub(super) fn new(keys: &[String]) -> Result<Self, regex::Error> {
        let ours = KEYS.iter().map(|key| regex::escape(key));
        let words: Vec<_> = ours
            .chain(keys.iter().map(|key| regex::escape(key)))
            .collect();
        // The end of the name, what closes it, and what stands between it and the value.
        let pattern = format!(
            r#"(?i)((?:{})[a-z0-9_\-]{{0,32}})[\\"'`\])*]{{0,4}}\s{{0,2}}(?:=>?|:=?)\s{{0,2}}"#,
            words.join("|")
        );
        Ok(Self(Regex::new(&pattern)?))
    }

    /// A text without the values; `keys` are those that this was made with.
    pub(super) fn hide<'t>(&self, text: &'t str, keys: &[String]) -> Cow<'t, str> {
        let mut hidden = String::new();
        let (mut done, mut at) = (0, 0);
        while let Some(found) = self.0.captures_at(text, at) {
            let (Some(whole), Some(end)) = (found.get(0), found.get(1)) else {
                break;
            };
            at = whole.end();
            let name = whole_name(text, end.range());
            if is_of_protocol(&name, keys) {
                continue;
            }
            let value = value(&text[at..], &name);
            if let Some(value) = value {
                hidden.push_str(&text[done..at + value.start]);
                hidden.push_str(REDACTED);
                at += value.end;
                done = at;
            }
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        hidden.push_str(&text[done..]);
        Cow::Owned(hidden)
    }
}

/// The name of which a part gave it away, in small letters.
fn whole_name(text: &str, part: std::ops::Range<usize>) -> String {
    let before = text[..part.start].bytes().rev().take(LONGEST_BEFORE);
    let before = before.take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte));
    text[part.start - before.count()..part.end].to_lowercase()
}

/// Where the value is that a text begins with; nothing where there is none.
fn value(text: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let slashes = text.bytes().take_while(|byte| *byte == b'\\').count();
    let rest = &text[slashes..];
    let range = match rest.bytes().next()? {
        quote @ (b'"' | b'\'' | b'`') => {
            let begin = slashes + 1;
            begin..begin + quoted(&text[begin..], quote, slashes)
        }
        b'{' | b'[' => 0..slashes + nested(rest),
        // These go on after a space.
        _ if name.contains("authorization") || name.contains("cookie") => {
            let is_end = |letter: char| "\r\n\"'`\\".contains(letter);
            0..text.find(is_end).unwrap_or(text.len())
        }
        _ => {
            let is_end = |letter: char| letter.is_whitespace() || "\"'&,;}])".contains(letter);
            0..text.find(is_end).unwrap_or(text.len())
        }
    };
    let is_nothing = ["", "null", "None", "nil", REDACTED].contains(&&text[range.clone()]);
    (!is_nothing).then_some(range)
}

/// How long a text is until its quote closes, which was opened behind so many backslashes.
fn quoted(text: &str, quote: u8, opened_behind: usize) -> usize {
    let mut slashes = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\\' => slashes += 1,
            byte if byte == quote => {
                let closes = match opened_behind {
                    0 => slashes % 2 == 0,
                    behind => slashes <= behind,
                };
                if closes {
                    return at - slashes.min(opened_behind);
                }
                slashes = 0;
            }
            _ => slashes = 0,
        }
    }
    text.len()
}

/// How long a text is until its bracket closes; all of it where it does not.
fn nested(text: &str) -> usize {
    let (mut depth, mut is_quoted, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_quoted,
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beside_names() {
        assert!(OURS.is_some());
        for (text, expected) in [
            ("password=hunter2 ok", "password=***REDACTED*** ok"),
            ("API_KEY: 'a b c', x", "API_KEY: '***REDACTED***', x"),
            (r#"{"api-key": "abc"#, r#"{"api-key": "***REDACTED***"#),
            (
                "the key: abc; the next",
                "the key: ***REDACTED***; the next",
            ),
            ("PWD=/home/ann", "PWD=***REDACTED***"),
            (
                "?a=1&signing_key=x%20y&b=2",
                "?a=1&signing_key=***REDACTED***&b=2",
            ),
            (
                "Cookie: a=1; b=2\nHost: c",
                "Cookie: ***REDACTED***\nHost: c",
            ),
            (
                "curl -H 'Authorization: Basic YW5u' x",
                "curl -H 'Authorization: ***REDACTED***' x",
            ),
            (
                r#"env["API_KEY"] = "x""#,
                r#"env["API_KEY"] = "***REDACTED***""#,
            ),
            (
                "'token' => 'x', 'a' => 'b'",
                "'token' => '***REDACTED***', 'a' => 'b'",
            ),
            (
                r#""password":"a\"b","c":1"#,
                r#""password":"***REDACTED***","c":1"#,
            ),
            (
                r#"say {\"password\":\"a b\",\"c\":1"#,
                r#"say {\"password\":\"***REDACTED***\",\"c\":1"#,
            ),
            (
                r#""credentials": {"a": ["}"]}, "c": 1"#,
                r#""credentials": ***REDACTED***, "c": 1"#,
            ),
            ("secrets: [a, [b", "secrets: ***REDACTED***"),
            // Nothing is hidden where nothing is.
            ("token: null, key=, secret: ", "token: null, key=, secret: "),
            (
                r#""progressToken": 7, "maxTokens": 5"#,
                r#""progressToken": 7, "maxTokens": 5"#,
            ),
            ("tokens are counted", "tokens are counted"),
            ("key: ä", "key: ***REDACTED***"),
        ] {
            assert_eq!(ours(text), expected, "{text}");
            assert_eq!(ours(expected), expected, "twice");
        }
    }

    #[test]
    fn names_that_somebody_adds() {
        let keys = [
            "customer".to_owned(),
            "a.b".to_owned(),
            "progress".to_owned(),
        ];
        let pairs = Pairs::new(&keys).unwrap();
        for (text, expected) in [
            ("Customer_Id: 7.", "Customer_Id: ***REDACTED***"),
            ("a.b=1 axb=1", "a.b=***REDACTED*** axb=1"),
            ("progressToken=1", "progressToken=***REDACTED***"),
            ("password=x", "password=***REDACTED***"),
        ] {
            assert_eq!(pairs.hide(text, &keys), expected, "{text}");
        }
    }
}
