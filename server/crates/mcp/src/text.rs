//! Making foreign text fit for a sentence: no control characters, no secrets, bounded.

/// Longest foreign text quoted in a sentence, in characters.
pub(crate) const QUOTE_CHARS: usize = 200;

/// The URL without user info, query and fragment, where secrets commonly are.
pub fn public_url(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = &url[..end];
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// One line of printable text: escape sequences removed, control and invisible characters turned
/// into spaces, runs of white space into one, and cut after `max_chars`.
pub(crate) fn clean(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    let mut gap = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            skip_escape(&mut chars);
            continue;
        }
        if c.is_whitespace() || c.is_control() || is_invisible(c) {
            gap = count > 0;
            continue;
        }
        if count >= max_chars {
            out.push('…');
            break;
        }
        if gap {
            out.push(' ');
            count += 1;
            gap = false;
        }
        out.push(c);
        count += 1;
    }
    out
}

/// Skips the rest of a terminal escape sequence, of which ESC is already read.
fn skip_escape(chars: &mut std::str::Chars<'_>) {
    let rest = chars.as_str();
    if let Some(body) = rest.strip_prefix('[') {
        *chars = body.chars();
        // A control sequence ends with a byte from '@' to '~'.
        chars.by_ref().find(|c| ('@'..='~').contains(c));
    } else if let Some(body) = rest.strip_prefix(']') {
        *chars = body.chars();
        // An operating system command ends with BEL (or ESC \, which the next round removes).
        chars.by_ref().find(|c| *c == '\u{7}' || *c == '\u{1b}');
    } else {
        chars.next();
    }
}

/// Characters that change how their neighbours look without being seen themselves.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The text cut to at most `max_bytes`, at a character border; `None` if it was short enough.
pub(crate) fn cut(text: &str, max_bytes: usize) -> Option<String> {
    (text.len() > max_bytes).then(|| text[..text.floor_char_boundary(max_bytes)].to_owned())
}

/// Values that must never be shown, hidden wherever a text quotes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(model::Secrets);

impl Secrets {
    /// The secrets of an HTTP endpoint: header values (with and without a scheme such as
    /// `Bearer`), and what [`public_url`] leaves out.
    pub(crate) fn of(url: &str, headers: &[(String, String)]) -> Self {
        let tokens = headers.iter().flat_map(|(_, value)| {
            let token = value.split_once(' ').map(|(_, token)| token);
            [Some(value.as_str()), token]
        });
        let query = url.split_once('?').map(|(_, query)| query);
        let values = query.unwrap_or_default().split(['&', '#']).map(|pair| {
            let value = pair.split_once('=').map_or(pair, |(_, value)| value);
            Some(value)
        });
        let user_info = url.split_once("://").and_then(|(_, rest)| {
            let authority = rest.split(['/', '?', '#']).next()?;
            authority.rsplit_once('@').map(|(user, _)| user)
        });
        let password = user_info
            .and_then(|user| user.split_once(':'))
            .map(|(_, word)| word);
        let all = tokens.chain([user_info, password, query]).chain(values);
        Self::of_values(all.flatten())
    }

    /// Secrets as they are.
    pub(crate) fn of_values<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self(model::Secrets::of(values))
    }

    /// These and others.
    pub(crate) fn and<'a>(&self, values: impl IntoIterator<Item = &'a str>) -> Self {
        Self(self.0.and(values))
    }

    /// Takes in a token that was given only now; all clones know it.
    pub(crate) fn learn(&self, token: &str) {
        self.0.learn(token);
    }

    /// The text without the secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.hide(text).into_owned()
    }

    /// A quotation fit for a sentence.
    pub(crate) fn quote(&self, text: &str) -> String {
        self.quote_within(text, QUOTE_CHARS)
    }

    /// The same of another length.
    pub(crate) fn quote_within(&self, text: &str, max_chars: usize) -> String {
        clean(&self.hide(text), max_chars)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaned_text_is_one_printable_line() {
        let cases = [
            ("plain", "plain"),
            ("  two\r\n\tlines \n", "two lines"),
            ("\u{1b}[31;1mred\u{1b}[0m alert", "red alert"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("a\u{202e}cba\u{0}b", "a cba b"),
            ("\u{1b}", ""),
            ("0123456789x", "0123456789…"),
            ("", ""),
        ];
        for (input, expected) in cases {
            assert_eq!(clean(input, 10), expected, "{input:?}");
        }
    }

    #[test]
    fn a_public_url_has_no_place_for_a_secret() {
        let cases = [
            ("http://host/mcp", "http://host/mcp"),
            (
                "https://user:pass@host:8443/mcp?key=1#top",
                "https://host:8443/mcp",
            ),
            ("https://host?token=1", "https://host"),
            ("https://host/a@b", "https://host/a@b"),
            ("not a url", "not a url"),
        ];
        for (input, expected) in cases {
            assert_eq!(public_url(input), expected);
        }
    }

    #[test]
    fn secrets_are_hidden_in_every_form() {
        let headers = [("Authorization".to_owned(), "Bearer abc123".to_owned())];
        let secrets = Secrets::of("https://me:pw99@host/mcp?key=xyz&v=2", &headers);
        let text = "sent Bearer abc123, token abc123 to me:pw99@host (pw99) with key xyz, v 2";
        assert_eq!(
            secrets.hide(text),
            "sent #, token # to #@host (#) with key #, v 2".replace('#', model::REDACTED)
        );
        assert!(!format!("{secrets:?}").contains("abc123"));
    }

    #[test]
    fn cut_respects_character_borders() {
        assert_eq!(cut("short", 5), None);
        assert_eq!(cut("aäb", 2).as_deref(), Some("a"));
    }
}
