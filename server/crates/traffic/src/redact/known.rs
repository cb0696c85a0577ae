//! What looks like a secret by itself, whatever it stands beside.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex, RegexSet};

use super::REDACTED;
use crate::secrets::SECRETS;

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let shapes = SECRETS.iter().map(|secret| secret.shape);
    let each = shapes.clone().filter_map(|shape| Regex::new(shape).ok());
    Known {
        set: RegexSet::new(shapes.clone()).unwrap_or_else(|_| RegexSet::empty()),
        each: each.collect(),
    }
});

struct Known {
    /// All at once: most texts have none.
    set: RegexSet,
    each: Vec<Regex>,
}

/// Hides what looks like a secret of a known kind.
pub(super) fn known(text: &str) -> Cow<'_, str> {
    let found = KNOWN.set.matches(text);
    if !found.matched_any() {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_owned();
    for place in found.iter() {
        if let Some(value) = KNOWN.each.get(place) {
            text = hide(value, &text).into_owned();
        }
    }
    Cow::Owned(text)
}

fn hide<'t>(value: &Regex, text: &'t str) -> Cow<'t, str> {
    value.replace_all(text, |found: &Captures<'_>| {
        let after = found.name("after").map_or("", |after| after.as_str());
        let before = found.get(1).map_or("", |before| before.as_str());
        format!("{before}{REDACTED}{after}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_all_read() {
        assert_eq!(KNOWN.each.len(), SECRETS.len());
        assert_eq!(KNOWN.set.len(), SECRETS.len());
    }

    #[test]
    fn values_that_look_like_secrets() {
        let letters = "abcdefghij0123456789ABCDEFGHIJ0123456789";
        for secret in [
            format!("ghp_{letters}"),
            format!("github_pat_{letters}"),
            format!("glpat-{}", &letters[..20]),
            format!("sk-proj-{letters}"),
            format!("sk-ant-api03-{letters}"),
            format!("sk_live_{}", &letters[..24]),
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
            format!("AIza{}", &letters[..35]),
            format!("xoxb-123456789012-{}", &letters[..24]),
            format!("npm_{}", &letters[..36]),
            format!("hf_{}", &letters[..34]),
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl".to_owned(),
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----".to_owned(),
            "-----BEGIN PRIVATE KEY-----\nMIIEcut".to_owned(),
        ] {
            let text = format!("before {secret}");
            assert_eq!(known(&text), format!("before {REDACTED}"), "{secret}");
        }
        for (text, expected) in [
            ("Bearer abcdef0123456789", "Bearer ***REDACTED***"),
            (
                "curl -H 'Authorization: Basic YW5uOnBhc3M=' x",
                "curl -H 'Authorization: Basic ***REDACTED***' x",
            ),
            ("postgres://ann:pa55@db/x", "postgres://***REDACTED***@db/x"),
            ("https://a.example:8080/b@c", "https://a.example:8080/b@c"),
            ("tokens are counted", "tokens are counted"),
            (
                "a task-list and a risk-free plan",
                "a task-list and a risk-free plan",
            ),
        ] {
            assert_eq!(known(text), expected, "{text}");
        }
    }
}
