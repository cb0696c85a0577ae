//! The alerts there are: on disk first, then in memory.

use std::collections::HashMap;

use db::Db;
use model::{Labels, Sample, TimestampMs};
use uuid::Uuid;

use crate::{Alert, Decision, Refusal, Rule, State, store};

/// What an expression says at one time.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The series for which the condition holds.
    pub holds: Vec<Sample>,
    /// What is known of the others.
    pub known: Known,
}

/// Of which series an expression says something.
#[derive(Clone, Debug)]
pub enum Known {
    /// Of these, whether it holds or not. An alert whose series is not among them is kept as it is: no
    /// data is no proof.
    These(Vec<Labels>),
    /// Of all: that a series is there, or is not, is what the rule is about.
    All,
}

impl Default for Known {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no alert with this id.
    #[error("there is no alert {0}; it may be older than the retention")]
    NotFound(String),
    /// The alert is not in a state in which this can be done.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be written, so nothing has changed.
    #[error(transparent)]
    Store(#[from] db::Error),
}

/// The alerts of all rules. Its methods take the book mutably, so steps never overlap.
pub struct Book {
    db: Db,
    tracked: HashMap<u64, Alert>,
}

impl Book {
    /// Opens the book at the page where it was closed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open(db: Db) -> Result<Self, Error> {
        let tracked = store::tracked(&db).await?;
        let tracked = tracked
            .into_iter()
            .map(|a| (a.labels.fingerprint(), a))
            .collect();
        Ok(Self { db, tracked })
    }

    /// Open alerts, newest first.
    pub fn open_alerts(&self) -> Vec<Alert> {
        let open = self.tracked.values().filter(|a| a.state != State::Resolved);
        let mut open: Vec<_> = open.cloned().collect();
        open.sort_by_key(|alert| std::cmp::Reverse(alert.id));
        open
    }

    /// Resolved alerts, newest end first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn resolved_alerts(&self, limit: u32) -> Result<Vec<Alert>, Error> {
        Ok(store::resolved(&self.db, limit).await?)
    }

    /// Takes the answer to a rule's expression; returns the alerts that changed their state.
    ///
    /// # Errors
    /// When it could not be written; then nothing has changed and the next evaluation tries again.
    pub async fn evaluate(
        &mut self,
        rule: &Rule,
        answer: &Answer,
        now: TimestampMs,
    ) -> Result<Vec<Alert>, Error> {
        let mut next = HashMap::new();
        for sample in &answer.holds {
            let key = rule.alert_labels(&sample.labels).fingerprint();
            let alert = match self.tracked.get(&key) {
                Some(alert) => alert.held(rule, sample.value, now),
                None => Alert::begin(rule, &sample.labels, sample.value, now),
            };
            next.insert(key, alert);
        }
        let keys: Vec<u64> = match &answer.known {
            Known::These(series) => {
                let labels = series.iter().map(|series| rule.alert_labels(series));
                labels.map(|labels| labels.fingerprint()).collect()
            }
            Known::All => {
                let of_rule = self.tracked.iter().filter(|(_, a)| a.rule == rule.name);
                of_rule.map(|(key, _)| *key).collect()
            }
        };
        for key in keys {
            if let (false, Some(alert)) = (next.contains_key(&key), self.tracked.get(&key)) {
                next.insert(key, alert.cleared("the condition no longer holds", now));
            }
        }
        self.install(next).await
    }

    /// Ends the open alerts of a rule whose series will not come back, as `is_gone` says of their labels.
    ///
    /// # Errors
    /// When it could not be written; then nothing has changed.
    pub async fn retire(
        &mut self,
        is_gone: impl Fn(&Alert) -> bool,
        why: &str,
        now: TimestampMs,
    ) -> Result<Vec<Alert>, Error> {
        let gone = self.tracked.iter().filter(|(_, alert)| is_gone(alert));
        let next = gone.map(|(key, alert)| (*key, alert.cleared(why, now)));
        self.install(next.collect()).await
    }

    /// Somebody decides about an alert. Resolved by hand, it stays over until the condition has cleared
    /// and holds again.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Refused`] or [`Error::Store`]; then nothing has changed.
    pub async fn decide(
        &mut self,
        id: &str,
        decision: Decision,
        actor: &str,
        comment: &str,
        now: TimestampMs,
    ) -> Result<Alert, Error> {
        let alert = self.find(id).await?;
        let key = alert.labels.fingerprint();
        let newer = self.tracked.get(&key);
        let is_superseded =
            newer.is_some_and(|other| other.id != alert.id && other.state != State::Resolved);
        let next = match decision {
            Decision::Acknowledge => alert.acknowledged(actor, comment, now)?,
            Decision::Resolve => alert.resolved(actor, comment, now)?,
            Decision::Reopen if is_superseded => return Err(Refusal::Superseded.into()),
            Decision::Reopen => alert.reopened(actor, comment, now)?,
        };
        self.install(HashMap::from([(key, next.clone())])).await?;
        Ok(next)
    }

    /// Deletes alerts that ended before a time; how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget(&mut self, before_ms: TimestampMs) -> Result<u64, Error> {
        Ok(store::forget(&self.db, before_ms).await?)
    }

    async fn find(&self, id: &str) -> Result<Alert, Error> {
        let not_found = || Error::NotFound(id.to_owned());
        let uuid: Uuid = id.parse().map_err(|_| not_found())?;
        if let Some(alert) = self.tracked.values().find(|alert| alert.id == uuid) {
            return Ok(alert.clone());
        }
        store::find(&self.db, uuid).await?.ok_or_else(not_found)
    }

    /// Writes what differs from what is known, and only then knows it.
    async fn install(&mut self, next: HashMap<u64, Alert>) -> Result<Vec<Alert>, Error> {
        let differs = |key: &u64, alert: &Alert| match self.tracked.get(key) {
            Some(old) => {
                (old.id, old.changes.len(), old.holds)
                    != (alert.id, alert.changes.len(), alert.holds)
            }
            None => true,
        };
        let dirty: Vec<_> = next
            .iter()
            .filter(|(key, alert)| differs(key, alert))
            .map(|(_, alert)| alert.clone())
            .collect();
        if !dirty.is_empty() {
            store::save(&self.db, &dirty).await?;
        }
        let mut changed = Vec::new();
        for (key, alert) in next {
            let steps = |a: &Alert| (a.id, a.changes.len());
            if self.tracked.get(&key).map(steps) != Some(steps(&alert)) {
                changed.push(alert.clone());
            }
            if alert.is_tracked() {
                self.tracked.insert(key, alert);
            } else {
                self.tracked.remove(&key);
            }
        }
        changed.sort_by_key(|alert| alert.id);
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_rules;

    fn rule() -> Rule {
        let text = "groups: [{ name: g, rules: [{ alert: Down, expr: up == 0, for: 10s }] }]";
        parse_rules("test", text).unwrap().remove(0)
    }

    async fn database() -> Db {
        Db::memory(&db::schema::STATE).await.unwrap()
    }

    fn answer(down: &[&str], up: &[&str]) -> Answer {
        let labels = |name: &&str| Labels::new().with("server", *name);
        Answer {
            holds: down
                .iter()
                .map(|name| Sample {
                    name: "up".into(),
                    labels: labels(name),
                    at_ms: 0,
                    value: 0.0,
                })
                .collect(),
            known: Known::These(down.iter().chain(up).map(labels).collect()),
        }
    }

    fn states(alerts: &[Alert]) -> Vec<(String, &'static str)> {
        let pairs = alerts
            .iter()
            .map(|a| (a.labels.get("server").to_owned(), a.state.as_str()));
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort();
        pairs
    }

    #[tokio::test]
    async fn a_life_survives_restarts() {
        let db = database().await;
        let rule = rule();
        let mut book = Book::open(db.clone()).await.unwrap();
        let changed = book
            .evaluate(&rule, &answer(&["a", "b"], &["c"]), 0)
            .await
            .unwrap();
        assert_eq!(
            states(&changed),
            [("a".into(), "pending"), ("b".into(), "pending")]
        );

        let mut book = Book::open(db.clone()).await.unwrap();
        let changed = book
            .evaluate(&rule, &answer(&["a"], &["b", "c"]), 10_000)
            .await
            .unwrap();
        assert_eq!(
            states(&changed),
            [("a".into(), "firing"), ("b".into(), "resolved")]
        );
        let id = book.open_alerts()[0].id.to_string();
        book.decide(&id, Decision::Acknowledge, "ann", "mine", 11_000)
            .await
            .unwrap();

        let mut book = Book::open(db.clone()).await.unwrap();
        let open = book.open_alerts();
        assert_eq!(states(&open), [("a".into(), "acknowledged")]);
        assert_eq!(open[0].acknowledgement().unwrap().comment, "mine");
        // Nothing is known after a restart until the first probe: the alert stays.
        assert!(
            book.evaluate(&rule, &Answer::default(), 12_000)
                .await
                .unwrap()
                .is_empty()
        );
        book.evaluate(&rule, &answer(&[], &["a"]), 13_000)
            .await
            .unwrap();
        assert!(book.open_alerts().is_empty());
        let resolved = book.resolved_alerts(10).await.unwrap();
        let words: Vec<_> = resolved[0]
            .changes
            .iter()
            .map(|c| c.state.as_str())
            .collect();
        assert_eq!(words, ["pending", "firing", "acknowledged", "resolved"]);
    }

    #[tokio::test]
    async fn resolved_by_hand_stays_so_until_the_condition_has_cleared() {
        let db = database().await;
        let rule = rule();
        let mut book = Book::open(db.clone()).await.unwrap();
        book.evaluate(&rule, &answer(&["a"], &[]), 0).await.unwrap();
        book.evaluate(&rule, &answer(&["a"], &[]), 10_000)
            .await
            .unwrap();
        let id = book.open_alerts()[0].id.to_string();
        book.decide(&id, Decision::Resolve, "bob", "", 11_000)
            .await
            .unwrap();
        let mut book = Book::open(db).await.unwrap();
        book.evaluate(&rule, &answer(&["a"], &[]), 30_000)
            .await
            .unwrap();
        assert!(book.open_alerts().is_empty(), "a person said it is over");
        book.evaluate(&rule, &answer(&[], &["a"]), 31_000)
            .await
            .unwrap();
        book.evaluate(&rule, &answer(&["a"], &[]), 32_000)
            .await
            .unwrap();
        let open = book.open_alerts();
        assert_eq!(states(&open), [("a".into(), "pending")]);
        let refused = book
            .decide(&id, Decision::Reopen, "cyd", "", 33_000)
            .await
            .unwrap_err();
        assert!(matches!(refused, Error::Refused(Refusal::Superseded)));
    }

    #[tokio::test]
    async fn where_presence_is_the_condition_absence_ends_it() {
        let rule = rule();
        let mut book = Book::open(database().await).await.unwrap();
        let mut holds = answer(&["a", "b"], &[]);
        book.evaluate(&rule, &holds, 0).await.unwrap();
        holds.holds.truncate(1);
        holds.known = Known::All;
        let changed = book.evaluate(&rule, &holds, 1_000).await.unwrap();
        assert_eq!(states(&changed), [("b".into(), "resolved")]);
        let mut other = rule.clone();
        other.name = "Other".into();
        holds.holds.clear();
        let changed = book.evaluate(&other, &holds, 2_000).await.unwrap();
        assert!(changed.is_empty(), "another rule says nothing about it");
    }

    #[tokio::test]
    async fn unknown_ids_are_named() {
        let mut book = Book::open(database().await).await.unwrap();
        for id in ["nonsense", "0193a1b2-0000-7000-8000-000000000000"] {
            let error = book
                .decide(id, Decision::Resolve, "x", "", 0)
                .await
                .unwrap_err();
            assert!(matches!(&error, Error::NotFound(got) if got == id));
        }
    }

    #[tokio::test]
    async fn retention_deletes_old_ends_only() {
        let db = database().await;
        let rule = rule();
        let mut book = Book::open(db).await.unwrap();
        book.evaluate(&rule, &answer(&["a", "b"], &[]), 0)
            .await
            .unwrap();
        book.evaluate(&rule, &answer(&["b"], &["a"]), 1000)
            .await
            .unwrap();
        assert_eq!(book.forget(1000).await.unwrap(), 0);
        assert_eq!(book.forget(1001).await.unwrap(), 1);
        assert_eq!(book.open_alerts().len(), 1);
        let changed = book
            .retire(|a| a.labels.get("server") == "b", "b is gone", 2000)
            .await
            .unwrap();
        assert_eq!(changed[0].changes.last().unwrap().comment, "b is gone");
    }
}
