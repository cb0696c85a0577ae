//! The table of exemplars.

use std::collections::BTreeMap;

use db::Db;
use db::sqlx::{self, Row as _};
use model::{Exemplar, TimestampMs};

use crate::error::Error;
use crate::index::SeriesId;

/// An exemplar of a series.
pub(super) struct Row {
    pub(super) series: SeriesId,
    pub(super) exemplar: Exemplar,
}

/// All of them with their numbers, in their order.
pub(super) async fn all(db: &Db) -> Result<Vec<(i64, Row)>, Error> {
    let rows = sqlx::query(
        "SELECT id, series_id, at_ms, is_dated, value, labels FROM exemplars ORDER BY id",
    );
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|e| db.error(e))?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let (number, row) = read(&row).map_err(|e| db.error(e))?;
        all.push((number, row));
    }
    Ok(all)
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<(i64, Row), sqlx::Error> {
    let labels: String = row.try_get(5)?;
    let labels: BTreeMap<String, String> =
        serde_json::from_str(&labels).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let value: i64 = row.try_get(4)?;
    let exemplar = Exemplar {
        labels: labels.iter().collect(),
        value: f64::from_bits(value.cast_unsigned()),
        at_ms: row.try_get(2)?,
        is_dated: row.try_get(3)?,
    };
    let series = row.try_get(1)?;
    Ok((row.try_get(0)?, Row { series, exemplar }))
}

/// Writes some, and deletes those before a number.
pub(super) async fn write(db: &Db, rows: Vec<(i64, Row)>, first: i64) -> Result<(), Error> {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(number, Row { series, exemplar })| {
            let labels: BTreeMap<&str, &str> = exemplar.labels.iter().collect();
            serde_json::json!([
                number,
                series,
                exemplar.at_ms,
                i64::from(exemplar.is_dated),
                exemplar.value.to_bits().cast_signed(),
                labels
            ])
        })
        .collect();
    let rows = serde_json::Value::Array(rows).to_string();
    let mut tx = db.write().await?;
    sqlx::query(
        "INSERT OR REPLACE INTO exemplars (id, series_id, at_ms, is_dated, value, labels)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
         FROM json_each(?)",
    )
    .bind(rows)
    .execute(&mut *tx)
    .await
    .map_err(|e| db.error(e))?;
    sqlx::query("DELETE FROM exemplars WHERE id < ?")
        .bind(first)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    Ok(())
}

/// Deletes those that are older than a time.
pub(super) async fn forget(db: &Db, before_ms: TimestampMs) -> Result<(), Error> {
    let delete = sqlx::query("DELETE FROM exemplars WHERE at_ms < ?").bind(before_ms);
    db.execute(delete).await?;
    Ok(())
}
