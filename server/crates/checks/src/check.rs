//! The one trait of all checks, and looking once within a time.

use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::{Bounds, Fault};

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Healthy,
    /// It works, but a threshold is passed.
    Degraded,
    /// It does not work, or its worst threshold is passed.
    Unhealthy,
}

/// What a check saw when it got through.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// How it is.
    pub level: Level,
    /// What was seen, in a sentence without its full stop.
    pub message: String,
    /// The number that the check is about, where it is about one.
    pub value: Option<f64>,
}

impl Seen {
    pub(crate) fn healthy(message: impl Into<String>) -> Self {
        Self {
            level: Level::Healthy,
            message: message.into(),
            value: None,
        }
    }
}

/// Something that can be looked at.
#[async_trait]
pub trait Check: Send + Sync {
    /// Looks once. May be dropped half-way, and leaves nothing behind then.
    ///
    /// # Errors
    /// Why it does not work, or could not be looked at.
    async fn look(&self) -> Result<Seen, Fault>;
}

/// What came of looking once.
#[derive(Debug)]
pub struct Outcome {
    /// How it is; what could not be looked at is unhealthy.
    pub level: Level,
    /// What was seen or went wrong, in a sentence.
    pub summary: String,
    /// What to do about it; empty when it is healthy.
    pub action: String,
    /// How long it took.
    pub seconds: f64,
    /// The number that the check is about.
    pub value: Option<f64>,
    /// What went wrong.
    pub error: Option<Fault>,
}

/// Looks once, and no longer than `limit`. Whatever takes longer than `slow` allows is at most as good as that.
pub async fn run(check: &dyn Check, slow: Bounds, limit: Duration) -> Outcome {
    let began = Instant::now();
    let looked = tokio::time::timeout(limit, check.look()).await;
    let seconds = began.elapsed().as_secs_f64();
    let seen = match looked.unwrap_or(Err(Fault::TimedOut(limit))) {
        Ok(seen) => seen,
        Err(fault) => {
            return Outcome {
                level: Level::Unhealthy,
                summary: sentence(&fault.to_string()),
                action: fault.action().to_owned(),
                seconds,
                value: None,
                error: Some(fault),
            };
        }
    };
    let (level, message) = match slow.above(seconds) {
        of_time if of_time > seen.level => {
            (of_time, format!("Slow ({seconds:.2} s): {}", seen.message))
        }
        _ => (seen.level, seen.message),
    };
    Outcome {
        level,
        summary: sentence(&message),
        action: match level {
            Level::Healthy => String::new(),
            _ => "Look at it before it fails; the thresholds are `degraded` and `unhealthy` of the check.".to_owned(),
        },
        seconds,
        value: seen.value,
        error: None,
    }
}

/// Longest sentence, in characters: what a peer says may be as long as it likes.
const LONGEST: usize = 300;

fn sentence(text: &str) -> String {
    let text = text.trim_end_matches(['.', '\n', ' ']);
    let mut shown: String = text.chars().take(LONGEST).collect();
    shown.push(if shown.len() < text.len() { '…' } else { '.' });
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fake(Option<Level>);

    #[async_trait]
    impl Check for Fake {
        async fn look(&self) -> Result<Seen, Fault> {
            match self.0 {
                Some(level) => Ok(Seen {
                    level,
                    message: "It is there".to_owned(),
                    value: Some(1.0),
                }),
                None => std::future::pending().await,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_answer_says_so() {
        let limit = Duration::from_millis(1500);
        let outcome = run(&Fake(None), Bounds::default(), limit).await;
        assert_eq!(outcome.level, Level::Unhealthy);
        assert_eq!(outcome.summary, "No answer within 1.5 s.");
        assert!(matches!(outcome.error, Some(Fault::TimedOut(it)) if it == limit));
        assert!(!outcome.action.is_empty());
    }

    #[tokio::test]
    async fn the_worse_of_what_is_seen_and_how_long_it_took() {
        use Level::{Degraded, Healthy, Unhealthy};
        let never = Bounds::default();
        let always = Bounds {
            degraded: Some(-1.0),
            unhealthy: None,
        };
        for (seen, slow, level, begin) in [
            (Healthy, never, Healthy, "It is there."),
            (Healthy, always, Degraded, "Slow (0.00 s): It is there."),
            (Unhealthy, always, Unhealthy, "It is there."),
        ] {
            let outcome = run(&Fake(Some(seen)), slow, Duration::from_secs(5)).await;
            assert_eq!((outcome.level, outcome.summary.as_str()), (level, begin));
            assert_eq!(outcome.action.is_empty(), level == Healthy);
            assert_eq!(outcome.value, Some(1.0));
        }
    }

    #[test]
    fn sentences_end() {
        assert_eq!(sentence("a.\n"), "a.");
        let long = sentence(&"ß".repeat(1000));
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert!(long.ends_with('…'));
    }
}
