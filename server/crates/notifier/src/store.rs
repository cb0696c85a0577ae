//! Silences on disk.

pub(crate) mod outbox;
pub(crate) mod routes;
pub(crate) mod windows;

use db::sqlx::{self, Row, sqlite::SqliteRow};
use db::{Db, Error};
use model::TimestampMs;

use crate::{Silence, parse_matchers};

/// Writes a silence, new or changed.
pub(crate) async fn save(db: &Db, silence: &Silence) -> Result<(), Error> {
    let matchers: Vec<_> = silence.matchers.iter().map(ToString::to_string).collect();
    let mut tx = db.write().await?;
    let save = sqlx::query(
        "INSERT INTO silences (id, matchers, starts_ms, ends_ms, by, comment, created_ms, ended_by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET starts_ms = excluded.starts_ms, ends_ms = excluded.ends_ms,
            ended_by = excluded.ended_by",
    );
    let save = save
        .bind(silence.id.to_string())
        .bind(matchers.join(", "))
        .bind(silence.starts_ms)
        .bind(silence.ends_ms)
        .bind(&silence.by)
        .bind(&silence.comment)
        .bind(silence.created_ms)
        .bind(silence.ended_by.as_ref());
    let saved = save.execute(&mut *tx).await;
    saved.map_err(|source| db.error(source))?;
    db.commit(tx).await
}

/// All, the oldest first.
pub(crate) async fn all(db: &Db) -> Result<Vec<Silence>, Error> {
    let rows = sqlx::query("SELECT * FROM silences ORDER BY id").fetch_all(db.readers());
    let rows = rows.await.map_err(|source| db.error(source))?;
    let read: Result<_, _> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Deletes one.
pub(crate) async fn delete(db: &Db, id: uuid::Uuid) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let delete = sqlx::query("DELETE FROM silences WHERE id = ?").bind(id.to_string());
    let deleted = delete.execute(&mut *tx).await;
    deleted.map_err(|source| db.error(source))?;
    db.commit(tx).await
}

/// Deletes those that were over before a time; how many.
pub(crate) async fn forget(db: &Db, before_ms: TimestampMs) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let delete = sqlx::query("DELETE FROM silences WHERE ends_ms < ?").bind(before_ms);
    let deleted = delete.execute(&mut *tx).await;
    let deleted = deleted.map_err(|source| db.error(source))?.rows_affected();
    db.commit(tx).await?;
    Ok(deleted)
}

fn read(row: &SqliteRow) -> Result<Silence, sqlx::Error> {
    let (id, matchers): (String, String) = (row.try_get("id")?, row.try_get("matchers")?);
    let wrong = |error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(error);
    Ok(Silence {
        id: id
            .parse()
            .map_err(|error: uuid::Error| wrong(error.into()))?,
        matchers: parse_matchers(&matchers).map_err(|error| wrong(error.into()))?,
        starts_ms: row.try_get("starts_ms")?,
        ends_ms: row.try_get("ends_ms")?,
        by: row.try_get("by")?,
        comment: row.try_get("comment")?,
        created_ms: row.try_get("created_ms")?,
        ended_by: row.try_get("ended_by")?,
    })
}
