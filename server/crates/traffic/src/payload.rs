//! What of that which is said is told: nothing, unless somebody asks for it; then without what may be secret, and cut.

use crate::redact::Redaction;

/// What is larger is not looked into, and its text not told, in bytes.
const LARGEST: usize = 1 << 20;

/// That what is said is told as well.
#[derive(Clone, Debug)]
pub struct Payloads {
    /// What is hidden.
    pub redaction: Redaction,
    /// How much of a message is told, in bytes.
    pub most_bytes: usize,
}

impl Payloads {
    /// A message as it is told.
    pub(crate) fn text(&self, message: &str) -> Option<String> {
        if message.len() > LARGEST {
            return None;
        }
        let mut text = self.redaction.message(message)?;
        if text.len() > self.most_bytes {
            text.truncate(text.floor_char_boundary(self.most_bytes));
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_after_secrets_are_hidden() {
        let payloads = Payloads {
            redaction: Redaction::default(),
            most_bytes: 24,
        };
        let told = |text: &str| payloads.text(text);
        assert_eq!(told(r#"{"a":1}"#).as_deref(), Some(r#"{"a":1}"#));
        // A secret that begins before the cut is no shorter secret.
        let secret = r#"{"a":"ghp_abcdefghij0123456789abcdefghij012345"}"#;
        assert_eq!(told(secret).as_deref(), Some(r#"{"a":"***REDACTED***"}"#));
        let long = format!(r#"{{"a":"{}"}}"#, "ä".repeat(50));
        assert_eq!(told(&long).unwrap().len(), 24);
        let huge = format!(r#"{{"a":"{}"}}"#, "x".repeat(LARGEST));
        assert_eq!(told(&huge), None);
    }
}
