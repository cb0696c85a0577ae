//! The tables of the store.

use std::collections::BTreeMap;

use db::Db;
use db::sqlx::{self, QueryBuilder, Row};
use model::{Labels, TimestampMs};

use crate::error::Error;
use crate::index::SeriesId;

/// Freed pages given back to the file system after each deletion, at most (4 KiB each).
const PAGES_AT_ONCE: u32 = 20_000;

/// The times of a chunk, encoded.
pub(crate) struct Times {
    pub(crate) to_ms: TimestampMs,
    pub(crate) count: usize,
    pub(crate) blob: Vec<u8>,
}

/// One chunk as it is stored.
pub(crate) struct ChunkRow {
    pub(crate) series: SeriesId,
    pub(crate) from_ms: TimestampMs,
    pub(crate) to_ms: TimestampMs,
    pub(crate) times_id: i64,
    pub(crate) data: Vec<u8>,
}

/// All series.
pub(crate) async fn series(db: &Db) -> Result<Vec<(SeriesId, Labels)>, Error> {
    let rows: Vec<(SeriesId, String)> = sqlx::query_as("SELECT id, labels FROM series ORDER BY id")
        .fetch_all(db.readers())
        .await
        .map_err(|e| db.error(e))?;
    let read = |(id, json): (SeriesId, String)| {
        let labels: BTreeMap<String, String> = serde_json::from_str(&json)
            .map_err(|e| Error::damaged(format!("the name of series {id}"), e))?;
        Ok((id, labels.into_iter().collect()))
    };
    rows.into_iter().map(read).collect()
}

/// The next row of the journal after one, if there is one.
pub(crate) async fn journal_after(db: &Db, row: i64) -> Result<Option<(i64, Vec<u8>)>, Error> {
    sqlx::query_as("SELECT id, entry FROM journal WHERE id > ? ORDER BY id LIMIT 1")
        .bind(row)
        .fetch_optional(db.readers())
        .await
        .map_err(|e| db.error(e).into())
}

/// Writes new series and what a commit brought, in one transaction; the number of its row.
pub(crate) async fn commit(
    db: &Db,
    new: &[(SeriesId, Labels)],
    entry: &[u8],
) -> Result<i64, db::Error> {
    let mut tx = db.write().await?;
    for (id, labels) in new {
        let sorted: BTreeMap<_, _> = labels.iter().collect();
        sqlx::query("INSERT INTO series (id, labels) VALUES (?, ?)")
            .bind(id)
            .bind(serde_json::json!(sorted).to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| db.error(e))?;
    }
    let row = sqlx::query("INSERT INTO journal (entry) VALUES (?)")
        .bind(entry)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    Ok(row.last_insert_rowid())
}

/// The chunks of some series that have samples in a stretch of time, by series and time. `span_ms` is
/// the longest that a chunk is.
pub(crate) async fn chunks(
    db: &Db,
    ids: &[SeriesId],
    from_ms: TimestampMs,
    to_ms: TimestampMs,
    span_ms: i64,
) -> Result<Vec<ChunkRow>, Error> {
    let rows = sqlx::query(
        "SELECT c.series_id, c.from_ms, c.to_ms, c.times_id, c.data
         FROM json_each(?) AS wanted JOIN chunks AS c ON c.series_id = wanted.value
         WHERE c.from_ms BETWEEN ? AND ? AND c.to_ms >= ?
         ORDER BY c.series_id, c.from_ms, c.times_id",
    )
    .bind(serde_json::json!(ids).to_string())
    .bind(from_ms.saturating_sub(span_ms))
    .bind(to_ms)
    .bind(from_ms)
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(ChunkRow {
            series: row.try_get(0)?,
            from_ms: row.try_get(1)?,
            to_ms: row.try_get(2)?,
            times_id: row.try_get(3)?,
            data: row.try_get(4)?,
        })
    };
    let rows: Result<_, sqlx::Error> = rows.iter().map(read).collect();
    rows.map_err(|e| db.error(e).into())
}

/// Times by their numbers.
pub(crate) async fn times(db: &Db, ids: &[i64]) -> Result<Vec<(i64, usize, Vec<u8>)>, Error> {
    let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT t.id, t.count, t.times
         FROM json_each(?) AS wanted JOIN chunk_times AS t ON t.id = wanted.value",
    )
    .bind(serde_json::json!(ids).to_string())
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    let count = |(id, count, blob): (i64, i64, Vec<u8>)| {
        let count = usize::try_from(count)
            .map_err(|e| Error::damaged(format!("the times with number {id}"), e))?;
        Ok((id, count, blob))
    };
    rows.into_iter().map(count).collect()
}

/// Chunks that take the place of others.
#[derive(Default)]
pub(crate) struct Rewrite {
    /// To be deleted.
    pub(crate) old: Vec<ChunkRow>,
    /// New times; chunks name them by their place here.
    pub(crate) times: Vec<Times>,
    /// To be written; `times_id` is a place in `times`.
    pub(crate) new: Vec<ChunkRow>,
}

/// Replaces chunks in one transaction.
pub(crate) async fn rewrite(db: &Db, rewrite: &Rewrite) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let wrong = |e| db.error(e);
    for old in &rewrite.old {
        sqlx::query("DELETE FROM chunks WHERE series_id = ? AND from_ms = ? AND times_id = ?")
            .bind(old.series)
            .bind(old.from_ms)
            .bind(old.times_id)
            .execute(&mut *tx)
            .await
            .map_err(wrong)?;
    }
    let mut ids = Vec::with_capacity(rewrite.times.len());
    for times in &rewrite.times {
        let row = sqlx::query("INSERT INTO chunk_times (to_ms, count, times) VALUES (?, ?, ?)")
            .bind(times.to_ms)
            .bind(i64::try_from(times.count).unwrap_or(i64::MAX))
            .bind(&times.blob)
            .execute(&mut *tx)
            .await
            .map_err(wrong)?;
        ids.push(row.last_insert_rowid());
    }
    // Five values a row, and SQLite takes 32,766 at once.
    for rows in rewrite.new.chunks(1_000) {
        let mut insert =
            QueryBuilder::new("INSERT INTO chunks (series_id, from_ms, to_ms, times_id, data) ");
        insert.push_values(rows, |mut values, row| {
            let place = usize::try_from(row.times_id).unwrap_or(usize::MAX);
            values
                .push_bind(row.series)
                .push_bind(row.from_ms)
                .push_bind(row.to_ms)
                .push_bind(ids.get(place).copied())
                .push_bind(row.data.as_slice());
        });
        insert.build().execute(&mut *tx).await.map_err(wrong)?;
    }
    db.commit(tx).await?;
    Ok(())
}

/// Deletes the journal up to a row, inclusive.
pub(crate) async fn cut_journal(db: &Db, up_to: i64) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query("DELETE FROM journal WHERE id <= ?")
        .bind(up_to)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    db.shrink(PAGES_AT_ONCE).await?;
    Ok(())
}

/// Deletes chunks that ended before a time, and times that no chunk has; how many chunks.
pub(crate) async fn forget(db: &Db, before_ms: TimestampMs) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let wrong = |e| db.error(e);
    let gone = sqlx::query("DELETE FROM chunks WHERE to_ms < ?")
        .bind(before_ms)
        .execute(&mut *tx)
        .await
        .map_err(wrong)?;
    sqlx::query("DELETE FROM chunk_times WHERE id NOT IN (SELECT times_id FROM chunks)")
        .execute(&mut *tx)
        .await
        .map_err(wrong)?;
    db.commit(tx).await?;
    db.shrink(PAGES_AT_ONCE).await?;
    Ok(gone.rows_affected())
}

/// Series that have no chunk.
pub(crate) async fn without_chunks(db: &Db) -> Result<Vec<SeriesId>, Error> {
    sqlx::query_scalar(
        "SELECT id FROM series AS s
         WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE series_id = s.id)",
    )
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e).into())
}

/// Deletes series.
pub(crate) async fn delete_series(db: &Db, ids: &[SeriesId]) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query("DELETE FROM series WHERE id IN (SELECT value FROM json_each(?))")
        .bind(serde_json::json!(ids).to_string())
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    Ok(())
}
