//! What is counted besides requests.

use std::collections::BTreeMap;

use crate::record::{Count, Record, Side, What};

/// The most methods of notifications that are told apart; the rest is `other`.
const MOST_METHODS: usize = 64;

/// Counts since they were told last.
#[derive(Default)]
pub(crate) struct Odd(BTreeMap<(Side, What, Option<String>), u64>);

impl Odd {
    pub(crate) fn add(&mut self, from: Side, what: What, count: u64) {
        if count > 0 {
            *self.0.entry((from, what, None)).or_default() += count;
        }
    }

    pub(crate) fn notification(&mut self, from: Side, method: String) {
        let mut key = (from, What::Notification, Some(method));
        if self.0.len() >= MOST_METHODS && !self.0.contains_key(&key) {
            key.2 = Some("other".to_owned());
        }
        *self.0.entry(key).or_default() += 1;
    }

    /// Tells all counts and begins anew.
    pub(crate) fn tell(&mut self, session: &str, at_ms: i64, out: &mut Vec<Record>) {
        let counts = std::mem::take(&mut self.0).into_iter();
        out.extend(counts.map(|((from, what, method), count)| {
            Record::Count(Count {
                at_ms,
                session: session.to_owned(),
                from,
                what,
                method,
                count,
            })
        }));
    }
}
