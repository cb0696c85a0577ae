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
        self.keep(draft.check(now_ms)?, now_ms).await
    }

    /// One more, or a change of one, as Alertmanager has it: where a change would rewrite what was silent before, the one
    /// that is changed ends, and another begins now. Also which one has ended for it.
    ///
    /// # Errors
    /// When there is none with that id, when it cannot be, or be written; then nothing has changed.
    pub async fn put(
        &mut self,
        id: Option<&str>,
        draft: Draft,
        now_ms: TimestampMs,
    ) -> Result<(Silence, Option<Silence>), Error> {
        let by = draft.by.clone();
        let mut wanted = draft.check_as_alertmanager(now_ms)?;
        let place = id.map(|id| self.place(id)).transpose()?;
        if let Some(place) = place
            && let Some(changed) = self.all[place].changed(&wanted, now_ms)
        {
            store::save(&self.db, &changed).await?;
            self.all[place] = changed.clone();
            return Ok((changed, None));
        }
        wanted.starts_ms = wanted.starts_ms.max(now_ms);
        let old = place.map(|place| self.all[place].clone());
        // The new one first: killed in between, both hold for a while, and nothing is told that should not be.
        let kept = self.keep(wanted, now_ms).await?;
        let ended = match old {
            Some(old) if old.phase(now_ms) != Phase::Expired => {
                Some(self.end(&old.id.to_string(), &by, now_ms).await?)
            }
            _ => None,
        };
        Ok((kept, ended))
    }

    async fn keep(&mut self, silence: Silence, now_ms: TimestampMs) -> Result<Silence, Error> {
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

    fn place(&self, id: &str) -> Result<usize, Error> {
        let not_found = || Error::NotFound(id.to_owned());
        let uuid: Uuid = id.parse().map_err(|_| not_found())?;
        let place = self.all.iter().position(|it| it.id == uuid);
        place.ok_or_else(not_found)
    }

    /// Ends one before its time.
    ///
    /// # Errors
    /// When there is none, when it is over, or when it cannot be written; then nothing has changed.
    pub async fn end(&mut self, id: &str, by: &str, now_ms: TimestampMs) -> Result<Silence, Error> {
        let place = self.place(id)?;
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
    async fn changes_do_not_rewrite_the_past() {
        // From when to when it is, when it is changed, to what, and whether it stays the same silence.
        for (was, now, matchers, wanted, is_same) in [
            ((0, 100_000), 50_000, "a=b", (0, 200_000), true),
            ((0, 100_000), 50_000, "a=b", (500, 60_000), true),
            ((0, 100_000), 50_000, "a=b", (2_000, 60_000), false),
            ((0, 100_000), 50_000, "a=c", (0, 200_000), false),
            ((60_000, 100_000), 50_000, "a=b", (70_000, 200_000), true),
            ((60_000, 100_000), 50_000, "a=b", (40_000, 200_000), false),
            ((0, 40_000), 50_000, "a=b", (0, 200_000), false),
        ] {
            let db = Db::memory(&db::schema::STATE).await.unwrap();
            let mut silences = Silences::open(db.clone()).await.unwrap();
            let first = draft("a=b", was.0, was.1);
            let old = silences.put(None, first, 0).await.unwrap().0;
            let (id, mut draft) = (old.id.to_string(), draft(matchers, wanted.0, wanted.1));
            draft.by = "bob".to_owned();
            let (new, ended) = silences.put(Some(&id), draft, now).await.unwrap();
            assert_eq!(new.id == old.id, is_same, "{was:?} {wanted:?}");
            assert_eq!((new.ends_ms, new.by.as_str()), (wanted.1, "bob"));
            let begins = if is_same { wanted.0 } else { now };
            assert_eq!(new.starts_ms, begins);
            let was_over = was.1 < now;
            assert_eq!(ended.is_some(), !is_same && !was_over, "{was:?} {wanted:?}");
            let again = Silences::open(db).await.unwrap();
            assert_eq!(again.all(), silences.all());
            assert_eq!(again.all().len(), if is_same { 1 } else { 2 });
            assert!(is_same || again.all()[0].phase(now) == Phase::Expired);
        }
        let db = Db::memory(&db::schema::STATE).await.unwrap();
        let mut silences = Silences::open(db).await.unwrap();
        let unknown = silences.put(Some("x"), draft("a=b", 0, 100), 0).await;
        assert!(matches!(unknown, Err(Error::NotFound(_))));
        assert!(silences.put(None, draft("a!=b", 0, 100), 0).await.is_ok());
        let everything = silences.put(None, draft("a=~.*", 0, 100), 0).await;
        assert!(matches!(
            everything,
            Err(Error::Refused(Refusal::Everything))
        ));
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
