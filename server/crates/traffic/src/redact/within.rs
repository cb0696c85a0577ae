//! JSON within a text: where it begins and ends.

use serde_json::Value;

/// How often something that looks like JSON may turn out to be none, of a text: looking costs time.
const MOST_FAILED: usize = 32;

/// A part of a text.
#[derive(Debug, PartialEq)]
pub(super) enum Part<'t> {
    /// No JSON.
    Plain(&'t str),
    /// An object or a list, as it is written and as it is read.
    Json(&'t str, Value),
}

/// The parts of a text in order; together they are the text.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut done, mut at, mut failed) = (0, 0, 0);
    while let Some(begin) = text[at..].find(['{', '[']).map(|found| at + found) {
        at = begin + 1;
        if !may_begin(&text[begin..]) {
            continue;
        }
        let mut reader = serde_json::Deserializer::from_str(&text[begin..]).into_iter::<Value>();
        let Some(Ok(value)) = reader.next() else {
            failed += 1;
            match failed >= MOST_FAILED {
                true => break,
                false => continue,
            }
        };
        at = begin + reader.byte_offset();
        if done < begin {
            parts.push(Part::Plain(&text[done..begin]));
        }
        parts.push(Part::Json(&text[begin..at], value));
        done = at;
    }
    if done < text.len() {
        parts.push(Part::Plain(&text[done..]));
    }
    parts
}

/// Whether what follows a bracket can follow it in JSON.
fn may_begin(text: &str) -> bool {
    let mut bytes = text.bytes();
    let bracket = bytes.next();
    let next = bytes.find(|byte| !byte.is_ascii_whitespace());
    match (bracket, next) {
        (Some(b'{'), Some(next)) => b"\"}".contains(&next),
        (_, Some(next)) => b"{[\"]-0123456789tfn".contains(&next),
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_json_of_a_text() {
        let shown = |text: &str| {
            let parts = parts(text).into_iter().map(|part| match part {
                Part::Plain(text) => format!("({text})"),
                Part::Json(text, value) => {
                    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), value);
                    format!("<{text}>")
                }
            });
            parts.collect::<String>()
        };
        for (text, expected) in [
            ("", ""),
            ("no [JSON] {at} all", "(no [JSON] {at} all)"),
            (r#"{"a":1}"#, r#"<{"a":1}>"#),
            (
                r#"Found: {"a":[1]} and [2, {}], ä {"b"}"#,
                r#"(Found: )<{"a":[1]}>( and )<[2, {}]>(, ä {"b"})"#,
            ),
            (r#"{see {"a":1}}"#, r#"({see )<{"a":1}>(})"#),
            (r#"{"cut": [1, 2"#, r#"({"cut": [1, 2)"#),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        // Nested without an end, and far too often.
        assert_eq!(parts(&"[".repeat(100_000)).len(), 1);
        let many = format!("{}{{\"a\":1}}", "{\"".repeat(MOST_FAILED));
        assert_eq!(parts(&many), [Part::Plain(many.as_str())]);
        assert_eq!(
            parts("[1][2]"),
            [Part::Json("[1]", json!([1])), Part::Json("[2]", json!([2])),]
        );
    }
}
