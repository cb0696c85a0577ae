//! The table of histograms.

use db::Db;
use db::sqlx::{self, Sqlite, Transaction};
use hashbrown::HashSet;
use model::TimestampMs;

use crate::error::Error;
use crate::index::SeriesId;

/// The histograms of a series over one stretch of time.
pub(crate) struct HistogramRow {
    pub(crate) id: i64,
    pub(crate) series: SeriesId,
    pub(crate) from_ms: TimestampMs,
    pub(crate) to_ms: TimestampMs,
    pub(crate) count: usize,
    pub(crate) data: Vec<u8>,
}

/// The series that have a row.
pub(crate) async fn series(db: &Db) -> Result<HashSet<SeriesId>, Error> {
    let series: Vec<SeriesId> =
        sqlx::query_scalar("SELECT DISTINCT series_id FROM histogram_chunks")
            .fetch_all(db.readers())
            .await
            .map_err(|e| db.error(e))?;
    Ok(series.into_iter().collect())
}

/// The rows of some series that begin in a stretch of time and reach into another one, by series and
/// time.
pub(crate) async fn rows(
    db: &Db,
    series: &[SeriesId],
    begin: (TimestampMs, TimestampMs),
    to_ms: TimestampMs,
) -> Result<Vec<HistogramRow>, Error> {
    let rows: Vec<(i64, SeriesId, i64, i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT c.id, c.series_id, c.from_ms, c.to_ms, c.count, c.data
         FROM json_each(?) AS wanted JOIN histogram_chunks AS c ON c.series_id = wanted.value
         WHERE c.from_ms BETWEEN ? AND ? AND c.to_ms >= ?
         ORDER BY c.series_id, c.from_ms",
    )
    .bind(serde_json::json!(series).to_string())
    .bind(begin.0)
    .bind(begin.1)
    .bind(to_ms)
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    let row = |(id, series, from_ms, to_ms, count, data)| HistogramRow {
        id,
        series,
        from_ms,
        to_ms,
        count: usize::try_from(count).unwrap_or_default(),
        data,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Replaces rows in one transaction.
pub(crate) async fn rewrite(db: &Db, old: &[i64], new: &[HistogramRow]) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query("DELETE FROM histogram_chunks WHERE id IN (SELECT value FROM json_each(?))")
        .bind(serde_json::json!(old).to_string())
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    for row in new {
        sqlx::query(
            "INSERT INTO histogram_chunks (series_id, from_ms, to_ms, count, data)
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(row.series)
        .bind(row.from_ms)
        .bind(row.to_ms)
        .bind(i64::try_from(row.count).unwrap_or(i64::MAX))
        .bind(&row.data)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    }
    db.commit(tx).await?;
    Ok(())
}

/// Deletes rows that ended before a time; how many.
pub(crate) async fn forget(
    db: &Db,
    tx: &mut Transaction<'static, Sqlite>,
    before_ms: TimestampMs,
) -> Result<u64, Error> {
    let gone = sqlx::query("DELETE FROM histogram_chunks WHERE to_ms < ?")
        .bind(before_ms)
        .execute(&mut **tx)
        .await
        .map_err(|e| db.error(e))?;
    Ok(gone.rows_affected())
}
