//! Marks on disk.

use db::sqlx::sqlite::SqliteRow;
use db::sqlx::{self, Row};
use db::{Db, Error};
use model::TimestampMs;
use wire::{Event, EventKind, Mark, MarkQuery};

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
    rows.iter()
        .map(event)
        .collect::<Result<_, _>>()
        .map_err(|e| db.error(e))
}

fn event(row: &SqliteRow) -> Result<Event, sqlx::Error> {
    let kind: String = row.try_get("kind")?;
    Ok(Event {
        id: row.try_get("id")?,
        at_ms: row.try_get("at_ms")?,
        kind: EventKind::parse(&kind)
            .ok_or_else(|| sqlx::Error::Decode(format!("unknown kind of mark {kind:?}").into()))?,
        server: row.try_get("server")?,
        title: row.try_get("title")?,
        link: row.try_get("link")?,
    })
}

fn mark(row: &SqliteRow) -> Result<Mark, sqlx::Error> {
    let event = event(row)?;
    let tags: String = row.try_get("tags")?;
    Ok(Mark {
        id: event.id,
        at_ms: event.at_ms,
        kind: event.kind,
        server: event.server,
        title: event.title,
        link: event.link,
        text: row.try_get("text")?,
        tags: serde_json::from_str(&tags).map_err(|e| sqlx::Error::Decode(e.into()))?,
        by: row.try_get("actor")?,
    })
}

/// The newest marks that a query is about, newest first; `kinds` are the words of kinds.
pub(super) async fn marks(
    db: &Db,
    query: &MarkQuery,
    kinds: &[&str],
    to_ms: TimestampMs,
    limit: u32,
) -> Result<Vec<Mark>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM events WHERE at_ms BETWEEN ?1 AND ?2
           AND (?3 = '' OR server = ?3)
           AND (?4 = '[]' OR kind IN (SELECT value FROM json_each(?4)))
           AND (?5 = '' OR ?5 IN (SELECT value FROM json_each(tags)))
           AND (?6 = '' OR instr(lower(title || char(10) || text || char(10) || tags || char(10) || server), lower(?6)))
         ORDER BY at_ms DESC, id DESC LIMIT ?7",
    )
    .bind(query.from_ms)
    .bind(to_ms)
    .bind(&query.server)
    .bind(serde_json::json!(kinds).to_string())
    .bind(&query.tag)
    .bind(query.text.trim())
    .bind(limit)
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    rows.iter()
        .map(mark)
        .collect::<Result<_, _>>()
        .map_err(|e| db.error(e))
}

/// Writes down what somebody tells of; the mark as it is on disk, and whether it is new: under a key that is known
/// nothing is written.
pub(super) async fn tell(db: &Db, told: &Mark, key: &str) -> Result<(Mark, bool), Error> {
    let mut tx = db.write().await?;
    let key = Some(key).filter(|key| !key.is_empty());
    let known = sqlx::query("SELECT * FROM events WHERE key = ?")
        .bind(key)
        .fetch_optional(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    if let Some(row) = known {
        return Ok((mark(&row).map_err(|e| db.error(e))?, false));
    }
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO events (at_ms, kind, server, title, link, text, tags, actor, key)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(told.at_ms)
    .bind(told.kind.as_str())
    .bind(&told.server)
    .bind(&told.title)
    .bind(&told.link)
    .bind(&told.text)
    .bind(serde_json::json!(told.tags).to_string())
    .bind(&told.by)
    .bind(key)
    .fetch_one(&mut *tx)
    .await
    .map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    let told = Mark { id, ..told.clone() };
    Ok((told, true))
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
