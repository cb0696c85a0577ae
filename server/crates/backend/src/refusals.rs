//! What was refused lately of what others send: from whom, and why.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use model::TimestampMs;
use serde::Serialize;

/// How many are remembered.
const MOST: usize = 100;
/// Longest text of an example, in letters.
const LONGEST_EXAMPLE: usize = 250;

/// What one sender was refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq, schemars::JsonSchema, Serialize)]
pub(crate) struct Refused {
    /// How it came: `remote_write`, `otlp`, `push`, `scrape`.
    pub(crate) source: &'static str,
    /// Who sent it: the caller's name, or a target.
    pub(crate) sender: String,
    /// Why, as a word.
    pub(crate) reason: &'static str,
    /// How much of it since the start of the product: samples or points, records, whole requests.
    pub(crate) count: u64,
    /// When it was first seen.
    pub(crate) since_ms: TimestampMs,
    /// When it was seen last.
    pub(crate) at_ms: TimestampMs,
    /// The newest example in words.
    pub(crate) example: String,
}

/// The newest refusals, each sender and reason once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusals(Arc<Mutex<VecDeque<Refused>>>);

impl Refusals {
    /// Notes that something was refused.
    pub(crate) fn note(
        &self,
        (source, sender, reason): (&'static str, &str, &'static str),
        count: u64,
        example: &str,
        now_ms: TimestampMs,
    ) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |one: &Refused| {
            (one.source, one.sender.as_str(), one.reason) == (source, sender, reason)
        };
        let before = known.iter().position(is_same);
        let mut noted = match before.and_then(|place| known.remove(place)) {
            Some(noted) => noted,
            None => Refused {
                source,
                sender: sender.to_owned(),
                reason,
                count: 0,
                since_ms: now_ms,
                at_ms: now_ms,
                example: String::new(),
            },
        };
        noted.count += count;
        noted.at_ms = now_ms;
        noted.example = shortened(example);
        known.push_front(noted);
        known.truncate(MOST);
    }

    /// All of them, the newest first.
    pub(crate) fn newest(&self) -> Vec<Refused> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().cloned().collect()
    }
}

/// An example of bearable length.
pub(crate) fn shortened(example: &str) -> String {
    match example.char_indices().nth(LONGEST_EXAMPLE) {
        Some((end, _)) => format!("{}…", &example[..end]),
        None => example.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first_and_each_stands_there_once() {
        let refusals = Refusals::default();
        for n in 0..2 * MOST {
            refusals.note(("otlp", &n.to_string(), "x"), 1, "first", 1);
        }
        let last = (2 * MOST - 5).to_string();
        refusals.note(("otlp", &last, "x"), 2, &"é".repeat(1_000), 9);
        let newest = refusals.newest();
        assert_eq!(newest.len(), MOST);
        let first = &newest[0];
        assert_eq!((first.sender.as_str(), first.count), (last.as_str(), 3));
        assert_eq!((first.since_ms, first.at_ms), (1, 9));
        assert_eq!(first.example.chars().count(), LONGEST_EXAMPLE + 1);
    }
}
