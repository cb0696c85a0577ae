//! Secrets in clear text: recognised by the name of their key and by the shapes that well-known tokens have.
//!
//! A guess either way is harmless: it is only a warning, and what looks like a secret is not shown.

use model::REDACTED;

/// Words of a name behind which a secret stands.
const NAMES: &[&str] = &[
    "apikey",
    "auth",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "key",
    "pass",
    "passwd",
    "password",
    "pat",
    "pwd",
    "secret",
    "token",
];

/// Last words of a name that only says where a secret is, or which.
const POINTERS: &[&str] = &[
    "dir", "enabled", "endpoint", "file", "id", "length", "name", "path", "sock", "type", "uri",
    "url",
];

/// How the tokens of well-known services begin, and how long they are at least.
const SHAPES: &[(&str, usize)] = &[
    ("AIza", 30),
    ("AKIA", 20),
    ("ATATT", 20),
    ("SG.", 20),
    ("eyJ", 30),
    ("figd_", 20),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("github_pat_", 20),
    ("glpat-", 20),
    ("hf_", 20),
    ("lin_api_", 20),
    ("npm_", 20),
    ("ntn_", 20),
    ("pypi-", 20),
    ("rk_live_", 20),
    ("secret_", 20),
    ("sk-", 20),
    ("sk_live_", 20),
    ("tvly-", 20),
    ("xoxa-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
];

/// Texts that stand where somebody should have put a secret.
const PLACEHOLDERS: &[&str] = &[
    "...", "…", "<", "change", "insert", "my-", "replace", "todo", "xxx", "your",
];

/// Whether a name is that of a secret: `API_KEY`, `X-Auth-Token`, `apiKey`, `--password`.
pub(crate) fn is_name(name: &str) -> bool {
    let words = words(name);
    let is_pointer = words
        .last()
        .is_some_and(|last| POINTERS.contains(&last.as_str()));
    !is_pointer && words.iter().any(|word| NAMES.contains(&word.as_str()))
}

/// The words of a name, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        let starts = !c.is_alphanumeric() || (c.is_uppercase() && was_small);
        if starts {
            words.push(String::new());
        }
        was_small = c.is_lowercase();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a text has the shape of a token, or is an address with a password in it.
pub(crate) fn is_token(text: &str) -> bool {
    let mut words = text.split(|c| !is_part(c));
    words.any(has_shape) || has_password(text) || has_parameter(text)
}

/// Whether a character can stand in a token.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn has_shape(word: &str) -> bool {
    let is_it = |(start, length): &(&str, usize)| word.starts_with(start) && word.len() >= *length;
    SHAPES.iter().any(is_it)
}

fn has_password(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let password = user.and_then(|user| user.split_once(':'));
    password.is_some_and(|(_, password)| !password.is_empty())
}

fn has_parameter(address: &str) -> bool {
    let Some((_, query)) = address.split_once('?') else {
        return false;
    };
    let is_secret = |pair: &str| {
        let pair = pair.split_once('=');
        pair.is_some_and(|(name, value)| is_name(name) && value.len() > 7)
    };
    address.contains("://") && query.split('&').any(is_secret)
}

/// Whether a text under the name of a secret can be one.
pub(super) fn is_value(text: &str) -> bool {
    let text = text.strip_prefix("Bearer ").unwrap_or(text).trim();
    let is_switch = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "none"
    );
    let is_reference = text.starts_with(['/', '~', '.']) || text.contains("://");
    text.len() > 3 && !is_switch && !is_reference && !is_placeholder(text)
}

/// Whether a text only says that something has to be put in its place.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.strip_prefix("Bearer ").unwrap_or(text).trim();
    let text = text.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|start| text.starts_with(start))
}

/// Words of a command line for people to read: what can be a secret is left out, and nothing else, because
/// somebody may have to agree to the command.
pub(crate) fn shown<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut after_name = false;
    let show = |word: &'a str| {
        let is_plain = !word.contains([' ', ';', '|', '&', '`', '$']);
        let is_hidden = after_name && is_plain && !word.starts_with('-');
        after_name = word.starts_with('-') && !word.contains('=') && is_name(word);
        if is_hidden || (is_plain && (has_password(word) || has_parameter(word))) {
            return REDACTED.to_owned();
        }
        match value_at(word).map(|at| word.split_at(at)) {
            Some((name, value)) if is_name(name) && !value.is_empty() => {
                format!("{name}{REDACTED}")
            }
            _ => without_tokens(word),
        }
    };
    words.into_iter().map(show).collect()
}

/// Where the value begins in `name=value`, or in `Name: Scheme value`.
fn value_at(word: &str) -> Option<usize> {
    let at = match word.find(": ") {
        Some(at) => at + 2,
        None => word.find('=')? + 1,
    };
    let (name, value) = word.split_at(at);
    let blanks = if name.ends_with(' ') { 1 } else { 0 };
    let is_value = !value.contains([';', '|', '&', '`', '$']);
    let is_one = value.matches(' ').count() <= blanks && name.matches(' ').count() == blanks;
    (is_value && is_one).then_some(at)
}

/// What in a text has the shape of a token.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_part(c)).filter(|word| has_shape(word))
}

/// A text without what has the shape of a token.
fn without_tokens(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive(|c| !is_part(c)) {
        let word = piece.trim_end_matches(|c| !is_part(c));
        match has_shape(word) {
            true => out.push_str(&piece.replacen(word, REDACTED, 1)),
            false => out.push_str(piece),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for (name, expected) in [
            ("API_KEY", true),
            ("apiKey", true),
            ("X-Auth-Token", true),
            ("GITHUB_PERSONAL_ACCESS_TOKEN", true),
            ("Authorization", true),
            ("--password", true),
            ("SSH_KEY_PATH", false),
            ("AWS_ACCESS_KEY_ID", false),
            ("TOKEN_URL", false),
            ("MONKEY", false),
            ("DEBUG", false),
        ] {
            assert_eq!(is_name(name), expected, "{name}");
        }
    }

    #[test]
    fn shapes_of_tokens() {
        for (text, expected) in [
            ("ghp_0123456789abcdef0123456789abcdef0123", true),
            ("Authorization: Bearer sk-ant-0123456789abcdef", true),
            ("--token=xoxb-0123456789-abcdefghij", true),
            ("postgres://ann:hunter2@db/x", true),
            ("https://a.example/mcp?api_key=0123456789", true),
            ("https://a.example/mcp?page=0123456789", false),
            ("https://ann@a.example/mcp", false),
            ("npm_config", false),
            ("@modelcontextprotocol/server-filesystem", false),
        ] {
            assert_eq!(is_token(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_shown_of_a_command() {
        for (words, expected) in [
            ("a --token hunter2 b", "a --token ***REDACTED*** b"),
            (
                "a --api-key=hunter2 --verbose",
                "a --api-key=***REDACTED*** --verbose",
            ),
            ("a ghp_0123456789abcdef0123", "a ***REDACTED***"),
            ("npx -y server /data", "npx -y server /data"),
        ] {
            assert_eq!(shown(words.split(' ')).join(" "), expected);
        }
        let header = shown(["--header", "Authorization: Bearer hunter2", "X: y"]);
        assert_eq!(
            header,
            ["--header", "Authorization: ***REDACTED***", "X: y"]
        );
        // What would be run is not hidden behind something that looks like a secret.
        for script in [
            "key=1; rm -rf /",
            "token: x; rm",
            "rm -rf / # ?key=12345678",
        ] {
            assert_eq!(shown(["sh", "-c", script])[2], script);
        }
        let script = "curl -d ghp_0123456789abcdef0123 a.example";
        assert_eq!(shown([script]), ["curl -d ***REDACTED*** a.example"]);
    }
}
