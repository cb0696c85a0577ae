//! The silences there are: on disk first, then in memory.

use db::Db;
use model::TimestampMs;
use uuid::Uuid;

use crate::{Draft, Phase, Refusal, Silence, store};

/// The most that are kept at a time; for one more, the oldest that is over goes.
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

    /// All that are kept, the oldest first.
    pub fn all(&self) -> &[Silence] {
        &self.all
    }

    /// One more.
    ///
    /// # Errors
    /// When it cannot be, or be written; then nothing has changed.
    pub async fn add(&mut self, draft: Draft, now_ms: TimestampMs) -> Result<Silence, Error> {
        let silence = draft.check(now_ms)?;
        if self.all.len() >= MOST {
            let over = |it: &Silence| it.phase(now_ms) == Phase::Expired;
            let oldest = self.all.iter().position(over).ok_or(Error::TooMany)?;
            store::delete(&self.db, self.all[oldest].id).await?;
            self.all.remove(oldest);
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
        self.all.retain(|it| it.ends_ms >= before_ms);
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
        assert_eq!(again.all(), silences.all());
        assert_eq!(again.all()[0], first, "the oldest comes first");

        let id = first.id.to_string();
        silences.end(&id, "bob", 20).await.unwrap();
        let refused = silences.end(&id, "cyd", 21).await.unwrap_err();
        assert!(matches!(refused, Error::Refused(Refusal::Over)));
        for id in ["nonsense", "0193a1b2-0000-7000-8000-000000000000"] {
            let error = silences.end(id, "x", 30).await.unwrap_err();
            assert!(matches!(error, Error::NotFound(got) if got == id));
        }
        let mut again = Silences::open(db).await.unwrap();
        let ended = &again.all()[0];
        assert_eq!(
            (ended.ends_ms, ended.ended_by.as_deref()),
            (20, Some("bob"))
        );
        assert_eq!(again.forget(20).await.unwrap(), 0);
        assert_eq!(again.forget(21).await.unwrap(), 1);
        assert_eq!(again.all().len(), 1);
    }

    #[tokio::test]
    async fn for_one_too_many_the_oldest_that_is_over_goes() {
        let db = Db::memory(&db::schema::STATE).await.unwrap();
        let mut silences = Silences::open(db.clone()).await.unwrap();
        silences.add(draft("a=b", 0, 10), 0).await.unwrap();
        let one = silences.add(draft("a=c", 0, 100), 0).await.unwrap();
        silences.all.resize(MOST, one);
        silences.add(draft("a=d", 0, 100), 10).await.unwrap();
        assert_eq!(silences.all.len(), MOST);
        let refused = silences.add(draft("a=e", 0, 100), 11).await.unwrap_err();
        assert!(matches!(refused, Error::TooMany), "{refused}");
        let kept = Silences::open(db).await.unwrap();
        let kept: Vec<_> = kept
            .all()
            .iter()
            .map(|it| it.matchers[0].value.clone())
            .collect();
        assert_eq!(kept, ["c", "d"]);
    }
}
