//! The alerts there are: on disk first, then in memory.

use std::collections::{HashMap, HashSet};

use db::Db;
use model::{Labels, TimestampMs};
use uuid::Uuid;

use crate::alert::{key, ms};
use crate::history::Past;
use crate::{Alert, NoData, Raised, Refusal, Rule, State, store};

mod people;
mod posted;
mod said;

pub use people::Decided;
pub use posted::Received;
pub use said::{Answer, Judgement, Known, Taken};

/// The most open alerts that people and programs have raised or sent.
const MOST_RAISED: usize = 20_000;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rule would have more alerts than its group allows.
    #[error(
        "exceeded limit of {limit} with {count} alerts; all of them are over until there are fewer"
    )]
    Limit {
        /// Of the group.
        limit: usize,
        /// How many there would be.
        count: usize,
    },
    /// There is no alert with this id.
    #[error("there is no alert {0}; it may be older than the retention")]
    NotFound(String),
    /// The alert is not in a state in which this can be done.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many alerts that were raised are open.
    #[error(
        "{MOST_RAISED} alerts that were raised by hand or by programs are open; resolve some first"
    )]
    TooMany,
    /// It could not be written, so nothing has changed.
    #[error(transparent)]
    Store(#[from] db::Error),
}

/// The alerts of all rules. Its methods take the book mutably, so steps never overlap.
pub struct Book {
    /// Where it is kept; nowhere, where it is only tried out.
    db: Option<Db>,
    tracked: HashMap<u64, Alert>,
    /// The same by the name of the rule.
    of_rule: HashMap<String, HashSet<u64>>,
}

impl Book {
    /// Opens the book at the page where it was closed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open(db: Db) -> Result<Self, Error> {
        let tracked = store::tracked(&db).await?;
        let mut book = Self {
            db: Some(db),
            ..Self::in_memory()
        };
        for alert in tracked {
            book.keep(alert.key(), alert);
        }
        Ok(book)
    }

    /// An empty book that is kept nowhere.
    pub fn in_memory() -> Self {
        Self {
            db: None,
            tracked: HashMap::new(),
            of_rule: HashMap::new(),
        }
    }

    /// Alerts that are pending go on where they were: nobody has looked since `seen_ms`, if that is known.
    ///
    /// # Errors
    /// When it could not be written; then nothing has changed.
    pub async fn resume(
        &mut self,
        seen_ms: impl Fn(&Alert) -> Option<TimestampMs>,
        now: TimestampMs,
    ) -> Result<(), Error> {
        let pending = self.tracked.iter();
        let pending = pending.filter(|(_, alert)| alert.state == State::Pending);
        let resumed = pending.filter_map(|(key, alert)| {
            let down_ms = now.saturating_sub(seen_ms(alert)?.max(alert.pending_ms));
            Some((*key, alert.resumed(down_ms)))
        });
        let resumed = resumed.collect();
        self.install(resumed).await.map(drop)
    }

    /// The alerts that a rule has to look at, by the hash of their labels.
    fn of(&self, rule: &Rule) -> impl Iterator<Item = (u64, &Alert)> {
        let keys = self.of_rule.get(&rule.name).into_iter().flatten();
        let alerts = keys.filter_map(|key| Some((*key, self.tracked.get(key)?)));
        alerts.filter(|(_, alert)| !alert.is_raised && rule.could_be(alert))
    }

    /// The labels of the alerts that a rule has to look at.
    pub fn looked_at(&self, rule: &Rule) -> HashSet<Labels> {
        self.of(rule)
            .map(|(_, alert)| alert.labels.clone())
            .collect()
    }

    /// The series of the alerts that a rule has to look at.
    pub fn series_of(&self, rule: &Rule) -> Vec<Labels> {
        self.of(rule)
            .map(|(_, alert)| alert.is_about(rule))
            .collect()
    }

    /// The open alerts of a rule, in the order of their labels.
    pub fn open_of(&self, rule: &Rule) -> Vec<&Alert> {
        let open = self.of(rule).map(|(_, alert)| alert);
        let mut open: Vec<_> = open
            .filter(|alert| alert.state != State::Resolved)
            .collect();
        open.sort_by(|a, b| a.labels.cmp(&b.labels));
        open
    }

    /// Open alerts, in no order.
    pub fn all_open(&self) -> impl Iterator<Item = &Alert> {
        self.tracked.values().filter(|a| a.state != State::Resolved)
    }

    /// Open alerts, newest first.
    pub fn open_alerts(&self) -> Vec<Alert> {
        let mut open: Vec<_> = self.all_open().cloned().collect();
        open.sort_by_key(|alert| std::cmp::Reverse(alert.id));
        open
    }

    /// Takes the answer to a rule's expression; returns the alerts that changed their state.
    ///
    /// # Errors
    /// When it could not be written; then nothing has changed and the next evaluation tries again.
    /// [`Error::Limit`] where it is more than is allowed; then all alerts of the rule are over.
    pub async fn evaluate(
        &mut self,
        rule: &Rule,
        answer: &Answer,
        judgement: Judgement,
        now: TimestampMs,
    ) -> Result<Vec<Alert>, Error> {
        let (next, refusal) = self.judged(rule, answer, judgement, now);
        let changed = self.install(next).await?;
        refusal.map_or(Ok(changed), Err)
    }

    /// Takes the answers to the expressions of some rules, which costs one write.
    ///
    /// # Errors
    /// When it could not be written; then nothing has changed and the next evaluation tries again.
    pub async fn evaluate_all(
        &mut self,
        said: &[(&Rule, &Answer, Judgement)],
        now: TimestampMs,
    ) -> Result<Taken, Error> {
        let (mut next, mut refused) = (HashMap::new(), HashMap::new());
        for (place, (rule, answer, judgement)) in said.iter().enumerate() {
            let (alerts, refusal) = self.judged(rule, answer, *judgement, now);
            next.extend(alerts);
            refused.extend(refusal.map(|error| (place, error.to_string())));
        }
        let changed = self.install(next).await?;
        Ok(Taken { changed, refused })
    }

    /// What an answer makes of the alerts of a rule; and why it was not taken, if there are more than are allowed: they
    /// are over then, all of them, as in Prometheus.
    fn judged(
        &self,
        rule: &Rule,
        answer: &Answer,
        judgement: Judgement,
        now: TimestampMs,
    ) -> (HashMap<u64, Alert>, Option<Error>) {
        let mut next = HashMap::new();
        // Of most of them nothing new is said from one time to the next.
        let mut as_before = HashMap::new();
        for told in &answer.holds {
            let key = key(&told.labels, false);
            let alert = match self.tracked.get(&key) {
                Some(alert) if !alert.is_news(rule, told, now) => {
                    as_before.insert(key, alert);
                    continue;
                }
                Some(alert) => alert.held(rule, told, now),
                None => Alert::begin(rule, told, now),
            };
            next.insert(key, alert);
        }
        let known: Option<HashSet<&Labels>> = match &answer.known {
            Known::All => None,
            Known::These(series) => Some(series.iter().collect()),
        };
        let no_data = match judgement.asks_anew {
            true => NoData::Ok,
            false => rule.no_data.unwrap_or(judgement.no_data),
        };
        let is_said = |key: &u64| next.contains_key(key) || as_before.contains_key(key);
        let others = self.of(rule).filter(|(key, _)| !is_said(key));
        let others: Vec<_> = others
            .map(|(key, alert)| {
                let known = known.as_ref();
                let is_known = known.is_none_or(|known| known.contains(&alert.is_about(rule)));
                let alert = match is_known {
                    true => alert.over(rule, "the condition no longer holds", now),
                    false => without_data(rule, alert, no_data, now),
                };
                (key, alert)
            })
            .collect();
        next.extend(others);
        let all = next.values().chain(as_before.into_values());
        let open = all.filter(|alert| alert.state != State::Resolved);
        let (count, limit) = (open.count(), judgement.limit);
        if limit == 0 || count <= limit {
            return (next, None);
        }
        let why = format!("the rule has {count} alerts, more than the limit of its group, {limit}");
        let ended = self.of(rule);
        let ended = ended.map(|(key, alert)| (key, alert.cleared(&why, now)));
        (ended.collect(), Some(Error::Limit { limit, count }))
    }

    /// Ends the open alerts of a rule whose series will not come back, as `is_gone` says of their labels. What
    /// people have raised is theirs to end.
    ///
    /// # Errors
    /// When it could not be written; then nothing has changed.
    pub async fn retire(
        &mut self,
        is_gone: impl Fn(&Alert) -> bool,
        why: &str,
        now: TimestampMs,
    ) -> Result<Vec<Alert>, Error> {
        let of_rules = self.tracked.iter().filter(|(_, alert)| !alert.is_raised);
        let gone = of_rules.filter(|(_, alert)| is_gone(alert));
        let next = gone.map(|(key, alert)| (*key, alert.cleared(why, now)));
        self.install(next.collect()).await
    }

    /// Somebody raises an alert; where one with these labels is open, it says what is said now. Whether it is new.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::TooMany`] or [`Error::Store`]; then nothing has changed.
    pub async fn raise(
        &mut self,
        raised: &Raised,
        actor: &str,
        comment: &str,
        now: TimestampMs,
    ) -> Result<(Alert, bool), Error> {
        if raised.ends_ms.is_some_and(|ends_ms| ends_ms <= now) {
            return Err(Refusal::Past.into());
        }
        let key = key(&raised.labels, true);
        // One that somebody has ended while others go on sending it stays over.
        if let Some(over) = self
            .tracked
            .get(&key)
            .filter(|it| it.state == State::Resolved)
        {
            let over = over.forgotten();
            self.install(HashMap::from([(key, over)])).await?;
        }
        let known = self.tracked.get(&key);
        let next = match known {
            Some(alert) => alert.refreshed(raised),
            None => Alert::raise(raised, actor, comment, now),
        };
        let is_new = known.is_none();
        let all = self.tracked.values().filter(|alert| alert.is_raised);
        if is_new && all.count() >= MOST_RAISED {
            return Err(Error::TooMany);
        }
        self.install(HashMap::from([(key, next.clone())])).await?;
        Ok((next, is_new))
    }

    /// What the clock alone makes of alerts: acknowledgements whose time is over, and what was raised for a while.
    /// Returns those that changed.
    ///
    /// # Errors
    /// When it could not be written; then nothing has changed and the next time tries again.
    pub async fn pass(&mut self, now: TimestampMs) -> Result<Vec<Alert>, Error> {
        let is_due = |alert: &Alert| alert.due_ms().is_some_and(|due_ms| due_ms <= now);
        let due = self.tracked.iter().filter(|(_, alert)| is_due(alert));
        let next = due.map(|(key, alert)| (*key, alert.passed(now)));
        self.install(next.collect()).await
    }

    /// What is on disk, to be read while the book goes on.
    pub fn past(&self) -> Past {
        Past(self.db.clone())
    }

    /// Deletes alerts that ended before a time; how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget(&mut self, before_ms: TimestampMs) -> Result<u64, Error> {
        match &self.db {
            Some(db) => Ok(store::forget(db, before_ms).await?),
            None => Ok(0),
        }
    }

    /// One alert, open or over.
    ///
    /// # Errors
    /// [`Error::NotFound`] or [`Error::Store`].
    pub async fn find(&self, id: &str) -> Result<Alert, Error> {
        let not_found = || Error::NotFound(id.to_owned());
        let uuid: Uuid = id.parse().map_err(|_| not_found())?;
        if let Some(alert) = self.tracked.values().find(|alert| alert.id == uuid) {
            return Ok(alert.clone());
        }
        let found = match &self.db {
            Some(db) => store::find(db, uuid).await?,
            None => None,
        };
        found.ok_or_else(not_found)
    }

    /// Writes what differs from what is known, and only then knows it.
    async fn install(&mut self, next: HashMap<u64, Alert>) -> Result<Vec<Alert>, Error> {
        let differs = |key: &u64, alert: &Alert| match self.tracked.get(key) {
            Some(old) => noted(old) != noted(alert),
            None => true,
        };
        let dirty: Vec<_> = next
            .iter()
            .filter(|(key, alert)| differs(key, alert))
            .map(|(key, alert)| (alert.clone(), self.written(*key, alert)))
            .collect();
        if let (Some(db), false) = (&self.db, dirty.is_empty()) {
            store::save(db, &dirty).await?;
        }
        let mut changed = Vec::new();
        for (key, alert) in next {
            let steps = |a: &Alert| (a.id, a.changes.len());
            if self.tracked.get(&key).map(steps) != Some(steps(&alert)) {
                changed.push(alert.clone());
            }
            match alert.is_tracked() {
                true => self.keep(key, alert),
                // Of a newer one with the same labels that is no news.
                false if self.tracked.get(&key).is_none_or(|it| it.id == alert.id) => {
                    self.leave(key)
                }
                false => {}
            }
        }
        changed.sort_by_key(|alert| alert.id);
        Ok(changed)
    }

    /// How many steps of an alert are on disk for certain.
    fn written(&self, key: u64, alert: &Alert) -> usize {
        let known = self.tracked.get(&key).filter(|known| known.id == alert.id);
        known.map_or(0, |known| known.changes.len())
    }

    fn keep(&mut self, key: u64, alert: Alert) {
        if !self.tracked.contains_key(&key) {
            self.of_rule
                .entry(alert.rule.clone())
                .or_default()
                .insert(key);
        }
        self.tracked.insert(key, alert);
    }

    fn leave(&mut self, key: u64) {
        let Some(alert) = self.tracked.remove(&key) else {
            return;
        };
        if let Some(keys) = self.of_rule.get_mut(&alert.rule) {
            keys.remove(&key);
            if keys.is_empty() {
                self.of_rule.remove(&alert.rule);
            }
        }
    }
}

/// What of an alert has to be on disk before anybody sees it.
fn noted(alert: &Alert) -> impl PartialEq + use<> {
    let Alert {
        id,
        holds,
        kept_since_ms,
        unseen_since_ms,
        ends_ms,
        sent,
        ..
    } = alert;
    let sent = sent.as_ref();
    (
        *id,
        alert.changes.len(),
        alert.pending_ms,
        *holds,
        *kept_since_ms,
        *unseen_since_ms,
        sent.map_or(*ends_ms, |sent| sent.noted_ends_ms),
        sent.map(|sent| (sent.starts_ms, sent.generator_url.clone())),
        // What a rule says is said again after a restart.
        alert.is_raised.then(|| alert.annotations.clone()),
    )
}

/// What becomes of an alert of which nothing is known.
fn without_data(rule: &Rule, alert: &Alert, no_data: NoData, now: TimestampMs) -> Alert {
    let over = || alert.over(rule, "its series is gone", now);
    match no_data {
        NoData::Ok => over(),
        NoData::Keep => alert.unseen(now),
        // A missing series is an alert for as long as whoever asks misses it: then it is among those that hold.
        NoData::Alert => alert.over(
            rule,
            "its series has been gone for too long to be missed",
            now,
        ),
        NoData::ResolveAfter(time) => match alert.unseen_since_ms {
            Some(since) if now.saturating_sub(since) >= ms(time) => over(),
            _ => alert.unseen(now),
        },
    }
}

#[cfg(test)]
mod tests;
