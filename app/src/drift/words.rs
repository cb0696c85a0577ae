//! What the page says in words.

use ui::format;
use wire::{ChangeClass, ChangeState, DefinitionChange, DefinitionKind, DefinitionPicture};

/// What waits, or that nothing does.
pub(crate) fn headline(picture: &DefinitionPicture, of: Option<&str>) -> String {
    let counts = picture.counts.iter();
    let counts: Vec<_> = counts
        .filter(|count| of.is_none_or(|of| count.server == of))
        .collect();
    let sum = |part: fn(&wire::DefinitionCount) -> u32| -> usize {
        counts.iter().map(|count| part(count) as usize).sum()
    };
    let (listed, open, suspicious) = (
        sum(|it| it.listed),
        sum(|it| it.open),
        sum(|it| it.suspicious),
    );
    let of = of.map_or_else(String::new, |of| format!(" of {of}"));
    let listed = format::count(listed, "definition");
    match (counts.is_empty(), open, suspicious) {
        (true, _, _) => format!("No definition{of} has been seen yet"),
        (_, 0, _) => format!("{listed}{of}, all as approved"),
        (_, open, 0) => format!("{open} of {listed}{of} changed and wait"),
        (_, open, 1) => format!("{open} of {listed}{of} changed and wait, 1 is suspicious"),
        (_, open, some) => {
            format!("{open} of {listed}{of} changed and wait, {some} are suspicious")
        }
    }
}

/// What a change is about.
pub(crate) fn subject(change: &DefinitionChange) -> String {
    match change.kind {
        DefinitionKind::Instructions => "Instructions to models".to_owned(),
        kind => format!("{} {}", capital(kind.as_str()), change.name),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What a change is, in words.
pub(crate) fn classes(change: &DefinitionChange) -> String {
    let words: Vec<_> = change
        .classes
        .iter()
        .map(|class| class_word(*class))
        .collect();
    words.join(" · ")
}

/// A class in words.
pub(crate) fn class_word(class: ChangeClass) -> &'static str {
    match class {
        ChangeClass::Suspicious => "suspicious",
        ChangeClass::Added => "new",
        ChangeClass::Removed => "gone",
        ChangeClass::Schema => "takes or gives something else",
        ChangeClass::Annotation => "promises something else",
        ChangeClass::Descriptive => "other words",
    }
}

/// Where a change stands, in words.
pub(crate) fn state_word(change: &DefinitionChange) -> &'static str {
    match (change.state, change.is_open) {
        (ChangeState::Pending, _) => "waits for somebody",
        (ChangeState::Approved, _) => "approved",
        (ChangeState::Rejected, true) => "rejected, and still listed",
        (ChangeState::Rejected, false) => "rejected",
        (ChangeState::Superseded, _) => "changed again before anybody decided",
        (ChangeState::Withdrawn, _) => "taken back by the server",
    }
}

/// Whether a change has all words of a filter in what it says of itself.
pub(crate) fn is_found(change: &DefinitionChange, filter: &str) -> bool {
    let text = format!(
        "{} {} {} {}",
        change.server,
        subject(change),
        classes(change),
        state_word(change)
    );
    let text = text.to_lowercase();
    filter
        .to_lowercase()
        .split_whitespace()
        .all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use wire::DefinitionCount;

    use super::*;

    fn change(classes: &[ChangeClass]) -> DefinitionChange {
        DefinitionChange {
            id: 1,
            at_ms: 0,
            server: "files".to_owned(),
            kind: DefinitionKind::Tool,
            name: "read_file".to_owned(),
            old_hash: String::new(),
            new_hash: String::new(),
            classes: classes.to_vec(),
            breaking: Vec::new(),
            suspicions: Vec::new(),
            state: ChangeState::Pending,
            is_open: true,
            is_newest: true,
            decided: None,
            fields: Vec::new(),
            missing: String::new(),
        }
    }

    #[test]
    fn headlines() {
        let count = |server: &str, listed, open, suspicious| DefinitionCount {
            server: server.to_owned(),
            listed,
            pending: open,
            open,
            suspicious,
        };
        let all = [count("files", 14, 2, 1), count("time", 2, 0, 0)];
        for (counts, of, expected) in [
            (&all[..0], None, "No definition has been seen yet"),
            (&all[1..], None, "2 definitions, all as approved"),
            (&all, Some("time"), "2 definitions of time, all as approved"),
            (
                &all,
                None,
                "2 of 16 definitions changed and wait, 1 is suspicious",
            ),
            (&all, Some("web"), "No definition of web has been seen yet"),
        ] {
            let picture = DefinitionPicture {
                counts: counts.to_vec(),
                open: Vec::new(),
                history: Vec::new(),
            };
            assert_eq!(headline(&picture, of), expected);
        }
    }

    #[test]
    fn changes_are_found_by_their_words() {
        let change = change(&[ChangeClass::Suspicious, ChangeClass::Descriptive]);
        assert_eq!(subject(&change), "Tool read_file");
        for (filter, expected) in [
            ("", true),
            ("READ files", true),
            ("suspicious waits", true),
            ("prompt", false),
        ] {
            assert_eq!(is_found(&change, filter), expected, "{filter}");
        }
    }
}
