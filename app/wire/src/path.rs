//! Names in addresses.

/// A name as a segment of a path or a value of a query: percent-encoded, all but the unreserved
/// characters of RFC 3986.
pub fn path_segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte))
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, expected) in [
            ("everything", "everything"),
            ("my server", "my%20server"),
            ("a/b?c#d&e", "a%2Fb%3Fc%23d%26e"),
            ("Zürich", "Z%C3%BCrich"),
        ] {
            assert_eq!(path_segment(name), expected);
        }
    }
}
