//! Sign-ins on disk.

use db::sqlx;
use db::{Db, Error};
use model::TimestampMs;

pub(super) async fn insert(
    db: &Db,
    token_hash: &str,
    name: &str,
    now: TimestampMs,
    expires_ms: TimestampMs,
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query(
        "INSERT INTO sessions (token_hash, name, created_ms, expires_ms) VALUES (?, ?, ?, ?)",
    )
    .bind(token_hash)
    .bind(name)
    .bind(now)
    .bind(expires_ms)
    .execute(&mut *tx)
    .await
    .map_err(|e| db.error(e))?;
    db.commit(tx).await
}

/// Who signed in, if the session is not over.
pub(super) async fn name(
    db: &Db,
    token_hash: &str,
    now: TimestampMs,
) -> Result<Option<String>, Error> {
    sqlx::query_scalar("SELECT name FROM sessions WHERE token_hash = ? AND expires_ms > ?")
        .bind(token_hash)
        .bind(now)
        .fetch_optional(db.readers())
        .await
        .map_err(|e| db.error(e))
}

pub(super) async fn delete(db: &Db, token_hash: &str) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query("DELETE FROM sessions WHERE token_hash = ?")
        .bind(token_hash)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await
}

/// Deletes sessions that are over; how many.
pub(super) async fn forget(db: &Db, now: TimestampMs) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let done = sqlx::query("DELETE FROM sessions WHERE expires_ms <= ?")
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    Ok(done.rows_affected())
}
