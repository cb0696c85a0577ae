//! Secrets in command lines and in what processes say, hidden before anybody sees them.

use crate::config::{names_secret, shown_words};

/// What stands in their place.
pub(crate) const REDACTED: &str = "***REDACTED***";

/// Words that make a name the name of a secret.
const SECRET: [&str; 7] = [
    "password",
    "passwd",
    "token",
    "secret",
    "key",
    "authorization",
    "credential",
];

/// Shortest secret that is looked for in what a process says: shorter ones are in every text.
const SHORTEST: usize = 6;

/// Whether a name is that of a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let lower = name.to_lowercase();
    SECRET.iter().any(|word| lower.contains(word)) || names_secret(name)
}

/// A command line of anybody for people: what can be a secret is hidden, by the shape of tokens (as for configured
/// commands), and more strictly than there by the names of arguments, because nobody has to agree to it.
pub(crate) fn command_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut shown = Vec::new();
    let mut hides_next = false;
    for word in shown_words(words) {
        let (text, hides) = match word == "***" || hides_next && !word.starts_with('-') {
            true => (REDACTED.to_owned(), false),
            false => one(&word),
        };
        shown.push(text);
        hides_next = hides;
    }
    shown.join(" ")
}

/// One word, and whether the next is the value that it names.
fn one(word: &str) -> (String, bool) {
    let is_flag = word.starts_with('-');
    // `--api-key=…`, `API_KEY=…`, `Authorization: …`
    let cut = word.find(['=', ':']).filter(|at| *at > 0);
    if let Some(at) = cut
        && is_secret(&word[..at])
        && !word[..at].contains('/')
    {
        return (format!("{}{REDACTED}", &word[..=at]), false);
    }
    let lower = word.to_lowercase();
    if lower == "bearer" || lower == "basic" {
        return (word.to_owned(), true);
    }
    if let Some((scheme, _)) = word.split_once(' ')
        && ["bearer", "basic"].contains(&scheme.to_lowercase().as_str())
    {
        return (format!("{scheme} {REDACTED}"), false);
    }
    (
        without_user(word),
        is_flag && cut.is_none() && is_secret(word),
    )
}

/// An address without the user and the password in it, and without the values of its query that are secrets.
fn without_user(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else {
        return word.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let user = if host.len() < authority.len() {
        format!("{REDACTED}@")
    } else {
        String::new()
    };
    let tail = match tail.split_once('?') {
        None => tail.to_owned(),
        Some((path, query)) => {
            let pairs = query.split('&').map(|pair| match pair.split_once('=') {
                Some((name, _)) if is_secret(name) => format!("{name}={REDACTED}"),
                _ => pair.to_owned(),
            });
            format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
        }
    };
    format!("{scheme}://{user}{host}{tail}")
}

/// A text in which known secrets are hidden.
pub(crate) fn without(text: &str, secrets: &[String]) -> String {
    let mut text = text.to_owned();
    let mut secrets: Vec<_> = secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST)
        .collect();
    // One may be a part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in secrets {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), REDACTED);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_have_no_secrets() {
        for (words, expected) in [
            (&["npx", "-y", "@x/y"][..], "npx -y @x/y"),
            (
                &["s", "--api-key", "hush", "go"],
                "s --api-key ***REDACTED*** go",
            ),
            (&["s", "--api-key", "--quiet"], "s --api-key --quiet"),
            (&["s", "--Token=hush"], "s --Token=***REDACTED***"),
            (
                &["docker", "-e", "DB_PASSWORD=hush"],
                "docker -e DB_PASSWORD=***REDACTED***",
            ),
            (
                &["docker", "-e", "API_KEY", "image"],
                "docker -e API_KEY image",
            ),
            (
                &[
                    "mcp-remote",
                    "https://h/mcp",
                    "--header",
                    "Authorization: Bearer hush",
                ],
                "mcp-remote https://h/mcp --header Authorization:***REDACTED***",
            ),
            (&["s", "Bearer", "hush"], "s Bearer ***REDACTED***"),
            (&["s", "Bearer hush"], "s Bearer ***REDACTED***"),
            (
                &["pg", "postgres://me:hush@db:5432/x?a=b"],
                "pg ***REDACTED***",
            ),
            (
                &["s", "https://h/mcp?apiKey=hush&x=1"],
                "s https://h/mcp?apiKey=***REDACTED***&x=1",
            ),
            (&["cat", "/etc/keys/a=b", "ä="], "cat /etc/keys/a=b ä="),
            (&["s", "ghp_0123456789abcdef0123"], "s ***REDACTED***"),
            (&["s", "https://me@h/x"], "s https://***REDACTED***@h/x"),
            (&["", "=", ":"], " = :"),
        ] {
            let shown = command_line(words.iter().copied());
            assert_eq!(shown, expected, "{words:?}");
            assert!(!shown.contains("hush"));
        }
    }

    #[test]
    fn known_secrets_are_hidden_in_texts() {
        let secrets = ["hush-hush".to_owned(), "1".to_owned()];
        let shown = without("401 for hush-hush, hush-hush!", &secrets);
        assert_eq!(shown, "401 for ***REDACTED***, ***REDACTED***!");
    }
}
