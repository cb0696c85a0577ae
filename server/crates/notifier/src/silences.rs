//! The silences there are: on disk first, then in memory.

use db::Db;
use model::{Labels, TimestampMs};
use uuid::Uuid;

use crate::{Draft, Phase, Refusal, Silence, store};

/// The most that are kept at a time, over or not.
const MOST: usize = 10_000;

/// Why something failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none with this id.
    #[error("there is no silence {0}; it may be older than the retention")]
    NotFound(String),
    /// It cannot be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There are too many.
    #[error(
        "there are {MOST} silences already; end some, or silence several things with one (server=~\"a|b\")"
    )]
    TooMany,
    /// It could not be written, so nothing has changed.
    #[error(transparent)]
    Store(#[from] db::Error),
}

/// All silences. What changes them takes them mutably, so changes never overlap.
pub struct Silences {
    db: Db,
    all: Vec<Silence>,
}

impl Silences {
    /// As they are on disk.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open(db: Db) -> Result<Self, db::Error> {
        let all = store::all(&db).await?;
        Ok(Self { db, all })
    }

    /// All that are kept, the newest first.
    pub fn all(&self) -> impl Iterator<Item = &Silence> {
        self.all.iter().rev()
    }

    /// The one that holds an alert with these labels, of several that which ends last.
    pub fn holds(&self, labels: &Labels, now_ms: TimestampMs) -> Option<&Silence> {
        let holding = self.all.iter().filter(|it| it.holds(labels, now_ms));
        holding.max_by_key(|it| it.ends_ms)
    }

    /// When the next one begins or ends after a time: until then everything stays as it is.
    pub fn next_change(&self, now_ms: TimestampMs) -> Option<TimestampMs> {
        let times = self.all.iter().flat_map(|it| [it.starts_ms, it.ends_ms]);
        times.filter(|at| *at > now_ms).min()
    }

    /// One more.
    ///
    /// # Errors
    /// When it cannot be, or be written; then nothing has changed.
    pub async fn add(&mut self, draft: Draft, now_ms: TimestampMs) -> Result<Silence, Error> {
        let silence = draft.check(now_ms)?;
        if self.all.len() >= MOST {
            return Err(Error::TooMany);
        }
        store::save(&self.db, &silence).await?;
        self.all.push(silence.clone());
        Ok(silence)
    }

    /// Ends one before its time.
    ///
    /// # Errors
    /// When there is none, when it is over, or when it cannot be written; then nothing has changed.
    pub async fn end(&mut self, id: &str, by: &str, now_ms: TimestampMs) -> Result<Silence, Error> {
        let not_found = || Error::NotFound(id.to_owned());
        let uuid: Uuid = id.parse().map_err(|_| not_found())?;
        let place = self.all.iter().position(|it| it.id == uuid);
        let place = place.ok_or_else(not_found)?;
        let ended = self.all[place].ended(by, now_ms)?;
        store::save(&self.db, &ended).await?;
        self.all[place] = ended.clone();
        Ok(ended)
    }

    /// Deletes those that were over before a time; how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget(&mut self, before_ms: TimestampMs) -> Result<u64, Error> {
        let deleted = store::forget(&self.db, before_ms).await?;
        self.all
            .retain(|it| it.phase(before_ms) != Phase::Expired || it.ends_ms >= before_ms);
        Ok(deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_matchers;

    fn draft(matchers: &str, starts_ms: i64, ends_ms: i64) -> Draft {
        Draft {
            matchers: parse_matchers(matchers).unwrap(),
            starts_ms,
            ends_ms,
            by: "ann".to_owned(),
            comment: "why \"not\"".to_owned(),
        }
    }

    #[tokio::test]
    async fn they_survive_restarts() {
        let db = Db::memory(&db::schema::STATE).await.unwrap();
        let mut silences = Silences::open(db.clone()).await.unwrap();
        let first = draft(r#"server="a \"b\"", team=~"x|y""#, 0, 100);
        let first = silences.add(first, 10).await.unwrap();
        silences.add(draft("server=c", 50, 300), 11).await.unwrap();
        let again = Silences::open(db.clone()).await.unwrap();
        let all: Vec<_> = again.all().cloned().collect();
        assert_eq!(all, silences.all().cloned().collect::<Vec<_>>());
        assert_eq!(all[1], first, "the newest comes first");

        let labels = Labels::new().with("server", "c");
        assert!(again.holds(&labels, 49).is_none());
        assert_eq!(again.holds(&labels, 50).unwrap().ends_ms, 300);
        assert_eq!(again.next_change(10), Some(50));
        assert_eq!(again.next_change(50), Some(100));
        assert_eq!(again.next_change(300), None);

        let id = first.id.to_string();
        silences.end(&id, "bob", 20).await.unwrap();
        let refused = silences.end(&id, "cyd", 21).await.unwrap_err();
        assert!(matches!(refused, Error::Refused(Refusal::Over)));
        for id in ["nonsense", "0193a1b2-0000-7000-8000-000000000000"] {
            let error = silences.end(id, "x", 30).await.unwrap_err();
            assert!(matches!(error, Error::NotFound(got) if got == id));
        }
        let mut again = Silences::open(db).await.unwrap();
        let ended = again.all().last().unwrap();
        assert_eq!(
            (ended.ends_ms, ended.ended_by.as_deref()),
            (20, Some("bob"))
        );
        assert_eq!(again.forget(20).await.unwrap(), 0);
        assert_eq!(again.forget(21).await.unwrap(), 1);
        assert_eq!(again.all().count(), 1);
    }

    #[tokio::test]
    async fn of_several_the_longest_is_told() {
        let db = Db::memory(&db::schema::STATE).await.unwrap();
        let mut silences = Silences::open(db).await.unwrap();
        for (matchers, ends) in [("a=b", 100), ("a=~b|c", 300), ("a=b", 200)] {
            silences.add(draft(matchers, 0, ends), 0).await.unwrap();
        }
        let held = silences.holds(&Labels::new().with("a", "b"), 1).unwrap();
        assert_eq!(held.ends_ms, 300);
    }
}
