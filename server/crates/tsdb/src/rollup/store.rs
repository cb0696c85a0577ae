//! The tables of rollups.

use std::collections::BTreeSet;

use db::Db;
use db::sqlx::{self, SqliteConnection};
use model::TimestampMs;

use super::Level;
use crate::error::Error;
use crate::index::{GroupId, SeriesId};

/// Where it is noted before which time samples have been deleted.
const SAMPLES: i64 = 0;

/// Stretches of time whose samples have changed: of which group, and when they begin.
pub(crate) type Due = BTreeSet<(TimestampMs, GroupId)>;

/// The windows of a group that end in one stretch of time.
pub(super) struct Row {
    pub(super) level: Level,
    pub(super) group: GroupId,
    pub(super) to_ms: TimestampMs,
    pub(super) data: Vec<u8>,
}

/// What rolling writes in one transaction.
#[derive(Default)]
pub(super) struct Rolled {
    pub(super) rows: Vec<Row>,
    /// How far the series of groups are rolled up.
    pub(super) reach: Vec<(GroupId, Vec<u8>)>,
    /// What is done with it.
    pub(super) done: Due,
    /// Up to when windows of a level have not been kept.
    pub(super) left_out: Option<(Level, TimestampMs)>,
}

/// What a level takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) rows: i64,
    pub(super) bytes: i64,
    pub(super) oldest_ms: Option<TimestampMs>,
}

/// Notes what has changed, in the transaction that changes it.
pub(crate) async fn put_due(db: &Db, tx: &mut SqliteConnection, due: &Due) -> Result<(), Error> {
    for (slot_ms, group) in due {
        sqlx::query("INSERT OR IGNORE INTO rollup_due (slot_ms, group_id) VALUES (?, ?)")
            .bind(slot_ms)
            .bind(group)
            .execute(&mut *tx)
            .await
            .map_err(|e| db.error(e))?;
    }
    Ok(())
}

/// Some groups of the oldest stretch that has changed and begins before a time.
pub(super) async fn due(
    db: &Db,
    before_ms: TimestampMs,
    most: usize,
) -> Result<Option<(TimestampMs, Vec<GroupId>)>, Error> {
    let rows: Vec<(TimestampMs, GroupId)> = sqlx::query_as(
        "SELECT slot_ms, group_id FROM rollup_due
         WHERE slot_ms = (SELECT min(slot_ms) FROM rollup_due) AND slot_ms < ?
         ORDER BY group_id LIMIT ?",
    )
    .bind(before_ms)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    let slot = rows.first().map(|(slot, _)| *slot);
    Ok(slot.map(|slot| (slot, rows.into_iter().map(|(_, group)| group).collect())))
}

/// The begin of the oldest stretch that has changed since it was rolled up.
pub(super) async fn oldest_due(db: &Db) -> Result<Option<TimestampMs>, Error> {
    sqlx::query_scalar("SELECT min(slot_ms) FROM rollup_due")
        .fetch_one(db.readers())
        .await
        .map_err(|e| db.error(e).into())
}

/// How many stretches of groups have changed since they were rolled up.
pub(super) async fn count_due(db: &Db) -> Result<i64, Error> {
    sqlx::query_scalar("SELECT count(*) FROM rollup_due")
        .fetch_one(db.readers())
        .await
        .map_err(|e| db.error(e).into())
}

/// The rows of some groups whose windows may lie in a stretch of time (its begin excluded), by group and
/// time.
pub(super) async fn rows(
    db: &Db,
    level: Level,
    groups: &[GroupId],
    (after_ms, to_ms): (TimestampMs, TimestampMs),
) -> Result<Vec<Row>, Error> {
    let found: Vec<(GroupId, TimestampMs, Vec<u8>)> = sqlx::query_as(
        "SELECT r.group_id, r.to_ms, r.data
         FROM json_each(?) AS wanted JOIN rollups AS r
         ON r.level_ms = ? AND r.group_id = wanted.value AND r.to_ms > ? AND r.to_ms < ?
         ORDER BY r.group_id, r.to_ms",
    )
    .bind(serde_json::json!(groups).to_string())
    .bind(level.length_ms())
    .bind(after_ms)
    // A row that ends later begins before it.
    .bind(to_ms.saturating_add(level.span_ms()))
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    let row = |(group, to_ms, data)| Row {
        level,
        group,
        to_ms,
        data,
    };
    Ok(found.into_iter().map(row).collect())
}

/// Those of some groups that have a row of any level in a stretch of time (its begin excluded).
pub(super) async fn groups_within(
    db: &Db,
    groups: &[GroupId],
    (after_ms, to_ms): (TimestampMs, TimestampMs),
) -> Result<Vec<GroupId>, Error> {
    let mut found = BTreeSet::new();
    for level in Level::ALL {
        let of_level: Vec<GroupId> = sqlx::query_scalar(
            "SELECT value FROM json_each(?) AS wanted WHERE EXISTS (
                 SELECT 1 FROM rollups WHERE level_ms = ? AND group_id = wanted.value
                 AND to_ms > ? AND to_ms < ?)",
        )
        .bind(serde_json::json!(groups).to_string())
        .bind(level.length_ms())
        .bind(after_ms)
        .bind(to_ms.saturating_add(level.span_ms()))
        .fetch_all(db.readers())
        .await
        .map_err(|e| db.error(e))?;
        found.extend(of_level);
    }
    Ok(found.into_iter().collect())
}

/// Writes windows in the place of earlier ones, and takes note that it is done.
pub(super) async fn write(db: &Db, rolled: &Rolled) -> Result<(), Error> {
    let mut tx = db.write().await?;
    for row in &rolled.rows {
        sqlx::query(
            "INSERT OR REPLACE INTO rollups (level_ms, group_id, to_ms, data) VALUES (?, ?, ?, ?)",
        )
        .bind(row.level.length_ms())
        .bind(row.group)
        .bind(row.to_ms)
        .bind(&row.data)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    }
    for (group, reach) in &rolled.reach {
        sqlx::query("INSERT OR REPLACE INTO rollup_reach (group_id, reach) VALUES (?, ?)")
            .bind(group)
            .bind(reach)
            .execute(&mut *tx)
            .await
            .map_err(|e| db.error(e))?;
    }
    for (slot_ms, group) in &rolled.done {
        sqlx::query("DELETE FROM rollup_due WHERE slot_ms = ? AND group_id = ?")
            .bind(slot_ms)
            .bind(group)
            .execute(&mut *tx)
            .await
            .map_err(|e| db.error(e))?;
    }
    if let Some((level, before_ms)) = rolled.left_out {
        put_gone(db, &mut tx, level.length_ms(), before_ms).await?;
    }
    db.commit(tx).await?;
    Ok(())
}

/// How far series are rolled up, by group.
pub(super) async fn reach(db: &Db) -> Result<Vec<(GroupId, Vec<u8>)>, Error> {
    sqlx::query_as("SELECT group_id, reach FROM rollup_reach ORDER BY group_id")
        .fetch_all(db.readers())
        .await
        .map_err(|e| db.error(e).into())
}

/// Before which time samples have been deleted, and windows of each level.
pub(super) async fn gone(
    db: &Db,
) -> Result<(Option<TimestampMs>, Vec<(Level, TimestampMs)>), Error> {
    let rows: Vec<(i64, TimestampMs)> =
        sqlx::query_as("SELECT level_ms, before_ms FROM rollup_gone")
            .fetch_all(db.readers())
            .await
            .map_err(|e| db.error(e))?;
    let of = |length_ms: i64| rows.iter().find(|(level_ms, _)| *level_ms == length_ms);
    let levels = Level::ALL.into_iter();
    let levels = levels.filter_map(|level| Some((level, of(level.length_ms())?.1)));
    Ok((of(SAMPLES).map(|(_, before)| *before), levels.collect()))
}

/// Takes back what is noted as gone of a level after the end of its last window.
pub(super) async fn no_later(db: &Db, level: Level, last_ms: TimestampMs) -> Result<(), Error> {
    let update = "UPDATE rollup_gone SET before_ms = ? WHERE level_ms = ? AND before_ms > ?";
    let update = sqlx::query(update).bind(last_ms).bind(level.length_ms());
    db.execute(update.bind(last_ms)).await?;
    Ok(())
}

/// Notes that samples before a time are about to be deleted, in the transaction that does it: up to the
/// newest of them. What is still due of them is due no more.
pub(crate) async fn put_samples_gone(
    db: &Db,
    tx: &mut SqliteConnection,
    before_ms: TimestampMs,
    span_ms: i64,
) -> Result<(), Error> {
    let newest: Option<TimestampMs> =
        sqlx::query_scalar("SELECT max(to_ms) FROM chunks WHERE to_ms < ?")
            .bind(before_ms)
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| db.error(e))?;
    if let Some(newest) = newest {
        put_gone(db, tx, SAMPLES, newest.saturating_add(1)).await?;
    }
    sqlx::query("DELETE FROM rollup_due WHERE slot_ms <= ?")
        .bind(before_ms.saturating_sub(span_ms))
        .execute(tx)
        .await
        .map_err(|e| db.error(e))?;
    Ok(())
}

async fn put_gone(
    db: &Db,
    tx: &mut SqliteConnection,
    level_ms: i64,
    before_ms: TimestampMs,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO rollup_gone (level_ms, before_ms) VALUES (?, ?)
         ON CONFLICT (level_ms) DO UPDATE SET before_ms = max(before_ms, excluded.before_ms)",
    )
    .bind(level_ms)
    .bind(before_ms)
    .execute(tx)
    .await
    .map_err(|e| db.error(e))?;
    Ok(())
}

/// Deletes the windows of a level that end before a time, by rows; how many rows. A row ends in the future where its
/// stretch of time is not over: what is noted as gone is no later than `last_ms`, the end of the last window of all.
pub(super) async fn forget(
    db: &Db,
    level: Level,
    before_ms: TimestampMs,
    last_ms: Option<TimestampMs>,
) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let newest: Option<TimestampMs> =
        sqlx::query_scalar("SELECT max(to_ms) FROM rollups WHERE level_ms = ? AND to_ms <= ?")
            .bind(level.length_ms())
            .bind(before_ms)
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| db.error(e))?;
    let Some(newest) = newest else {
        return Ok(0);
    };
    let newest = last_ms.map_or(newest, |last_ms| newest.min(last_ms));
    put_gone(db, &mut tx, level.length_ms(), newest).await?;
    let gone = sqlx::query("DELETE FROM rollups WHERE level_ms = ? AND to_ms <= ?")
        .bind(level.length_ms())
        .bind(before_ms)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    db.shrink(crate::store::PAGES_AT_ONCE).await?;
    Ok(gone.rows_affected())
}

/// Deletes what is noted of groups that are no more.
pub(crate) async fn forget_groups(
    db: &Db,
    tx: &mut SqliteConnection,
    groups: &[GroupId],
) -> Result<(), Error> {
    for table in [
        "DELETE FROM rollup_reach WHERE group_id IN (SELECT value FROM json_each(?))",
        "DELETE FROM rollup_due WHERE group_id IN (SELECT value FROM json_each(?))",
        "DELETE FROM rollups WHERE group_id IN (SELECT value FROM json_each(?))",
    ] {
        sqlx::query(table)
            .bind(serde_json::json!(groups).to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| db.error(e))?;
    }
    Ok(())
}

/// The series of which there are only windows.
pub(crate) async fn dormant(db: &Db) -> Result<Vec<SeriesId>, Error> {
    sqlx::query_scalar("SELECT series_id FROM rollup_dormant")
        .fetch_all(db.readers())
        .await
        .map_err(|e| db.error(e).into())
}

/// Notes which series there are only windows of.
pub(crate) async fn set_dormant(db: &Db, all: &[SeriesId]) -> Result<(), Error> {
    let all = serde_json::json!(all).to_string();
    let mut tx = db.write().await?;
    for statement in [
        "DELETE FROM rollup_dormant WHERE series_id NOT IN (SELECT value FROM json_each(?))",
        "INSERT OR IGNORE INTO rollup_dormant (series_id) SELECT value FROM json_each(?)",
    ] {
        sqlx::query(statement)
            .bind(&all)
            .execute(&mut *tx)
            .await
            .map_err(|e| db.error(e))?;
    }
    db.commit(tx).await?;
    Ok(())
}

/// Notes that some series have samples again.
pub(crate) async fn wake(db: &Db, woken: &[SeriesId]) -> Result<(), Error> {
    let delete = "DELETE FROM rollup_dormant WHERE series_id IN (SELECT value FROM json_each(?))";
    let woken = serde_json::json!(woken).to_string();
    db.execute(sqlx::query(delete).bind(woken)).await?;
    Ok(())
}

/// What a level takes.
pub(super) async fn size(db: &Db, level: Level) -> Result<Size, Error> {
    let (rows, bytes, oldest_ms) = sqlx::query_as(
        "SELECT count(*), coalesce(sum(length(data)), 0), min(to_ms) FROM rollups WHERE level_ms = ?",
    )
    .bind(level.length_ms())
    .fetch_one(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    Ok(Size {
        rows,
        bytes,
        oldest_ms,
    })
}
