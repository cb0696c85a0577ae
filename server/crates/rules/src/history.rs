//! The history of all alerts: what is searched in it, and what is found.

use db::{Db, Error};
use model::{Labels, TimestampMs};

use crate::{Alert, Change, State, store};

/// What is looked for; an empty text asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words that rule, server, summary or comment have, in any order and case.
    pub text: String,
    /// The server concerned.
    pub server: String,
    /// The severity, as the label has it.
    pub severity: String,
    /// What happened, in the word that is stored.
    pub what: String,
    /// The state from then on, in the word that is stored.
    pub state: String,
    /// Who did it or had it: a part of the name.
    pub person: String,
    /// The alert, by its id.
    pub alert: String,
    /// Not before.
    pub from_ms: TimestampMs,
    /// Not after.
    pub to_ms: TimestampMs,
    /// What comes after this place, as [`Found::next`] says it.
    pub before: Option<(TimestampMs, i64)>,
    /// The most steps.
    pub limit: u32,
}

/// A step of an alert, with what was known of the alert then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number among all steps.
    pub seq: i64,
    /// The alert's id.
    pub alert: String,
    /// Its number among the steps of its alert, from 0.
    pub n: u64,
    /// The state before; `None` for the first step.
    pub was: Option<State>,
    /// The step.
    pub change: Change,
    /// The rule's name.
    pub rule: String,
    /// The server concerned; empty where none is.
    pub server: String,
    /// The severity, as the label has it.
    pub severity: String,
    /// One line: what was wrong.
    pub summary: String,
}

/// A page of what was found, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The steps.
    pub steps: Vec<Entry>,
    /// Where the next page begins, where there is one.
    pub next: Option<(TimestampMs, i64)>,
}

/// The alerts on disk and their history; nothing of it, where a book is kept nowhere.
#[derive(Clone)]
pub struct Past(pub(crate) Option<Db>);

impl Past {
    /// Resolved alerts, newest end first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn resolved(&self, limit: u32) -> Result<Vec<Alert>, Error> {
        match &self.0 {
            Some(db) => Ok(store::resolved(db, limit).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Resolved alerts that had fired, newest end first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn fired_and_over(&self, limit: u32) -> Result<Vec<Alert>, Error> {
        match &self.0 {
            Some(db) => Ok(store::fired_and_over(db, limit).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Finds steps in the history of all alerts, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn search(&self, search: &Search) -> Result<Found, Error> {
        match &self.0 {
            Some(db) => store::search(db, search).await,
            None => Ok(Found::default()),
        }
    }

    /// How often alerts with these labels have begun to fire since a time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn fired(&self, labels: &Labels, since_ms: TimestampMs) -> Result<u64, Error> {
        match &self.0 {
            Some(db) => store::fired(db, labels.fingerprint(), since_ms).await,
            None => Ok(0),
        }
    }

    /// Alerts that have fired at some time from one to another, and are about one of the servers or of a rule; newest
    /// first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn around(
        &self,
        servers: &[String],
        rule: &str,
        times: (TimestampMs, TimestampMs),
        limit: u32,
    ) -> Result<Vec<Alert>, Error> {
        match &self.0 {
            Some(db) => store::around(db, servers, rule, times, limit).await,
            None => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests;
