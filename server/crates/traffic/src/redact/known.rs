//! What looks like a secret by itself, whatever it stands beside.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex, RegexSet};

use super::REDACTED;

/// What secrets look like. A first group stays, and so does a last one that is named `after`.
const VALUES: [&str; 12] = [
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)",
    // GitHub, GitLab.
    r"\b(?:gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_\-]{16,})",
    // OpenAI, Anthropic and who writes like them; Stripe.
    r"\bsk-[A-Za-z0-9_\-]{16,}",
    r"\b(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{10,}",
    // Amazon, Google.
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b",
    r"\b(?:AIza[0-9A-Za-z_\-]{30,}|ya29\.[0-9A-Za-z_\-]{16,}|GOCSPX-[0-9A-Za-z_\-]{16,})",
    // Slack, registries, Hugging Face, DigitalOcean, SendGrid.
    r"\b(?:xox[a-z]-[A-Za-z0-9\-]{10,}|xapp-[A-Za-z0-9\-]{10,})",
    r"\b(?:npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_\-]{30,}|hf_[A-Za-z0-9]{20,}|do[opr]_v1_[a-f0-9]{32,}|SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,})",
    // JSON Web Tokens.
    r"\beyJ[A-Za-z0-9_\-]{6,}\.[A-Za-z0-9_\-]{6,}(?:\.[A-Za-z0-9_\-]*)?",
    r"(?i)(\bbearer\s+)[A-Za-z0-9._~+/=\-]{8,}",
    r"(?i)(\bauthorization\b\W{0,4}(?:\w+\s+)?)[A-Za-z0-9._~+/=\-]{8,}",
    // Passwords in addresses.
    r"(://)[^/\s:@]*:[^/\s@]+(?P<after>@)",
];

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let each = VALUES.iter().filter_map(|value| Regex::new(value).ok());
    Known {
        set: RegexSet::new(VALUES).unwrap_or_else(|_| RegexSet::empty()),
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
        assert_eq!(KNOWN.each.len(), VALUES.len());
        assert_eq!(KNOWN.set.len(), VALUES.len());
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
