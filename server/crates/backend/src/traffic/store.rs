//! What was counted, on disk.

pub(super) mod calls;
pub(super) mod read;
pub(super) mod signs;
mod told;

use std::collections::BTreeMap;

use db::sqlx::{self, Row};
use db::{Db, Error};
use model::{Labels, TimestampMs};
use traffic::Batch;

use super::Limits;
use super::ledger::{Change, Changes, Name};

/// How long it is known that a batch was counted, in milliseconds: a tap keeps what it cannot deliver for less.
const KNOWN_MS: i64 = 90 * 24 * 3_600_000;

fn text(labels: &Labels) -> String {
    let pairs: BTreeMap<&str, &str> = labels.iter().collect();
    serde_json::to_string(&pairs).unwrap_or_default()
}

/// All series, each with its value and when it changed last.
pub(super) async fn all(db: &Db) -> Result<BTreeMap<Name, (f64, TimestampMs)>, Error> {
    let sql = "SELECT name, labels, value, seen_ms FROM traffic_totals";
    let rows = sqlx::query(sql).fetch_all(db.readers());
    let rows = rows.await.map_err(|source| db.error(source))?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let labels: String = row.try_get("labels")?;
        let labels: BTreeMap<String, String> =
            serde_json::from_str(&labels).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let name = (row.try_get("name")?, labels.into_iter().collect());
        Ok((name, (row.try_get("value")?, row.try_get("seen_ms")?)))
    };
    let read: Result<_, sqlx::Error> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Whether a batch was new, and how many lists of definitions it brought that are to be compared.
pub(super) struct Taken {
    pub(super) is_new: bool,
    pub(super) lists: usize,
}

/// Writes a batch, what it changes, which series end with it, its calls, and its lists of definitions if they are to be
/// compared, or nothing of it if it was counted before.
pub(super) async fn take(
    db: &Db,
    (batch, has_lists): (&Batch, bool),
    (changes, ended): (&Changes, &[Name]),
    limits: Limits,
    now_ms: TimestampMs,
) -> Result<Taken, Error> {
    let mut tx = db.write().await?;
    let insert = sqlx::query("INSERT OR IGNORE INTO traffic_batches (id, at_ms) VALUES (?, ?)");
    let insert = insert.bind(&batch.id).bind(now_ms).execute(&mut *tx).await;
    let inserted = insert.map_err(|source| db.error(source))?;
    if inserted.rows_affected() == 0 {
        return Ok(Taken {
            is_new: false,
            lists: 0,
        });
    }
    for (name, labels) in ended {
        let delete = sqlx::query("DELETE FROM traffic_totals WHERE name = ? AND labels = ?");
        let done = delete.bind(name).bind(text(labels)).execute(&mut *tx).await;
        done.map_err(|source| db.error(source))?;
    }
    for ((name, labels), change) in changes {
        let (value, sql) = match change {
            Change::Add(by) => (
                by,
                "INSERT INTO traffic_totals (name, labels, value, seen_ms) VALUES (?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET value = value + excluded.value, seen_ms = excluded.seen_ms",
            ),
            Change::Set(value) => (
                value,
                "INSERT INTO traffic_totals (name, labels, value, seen_ms) VALUES (?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET value = excluded.value, seen_ms = excluded.seen_ms",
            ),
        };
        let upsert = sqlx::query(sql).bind(name).bind(text(labels)).bind(value);
        let upsert = upsert.bind(now_ms);
        let done = upsert.execute(&mut *tx).await;
        done.map_err(|source| db.error(source))?;
    }
    let written = calls::write(&mut tx, batch, limits, now_ms).await;
    written.map_err(|source| db.error(source))?;
    let lists = match has_lists {
        true => told::write(&mut tx, batch, now_ms).await,
        false => Ok(0),
    };
    let lists = lists.map_err(|source| db.error(source))?;
    let delete = sqlx::query("DELETE FROM traffic_batches WHERE at_ms < ?");
    let deleted = delete.bind(now_ms - KNOWN_MS).execute(&mut *tx).await;
    deleted.map_err(|source| db.error(source))?;
    db.commit(tx).await?;
    Ok(Taken {
        is_new: true,
        lists,
    })
}
