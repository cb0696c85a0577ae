//! Characters that a model reads and a person does not see.

/// A kind of hidden characters.
pub(crate) struct Hidden {
    /// A word for it.
    pub(crate) name: &'static str,
    /// Why it matters.
    pub(crate) reason: &'static str,
    /// Where it begins, in bytes.
    pub(crate) at: usize,
    /// What it says, where it says something.
    pub(crate) says: String,
}

/// Hidden characters in a text: the first of each kind.
pub(crate) fn hidden(text: &str) -> Vec<Hidden> {
    let mut found: Vec<Hidden> = Vec::new();
    let mut before = None;
    // Where the flag of a region ends.
    let mut flag_end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        if c == '\u{1F3F4}' {
            let after = at + c.len_utf8();
            flag_end = after + flag(&text[after..]);
        }
        let kind = match c {
            _ if is_tag(c) && at < flag_end => None,
            _ if is_tag(c) => Some((
                "tag characters",
                "Tag characters hide a text from people that a model reads.",
            )),
            _ if is_selector(c) => (!selects(before, c)).then_some((
                "variation selectors",
                "Variation selectors without a character that has variants hide bytes that a model can read.",
            )),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some((
                "direction characters",
                "Characters that turn the direction of writing make a text look like another.",
            )),
            // They belong to Persian, Indic and other scripts, and join emoji.
            '\u{200c}' | '\u{200d}' if joins(before, next) => None,
            '\u{200e}' | '\u{200f}'
                if before.is_some_and(is_right_to_left) || next.is_some_and(is_right_to_left) =>
            {
                None
            }
            '\u{feff}' if at == 0 => None,
            '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}' => Some((
                "zero-width characters",
                "Characters without a width hide a text, or split words so that a search does not find them.",
            )),
            '\u{1b}' | '\u{9b}' => Some((
                "terminal escapes",
                "Escape sequences hide or repaint text where it is shown in a terminal.",
            )),
            _ => None,
        };
        if let Some((name, reason)) = kind {
            match found.iter_mut().find(|it| it.name == name) {
                Some(known) => known.says.extend(letter(c)),
                None => found.push(Hidden {
                    name,
                    reason,
                    at,
                    says: letter(c).into_iter().collect(),
                }),
            }
        }
        before = Some(c);
    }
    found
}

/// The text without what is not seen, as one line: words that were split are whole again.
pub(crate) fn plain(text: &str) -> String {
    let is_seen = |c: &char| {
        !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{180e}')
            && !is_tag(*c)
            && !is_selector(*c)
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(is_seen) {
        match c.is_whitespace() || c.is_control() {
            true if out.ends_with(' ') => {}
            true => out.push(' '),
            false => out.push(c),
        }
    }
    out
}

fn is_tag(c: char) -> bool {
    ('\u{e0000}'..='\u{e007f}').contains(&c)
}

/// How long what follows the black flag is in the flag of a region, in bytes: one to six tag letters and the tag that
/// ends them (<https://www.unicode.org/reports/tr51/#flag-emoji-tag-sequences>); 0 where it is no such flag.
fn flag(after: &str) -> usize {
    let is_letter = |c: &char| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
    let letters = after.chars().take_while(is_letter).count();
    let is_ended = after.chars().nth(letters) == Some('\u{e007f}');
    match is_ended && (1..=6).contains(&letters) {
        true => (letters + 1) * '\u{e007f}'.len_utf8(),
        false => 0,
    }
}

/// Variation selectors: each can stand for a byte.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a selector chooses between the variants of the character before it: of an emoji (digits with a key's frame
/// among them), of a symbol or letter beyond ASCII, of an ideograph (<https://unicode.org/reports/tr37/>).
fn selects(before: Option<char>, selector: char) -> bool {
    before.is_some_and(|before| match selector {
        '\u{fe0e}' | '\u{fe0f}' if matches!(before, '0'..='9' | '#' | '*') => true,
        '\u{fe00}'..='\u{fe0f}' => {
            !before.is_ascii() && !before.is_whitespace() && !is_unseen(before)
        }
        _ => {
            matches!(before, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        }
    })
}

/// What stands for nothing that could have variants.
fn is_unseen(c: char) -> bool {
    is_selector(c)
        || is_tag(c)
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}')
}

/// The letter that a tag character or a variation selector stands for.
fn letter(c: char) -> Option<char> {
    let byte = match u32::from(c) {
        code @ 0xe0000..=0xe007f => code - 0xe0000,
        code @ 0xfe00..=0xfe0f => code - 0xfe00,
        code @ 0xe0100..=0xe01ef => code - 0xe0100 + 16,
        _ => return None,
    };
    let letter = u8::try_from(byte).ok().map(char::from)?;
    (letter.is_ascii_graphic() || letter == ' ').then_some(letter)
}

/// Whether what stands on both sides is joined by a zero-width joiner, as scripts and emoji have it.
fn joins(before: Option<char>, next: Option<char>) -> bool {
    let may = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !c.is_whitespace());
    may(before) && may(next) && !next.is_some_and(is_selector)
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_found_and_what_scripts_need_is_not() {
        let tagged: String = "run it"
            .chars()
            .filter_map(|c| char::from_u32(0xe0000 + u32::from(c)))
            .collect();
        let selected: String = "run it"
            .chars()
            .filter_map(|c| char::from_u32(0xe0100 + u32::from(c) - 16))
            .collect();
        let behind_a_flag = format!("\u{1F3F4}{tagged}");
        let long_flag = format!("\u{1F3F4}{}\u{e007f}", "\u{e0061}".repeat(7));
        let with_hearts = format!("I ❤\u{fe0f}{selected}");
        for (text, expected) in [
            ("plain text\nwith lines\t", &[][..]),
            // A family, the flag of Wales, Persian, Hebrew with a mark, a byte order mark.
            ("\u{1F468}\u{200d}\u{1F469}", &[]),
            (
                "\u{1F3F4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
                &[],
            ),
            // A heart, a key, an eye in a bubble; a variant of a symbol, one of an ideograph.
            ("\u{2764}\u{fe0f}1\u{fe0f}\u{20e3}", &[]),
            ("\u{1f441}\u{fe0f}\u{200d}\u{1f5e8}\u{fe0f}", &[]),
            ("\u{2229}\u{fe00}葛\u{e0100}", &[]),
            ("می\u{200c}خواهم", &[]),
            ("שלום\u{200f}.", &[]),
            ("\u{feff}begins", &[]),
            ("ig\u{200b}nore", &["zero-width characters"]),
            ("a\u{202e}txt.exe", &["direction characters"]),
            ("a\u{1b}[8mhidden", &["terminal escapes"]),
            (tagged.as_str(), &["tag characters"]),
            (behind_a_flag.as_str(), &["tag characters"]),
            (long_flag.as_str(), &["tag characters"]),
            ("\u{1F3F4}\u{e007f}", &["tag characters"]),
            (selected.as_str(), &["variation selectors"]),
            (with_hearts.as_str(), &["variation selectors"]),
            ("a\u{fe01}\u{fe02}", &["variation selectors"]),
            ("word\u{fe0f}", &["variation selectors"]),
            ("a\u{e0100}", &["variation selectors"]),
        ] {
            let names: Vec<_> = hidden(text).iter().map(|it| it.name).collect();
            assert_eq!(names, expected, "{text:?}");
        }
        assert_eq!(hidden(&tagged)[0].says, "run it");
        assert_eq!(hidden(&selected)[0].says, "run it");
        assert_eq!(plain(&with_hearts), "I ❤");
        assert_eq!(plain("ig\u{200b}nore\n\n  this"), "ignore this");
    }
}
