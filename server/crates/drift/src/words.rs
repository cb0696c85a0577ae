//! How two texts differ, by words.

use similar::{ChangeTag, TextDiff};

/// Longest text that is compared by words, in bytes; of longer ones the beginning is.
const LONGEST: usize = 16 << 10;

/// In which of the two texts a piece stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In both.
    Same,
    /// Only in the old one.
    Old,
    /// Only in the new one.
    New,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands.
    pub side: Side,
    /// The text.
    pub text: String,
}

/// The pieces of two texts in order, neighbours of one side joined.
pub fn words(old: &str, new: &str) -> Vec<Piece> {
    let short = |text: &'_ str| text.floor_char_boundary(LONGEST);
    let (old, new) = (&old[..short(old)], &new[..short(new)]);
    let diff = TextDiff::from_words(old, new);
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let side = match change.tag() {
            ChangeTag::Equal => Side::Same,
            ChangeTag::Delete => Side::Old,
            ChangeTag::Insert => Side::New,
        };
        match pieces.last_mut() {
            Some(last) if last.side == side => last.text.push_str(change.value()),
            _ => pieces.push(Piece {
                side,
                text: change.value().to_owned(),
            }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_by_words() {
        use Side::{New, Old, Same};
        for (old, new, expected) in [
            ("", "", &[][..]),
            ("Adds.", "Adds.", &[(Same, "Adds.")]),
            ("", "new text", &[(New, "new text")]),
            (
                "Adds two numbers",
                "Adds three numbers",
                &[
                    (Same, "Adds "),
                    (Old, "two"),
                    (New, "three"),
                    (Same, " numbers"),
                ],
            ),
            ("Zürich ist", "Zürich", &[(Same, "Zürich"), (Old, " ist")]),
        ] {
            let pieces = words(old, new);
            let found: Vec<_> = pieces
                .iter()
                .map(|it| (it.side, it.text.as_str()))
                .collect();
            assert_eq!(found, expected, "{old:?} → {new:?}");
        }
    }

    #[test]
    fn very_long_texts_are_compared_at_their_beginning() {
        let long = "wörter ".repeat(100_000);
        let pieces = words(&long, "");
        assert!(pieces.iter().map(|it| it.text.len()).sum::<usize>() <= LONGEST);
    }
}
