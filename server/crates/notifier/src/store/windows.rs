//! Maintenance windows on disk.

use db::sqlx::{self, Row, sqlite::SqliteRow};
use db::{Db, Error};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::window::Deed;
use crate::{Hole, Span, When, Window, Written, parse_matchers};

/// A time that is left out, as it is written.
#[derive(Serialize, Deserialize)]
struct StoredHole {
    from_ms: i64,
    to_ms: i64,
    by: String,
    at_ms: i64,
}

/// Writes a window, new or changed.
pub(crate) async fn save(db: &Db, window: &Window) -> Result<(), Error> {
    let matchers: Vec<_> = window.matchers.iter().map(ToString::to_string).collect();
    let text = |value: Result<String, serde_json::Error>| {
        value.map_err(|error| db.error(sqlx::Error::Encode(error.into())))
    };
    let (calendar, once) = match &window.when {
        When::Calendar(calendar) => (
            Some(text(serde_json::to_string(&calendar.written()))?),
            None,
        ),
        When::Once(span) => (None, Some(*span)),
    };
    let holes: Vec<_> = window.holes.iter().map(StoredHole::of).collect();
    let holes = text(serde_json::to_string(&holes))?;
    let (changed, ended) = (window.changed.as_ref(), window.ended.as_ref());
    let mut tx = db.write().await?;
    let save = sqlx::query(
        "INSERT OR REPLACE INTO maintenance_windows (id, name, matchers, calendar, starts_ms, ends_ms, comment, by,
            created_ms, changed_by, changed_ms, ended_by, ended_ms, holes)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let save = save
        .bind(window.id.to_string())
        .bind(&window.name)
        .bind(matchers.join(", "))
        .bind(calendar)
        .bind(once.map(|it| it.from_ms))
        .bind(once.map(|it| it.to_ms))
        .bind(&window.comment)
        .bind(&window.made.by)
        .bind(window.made.at_ms)
        .bind(changed.map(|it| it.by.clone()))
        .bind(changed.map(|it| it.at_ms))
        .bind(ended.map(|it| it.by.clone()))
        .bind(ended.map(|it| it.at_ms))
        .bind(holes);
    let saved = save.execute(&mut *tx).await;
    saved.map_err(|source| db.error(source))?;
    db.commit(tx).await
}

/// All, the oldest first.
pub(crate) async fn all(db: &Db) -> Result<Vec<Window>, Error> {
    let rows = sqlx::query("SELECT * FROM maintenance_windows ORDER BY id").fetch_all(db.readers());
    let rows = rows.await.map_err(|source| db.error(source))?;
    let read: Result<_, _> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Deletes one.
pub(crate) async fn delete(db: &Db, id: Uuid) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let delete = sqlx::query("DELETE FROM maintenance_windows WHERE id = ?").bind(id.to_string());
    let deleted = delete.execute(&mut *tx).await;
    deleted.map_err(|source| db.error(source))?;
    db.commit(tx).await
}

impl StoredHole {
    fn of(hole: &Hole) -> Self {
        Self {
            from_ms: hole.span.from_ms,
            to_ms: hole.span.to_ms,
            by: hole.by.clone(),
            at_ms: hole.at_ms,
        }
    }

    fn hole(self) -> Hole {
        let Self {
            from_ms,
            to_ms,
            by,
            at_ms,
        } = self;
        let span = Span { from_ms, to_ms };
        Hole { span, by, at_ms }
    }
}

fn wrong(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

fn read(row: &SqliteRow) -> Result<Window, sqlx::Error> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let calendar: Option<String> = row.try_get("calendar")?;
    let when = match calendar {
        Some(calendar) => {
            let written: Written = serde_json::from_str(&calendar).map_err(wrong)?;
            When::Calendar(Box::new(written.read().map_err(wrong)?))
        }
        None => When::Once(Span {
            from_ms: row.try_get("starts_ms")?,
            to_ms: row.try_get("ends_ms")?,
        }),
    };
    let deed = |by: &str, at: &str| -> Result<Option<Deed>, sqlx::Error> {
        let (by, at_ms): (Option<String>, Option<i64>) = (row.try_get(by)?, row.try_get(at)?);
        Ok(by.zip(at_ms).map(|(by, at_ms)| Deed { by, at_ms }))
    };
    let holes: Vec<StoredHole> = serde_json::from_str(&text("holes")?).map_err(wrong)?;
    Ok(Window {
        id: text("id")?
            .parse()
            .map_err(|error: uuid::Error| wrong(error))?,
        name: text("name")?,
        matchers: parse_matchers(&text("matchers")?).map_err(wrong)?,
        when,
        comment: text("comment")?,
        made: Deed {
            by: text("by")?,
            at_ms: row.try_get("created_ms")?,
        },
        changed: deed("changed_by", "changed_ms")?,
        ended: deed("ended_by", "ended_ms")?,
        holes: holes.into_iter().map(StoredHole::hole).collect(),
    })
}
