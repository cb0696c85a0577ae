//! What a search may ask: every row that is looked at is held against all of it.

use wire::Problem;

const MOST_WORDS: usize = 10;
const MOST_LETTERS: usize = 300;

/// Refuses a word that is none of those there are; an empty one asks for nothing.
pub(crate) fn one_of(
    what: &str,
    word: &str,
    words: impl Iterator<Item = &'static str>,
) -> Result<(), Problem> {
    let words: Vec<_> = words.collect();
    match word.is_empty() || words.contains(&word) {
        true => Ok(()),
        false => Err(Problem::invalid(format!(
            "{word:?} is no {what}; it is one of {}",
            words.join(", ")
        ))),
    }
}

/// Refuses texts that are too long, each with its name, and too many words in the first of them.
pub(crate) fn bounded(texts: &[(&str, &str)]) -> Result<(), Problem> {
    let long = texts
        .iter()
        .find(|(_, text)| text.chars().count() > MOST_LETTERS);
    if let Some((what, _)) = long {
        let text = format!("{what} has more than {MOST_LETTERS} characters");
        return Err(Problem::invalid(text));
    }
    match texts.first() {
        Some((what, text)) if text.split_whitespace().count() > MOST_WORDS => Err(
            Problem::invalid(format!("{what} has more than {MOST_WORDS} words")),
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_named() {
        let words = || ["a", "b"].into_iter();
        assert_eq!(one_of("state", "", words()), Ok(()));
        assert_eq!(one_of("state", "b", words()), Ok(()));
        let wrong = one_of("state", "c", words()).unwrap_err().to_string();
        assert!(
            wrong.contains("\"c\" is no state; it is one of a, b"),
            "{wrong}"
        );
        let (long, many) = ("x".repeat(301), "w ".repeat(11));
        for (texts, expected) in [
            ([("text", "ten words"), ("server", &*many)], ""),
            (
                [("text", &*many), ("server", "")],
                "text has more than 10 words",
            ),
            (
                [("text", ""), ("server", &*long)],
                "server has more than 300 characters",
            ),
        ] {
            let said =
                bounded(&texts).map_or_else(|problem| problem.to_string(), |()| String::new());
            assert!(
                said.contains(expected) && said.is_empty() == expected.is_empty(),
                "{said}"
            );
        }
    }
}
