//! Ledgers on disk: what was measured, hour by hour.

use std::collections::BTreeMap;

use db::sqlx::{self, Row, sqlite::SqliteRow};
use db::{Db, Error};

use crate::slo::minutes::{self, Hour};

/// A ledger.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::slo) struct Ledger {
    pub(in crate::slo) id: i64,
    /// The target by which its minutes are bad.
    pub(in crate::slo) target: f64,
    /// The first minute of which something is known.
    pub(in crate::slo) from_ms: Option<i64>,
    /// The first minute that was not looked at.
    pub(in crate::slo) to_ms: i64,
}

/// An hour of a ledger, or the sum of some.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::slo) struct HourRow {
    /// Its begin.
    pub(in crate::slo) at_ms: i64,
    pub(in crate::slo) good: f64,
    pub(in crate::slo) total: f64,
    /// Minutes of each kind.
    pub(in crate::slo) counted: i64,
    pub(in crate::slo) gaps: i64,
    pub(in crate::slo) excluded: i64,
    pub(in crate::slo) bad: i64,
}

/// What is written of some time.
#[derive(Clone, Debug, Default)]
pub(in crate::slo) struct Look {
    pub(in crate::slo) hours: Vec<(HourRow, Hour)>,
    /// What was bad, by hour and labels; added to what is there.
    pub(in crate::slo) parts: Vec<(i64, BTreeMap<String, String>, f64)>,
    /// Where the ledger begins and ends from then on.
    pub(in crate::slo) from_ms: Option<i64>,
    pub(in crate::slo) to_ms: i64,
}

/// A stretch of time: from, and before.
pub(in crate::slo) type Stretch = (i64, i64);

/// The most parts of an hour that are told apart.
const MOST_PARTS: i64 = 50;
/// What stands for the others.
const OTHER: &str = "other";

/// The ledger of an objective that asks this, where there is one.
pub(in crate::slo) async fn find_ledger(
    db: &Db,
    objective: &str,
    asks: &str,
) -> Result<Option<Ledger>, Error> {
    let find = sqlx::query("SELECT * FROM slo_ledgers WHERE objective = ? AND asks = ?");
    let find = find.bind(objective).bind(asks);
    let found = find.fetch_optional(db.readers()).await;
    let found = found.map_err(|source| db.error(source))?;
    let read = found.map(|row| read(&row)).transpose();
    read.map_err(|source| db.error(source))
}

/// The ledger of an objective that asks this; made where there is none, to be filled from a time on.
pub(in crate::slo) async fn ledger(
    db: &Db,
    objective: &str,
    asks: &str,
    target: f64,
    begin_ms: i64,
) -> Result<Ledger, Error> {
    if let Some(ledger) = find_ledger(db, objective, asks).await? {
        return Ok(ledger);
    }
    let insert = sqlx::query(
        "INSERT OR IGNORE INTO slo_ledgers (objective, asks, target, from_ms, to_ms) VALUES (?, ?, ?, NULL, ?)",
    );
    let insert = insert.bind(objective).bind(asks).bind(target);
    db.execute(insert.bind(begin_ms)).await?;
    let made = find_ledger(db, objective, asks).await?;
    made.ok_or_else(|| db.error(sqlx::Error::RowNotFound))
}

fn read(row: &SqliteRow) -> Result<Ledger, sqlx::Error> {
    Ok(Ledger {
        id: row.try_get("id")?,
        target: row.try_get("target")?,
        from_ms: row.try_get("from_ms")?,
        to_ms: row.try_get("to_ms")?,
    })
}

/// Writes what was looked at, all or nothing.
pub(in crate::slo) async fn absorb(db: &Db, looks: &[(i64, Look)]) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let wrong = |source| db.error(source);
    for (ledger, look) in looks {
        put_hours(db, &mut tx, *ledger, &look.hours).await?;
        for (at_ms, labels, spent) in &look.parts {
            let others = json(db, &other(labels.keys()))?;
            let labels = json(db, labels)?;
            // Whether there is room for one more, or it is there already.
            let fits = sqlx::query_scalar::<_, bool>(
                "SELECT count(*) FILTER (WHERE labels <> ?4) < ?5 OR total(labels = ?3) > 0
                 FROM slo_parts WHERE ledger = ?1 AND at_ms = ?2",
            );
            let fits = fits.bind(ledger).bind(at_ms).bind(&labels).bind(&others);
            let fits = fits.bind(MOST_PARTS).fetch_one(&mut *tx).await;
            let labels = match fits.map_err(wrong)? {
                true => labels,
                false => others,
            };
            let add = sqlx::query(
                "INSERT INTO slo_parts (ledger, at_ms, labels, spent) VALUES (?, ?, ?, ?)
                 ON CONFLICT (ledger, at_ms, labels) DO UPDATE SET spent = spent + excluded.spent",
            );
            let add = add.bind(ledger).bind(at_ms).bind(labels).bind(spent);
            add.execute(&mut *tx).await.map_err(wrong)?;
        }
        let end = sqlx::query(
            "UPDATE slo_ledgers SET from_ms = CASE WHEN ?1 IS NULL THEN from_ms
                WHEN from_ms IS NULL OR from_ms > ?1 THEN ?1 ELSE from_ms END, to_ms = max(to_ms, ?2) WHERE id = ?3",
        );
        let end = end.bind(look.from_ms).bind(look.to_ms).bind(ledger);
        end.execute(&mut *tx).await.map_err(wrong)?;
    }
    db.commit(tx).await
}

fn json(db: &Db, labels: &BTreeMap<String, String>) -> Result<String, Error> {
    let text = serde_json::to_string(labels);
    text.map_err(|error| db.error(sqlx::Error::Encode(error.into())))
}

/// What stands for all sets of labels with these names that are not told apart.
fn other<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<String, String> {
    names.map(|name| (name.clone(), OTHER.to_owned())).collect()
}

/// Puts hours in the place of those there are.
pub(in crate::slo) async fn put_hours(
    db: &Db,
    tx: &mut sqlx::SqliteConnection,
    ledger: i64,
    hours: &[(HourRow, Hour)],
) -> Result<(), Error> {
    for (row, hour) in hours {
        let put = sqlx::query(
            "INSERT OR REPLACE INTO slo_hours (ledger, at_ms, good, total, counted, gaps, excluded, bad, minutes)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        );
        let put = put
            .bind(ledger)
            .bind(row.at_ms)
            .bind(row.good)
            .bind(row.total)
            .bind(row.counted)
            .bind(row.gaps)
            .bind(row.excluded)
            .bind(row.bad)
            .bind(minutes::write(hour));
        let put = put.execute(&mut *tx).await;
        put.map_err(|source| db.error(source))?;
    }
    Ok(())
}

/// Hours summed up in steps: the first hour alone, then steps from the begin on, and from a time on each hour alone. A row
/// begins where its first hour may.
pub(in crate::slo) async fn sums_by(
    db: &Db,
    ledger: i64,
    (from_ms, to_ms): Stretch,
    (step_ms, hours_from_ms): (i64, i64),
) -> Result<Vec<HourRow>, Error> {
    let sums = sqlx::query(
        "SELECT CASE WHEN at_ms = ?2 OR at_ms >= ?5 THEN at_ms ELSE max(?2 + 3600000, ?2 + (at_ms - ?2) / ?4 * ?4) END,
                total(good), total(total), sum(counted), sum(gaps), sum(excluded), sum(bad)
         FROM slo_hours WHERE ledger = ?1 AND at_ms >= ?2 AND at_ms < ?3 GROUP BY 1 ORDER BY 1",
    );
    let sums = sums
        .bind(ledger)
        .bind(from_ms)
        .bind(to_ms)
        .bind(step_ms)
        .bind(hours_from_ms);
    let rows = sums.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| {
        Ok(HourRow {
            at_ms: row.try_get(0)?,
            good: row.try_get(1)?,
            total: row.try_get(2)?,
            counted: row.try_get(3)?,
            gaps: row.try_get(4)?,
            excluded: row.try_get(5)?,
            bad: row.try_get(6)?,
        })
    };
    let read: Result<_, sqlx::Error> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// The minutes of the hours that begin in some time; of those alone that have bad minutes, if `only_bad`.
pub(in crate::slo) async fn minutes_of(
    db: &Db,
    ledger: i64,
    (from_ms, to_ms): Stretch,
    only_bad: bool,
) -> Result<BTreeMap<i64, Hour>, Error> {
    let rows = sqlx::query(
        "SELECT at_ms, minutes FROM slo_hours
         WHERE ledger = ? AND at_ms >= ? AND at_ms < ? AND (bad > 0 OR NOT ?)",
    );
    let rows = rows.bind(ledger).bind(from_ms).bind(to_ms).bind(only_bad);
    let rows = rows.fetch_all(db.readers()).await;
    minutes_in(db, rows)
}

/// The minutes of these hours.
pub(in crate::slo) async fn minutes_at(
    db: &Db,
    ledger: i64,
    hours: &[i64],
) -> Result<BTreeMap<i64, Hour>, Error> {
    let hours = serde_json::to_string(hours);
    let hours = hours.map_err(|error| db.error(sqlx::Error::Encode(error.into())))?;
    let rows = sqlx::query(
        "SELECT at_ms, minutes FROM slo_hours
         WHERE ledger = ? AND at_ms IN (SELECT value FROM json_each(?))",
    );
    let rows = rows.bind(ledger).bind(hours).fetch_all(db.readers()).await;
    minutes_in(db, rows)
}

fn minutes_in(
    db: &Db,
    rows: Result<Vec<SqliteRow>, sqlx::Error>,
) -> Result<BTreeMap<i64, Hour>, Error> {
    let read = |row: &SqliteRow| {
        let bytes: &[u8] = row.try_get("minutes")?;
        Ok((row.try_get("at_ms")?, minutes::read(bytes)))
    };
    let read = rows.and_then(|rows| rows.iter().map(read).collect());
    read.map_err(|source| db.error(source))
}

/// What of some time was bad, by labels, the most first.
pub(in crate::slo) async fn parts(
    db: &Db,
    ledger: i64,
    (from_ms, to_ms): Stretch,
) -> Result<Vec<(BTreeMap<String, String>, f64)>, Error> {
    let rows = sqlx::query(
        "SELECT labels, total(spent) AS spent FROM slo_parts
         WHERE ledger = ? AND at_ms >= ? AND at_ms < ? GROUP BY labels ORDER BY spent DESC, labels",
    );
    let rows = rows.bind(ledger).bind(from_ms).bind(to_ms);
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| {
        let labels: &str = row.try_get("labels")?;
        let labels = serde_json::from_str(labels);
        let labels = labels.map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok((labels, row.try_get("spent")?))
    };
    let read: Result<_, sqlx::Error> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Counts the bad minutes of a ledger anew, by another target.
pub(in crate::slo) async fn recount(
    db: &Db,
    ledger: i64,
    target: f64,
    bad: &(dyn Fn(i64, &Hour) -> i64 + Send + Sync),
) -> Result<(), Error> {
    let wrong = |source| db.error(source);
    let mut tx = db.write().await?;
    let rows = sqlx::query("SELECT at_ms, bad, minutes FROM slo_hours WHERE ledger = ?");
    let rows = rows.bind(ledger).fetch_all(&mut *tx).await.map_err(wrong)?;
    for row in &rows {
        let read = || -> Result<(i64, i64, Hour), sqlx::Error> {
            let bytes: &[u8] = row.try_get("minutes")?;
            Ok((
                row.try_get("at_ms")?,
                row.try_get("bad")?,
                minutes::read(bytes),
            ))
        };
        let (at_ms, before, hour) = read().map_err(wrong)?;
        let now = bad(at_ms, &hour);
        if now != before {
            let update = sqlx::query("UPDATE slo_hours SET bad = ? WHERE ledger = ? AND at_ms = ?");
            let update = update.bind(now).bind(ledger).bind(at_ms);
            update.execute(&mut *tx).await.map_err(wrong)?;
        }
    }
    let update = sqlx::query("UPDATE slo_ledgers SET target = ? WHERE id = ?");
    let update = update.bind(target).bind(ledger);
    update.execute(&mut *tx).await.map_err(wrong)?;
    db.commit(tx).await
}

/// Deletes what is older; how many hours. Ledgers of which nothing is left go, unless they go on.
pub(in crate::slo) async fn forget(db: &Db, before_ms: i64) -> Result<u64, Error> {
    let wrong = |source| db.error(source);
    let mut tx = db.write().await?;
    let hours = sqlx::query("DELETE FROM slo_hours WHERE at_ms < ?").bind(before_ms);
    let hours = hours.execute(&mut *tx).await.map_err(wrong)?;
    for delete in [
        "DELETE FROM slo_parts WHERE at_ms < ?",
        "DELETE FROM slo_measurements WHERE to_ms < ?",
        "DELETE FROM slo_ledgers WHERE to_ms < ?",
    ] {
        let delete = sqlx::query(delete).bind(before_ms);
        delete.execute(&mut *tx).await.map_err(wrong)?;
    }
    let from =
        sqlx::query("UPDATE slo_ledgers SET from_ms = ?1 WHERE from_ms < ?1").bind(before_ms);
    from.execute(&mut *tx).await.map_err(wrong)?;
    db.commit(tx).await?;
    Ok(hours.rows_affected())
}
