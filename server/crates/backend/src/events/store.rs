//! Marks on disk.

use db::sqlx::{self, Row};
use db::{Db, Error};
use model::TimestampMs;
use wire::{Event, EventKind};

/// Writes marks, and notes their ids.
pub(super) async fn insert(db: &Db, events: &mut [Event]) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    let mut ids = Vec::with_capacity(events.len());
    for event in events.iter() {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO events (at_ms, kind, server, title, link) VALUES (?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(event.at_ms)
        .bind(event.kind.as_str())
        .bind(&event.server)
        .bind(&event.title)
        .bind(&event.link)
        .fetch_one(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
        ids.push(id);
    }
    db.commit(tx).await?;
    for (event, id) in events.iter_mut().zip(ids) {
        event.id = id;
    }
    Ok(())
}

/// The newest marks of a range, newest first.
pub(super) async fn list(
    db: &Db,
    server: Option<&str>,
    from_ms: TimestampMs,
    to_ms: TimestampMs,
    limit: u32,
) -> Result<Vec<Event>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM events WHERE at_ms BETWEEN ?1 AND ?2 AND (?3 IS NULL OR server = ?3)
         ORDER BY at_ms DESC, id DESC LIMIT ?4",
    )
    .bind(from_ms)
    .bind(to_ms)
    .bind(server)
    .bind(limit)
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let kind: String = row.try_get("kind")?;
        Ok(Event {
            id: row.try_get("id")?,
            at_ms: row.try_get("at_ms")?,
            kind: EventKind::parse(&kind).ok_or_else(|| {
                sqlx::Error::Decode(format!("unknown kind of mark {kind:?}").into())
            })?,
            server: row.try_get("server")?,
            title: row.try_get("title")?,
            link: row.try_get("link")?,
        })
    };
    rows.iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(|e| db.error(e))
}

/// Deletes older marks; how many.
pub(super) async fn forget(db: &Db, before_ms: TimestampMs) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let done = sqlx::query("DELETE FROM events WHERE at_ms < ?")
        .bind(before_ms)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    Ok(done.rows_affected())
}
