//! What people decide about alerts, one or many at once.

use std::collections::HashMap;

use model::TimestampMs;
use uuid::Uuid;

use super::{Book, Error};
use crate::{Alert, Decision, Refusal};

/// What came of a decision about many alerts.
#[derive(Debug)]
pub struct Decided {
    /// The alerts of which it was taken.
    pub changed: Vec<Alert>,
    /// The ids of the others, and why it was not.
    pub refused: Vec<(String, Error)>,
}

impl Book {
    /// Somebody decides about an alert. Resolved by hand, it stays over until the condition has cleared
    /// and holds again.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Refused`] or [`Error::Store`]; then nothing has changed.
    pub async fn decide(
        &mut self,
        id: &str,
        decision: &Decision,
        actor: &str,
        comment: &str,
        now: TimestampMs,
    ) -> Result<Alert, Error> {
        let ids = [id.to_owned()];
        let mut decided = self.decide_all(&ids, decision, actor, comment, now).await?;
        match (decided.refused.pop(), decided.changed.pop()) {
            (None, Some(alert)) => Ok(alert),
            (Some((_, error)), _) => Err(error),
            (None, None) => Err(Error::NotFound(id.to_owned())),
        }
    }

    /// Somebody decides about many alerts, which costs one write. With those with which it can be done it is done.
    ///
    /// # Errors
    /// When it could not be written; then nothing has changed.
    pub async fn decide_all(
        &mut self,
        ids: &[String],
        decision: &Decision,
        actor: &str,
        comment: &str,
        now: TimestampMs,
    ) -> Result<Decided, Error> {
        let keys: HashMap<Uuid, u64> = match ids.len() {
            1 => HashMap::new(),
            _ => self.tracked.iter().map(|(key, it)| (it.id, *key)).collect(),
        };
        let (mut next, mut changed, mut refused) = (HashMap::new(), Vec::new(), Vec::new());
        for id in ids {
            let known = id.parse().ok().and_then(|id: Uuid| keys.get(&id));
            let alert = match known.and_then(|key| self.tracked.get(key)) {
                Some(alert) => Ok(alert.clone()),
                None => self.find(id).await,
            };
            let alert = match alert {
                Ok(alert) => alert,
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => {
                    refused.push((id.clone(), error));
                    continue;
                }
            };
            let key = alert.key();
            let newer = next.get(&key).or_else(|| self.tracked.get(&key));
            // Also by one that a person has ended while the condition holds: the rule still looks at that one.
            let is_superseded = newer.is_some_and(|other: &Alert| other.id != alert.id);
            let outcome = match is_superseded && *decision == Decision::Reopen {
                true => Err(Refusal::Superseded),
                false => alert.decided(decision, actor, comment, now),
            };
            match outcome {
                Ok(alert) => {
                    changed.push(alert.clone());
                    next.insert(key, alert);
                }
                Err(refusal) => refused.push((id.clone(), refusal.into())),
            }
        }
        self.install(next).await?;
        Ok(Decided { changed, refused })
    }
}
