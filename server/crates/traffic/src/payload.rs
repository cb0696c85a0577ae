//! What of that which is said is told: names, and nothing else unless somebody asks for it; all of it without what may be
//! secret, and cut.

use crate::redact::Redaction;

/// What is larger is not looked into, and its text not told, in bytes.
const LARGEST: usize = 1 << 20;

/// What is told of what is said; nothing but names of prompts and addresses of resources by default.
#[derive(Clone, Debug, Default)]
pub struct Payloads {
    /// What is hidden, of names as well.
    pub redaction: Redaction,
    /// How much of a message is told, in bytes; nothing of it where it is 0.
    pub most_bytes: usize,
}

impl Payloads {
    /// A message as it is told.
    pub(crate) fn text(&self, message: &str) -> Option<String> {
        if self.most_bytes == 0 || message.len() > LARGEST {
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
        assert_eq!(Payloads::default().text(r#"{"a":1}"#), None);
    }
}
