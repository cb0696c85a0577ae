//! Secrets in command lines and in what processes say, hidden before anybody sees them.

use crate::config::{names_secret, secret_shapes, shown_words};

pub(crate) use model::REDACTED;

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
        let (text, hides) = match word == REDACTED || hides_next && !word.starts_with('-') {
            true => (REDACTED.to_owned(), false),
            false => one(&word),
        };
        shown.push(text);
        hides_next = hides;
    }
    shown.join(" ")
}

/// The secrets in what a process is given, so that they can be found in what it says: `env` by name and value.
pub(crate) fn given<'a>(
    args: impl IntoIterator<Item = &'a str>,
    env: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_value = false;
    for word in args {
        if is_value && !word.starts_with('-') {
            found.push(word.to_owned());
        }
        is_value = false;
        match word.find(['=', ':']).filter(|at| *at > 0) {
            Some(at) if is_secret(&word[..at]) && !word[..at].contains('/') => {
                found.extend(value(&word[at + 1..]));
            }
            Some(_) => {}
            None => is_value = word.starts_with('-') && is_secret(word),
        }
        let lower = word.to_lowercase();
        is_value |= lower == "bearer" || lower == "basic";
        if lower.starts_with("bearer ") || lower.starts_with("basic ") {
            found.extend(value(word));
        }
        found.extend(inside(word));
    }
    for (name, text) in env {
        if is_secret(name) {
            found.extend(value(text));
        }
        found.extend(inside(text));
    }
    found.retain(|secret| secret.len() >= SHORTEST);
    found
}

/// A value and, behind a scheme such as `Bearer`, the token in it.
fn value(text: &str) -> Vec<String> {
    let text = text.trim();
    let token = text.split_once(' ').map(|(_, token)| token.trim());
    let parts = std::iter::once(text).chain(token);
    parts.map(str::to_owned).collect()
}

/// Tokens that can be told by their shape, and what addresses hold of secrets.
fn inside(text: &str) -> Vec<String> {
    let mut found: Vec<String> = secret_shapes(text).map(str::to_owned).collect();
    let Some((_, rest)) = text.split_once("://") else {
        return found;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let user = rest[..end].rsplit_once('@').map(|(user, _)| user);
    let password = user.and_then(|user| user.split_once(':'));
    found.extend(password.map(|(_, password)| password.to_owned()));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let pairs = query
        .split(['&', '#'])
        .filter_map(|pair| pair.split_once('='));
    let secret = pairs.filter(|(name, _)| is_secret(name));
    found.extend(secret.map(|(_, value)| value.to_owned()));
    found
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
    fn secrets_that_a_process_is_given() {
        for (args, env, expected) in [
            (&["--token=hush-1"][..], &[][..], &["hush-1"][..]),
            (&["--api-key", "hush-1", "go-on-so"], &[], &["hush-1"]),
            (&["--api-key", "--quiet"], &[], &[]),
            (
                &["--header", "Authorization: Bearer hush-1"],
                &[],
                &["Bearer hush-1", "hush-1"],
            ),
            (&["Bearer", "hush-1"], &[], &["hush-1"]),
            (
                &["postgres://me:hush-1@db/x?apiKey=hush-2&page=nothing"],
                &[],
                &["hush-1", "hush-2"],
            ),
            (
                &["-c", "curl ghp_0123456789abcdef0123"],
                &[],
                &["ghp_0123456789abcdef0123"],
            ),
            (
                &[],
                &[
                    ("API_KEY", "hush-1"),
                    ("DB", "x://me:hush-2@h"),
                    ("MODE", "production"),
                ],
                &["hush-1", "hush-2"],
            ),
            (&["--token", "no"], &[("KEY", "1")], &[]),
            (&["/data/keys:/keys", "-y", "@x/y", "", "="], &[], &[]),
        ] {
            let found = given(args.iter().copied(), env.iter().copied());
            assert_eq!(found, expected, "{args:?} {env:?}");
        }
    }

    #[test]
    fn known_secrets_are_hidden_in_texts() {
        let secrets = ["hush-hush".to_owned(), "1".to_owned()];
        let shown = without("401 for hush-hush, hush-hush!", &secrets);
        assert_eq!(shown, "401 for ***REDACTED***, ***REDACTED***!");
    }
}
