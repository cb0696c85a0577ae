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
    let mut is_flag = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        // Flags of regions are a black flag and tag characters up to the one that ends them.
        is_flag = c == '\u{1F3F4}' || (is_flag && is_tag(c));
        let kind = match c {
            _ if is_tag(c) && is_flag => None,
            _ if is_tag(c) => Some((
                "tag characters",
                "Tag characters hide a text from people that a model reads.",
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
                Some(known) => known.says.extend(tag_letter(c)),
                None => found.push(Hidden {
                    name,
                    reason,
                    at,
                    says: tag_letter(c).into_iter().collect(),
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

/// The letter that a tag character stands for.
fn tag_letter(c: char) -> Option<char> {
    let letter = u32::from(c).checked_sub(0xe0000)?;
    let letter = u8::try_from(letter).ok().map(char::from)?;
    (letter.is_ascii_graphic() || letter == ' ').then_some(letter)
}

/// Whether what stands on both sides is joined by a zero-width joiner, as scripts and emoji have it.
fn joins(before: Option<char>, next: Option<char>) -> bool {
    let may = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !c.is_whitespace());
    may(before) && may(next)
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
        for (text, expected) in [
            ("plain text\nwith lines\t", &[][..]),
            // A family, the flag of Wales, Persian, Hebrew with a mark, a byte order mark.
            ("\u{1F468}\u{200d}\u{1F469}", &[]),
            (
                "\u{1F3F4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
                &[],
            ),
            ("می\u{200c}خواهم", &[]),
            ("שלום\u{200f}.", &[]),
            ("\u{feff}begins", &[]),
            ("ig\u{200b}nore", &["zero-width characters"]),
            ("a\u{202e}txt.exe", &["direction characters"]),
            ("a\u{1b}[8mhidden", &["terminal escapes"]),
            (tagged.as_str(), &["tag characters"]),
        ] {
            let names: Vec<_> = hidden(text).iter().map(|it| it.name).collect();
            assert_eq!(names, expected, "{text:?}");
        }
        assert_eq!(hidden(&tagged)[0].says, "run it");
        assert_eq!(plain("ig\u{200b}nore\n\n  this"), "ignore this");
    }
}
