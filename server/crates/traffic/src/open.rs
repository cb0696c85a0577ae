//! Requests that wait for an answer. There are never more than a number, whatever passes by.

use std::collections::{BTreeMap, HashMap};

use crate::message::Id;
use crate::record::{Found, Passed, Side};

/// The most requests that may be open at a time.
const MOST: usize = 10_000;
/// The longest id that is remembered, in bytes; an answer to a longer one is unmatched.
const LONGEST_ID: usize = 1_024;

/// With more than so many open, nobody looks for the one that something without a name belongs to.
const FEW: usize = 64;
/// With more than so many open, no text of what is said is held.
const MOST_WITH_TEXT: usize = 1_000;
/// The most that is remembered of what passes by while a call is open; and of it, with text.
const MOST_BETWEEN: usize = 50;
const MOST_BETWEEN_WITH_TEXT: usize = 8;

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
    /// Since when its answer may have passed by unread.
    pub(crate) doubted_us: Option<i64>,
    pub(crate) method: String,
    pub(crate) tool: Option<String>,
    pub(crate) client: Option<String>,
    pub(crate) protocol: Option<String>,
    pub(crate) bytes: u64,
    /// Which later page of a list it asks for, as a hash.
    pub(crate) cursor: Option<u64>,
    pub(crate) is_unadvertised: bool,
    pub(crate) target: Option<String>,
    /// What progress is told under.
    pub(crate) progress: Option<Id>,
    pub(crate) signs: Vec<Found>,
    /// What was asked, as it is told.
    pub(crate) text: Option<String>,
    pub(crate) between: Vec<Passed>,
    pub(crate) between_more: u64,
}

impl Waiting {
    /// Notes what passes by and belongs to it; `text` is asked only if there is room.
    pub(crate) fn note(&mut self, mut passed: Passed, text: impl FnOnce() -> Option<String>) {
        if self.between.len() >= MOST_BETWEEN {
            self.between_more += 1;
            return;
        }
        if self.between.len() < MOST_BETWEEN_WITH_TEXT {
            passed.text = text();
        }
        self.between.push(passed);
    }
}

/// All that wait.
#[derive(Default)]
pub(crate) struct Open {
    waiting: HashMap<(u64, Key), Waiting>,
    /// By their numbers.
    order: BTreeMap<u64, (u64, Key)>,
    /// Who is meant by progress.
    progress: HashMap<(u64, Key), Id>,
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
        if let Some(token) = waiting.progress.clone().filter(|it| it.len() <= LONGEST_ID) {
            let of = (scope, (key.0, token));
            self.progress.insert(of, key.1.clone());
        }
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
        if let Some(token) = &ended.progress {
            self.progress.remove(&(scope, (key.0, token.clone())));
        }
        Some(ended)
    }

    /// Whether there is room for what is said.
    pub(crate) fn has_room_for_text(&self) -> bool {
        self.waiting.len() <= MOST_WITH_TEXT
    }

    /// The one that progress is about which is told to who asked.
    pub(crate) fn of_progress(
        &mut self,
        scope: u64,
        asker: Side,
        token: Id,
    ) -> Option<&mut Waiting> {
        let id = self.progress.get(&(scope, (asker, token)))?;
        self.waiting.get_mut(&(scope, (asker, id.clone())))
    }

    /// The only one of the client's that came with an exchange: what the server says meanwhile belongs to it.
    pub(crate) fn only_one(&mut self, exchange: u64) -> Option<&mut Waiting> {
        if self.waiting.len() > FEW {
            return None;
        }
        let is_meant = |(key, waiting): &(&(u64, Key), &mut Waiting)| {
            key.1.0 == Side::Client && waiting.exchange == exchange
        };
        let mut meant = self.waiting.iter_mut().filter(is_meant);
        let (_, found) = meant.next()?;
        meant.next().is_none().then_some(found)
    }

    /// The answers of those that are meant may have passed by unread.
    pub(crate) fn doubt(&mut self, at_us: i64, is_meant: impl Fn(&Key, &Waiting) -> bool) {
        for ((_, key), waiting) in &mut self.waiting {
            if is_meant(key, waiting) {
                waiting.doubted_us.get_or_insert(at_us);
            }
        }
    }

    /// All that are meant, in the order they came.
    pub(crate) fn end_all(
        &mut self,
        is_meant: impl Fn(&Key, &Waiting) -> bool,
    ) -> Vec<(Key, Waiting)> {
        let ended = self
            .waiting
            .extract_if(|(_, key), waiting| is_meant(key, waiting));
        let mut ended: Vec<_> = ended.map(|((_, key), waiting)| (key, waiting)).collect();
        if ended.is_empty() {
            return ended;
        }
        ended.sort_by_key(|(_, waiting)| waiting.number);
        for (_, waiting) in &ended {
            self.order.remove(&waiting.number);
        }
        self.progress.retain(|(scope, (side, _)), id| {
            self.waiting.contains_key(&(*scope, (*side, id.clone())))
        });
        ended
    }

    /// Whether any of an exchange waits.
    pub(crate) fn has(&self, exchange: u64) -> bool {
        self.waiting.values().any(|it| it.exchange == exchange)
    }

    /// How many of the client's wait, and how many of them since before a time, unless their answers may have passed by.
    pub(crate) fn counts(&self, before_us: i64) -> (u64, u64) {
        let asked = self
            .waiting
            .iter()
            .filter(|((_, (side, _)), _)| *side == Side::Client);
        asked.fold((0, 0), |(all, old), (_, waiting)| {
            let is_old = waiting.at_us < before_us && waiting.doubted_us.is_none();
            (all + 1, old + u64::from(is_old))
        })
    }

    fn take_oldest(&mut self) -> Option<(Key, Waiting)> {
        let (_, (scope, key)) = self.order.pop_first()?;
        self.end(scope, &key).map(|waiting| (key, waiting))
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
