//! The maintenance windows there are: on disk first, then in memory.

use db::Db;
use model::TimestampMs;
use uuid::Uuid;

use crate::store::windows as store;
use crate::{Plan, Refused, Window};

/// The most that are kept at a time.
const MOST: usize = 1_000;

/// Why something failed.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// There is none with this id.
    #[error("there is no maintenance window {0}; somebody may have deleted it")]
    NotFound(String),
    /// It cannot be.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// There are too many.
    #[error("there are {MOST} maintenance windows already; delete some that are over")]
    TooMany,
    /// It could not be written, so nothing has changed.
    #[error(transparent)]
    Store(#[from] db::Error),
}

/// All windows. What changes them takes them mutably, so changes never overlap.
pub struct Windows {
    db: Db,
    all: Vec<Window>,
}

/// How much of a window ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// What runs now; it comes again.
    Occurrence,
    /// All of it.
    Whole,
}

impl Windows {
    /// As they are on disk.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open(db: Db) -> Result<Self, db::Error> {
        let all = store::all(&db).await?;
        Ok(Self { db, all })
    }

    /// All that are kept, the oldest first.
    pub fn all(&self) -> &[Window] {
        &self.all
    }

    /// One more.
    ///
    /// # Errors
    /// When it cannot be, or be written; then nothing has changed.
    pub async fn add(&mut self, plan: Plan, now_ms: TimestampMs) -> Result<Window, WindowError> {
        let window = plan.made(now_ms)?;
        if self.all.len() >= MOST {
            return Err(WindowError::TooMany);
        }
        store::save(&self.db, &window).await?;
        self.all.push(window.clone());
        Ok(window)
    }

    /// Changes one.
    ///
    /// # Errors
    /// When there is none, when it cannot be so, or be written; then nothing has changed.
    pub async fn change(
        &mut self,
        id: &str,
        plan: Plan,
        now_ms: TimestampMs,
    ) -> Result<Window, WindowError> {
        let place = self.place(id)?;
        let changed = self.all[place].changed(plan, now_ms)?;
        self.put(place, changed).await
    }

    /// Ends one before its time, this once or for good.
    ///
    /// # Errors
    /// When there is none, when there is nothing to end, or when it cannot be written; then nothing has changed.
    pub async fn end(
        &mut self,
        id: &str,
        ending: Ending,
        by: &str,
        now_ms: TimestampMs,
    ) -> Result<Window, WindowError> {
        let place = self.place(id)?;
        let window = &self.all[place];
        let ended = match ending {
            Ending::Occurrence => window.left(by, now_ms)?,
            Ending::Whole => window.ended(by, now_ms)?,
        };
        self.put(place, ended).await
    }

    /// Deletes one; as it was.
    ///
    /// # Errors
    /// When there is none, or when the database refuses.
    pub async fn delete(&mut self, id: &str) -> Result<Window, WindowError> {
        let place = self.place(id)?;
        store::delete(&self.db, self.all[place].id).await?;
        Ok(self.all.remove(place))
    }

    /// Deletes those that were over before a time; how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget(&mut self, before_ms: TimestampMs) -> Result<u64, db::Error> {
        let is_old = |it: &Window| it.over_since_ms().is_some_and(|over| over < before_ms);
        let old: Vec<_> = self
            .all
            .iter()
            .filter(|it| is_old(it))
            .map(|it| it.id)
            .collect();
        for id in &old {
            store::delete(&self.db, *id).await?;
            self.all.retain(|it| it.id != *id);
        }
        Ok(old.len() as u64)
    }

    async fn put(&mut self, place: usize, window: Window) -> Result<Window, WindowError> {
        store::save(&self.db, &window).await?;
        self.all[place] = window.clone();
        Ok(window)
    }

    fn place(&self, id: &str) -> Result<usize, WindowError> {
        let not_found = || WindowError::NotFound(id.to_owned());
        let uuid: Uuid = id.parse().map_err(|_| not_found())?;
        let place = self.all.iter().position(|it| it.id == uuid);
        place.ok_or_else(not_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Span, When, Written, parse_matchers};

    const HOUR_MS: i64 = 3_600_000;

    fn plan(name: &str, when: When) -> Plan {
        Plan {
            name: name.to_owned(),
            matchers: parse_matchers(r#"server="a \"b\"", team=~"x|y""#).unwrap(),
            when,
            comment: "why \"not\"".to_owned(),
            by: "ann".to_owned(),
        }
    }

    #[tokio::test]
    async fn they_survive_restarts() {
        let db = Db::memory(&db::schema::STATE).await.unwrap();
        let mut windows = Windows::open(db.clone()).await.unwrap();
        let (from_ms, to_ms) = (10, 20);
        let once = When::Once(Span { from_ms, to_ms });
        let first = windows.add(plan("once", once), 5).await.unwrap();
        let written = Written {
            times: "00:00 for 90m, 22:00-06:00".to_owned(),
            weekdays: "thu:fri".to_owned(),
            days_of_month: "-31:-1".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            last: "2030-01-01".to_owned(),
            ..Written::default()
        };
        let often = When::Calendar(Box::new(written.read().unwrap()));
        // The first day of 1970 is a Thursday.
        let second = windows.add(plan("often", often), 5).await.unwrap();
        let id = second.id.to_string();
        let left = windows
            .end(&id, Ending::Occurrence, "bob", 10_000)
            .await
            .unwrap();
        assert_eq!(left.holes.len(), 1);
        let again = Windows::open(db.clone()).await.unwrap();
        assert_eq!(again.all(), [first.clone(), left]);

        let moved = plan(
            "later",
            When::Once(Span {
                from_ms,
                to_ms: HOUR_MS,
            }),
        );
        let id = first.id.to_string();
        let moved = windows.change(&id, moved, 15).await.unwrap();
        assert_eq!(moved.changed.as_ref().map(|it| it.at_ms), Some(15));
        let ended = windows.end(&id, Ending::Whole, "cyd", 16).await.unwrap();
        assert_eq!(ended.ended.as_ref().map(|it| it.by.as_str()), Some("cyd"));
        let again = Windows::open(db.clone()).await.unwrap();
        assert_eq!(again.all(), windows.all());
        assert_eq!(windows.forget(16).await.unwrap(), 0);
        let mut forgetful = Windows::open(db.clone()).await.unwrap();
        assert_eq!(forgetful.all().len(), 2);
        windows.delete(&id).await.unwrap();
        for id in [id.as_str(), "nonsense"] {
            let error = windows.delete(id).await.unwrap_err();
            assert!(matches!(error, WindowError::NotFound(got) if got == id));
        }
        assert_eq!(
            Windows::open(db.clone()).await.unwrap().all(),
            windows.all()
        );
        // One of a calendar that has a last day goes some time after it.
        assert_eq!(forgetful.forget(100 * 366 * 24 * HOUR_MS).await.unwrap(), 2);
        assert_eq!(Windows::open(db).await.unwrap().all(), []);
    }
}
