//! What was measured elsewhere, on disk.

use db::sqlx::{self, Row, sqlite::SqliteRow};
use db::{Db, Error};
use wire::Measurement;

use super::hours::Stretch;

/// A measurement and its number.
pub(in crate::slo) type Stored = (i64, Measurement);

/// Notes one, in the place of what was said of exactly that time before; its number.
pub(in crate::slo) async fn add(
    db: &Db,
    measurement: &Measurement,
    at_ms: i64,
) -> Result<i64, Error> {
    let forget = sqlx::query(
        "DELETE FROM slo_measurements WHERE objective = ? AND from_ms = ? AND to_ms = ?",
    );
    let forget = forget
        .bind(&measurement.objective)
        .bind(measurement.from_ms)
        .bind(measurement.to_ms);
    let insert = sqlx::query(
        "INSERT INTO slo_measurements (objective, from_ms, to_ms, good, total, note, by, at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert
        .bind(&measurement.objective)
        .bind(measurement.from_ms)
        .bind(measurement.to_ms)
        .bind(measurement.good)
        .bind(measurement.total)
        .bind(&measurement.note)
        .bind(&measurement.by)
        .bind(at_ms);
    let mut tx = db.write().await?;
    let done = forget.execute(&mut *tx).await;
    done.map_err(|source| db.error(source))?;
    let done = insert.execute(&mut *tx).await;
    let added = done.map_err(|source| db.error(source))?;
    db.commit(tx).await?;
    Ok(added.last_insert_rowid())
}

/// Those of an objective that are about some time, the newest first.
pub(in crate::slo) async fn of(
    db: &Db,
    objective: &str,
    (from_ms, to_ms): Stretch,
) -> Result<Vec<Stored>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM slo_measurements WHERE objective = ? AND to_ms > ? AND from_ms < ? ORDER BY from_ms DESC",
    );
    let rows = rows.bind(objective).bind(from_ms).bind(to_ms);
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read: Result<_, sqlx::Error> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// The newest of an objective.
pub(in crate::slo) async fn measurements(
    db: &Db,
    objective: &str,
    most: u32,
) -> Result<Vec<Measurement>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM slo_measurements WHERE objective = ? ORDER BY from_ms DESC LIMIT ?",
    );
    let rows = rows
        .bind(objective)
        .bind(most)
        .fetch_all(db.readers())
        .await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read: Result<Vec<Stored>, sqlx::Error> = rows.iter().map(read).collect();
    let read = read.map_err(|source| db.error(source))?;
    Ok(read
        .into_iter()
        .map(|(_, measurement)| measurement)
        .collect())
}

fn read(row: &SqliteRow) -> Result<Stored, sqlx::Error> {
    let measurement = Measurement {
        objective: row.try_get("objective")?,
        from_ms: row.try_get("from_ms")?,
        to_ms: row.try_get("to_ms")?,
        good: row.try_get("good")?,
        total: row.try_get("total")?,
        note: row.try_get("note")?,
        by: row.try_get("by")?,
    };
    Ok((row.try_get("id")?, measurement))
}
