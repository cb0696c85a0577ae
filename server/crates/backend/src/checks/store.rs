//! How checks were, on disk.

use db::sqlx::{self, Row};
use db::{Db, Error};
use model::TimestampMs;
use wire::Level;

/// How a check was when it was last run, and since when.
pub(super) async fn remembered(db: &Db, name: &str) -> Result<Option<(Level, TimestampMs)>, Error> {
    let row = sqlx::query("SELECT level, since_ms FROM checks WHERE name = ?")
        .bind(name)
        .fetch_optional(db.readers())
        .await
        .map_err(|source| db.error(source))?;
    let read = |row: sqlx::sqlite::SqliteRow| {
        let level: String = row.try_get("level")?;
        Ok((
            Level::parse(&level).unwrap_or_default(),
            row.try_get("since_ms")?,
        ))
    };
    row.map(read).transpose().map_err(|source| db.error(source))
}

/// The names of all checks that were ever run and not forgotten.
pub(super) async fn names(db: &Db) -> Result<Vec<String>, Error> {
    let read = sqlx::query_scalar("SELECT name FROM checks").fetch_all(db.readers());
    read.await.map_err(|source| db.error(source))
}

/// Writes how a check is.
pub(super) async fn remember(
    db: &Db,
    name: &str,
    level: Level,
    since_ms: TimestampMs,
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query(
        "INSERT INTO checks (name, level, since_ms) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET level = excluded.level, since_ms = excluded.since_ms",
    )
    .bind(name)
    .bind(level.as_str())
    .bind(since_ms)
    .execute(&mut *tx)
    .await
    .map_err(|source| db.error(source))?;
    db.commit(tx).await
}

/// Deletes a check.
pub(super) async fn forget(db: &Db, name: &str) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query("DELETE FROM checks WHERE name = ?")
        .bind(name)
        .execute(&mut *tx)
        .await
        .map_err(|source| db.error(source))?;
    db.commit(tx).await
}
