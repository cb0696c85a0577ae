//! The tables of the store.

use std::collections::BTreeMap;

use db::Db;
use db::sqlx::{self, Row, Sqlite, SqliteConnection, Transaction};
use model::TimestampMs;

use crate::chunk::Block;
use crate::error::Error;
use crate::index::{GroupId, SeriesId};
use crate::{histograms, rollup, row};

/// Freed pages given back to the file system after each deletion, at most (4 KiB each).
pub(crate) const PAGES_AT_ONCE: u32 = 20_000;
/// Rows of the journal that are read at once.
const ROWS_AT_ONCE: u32 = 100;

/// The times of chunks, encoded.
pub(crate) struct Times {
    pub(crate) to_ms: TimestampMs,
    pub(crate) count: usize,
    pub(crate) uses: u32,
    pub(crate) blob: Vec<u8>,
}

/// The chunks of a group over one stretch of time.
pub(crate) struct ChunkRow {
    pub(crate) id: i64,
    pub(crate) group: GroupId,
    pub(crate) from_ms: TimestampMs,
    pub(crate) to_ms: TimestampMs,
    pub(crate) data: Vec<u8>,
}

/// All groups of series.
pub(crate) async fn groups(db: &Db) -> Result<Vec<(GroupId, Vec<u8>)>, Error> {
    sqlx::query_as("SELECT group_id, members FROM series ORDER BY group_id")
        .fetch_all(db.readers())
        .await
        .map_err(|e| db.error(e).into())
}

/// Some rows of the journal after one.
pub(crate) async fn journal_after(db: &Db, row: i64) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    sqlx::query_as("SELECT id, entry FROM journal WHERE id > ? ORDER BY id LIMIT ?")
        .bind(row)
        .bind(ROWS_AT_ONCE)
        .fetch_all(db.readers())
        .await
        .map_err(|e| db.error(e).into())
}

/// The time of the newest sample that is in a chunk.
pub(crate) async fn newest_chunk(db: &Db) -> Result<Option<TimestampMs>, Error> {
    sqlx::query_scalar(
        "SELECT max(to_ms) FROM (SELECT max(to_ms) AS to_ms FROM chunk_times
         UNION ALL SELECT max(to_ms) FROM histogram_chunks)",
    )
    .fetch_one(db.readers())
    .await
    .map_err(|e| db.error(e).into())
}

/// Writes groups that have new series and what a commit brought, in one transaction; the number of its
/// row.
pub(crate) async fn commit(
    db: &Db,
    groups: &[(GroupId, Vec<u8>)],
    entry: &[u8],
) -> Result<i64, db::Error> {
    let journal = sqlx::query("INSERT INTO journal (entry) VALUES (?)").bind(entry);
    if groups.is_empty() {
        return Ok(db.execute(journal).await?.last_insert_rowid());
    }
    let mut tx = db.write().await?;
    put_groups(db, &mut tx, groups).await?;
    let row = journal.execute(&mut *tx).await.map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    Ok(row.last_insert_rowid())
}

/// What is stored at one moment. Rows and the times that they name have to be read of the same one: a
/// compaction replaces both, and the numbers of times are given again.
pub(crate) async fn moment(db: &Db) -> Result<Transaction<'static, Sqlite>, Error> {
    let begun = db.readers().begin().await;
    begun.map_err(|e| db.error(e).into())
}

/// The rows of some groups that have samples in a stretch of time, by group and time. `span_ms` is the
/// longest that a row is.
pub(crate) async fn chunks(
    db: &Db,
    moment: &mut SqliteConnection,
    groups: &[GroupId],
    (from_ms, to_ms): (TimestampMs, TimestampMs),
    span_ms: i64,
) -> Result<Vec<ChunkRow>, Error> {
    let rows = sqlx::query(
        "SELECT c.id, c.group_id, c.from_ms, c.to_ms, c.data
         FROM json_each(?) AS wanted JOIN chunks AS c ON c.group_id = wanted.value
         WHERE c.from_ms BETWEEN ? AND ? AND c.to_ms >= ?
         ORDER BY c.group_id, c.from_ms",
    )
    .bind(serde_json::json!(groups).to_string())
    .bind(from_ms.saturating_sub(span_ms))
    .bind(to_ms)
    .bind(from_ms)
    .fetch_all(moment)
    .await
    .map_err(|e| db.error(e))?;
    read_chunks(db, &rows)
}

/// Those of some groups that have a row in a stretch of time.
pub(crate) async fn groups_within(
    db: &Db,
    groups: &[GroupId],
    (from_ms, to_ms): (TimestampMs, TimestampMs),
    span_ms: i64,
) -> Result<Vec<GroupId>, Error> {
    sqlx::query_scalar(
        "SELECT value FROM json_each(?) AS wanted WHERE EXISTS (
             SELECT 1 FROM chunks WHERE group_id = wanted.value
             AND from_ms BETWEEN ? AND ? AND to_ms >= ?)",
    )
    .bind(serde_json::json!(groups).to_string())
    .bind(from_ms.saturating_sub(span_ms))
    .bind(to_ms)
    .bind(from_ms)
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e).into())
}

/// Groups that have several rows beginning in a stretch of time.
pub(crate) async fn groups_of_rows(
    db: &Db,
    from_ms: TimestampMs,
    to_ms: TimestampMs,
) -> Result<Vec<GroupId>, Error> {
    sqlx::query_scalar(
        "SELECT group_id FROM chunks WHERE from_ms BETWEEN ? AND ?
         GROUP BY group_id HAVING count(*) > 1",
    )
    .bind(from_ms)
    .bind(to_ms)
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e).into())
}

/// How many rows of chunks there are, the begin of the oldest and the end of the newest.
pub(crate) async fn extent(
    db: &Db,
) -> Result<(i64, Option<TimestampMs>, Option<TimestampMs>), Error> {
    sqlx::query_as(
        "SELECT sum(number), min(from_ms), max(to_ms) FROM (
             SELECT count(*) AS number, min(from_ms) AS from_ms, max(to_ms) AS to_ms FROM chunks
             UNION ALL SELECT count(*), min(from_ms), max(to_ms) FROM histogram_chunks)",
    )
    .fetch_one(db.readers())
    .await
    .map_err(|e| db.error(e).into())
}

/// The rows of some groups that begin in certain stretches of time, by group and time.
pub(crate) async fn chunks_of_slots(
    db: &Db,
    moment: &mut SqliteConnection,
    slots: &[(GroupId, TimestampMs, TimestampMs)],
) -> Result<Vec<ChunkRow>, Error> {
    let rows = sqlx::query(
        "SELECT c.id, c.group_id, c.from_ms, c.to_ms, c.data
         FROM json_each(?) AS wanted JOIN chunks AS c ON c.group_id = wanted.value ->> 0
         WHERE c.from_ms BETWEEN wanted.value ->> 1 AND wanted.value ->> 2
         ORDER BY c.group_id, c.from_ms",
    )
    .bind(serde_json::json!(slots).to_string())
    .fetch_all(moment)
    .await
    .map_err(|e| db.error(e))?;
    read_chunks(db, &rows)
}

fn read_chunks(db: &Db, rows: &[sqlx::sqlite::SqliteRow]) -> Result<Vec<ChunkRow>, Error> {
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(ChunkRow {
            id: row.try_get(0)?,
            group: row.try_get(1)?,
            from_ms: row.try_get(2)?,
            to_ms: row.try_get(3)?,
            data: row.try_get(4)?,
        })
    };
    let rows: Result<_, sqlx::Error> = rows.iter().map(read).collect();
    rows.map_err(|e| db.error(e).into())
}

/// Times by their numbers: number, count, blob.
pub(crate) async fn times(
    db: &Db,
    moment: &mut SqliteConnection,
    ids: &[i64],
) -> Result<Vec<(i64, usize, Vec<u8>)>, Error> {
    let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT t.id, t.count, t.times
         FROM json_each(?) AS wanted JOIN chunk_times AS t ON t.id = wanted.value",
    )
    .bind(serde_json::json!(ids).to_string())
    .fetch_all(moment)
    .await
    .map_err(|e| db.error(e))?;
    let count = |(id, count, blob): (i64, i64, Vec<u8>)| {
        let count = usize::try_from(count)
            .map_err(|e| Error::damaged(format!("the times with number {id}"), e))?;
        Ok((id, count, blob))
    };
    rows.into_iter().map(count).collect()
}

/// Rows that take the place of others.
#[derive(Default)]
pub(crate) struct Rewrite {
    /// Rows to be deleted.
    pub(crate) old: Vec<i64>,
    /// Times that the deleted rows named, and how often.
    pub(crate) released: BTreeMap<i64, u32>,
    /// New times; new rows name them by their place here.
    pub(crate) times: Vec<Times>,
    /// To be written.
    pub(crate) new: Vec<NewRow>,
    /// What has to be rolled up again.
    pub(crate) due: rollup::Due,
}

/// A row to be written: its chunks are put together once its times have numbers.
pub(crate) struct NewRow {
    pub(crate) group: GroupId,
    pub(crate) from_ms: TimestampMs,
    pub(crate) to_ms: TimestampMs,
    pub(crate) blocks: Vec<NewBlock>,
}

/// Series that are compressed together.
pub(crate) struct NewBlock {
    pub(crate) values: Block,
    /// The number of each series and the place of its times, in the order of the pages.
    pub(crate) series: Vec<(SeriesId, usize)>,
}

impl NewRow {
    /// The row as it is stored, where times have these numbers.
    fn data(&self, times: &[i64]) -> Vec<u8> {
        let mut blocks = Vec::with_capacity(self.blocks.len());
        for NewBlock { values, series } in &self.blocks {
            let pages = series.iter().zip(&values.pages);
            let parts = pages.map(|((id, place), page)| row::Part {
                id: *id,
                times_id: times.get(*place).copied().unwrap_or_default(),
                page,
            });
            blocks.push(row::Block {
                head: &values.head,
                parts: parts.collect(),
            });
        }
        row::write(&blocks)
    }
}

/// Replaces rows in one transaction.
pub(crate) async fn rewrite(db: &Db, rewrite: &Rewrite) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let wrong = |e| db.error(e);
    sqlx::query("DELETE FROM chunks WHERE id IN (SELECT value FROM json_each(?))")
        .bind(serde_json::json!(rewrite.old).to_string())
        .execute(&mut *tx)
        .await
        .map_err(wrong)?;
    for (id, uses) in &rewrite.released {
        sqlx::query("UPDATE chunk_times SET uses = uses - ? WHERE id = ?")
            .bind(uses)
            .bind(id)
            .execute(&mut *tx)
            .await
            .map_err(wrong)?;
    }
    let released: Vec<_> = rewrite.released.keys().collect();
    sqlx::query(
        "DELETE FROM chunk_times WHERE uses <= 0 AND id IN (SELECT value FROM json_each(?))",
    )
    .bind(serde_json::json!(released).to_string())
    .execute(&mut *tx)
    .await
    .map_err(wrong)?;
    let mut ids = Vec::with_capacity(rewrite.times.len());
    for times in &rewrite.times {
        let row =
            sqlx::query("INSERT INTO chunk_times (to_ms, count, uses, times) VALUES (?, ?, ?, ?)")
                .bind(times.to_ms)
                .bind(i64::try_from(times.count).unwrap_or(i64::MAX))
                .bind(times.uses)
                .bind(&times.blob)
                .execute(&mut *tx)
                .await
                .map_err(wrong)?;
        ids.push(row.last_insert_rowid());
    }
    for row in &rewrite.new {
        sqlx::query("INSERT INTO chunks (group_id, from_ms, to_ms, data) VALUES (?, ?, ?, ?)")
            .bind(row.group)
            .bind(row.from_ms)
            .bind(row.to_ms)
            .bind(row.data(&ids))
            .execute(&mut *tx)
            .await
            .map_err(wrong)?;
    }
    rollup::store::put_due(db, &mut tx, &rewrite.due).await?;
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

/// Deletes rows that ended before a time, and the times that only they named; how many rows. `span_ms`
/// is the longest that a row is.
pub(crate) async fn forget(db: &Db, before_ms: TimestampMs, span_ms: i64) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let wrong = |e| db.error(e);
    rollup::store::put_samples_gone(db, &mut tx, before_ms, span_ms).await?;
    let gone = sqlx::query("DELETE FROM chunks WHERE to_ms < ?")
        .bind(before_ms)
        .execute(&mut *tx)
        .await
        .map_err(wrong)?;
    // A row that stays ends at or after `before_ms` and is at most `span_ms` long, so it names no times
    // that ended earlier than this.
    sqlx::query("DELETE FROM chunk_times WHERE to_ms < ?")
        .bind(before_ms.saturating_sub(span_ms))
        .execute(&mut *tx)
        .await
        .map_err(wrong)?;
    let histograms = histograms::store::forget(db, &mut tx, before_ms).await?;
    db.commit(tx).await?;
    db.shrink(PAGES_AT_ONCE).await?;
    Ok(gone.rows_affected() + histograms)
}

/// The begin of the oldest row.
pub(crate) async fn oldest_chunk(db: &Db) -> Result<Option<TimestampMs>, Error> {
    sqlx::query_scalar(
        "SELECT min(from_ms) FROM (SELECT min(from_ms) AS from_ms FROM chunks
         UNION ALL SELECT min(from_ms) FROM histogram_chunks)",
    )
    .fetch_one(db.readers())
    .await
    .map_err(|e| db.error(e).into())
}

/// What the database takes on disk, in bytes, without what lies free in it.
pub(crate) async fn size(db: &Db) -> Result<u64, Error> {
    let size: i64 = sqlx::query_scalar(
        "SELECT (pages.page_count - free.freelist_count) * size.page_size
         FROM pragma_page_count() AS pages, pragma_freelist_count() AS free, pragma_page_size() AS size",
    )
    .fetch_one(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    Ok(size.unsigned_abs())
}

/// Writes groups from which series have gone; one that has none left is deleted.
pub(crate) async fn shrink_groups(
    db: &Db,
    empty: &[GroupId],
    groups: &[(GroupId, Vec<u8>)],
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query("DELETE FROM series WHERE group_id IN (SELECT value FROM json_each(?))")
        .bind(serde_json::json!(empty).to_string())
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    rollup::store::forget_groups(db, &mut tx, empty).await?;
    put_groups(db, &mut tx, groups).await?;
    db.commit(tx).await?;
    Ok(())
}

async fn put_groups(
    db: &Db,
    tx: &mut sqlx::SqliteConnection,
    groups: &[(GroupId, Vec<u8>)],
) -> Result<(), db::Error> {
    for (group, members) in groups {
        sqlx::query("INSERT OR REPLACE INTO series (group_id, members) VALUES (?, ?)")
            .bind(group)
            .bind(members)
            .execute(&mut *tx)
            .await
            .map_err(|e| db.error(e))?;
    }
    Ok(())
}
