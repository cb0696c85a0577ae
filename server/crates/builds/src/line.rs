//! Bytes as lines: of bounded length, without colours.

/// Letters of a line that are kept; what is behind them is left out and counted.
const LONGEST: usize = 1 << 20;

/// Puts lines together from pieces. A carriage return ends one too: cargo's bar stands on such a line.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
    /// Bytes of the line that were too many.
    surplus: u64,
    /// Lines that were cut.
    cut: u64,
}

impl Lines {
    /// Takes bytes, and gives each line that is whole.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) {
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let is_end = matches!(piece.last(), Some(b'\n' | b'\r'));
            let text = if is_end {
                &piece[..piece.len() - 1]
            } else {
                piece
            };
            let room = LONGEST.saturating_sub(self.begun.len()).min(text.len());
            self.begun.extend_from_slice(&text[..room]);
            self.surplus += (text.len() - room) as u64;
            if is_end {
                self.give(&mut each);
            }
        }
    }

    /// Gives what has no end.
    pub fn finish(&mut self, mut each: impl FnMut(&str)) {
        if !self.begun.is_empty() {
            self.give(&mut each);
        }
    }

    /// How many lines were too long.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }

    fn give(&mut self, each: &mut impl FnMut(&str)) {
        if self.surplus > 0 {
            self.cut += 1;
        }
        each(&String::from_utf8_lossy(&self.begun));
        self.begun.clear();
        self.surplus = 0;
    }
}

/// A text without the sequences that colour it and move the cursor.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\u{1b}' {
            if letter == '\n' || letter == '\t' || !letter.is_control() {
                plain.push(letter);
            }
            continue;
        }
        match letters.peek() {
            // `ESC [ … letter`: colours and the cursor.
            Some('[') => {
                letters.next();
                while letters.next().is_some_and(|it| !('@'..='~').contains(&it)) {}
            }
            // `ESC ] … BEL` or `ESC ] … ESC \`: links and titles.
            Some(']') => {
                while let Some(it) = letters.next() {
                    if it == '\u{7}' || (it == '\u{1b}' && letters.next_if_eq(&'\\').is_some()) {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    plain
}

/// The first so many bytes of a text, cut where a letter ends.
pub(crate) fn first(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_from_pieces() {
        for (pieces, expected) in [
            (&["a\nb", "c\n"][..], &["a", "bc"][..]),
            (&["a\r\nb\n"], &["a", "", "b"]),
            (&["\n\n"], &["", ""]),
            (&["bar 1/2\rbar 2/2\r"], &["bar 1/2", "bar 2/2"]),
            (&["no end"], &["no end"]),
        ] {
            let (mut lines, mut given) = (Lines::default(), Vec::new());
            for piece in pieces {
                lines.push(piece.as_bytes(), |line| given.push(line.to_owned()));
            }
            lines.finish(|line| given.push(line.to_owned()));
            assert_eq!(given, expected, "{pieces:?}");
        }
    }

    #[test]
    fn a_line_without_an_end_takes_no_memory() {
        let (mut lines, mut given) = (Lines::default(), Vec::new());
        for _ in 0..40 {
            lines.push(&[b'x'; 1 << 16], |line| given.push(line.len()));
        }
        lines.push(b"\nshort\n", |line| given.push(line.len()));
        assert_eq!((given, lines.cut()), (vec![LONGEST, 5], 1));
    }

    #[test]
    fn colours_are_taken_away() {
        for (text, expected) in [
            ("\u{1b}[1m\u{1b}[33mwarning\u{1b}[0m: x", "warning: x"),
            ("\u{1b}]8;;http://x\u{1b}\\E0308\u{1b}]8;;\u{7}!", "E0308!"),
            ("\u{1b}[Ka\tb\u{8}", "a\tb"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
        ] {
            assert_eq!(plain(text), expected);
        }
    }
}
