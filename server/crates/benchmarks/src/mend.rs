//! JSON that ends in the middle: what came before the end.

use serde_json::Value;

/// Places at which it is tried to end the text.
const TRIES: usize = 64;

/// The text as JSON. Where it breaks off: all whole objects in it, and the line where they end.
///
/// # Errors
/// Why it is none, and could not be mended.
pub(crate) fn parse(text: &str) -> Result<(Value, Option<usize>), String> {
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok((value, None)),
        Err(error) => error,
    };
    if !error.is_eof() {
        return Err(format!("it is no JSON: {error}"));
    }
    // After each object that is whole: where it ends, and what is open around it.
    let mut ends: Vec<(usize, Vec<u8>)> = Vec::new();
    let (mut open, mut in_text, mut escaped) = (Vec::new(), false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => {
                open.pop();
                if byte == b'}' {
                    if ends.len() >= TRIES {
                        ends.remove(0);
                    }
                    ends.push((at + 1, open.clone()));
                }
            }
            _ => {}
        }
    }
    for (end, mut open) in ends.into_iter().rev() {
        let mut mended = text[..end].to_owned();
        while let Some(closing) = open.pop() {
            mended.push(char::from(closing));
        }
        if let Ok(value) = serde_json::from_str(&mended) {
            let line = text[..end].lines().count();
            return Ok((value, Some(line)));
        }
    }
    Err(format!("it breaks off before anything is whole: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_whole_is_kept() {
        for (text, expected, line) in [
            ("{\"a\":1}", json!({"a": 1}), None),
            (
                "{\"results\":[\n{\"a\":1},\n{\"a\":\"}\\\"\"},\n{\"a\":",
                json!({"results": [{"a": 1}, {"a": "}\""}]}),
                Some(3),
            ),
            ("[{\"a\":[1,2]},{\"a\":[1,", json!([{"a": [1, 2]}]), Some(1)),
        ] {
            assert_eq!(parse(text), Ok((expected, line)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_mended() {
        for (text, expected) in [
            ("", "breaks off before"),
            ("{\"a\":[1,2", "breaks off before"),
            ("hello", "no JSON"),
            ("{\"a\":1}}", "no JSON"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(expected), "{text}: {why}");
        }
    }
}
