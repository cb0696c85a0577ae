//! How well a name fits what somebody has typed of it: the same where names are looked up and where
//! they are shown.

/// How well a name fits; smaller fits better, `None` does not fit. What begins with the typed text comes
/// before what contains it, and that before what contains its letters in their order.
pub fn rank(name: &str, typed: &str) -> Option<u32> {
    let (name, typed) = (name.as_bytes(), typed.as_bytes());
    let longer = u32::try_from(name.len().checked_sub(typed.len())?).unwrap_or(u32::MAX);
    let length = longer.min(CLASS - 1);
    if starts(name, typed) {
        return Some(length);
    }
    let place = (0..name.len()).find(|at| starts(&name[*at..], typed));
    if let Some(at) = place {
        // The beginning of a word is what people type of a long name.
        let is_word = !name[at - 1].is_ascii_alphanumeric();
        return Some(CLASS * if is_word { 1 } else { 2 } + length);
    }
    let gaps = scattered(name, typed)?;
    Some(CLASS * 3 + gaps.min(CLASS - 1))
}

/// No name is longer.
const CLASS: u32 = 1 << 16;

fn starts(name: &[u8], typed: &[u8]) -> bool {
    let begin = name.get(..typed.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(typed))
}

/// How many letters are passed over until all typed ones have been found in their order.
fn scattered(name: &[u8], typed: &[u8]) -> Option<u32> {
    let mut left = typed.iter();
    let mut next = left.next()?;
    let mut passed = 0;
    for letter in name {
        if !letter.eq_ignore_ascii_case(next) {
            passed += 1;
            continue;
        }
        match left.next() {
            Some(letter) => next = letter,
            None => return Some(passed),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_fit_comes_first() {
        let names = [
            "mcp_server_up",
            "up",
            "up_time",
            "startup_seconds",
            "mcp_update_pace",
            "mcp_probe_duration_seconds",
            "rate",
            "UPPER",
        ];
        for (typed, expected) in [
            (
                "up",
                &[
                    "up",
                    "UPPER",
                    "up_time",
                    "mcp_server_up",
                    "mcp_update_pace",
                    "startup_seconds",
                ][..],
            ),
            ("mcp_ser", &["mcp_server_up"]),
            ("MCP_PR", &["mcp_probe_duration_seconds"]),
            ("server", &["mcp_server_up"]),
            ("mpd", &["mcp_update_pace", "mcp_probe_duration_seconds"]),
            ("xyz", &[]),
            ("mcpz", &[]),
        ] {
            let mut found: Vec<_> = names
                .iter()
                .filter_map(|name| Some((rank(name, typed)?, *name)))
                .collect();
            found.sort_unstable();
            let found: Vec<_> = found.into_iter().map(|(_, name)| name).collect();
            assert_eq!(found, expected, "{typed}");
        }
        assert!(names.iter().all(|name| rank(name, "").is_some()));
        assert_eq!(rank("Zürich", "ü"), Some(CLASS * 2 + 5));
    }
}
