//! Texts of foreign servers, fit to be shown: they are trusted by nobody.

/// Replaces what would not be seen, or would make other text look different, by `�`: control
/// characters except line breaks and tabs, and the direction and invisible-tag characters that
/// hide text from people but not from models.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            c if c.is_control() => '\u{fffd}',
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => '\u{fffd}',
            '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_become_visible() {
        for (text, expected) in [
            ("plain <b>ß</b> 日本\n\tx", "plain <b>ß</b> 日本\n\tx"),
            ("a\0b\u{1b}[31mc\r", "a�b�[31mc�"),
            ("safe\u{202e}live", "safe�live"),
            ("x\u{e0041}\u{200b}y", "x��y"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }
}
