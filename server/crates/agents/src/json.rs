//! JSON as agents' reports have it: names that are there twice are kept twice, and of text that breaks off, or that is
//! wrong somewhere, what was whole before.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Nothing,
    Bool(bool),
    Number(f64),
    /// A whole number that is too large to be exact as the other.
    Large(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A field of an object; of several with the name, the last.
    pub(crate) fn field(&self, name: &str) -> Option<&Json> {
        let Json::Object(fields) = self else {
            return None;
        };
        let found = fields.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }

    /// As it is written.
    pub(crate) fn written(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let joined = |all: Vec<String>| all.join(",");
        match self {
            Json::Nothing => "null".to_owned(),
            Json::Bool(is_so) => is_so.to_string(),
            Json::Number(number) => number.to_string(),
            Json::Large(digits) => digits.clone(),
            Json::Text(text) => quoted(text),
            Json::List(all) => format!("[{}]", joined(all.iter().map(Json::written).collect())),
            Json::Object(fields) => {
                let field = |(name, value): &(String, Json)| {
                    format!("{}:{}", quoted(name), value.written())
                };
                format!("{{{}}}", joined(fields.iter().map(field).collect()))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E: Error>(self) -> Result<Json, E> {
                Ok(Json::Nothing)
            }

            fn visit_bool<E: Error>(self, is_so: bool) -> Result<Json, E> {
                Ok(Json::Bool(is_so))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
                Ok(whole_number(number.unsigned_abs(), number < 0))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
                Ok(whole_number(number, false))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Json, E> {
                Ok(Json::Number(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
                Ok(Json::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = from.next_element()? {
                    all.push(one);
                }
                Ok(Json::List(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = from.next_entry()? {
                    fields.push(field);
                }
                Ok(Json::Object(fields))
            }
        }
        from.deserialize_any(Any)
    }
}

fn whole_number(size: u64, is_negative: bool) -> Json {
    match (size < 1 << f64::MANTISSA_DIGITS, is_negative) {
        (true, false) => Json::Number(size as f64),
        (true, true) => Json::Number(-(size as f64)),
        (false, false) => Json::Large(size.to_string()),
        (false, true) => Json::Large(format!("-{size}")),
    }
}

/// Reads a text. Beside the value: what is wrong with it, where only what was whole before is in it.
///
/// # Errors
/// Why it is none, with line and column, where nothing was whole before.
pub(crate) fn parse(text: &str) -> Result<(Json, Option<String>), String> {
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok((value, None)),
        Err(error) => error,
    };
    let (line, column) = (error.line(), error.column());
    let why = match error.is_eof() {
        true => format!("the text breaks off at line {line}, column {column}"),
        false => format!("this is no JSON: {error}"),
    };
    let good = &text[..place(text, line, column)];
    match whole(good) {
        Some((value, until)) => {
            let why = format!("{why}; agents that were whole until line {until} were taken");
            Ok((value, Some(why)))
        }
        None => Err(format!("{why}, and no agent was whole before")),
    }
}

/// The place in a text of a line and a column of bytes, both from 1.
fn place(text: &str, line: usize, column: usize) -> usize {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    let at: usize = lines.map(str::len).sum();
    let mut at = (at + column).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What is whole of a text that goes no further: up to the end of the last object that is an agent, which is one in the
/// outermost list or object, or in that called `agents`. With the line of that end.
fn whole(text: &str) -> Option<(Json, usize)> {
    // What is open, and until where it was good.
    let mut open: Vec<u8> = Vec::new();
    let mut end = None;
    // At the outermost level: the text that was read last, and whether `agents` is open.
    let (mut name, mut is_within) = (String::new(), false);
    let (mut in_text, mut escaped, mut began) = (false, false, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => {
                in_text = !in_text;
                match in_text {
                    true => began = at + 1,
                    false if open.len() == 1 => name = text[began..at].to_owned(),
                    false => {}
                }
            }
            _ if in_text => {}
            b'{' | b'[' => {
                is_within |= open.len() == 1 && open[0] == b'}' && name == "agents";
                open.push(if byte == b'{' { b'}' } else { b']' });
            }
            b'}' | b']' => {
                if open.pop().is_none() {
                    break;
                }
                let depth = if is_within { 2 } else { 1 };
                if byte == b'}' && open.len() == depth {
                    end = Some((at + 1, open.clone()));
                }
                if open.len() == 1 && is_within {
                    // All of `agents` is there.
                    is_within = false;
                    end = Some((at + 1, open.clone()));
                }
            }
            _ => {}
        }
    }
    let (end, mut open) = end?;
    let mut mended = text[..end].to_owned();
    while let Some(closing) = open.pop() {
        mended.push(char::from(closing));
    }
    let value = serde_json::from_str(&mended).ok()?;
    Some((value, text[..end].lines().count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_whole_is_kept() {
        for (text, expected, line) in [
            ("{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}", None),
            // Names that are there twice stay.
            ("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}", None),
            (
                "[{\"id\":\"a\",\n\"m\":{\"x\":1}},\n{\"id\":\"b\",\"m\":{\"x\":",
                "[{\"id\":\"a\",\"m\":{\"x\":1}}]",
                Some("at line 3, column 19; agents that were whole until line 2"),
            ),
            // The parts of an agent that is not whole are none.
            (
                "[{\"id\":\"a\"},{\"id\":\"b\",\"m\":{\"x\":1},",
                "[{\"id\":\"a\"}]",
                Some("until line 1"),
            ),
            (
                "{\"at\":1,\"agents\":{\"a\":{\"m\":{}},\"b\":{\"m\":{\"x\":1}",
                "{\"at\":1,\"agents\":{\"a\":{\"m\":{}}}}",
                Some("breaks off"),
            ),
            (
                "{\"agents\":[{\"id\":\"}\\\"\"}],\"more\":{\"x\":",
                "{\"agents\":[{\"id\":\"}\\\"\"}]}",
                Some("breaks off"),
            ),
            // Wrong in the middle.
            (
                "[{\"id\":\"a\"}, oh, {\"id\":\"b\"}]",
                "[{\"id\":\"a\"}]",
                Some("no JSON: expected value at line 1 column"),
            ),
            (
                "[{\"id\":\"a\"}]]",
                "[{\"id\":\"a\"}]",
                Some("trailing characters"),
            ),
        ] {
            let (value, why) = parse(text).unwrap();
            assert_eq!(value.written(), expected, "{text}");
            assert_eq!(why.is_some(), line.is_some(), "{text}");
            let why = why.unwrap_or_default();
            assert!(why.contains(line.unwrap_or_default()), "{text}: {why}");
        }
    }

    #[test]
    fn what_cannot_be_mended() {
        for (text, expected) in [
            ("", "breaks off at line 1, column 0"),
            ("hello", "no JSON"),
            ("[{\"id\":\"ä", "breaks off at line 1"),
            ("{\"agents\":{\"a\":{\"m\":{\"x\":1}", "no agent was whole"),
            ("}{", "no JSON"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(expected), "{text}: {why}");
        }
    }

    #[test]
    fn depth_has_a_bound() {
        let deep = "[".repeat(100_000);
        assert!(parse(&deep).is_err());
    }
}
