//! What sends a message, and what became of it.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::message::Message;

/// One integration of a receiver: an entry of `slack_configs`, `webhook_configs`, …
#[async_trait]
pub trait Channel: Send + Sync {
    /// Delivers a message once, in a bounded time.
    ///
    /// # Errors
    /// Why it was not delivered, and whether another attempt makes sense.
    async fn send(&self, message: &Message) -> Result<Answer, Failure>;

    /// Its kind, as in the name of its entry without `_configs`: `webhook`, `slack`, `email`.
    fn kind(&self) -> &'static str;

    /// Whether it wants to hear of alerts that are over.
    fn sends_resolved(&self) -> bool;

    /// Where it sends, for people; secrets are hidden.
    fn target(&self) -> String;
}

/// What a receiver answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP, or the code of SMTP.
    pub status: Option<u16>,
    /// What it said: at most [`Answer::LONGEST`] bytes, secrets hidden.
    pub text: String,
}

impl Answer {
    /// How much of an answer is kept, in bytes.
    pub const LONGEST: usize = 2048;
}

/// Of which kind a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// The receiver does not know who we are.
    Authentication,
    /// The receiver wants fewer messages.
    RateLimited,
    /// The receiver does not take what it was told.
    Client,
    /// The receiver cannot at the moment.
    Server,
    /// The receiver was not reached.
    Network,
    /// The receiver did not answer in time.
    Timeout,
    /// The address is one to which nothing is sent.
    Refused,
    /// What the message needs to be sent (an address, a key) could not be made.
    Template,
}

impl Cause {
    /// All causes.
    pub const ALL: [Self; 8] = [
        Self::Authentication,
        Self::RateLimited,
        Self::Client,
        Self::Server,
        Self::Network,
        Self::Timeout,
        Self::Refused,
        Self::Template,
    ];

    /// As it is stored, and named by series.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::RateLimited => "rate_limited",
            Self::Client => "client_error",
            Self::Server => "server_error",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Refused => "refused_address",
            Self::Template => "template",
        }
    }

    /// The cause that is written so.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a message was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    /// Of which kind it is.
    pub cause: Cause,
    /// Whether another attempt may succeed without anybody changing anything.
    pub is_passing: bool,
    /// How long the receiver asked to be left alone.
    pub after: Option<Duration>,
    /// What the receiver answered, if it did.
    pub answer: Option<Answer>,
    /// A sentence for people; secrets are hidden.
    pub text: String,
}

impl Failure {
    /// A failure without an answer; it may pass unless its cause says otherwise.
    pub fn new(cause: Cause, text: impl Into<String>) -> Self {
        Self {
            cause,
            is_passing: matches!(
                cause,
                Cause::RateLimited | Cause::Server | Cause::Network | Cause::Timeout
            ),
            after: None,
            answer: None,
            text: text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_read_as_they_are_written() {
        for cause in Cause::ALL {
            assert_eq!(Cause::parse(cause.as_str()), Some(cause));
        }
        assert_eq!(Cause::parse("bad luck"), None);
        assert!(Failure::new(Cause::Timeout, "").is_passing);
        assert!(!Failure::new(Cause::Refused, "").is_passing);
    }
}
