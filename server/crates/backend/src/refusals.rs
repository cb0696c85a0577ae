//! What was refused lately of what others send: from whom, and why.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use model::TimestampMs;
use wire::Refusal;

/// How many of each way are remembered.
const MOST: usize = 100;
/// Longest text of an example, in letters.
const LONGEST_EXAMPLE: usize = 250;

/// The newest refusals, each sender and reason once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusals(Arc<Mutex<VecDeque<Refusal>>>);

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
        let is_same =
            |one: &Refusal| (&*one.source, &*one.sender, &*one.reason) == (source, sender, reason);
        let before = known.iter().position(is_same);
        let mut noted = match before.and_then(|place| known.remove(place)) {
            Some(noted) => noted,
            None => Refusal {
                source: source.to_owned(),
                sender: sender.to_owned(),
                reason: reason.to_owned(),
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
        // Many targets that do one thing wrong leave room for what others send.
        let of_it = |one: &Refusal| one.source == source;
        if before.is_none() && known.iter().filter(|one| of_it(one)).count() > MOST {
            let oldest = known.iter().rposition(of_it);
            oldest.and_then(|place| known.remove(place));
        }
    }

    /// All of them, the newest first.
    pub(crate) fn newest(&self) -> Vec<Refusal> {
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
        refusals.note(("push", "other", "y"), 1, "of another way", 1);
        for n in 0..2 * MOST {
            refusals.note(("otlp", &n.to_string(), "x"), 1, "first", 1);
        }
        let last = (2 * MOST - 5).to_string();
        refusals.note(("otlp", &last, "x"), 2, &"é".repeat(1_000), 9);
        let newest = refusals.newest();
        assert_eq!(newest.len(), MOST + 1);
        assert_eq!(newest[MOST].sender, "other");
        let first = &newest[0];
        assert_eq!((first.sender.as_str(), first.count), (last.as_str(), 3));
        assert_eq!((first.since_ms, first.at_ms), (1, 9));
        assert_eq!(first.example.chars().count(), LONGEST_EXAMPLE + 1);
    }
}
