//! What a channel has been told of a group, and whether there is news for it.

use std::collections::{BTreeMap, BTreeSet};

use model::TimestampMs;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::message::Why;

/// A group, a receiver, and a channel of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogKey {
    /// The group, as Alertmanager writes it.
    pub group_key: String,
    /// The receiver.
    pub receiver: String,
    /// The channel; with the number of the step where it is told because of an escalation.
    pub channel: String,
}

/// An alert that a channel believes to fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldOf {
    /// Its id.
    pub id: Uuid,
    /// When it was told so first.
    pub at_ms: TimestampMs,
}

/// What a channel has been told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was told last.
    pub at_ms: TimestampMs,
    /// What fires as it believes.
    pub firing: BTreeMap<String, ToldOf>,
    /// What it was told last to be over.
    pub resolved: BTreeSet<String>,
    /// What has been held since it was told of it.
    pub held: BTreeSet<String>,
}

/// A group as a channel sees it.
#[derive(Default)]
pub(super) struct View {
    /// What fires and is not held; and whether somebody has it.
    pub(super) firing: BTreeMap<String, (Uuid, bool)>,
    /// What is over and not held.
    pub(super) resolved: BTreeSet<String>,
    /// What is held.
    pub(super) held: BTreeSet<String>,
    /// What is told again.
    pub(super) again: BTreeSet<String>,
}

/// What there is to tell, and what the log says then.
pub(super) struct Verdict {
    pub(super) why: Option<Why>,
    pub(super) entry: Option<Entry>,
}

impl View {
    fn is_again(&self, key: &str, entry: &Entry) -> bool {
        self.again.contains(key) || entry.held.contains(key)
    }

    /// Whether there is news for a channel, in Alertmanager's order of reasons.
    pub(super) fn judge(
        &self,
        entry: Option<&Entry>,
        sends_resolved: bool,
        repeat_ms: i64,
        now_ms: TimestampMs,
    ) -> Verdict {
        let why = self.why(entry, sends_resolved, repeat_ms, now_ms);
        let entry = match why {
            Some(_) => Some(self.told(entry, now_ms)),
            None => entry.and_then(|entry| self.kept(entry)),
        };
        Verdict { why, entry }
    }

    pub(super) fn why(
        &self,
        entry: Option<&Entry>,
        sends_resolved: bool,
        repeat_ms: i64,
        now_ms: TimestampMs,
    ) -> Option<Why> {
        let mut open = self.firing.iter().filter(|(_, (_, is_taken))| !is_taken);
        let Some(entry) = entry else {
            return open.next().map(|_| Why::FirstNotification);
        };
        let is_news = |key: &str| !entry.firing.contains_key(key) || self.is_again(key, entry);
        if open.any(|(key, _)| is_news(key)) {
            return Some(match entry.firing.is_empty() {
                true => Why::FirstNotification,
                false => Why::NewAlerts,
            });
        }
        if self.firing.is_empty() {
            let ended = |key: &&String| entry.firing.contains_key(*key);
            self.resolved.iter().find(ended)?;
            // What is held fires still, as far as the channel knows.
            let rest = |key: &String| self.held.contains(key);
            return Some(match entry.firing.keys().any(rest) {
                true => Why::NewResolved,
                false => Why::AllResolved,
            });
        }
        if sends_resolved && !self.resolved.is_subset(&entry.resolved) {
            return Some(Why::NewResolved);
        }
        let is_open = self.firing.values().any(|(_, is_taken)| !is_taken);
        let is_time = entry.at_ms < now_ms.saturating_sub(repeat_ms);
        (is_time && is_open).then_some(Why::Repeat)
    }

    /// The log after a message.
    fn told(&self, before: Option<&Entry>, now_ms: TimestampMs) -> Entry {
        let mut entry = Entry {
            at_ms: now_ms,
            resolved: self.resolved.clone(),
            ..Entry::default()
        };
        for (key, (id, _)) in &self.firing {
            let known = before.and_then(|before| {
                let told = before.firing.get(key)?;
                (told.id == *id && !self.is_again(key, before)).then_some(told.at_ms)
            });
            let at_ms = known.unwrap_or(now_ms);
            entry.firing.insert(key.clone(), ToldOf { id: *id, at_ms });
        }
        for (key, told) in before.into_iter().flat_map(|before| &before.firing) {
            if self.held.contains(key) {
                entry.firing.insert(key.clone(), *told);
                entry.held.insert(key.clone());
            }
        }
        entry
    }

    /// The log after a look without a message; `None` where nothing has changed.
    fn kept(&self, before: &Entry) -> Option<Entry> {
        let mut entry = before.clone();
        entry.firing.retain(|key, _| !self.resolved.contains(key));
        for key in &self.held {
            if entry.firing.contains_key(key) {
                entry.held.insert(key.clone());
            }
        }
        (entry != *before).then_some(entry)
    }
}
