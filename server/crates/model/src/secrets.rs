//! Values that are never shown, and the word that stands in their place.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What is shown in place of a secret, everywhere in the product.
pub const REDACTED: &str = "***REDACTED***";

/// A word of one or two letters is no secret, and hiding it garbles every sentence.
const SHORTEST: usize = 3;

/// Most values that are kept of those that become known on the way; the oldest go first.
const MOST_LEARNT: usize = 16;

/// Values that must never be shown, hidden wherever a text quotes them. Clones, and what [`Secrets::and`] makes of
/// them, learn together.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Longest first, so that no part of a longer secret survives.
    known: Vec<String>,
    learnt: Arc<Mutex<VecDeque<String>>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Secrets {
    /// Secrets as they are; what is too short to be one is left out.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self::default().and(values)
    }

    /// These and others.
    #[must_use]
    pub fn and<'a>(&self, values: impl IntoIterator<Item = &'a str>) -> Self {
        let others = values.into_iter().map(str::trim);
        let others = others.filter(|secret| secret.len() >= SHORTEST);
        let mut known = self.known.clone();
        known.extend(others.map(str::to_owned));
        known.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        known.dedup();
        Self {
            known,
            learnt: Arc::clone(&self.learnt),
        }
    }

    /// Takes in a secret that has become known only now, such as a token that somebody gave.
    pub fn learn(&self, secret: &str) {
        let mut learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        if secret.len() < SHORTEST || learnt.iter().any(|known| known == secret) {
            return;
        }
        if learnt.len() == MOST_LEARNT {
            learnt.pop_front();
        }
        learnt.push_back(secret.to_owned());
    }

    /// The text with [`REDACTED`] in place of every secret.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.known.iter().chain(learnt.iter());
        let mut quoted: Vec<&str> = all
            .map(String::as_str)
            .filter(|secret| text.contains(secret))
            .collect();
        if quoted.is_empty() {
            return Cow::Borrowed(text);
        }
        quoted.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        // In one go: what stands in a secret's place is not looked at again.
        let (mut out, mut rest) = (String::new(), text);
        while let Some(next) = rest.chars().next() {
            match quoted.iter().find(|secret| rest.starts_with(**secret)) {
                Some(secret) => {
                    out.push_str(REDACTED);
                    rest = &rest[secret.len()..];
                }
                None => {
                    out.push(next);
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        Cow::Owned(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        for (secrets, text, expected) in [
            (
                &["abc"][..],
                "abc, abcabc",
                "***REDACTED***, ***REDACTED******REDACTED***",
            ),
            (&["abc", "abcdef"], "abcdef", "***REDACTED***"),
            (&["REDACTED", "hush"], "hush", "***REDACTED***"),
            (&[" hush\n"], "ä hush ö", "ä ***REDACTED*** ö"),
            (&["", "a", "no"], "a no", "a no"),
            (&[], "plain", "plain"),
        ] {
            let hidden = Secrets::of(secrets.iter().copied());
            assert_eq!(hidden.hide(text), expected, "{secrets:?}");
            assert_eq!(format!("{hidden:?}"), REDACTED);
        }
    }

    #[test]
    fn what_is_learnt_is_hidden_by_all_who_know_each_other() {
        let first = Secrets::of(["abc"]);
        let (second, third) = (first.clone(), first.and(["def"]));
        second.learn("token-1");
        for secrets in [&first, &second, &third] {
            assert_eq!(secrets.hide("token-1 x"), "***REDACTED*** x");
        }
        // Who gives a token every second is not remembered for ever.
        (2..40).for_each(|number| first.learn(&format!("token-{number:02}")));
        assert_eq!(first.hide("token-1"), "token-1");
        assert_eq!(first.hide("token-39"), "***REDACTED***");
    }
}
