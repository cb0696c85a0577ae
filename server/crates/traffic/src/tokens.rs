//! How many tokens a model would make of a text, roughly.
//!
//! Every model cuts texts in its own way, and none of their tables is small. The rule of thumb is four letters a token
//! in English (<https://help.openai.com/en/articles/4936856-what-are-tokens-and-how-to-count-them>); letters
//! outside ASCII are counted as a token each, because most scripts come to that or less. So:
//! `tokens = ⌈ASCII letters / 4⌉ + other letters`. It is for comparing tools with each other, not for bills.

/// The estimate for a text.
pub fn estimate(text: &str) -> u64 {
    // Most are, and that is seen many letters at a time.
    if text.is_ascii() {
        return text.len().div_ceil(4) as u64;
    }
    let ascii = text.bytes().filter(u8::is_ascii).count();
    // Each letter outside ASCII begins with one such byte.
    let others = text.bytes().filter(|byte| *byte >= 0xc0).count();
    (ascii.div_ceil(4) + others) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_letters_a_token() {
        for (text, tokens) in [
            ("", 0),
            ("a", 1),
            ("four", 1),
            ("fives", 2),
            ("äöü", 3),
            ("日本 ok", 3),
        ] {
            assert_eq!(estimate(text), tokens, "{text}");
        }
    }
}
