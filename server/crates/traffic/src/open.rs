//! Requests that wait for an answer. There are never more than a number, whatever passes by.

use std::collections::{BTreeMap, HashMap};

use crate::message::Id;
use crate::record::Side;

/// The most requests that may be open at a time.
const MOST: usize = 10_000;
/// The longest id that is remembered, in bytes; an answer to a longer one is unmatched.
const LONGEST_ID: usize = 1_024;

/// Who asked, and what they call it. Both sides count from the same number on.
pub(crate) type Key = (Side, Id);

/// A request that waits.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    /// The order in which they came.
    pub(crate) number: u64,
    /// The exchange of HTTP it came with.
    pub(crate) exchange: u64,
    pub(crate) at_us: i64,
    pub(crate) method: String,
    pub(crate) tool: Option<String>,
    pub(crate) client: Option<String>,
    pub(crate) protocol: Option<String>,
    pub(crate) bytes: u64,
    pub(crate) has_cursor: bool,
    pub(crate) is_unadvertised: bool,
}

/// All that wait.
#[derive(Default)]
pub(crate) struct Open {
    waiting: HashMap<(u64, Key), Waiting>,
    /// By their numbers.
    order: BTreeMap<u64, (u64, Key)>,
    begun: u64,
}

impl Open {
    /// One more waits. Those come back that can no longer be told: with the same id, or the oldest of too many.
    /// `scope` keeps those apart that may use the same ids.
    pub(crate) fn begin(&mut self, scope: u64, key: Key, mut waiting: Waiting) -> Given {
        let mut given = Given::default();
        if key.1.len() > LONGEST_ID {
            given.surplus = Some((key, waiting));
            return given;
        }
        if self.waiting.len() >= MOST {
            given.surplus = self.take_oldest();
        }
        self.begun += 1;
        waiting.number = self.begun;
        self.order.insert(self.begun, (scope, key.clone()));
        let before = self.waiting.insert((scope, key.clone()), waiting);
        given.same = before.map(|before| {
            self.order.remove(&before.number);
            (key, before)
        });
        given
    }

    /// The one that is answered.
    pub(crate) fn end(&mut self, scope: u64, key: &Key) -> Option<Waiting> {
        let ended = self.waiting.remove(&(scope, key.clone()))?;
        self.order.remove(&ended.number);
        Some(ended)
    }

    /// All of an exchange, or all, in the order they came.
    pub(crate) fn end_all(&mut self, exchange: Option<u64>) -> Vec<(Key, Waiting)> {
        let is_meant = |waiting: &Waiting| exchange.is_none_or(|it| it == waiting.exchange);
        let ended = self.waiting.extract_if(|_, waiting| is_meant(waiting));
        let mut ended: Vec<_> = ended.map(|((_, key), waiting)| (key, waiting)).collect();
        ended.sort_by_key(|(_, waiting)| waiting.number);
        for (_, waiting) in &ended {
            self.order.remove(&waiting.number);
        }
        ended
    }

    /// Whether any of an exchange waits.
    pub(crate) fn has(&self, exchange: u64) -> bool {
        self.waiting.values().any(|it| it.exchange == exchange)
    }

    /// How many of the client's wait, and how many of them since before a time.
    pub(crate) fn counts(&self, before_us: i64) -> (u64, u64) {
        let asked = self
            .waiting
            .iter()
            .filter(|((_, (side, _)), _)| *side == Side::Client);
        asked.fold((0, 0), |(all, old), (_, waiting)| {
            (all + 1, old + u64::from(waiting.at_us < before_us))
        })
    }

    fn take_oldest(&mut self) -> Option<(Key, Waiting)> {
        let (_, key) = self.order.pop_first()?;
        self.waiting.remove(&key).map(|waiting| (key.1, waiting))
    }
}

/// What comes back when one more begins to wait.
#[derive(Default)]
pub(crate) struct Given {
    /// Had the same id.
    pub(crate) same: Option<(Key, Waiting)>,
    /// Has no room.
    pub(crate) surplus: Option<(Key, Waiting)>,
}
