//! Who stopped which server, on disk.

use db::sqlx::{self, Row};
use db::{Db, Error};
use model::TimestampMs;

/// A stop by a person.
pub(crate) struct Stop {
    pub(crate) actor: String,
    pub(crate) at_ms: TimestampMs,
}

/// The stop of a server, if somebody stopped it.
pub(crate) async fn stop_of(db: &Db, server: &str) -> Result<Option<Stop>, Error> {
    let row = sqlx::query("SELECT actor, at_ms FROM stops WHERE server = ?")
        .bind(server)
        .fetch_optional(db.readers())
        .await
        .map_err(|e| db.error(e))?;
    Ok(row.map(|row| Stop {
        actor: row.get("actor"),
        at_ms: row.get("at_ms"),
    }))
}

/// Notes a stop.
pub(crate) async fn stop(
    db: &Db,
    server: &str,
    actor: &str,
    now: TimestampMs,
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query("INSERT OR REPLACE INTO stops (server, actor, at_ms) VALUES (?, ?, ?)")
        .bind(server)
        .bind(actor)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await
}

/// Forgets a stop.
pub(crate) async fn start(db: &Db, server: &str) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query("DELETE FROM stops WHERE server = ?")
        .bind(server)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await
}
