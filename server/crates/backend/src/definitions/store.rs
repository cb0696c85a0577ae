//! Definitions, versions and changes on disk.

mod changes;
mod told;

use std::collections::HashMap;

use db::sqlx::{self, Row, SqliteConnection};
use db::{Db, Error};
use drift::{Kind, canonical};
use model::TimestampMs;
use serde_json::Value;
use wire::{Definition, DefinitionKind};

use super::book::{Book, Known, List, Open, Step};
use crate::fleet::shown;
pub(super) use changes::{Stored, change, decide, list, newest};
#[cfg(test)]
pub(super) use told::put as put_told;
pub(super) use told::{ToldList, done as told, next as next_told};

/// Versions of a definition that are kept besides the approved one and the one that is listed.
const MOST_VERSIONS: u32 = 20;
/// Changes of a definition that nobody has decided about and that are over.
const MOST_PASSED: u32 = 20;

/// All that is known.
pub(super) async fn book(db: &Db) -> Result<Book, Error> {
    let read = async {
        let mut book = Book::default();
        let of = |row: &sqlx::sqlite::SqliteRow| -> (String, Kind) {
            let kind: String = row.get("kind");
            (row.get("server"), Kind::parse(&kind).unwrap_or(Kind::Tool))
        };
        let rows = sqlx::query("SELECT * FROM definition_lists")
            .fetch_all(db.readers())
            .await?;
        for row in &rows {
            let (server, kind) = of(row);
            let list = List {
                seen_ms: row.get("seen_ms"),
                told_ms: row.get("told_ms"),
                ..List::default()
            };
            let known: &mut Known = book.servers.entry(server).or_default();
            known.lists.insert(kind, list);
        }
        let rows = sqlx::query("SELECT * FROM definitions")
            .fetch_all(db.readers())
            .await?;
        for row in &rows {
            let (server, kind) = of(row);
            let (hash, approved): (String, String) = (row.get("hash"), row.get("approved"));
            let known = book.servers.entry(server).or_default();
            known.put((kind, row.get("name")), &hash, &approved);
        }
        let rows = sqlx::query("SELECT * FROM definition_changes WHERE is_open = 1 ORDER BY id");
        for row in &rows.fetch_all(db.readers()).await? {
            let (server, kind) = of(row);
            let (state, classes): (String, String) = (row.get("state"), row.get("classes"));
            let open = Open {
                id: row.get("id"),
                is_pending: state == "pending",
                is_suspicious: classes.contains("\"suspicious\""),
            };
            let known = book.servers.entry(server).or_default();
            known.open.insert((kind, row.get("name")), open);
        }
        Ok(book)
    };
    read.await.map_err(|e: sqlx::Error| db.error(e))
}

/// The approved versions of what changes, by name.
pub(super) async fn approved(
    db: &Db,
    server: &str,
    kind: Kind,
    steps: &[Step],
) -> Result<HashMap<String, Value>, Error> {
    let mut found = HashMap::new();
    let wanted = steps.iter().filter(|step| !step.approved.is_empty());
    for step in wanted {
        if let Some(body) = body(db, server, kind.as_str(), &step.name, &step.approved).await? {
            found.insert(step.name.clone(), body);
        }
    }
    Ok(found)
}

/// A version of a definition, if it is kept.
pub(super) async fn body(
    db: &Db,
    server: &str,
    kind: &str,
    name: &str,
    hash: &str,
) -> Result<Option<Value>, Error> {
    let text: Option<String> = sqlx::query_scalar(
        "SELECT body FROM definition_versions WHERE server = ? AND kind = ? AND name = ? AND hash = ?",
    )
    .bind(server)
    .bind(kind)
    .bind(name)
    .bind(hash)
    .fetch_optional(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Notes when a list was seen.
pub(super) async fn seen(db: &Db, server: &str, kind: Kind, now: TimestampMs) -> Result<(), Error> {
    let mut tx = db.write().await?;
    note_list(&mut tx, server, kind, now)
        .await
        .map_err(|e| db.error(e))?;
    db.commit(tx).await
}

async fn note_list(
    connection: &mut SqliteConnection,
    server: &str,
    kind: Kind,
    now: TimestampMs,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO definition_lists (server, kind, first_ms, seen_ms) VALUES (?1, ?2, ?3, ?3)
         ON CONFLICT (server, kind) DO UPDATE SET seen_ms = excluded.seen_ms",
    )
    .bind(server)
    .bind(kind.as_str())
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes a list and what it changes, or nothing; gives new changes their numbers.
pub(super) async fn record(
    db: &Db,
    server: &str,
    kind: Kind,
    steps: &mut [Step],
    now: TimestampMs,
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let write = async {
        note_list(&mut tx, server, kind, now).await?;
        for step in steps {
            version(&mut tx, server, step, now).await?;
            put(&mut tx, server, step, now).await?;
            if step.closes.is_some() || step.change.is_some() {
                changes::close(&mut tx, server, step, MOST_PASSED).await?;
            }
            if let Some(change) = &mut step.change {
                let about = (kind, step.name.as_str(), step.hash.as_str());
                change.id = Some(changes::insert(&mut tx, server, about, change, now).await?);
            }
        }
        Ok(())
    };
    write.await.map_err(|e: sqlx::Error| db.error(e))?;
    db.commit(tx).await
}

/// Keeps the version that is listed now, and not too many older ones.
async fn version(
    connection: &mut SqliteConnection,
    server: &str,
    step: &Step,
    now: TimestampMs,
) -> Result<(), sqlx::Error> {
    let kind = step.kind.as_str();
    // Of a baseline there is no other version.
    let is_baseline = step.change.is_none() && step.closes.is_none();
    if !is_baseline {
        sqlx::query(
            "UPDATE definition_versions SET last_ms = ?5 WHERE server = ?1 AND kind = ?2 AND name = ?3
             AND hash = (SELECT hash FROM definitions WHERE server = ?1 AND kind = ?2 AND name = ?3) AND hash <> ?4",
        )
        .bind(server)
        .bind(kind)
        .bind(&step.name)
        .bind(&step.hash)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    if let Some(body) = &step.body {
        sqlx::query(
            "INSERT INTO definition_versions (server, kind, name, hash, body, first_ms, last_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT DO UPDATE SET last_ms = excluded.last_ms",
        )
        .bind(server)
        .bind(kind)
        .bind(&step.name)
        .bind(&step.hash)
        .bind(canonical(body))
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    if is_baseline {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM definition_versions WHERE server = ?1 AND kind = ?2 AND name = ?3 AND hash NOT IN (?4, ?5)
         AND hash NOT IN (SELECT hash FROM definition_versions
             WHERE server = ?1 AND kind = ?2 AND name = ?3 ORDER BY last_ms DESC LIMIT ?6)",
    )
    .bind(server)
    .bind(kind)
    .bind(&step.name)
    .bind(&step.hash)
    .bind(&step.approved)
    .bind(MOST_VERSIONS)
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes what is listed and what is approved; what is neither goes.
async fn put(
    connection: &mut SqliteConnection,
    server: &str,
    step: &Step,
    now: TimestampMs,
) -> Result<(), sqlx::Error> {
    let about = (server, step.kind.as_str(), step.name.as_str());
    write_entry(connection, about, &step.hash, &step.approved, now).await
}

/// The same, of a definition by its server, kind and name.
pub(super) async fn write_entry(
    connection: &mut SqliteConnection,
    (server, kind, name): (&str, &str, &str),
    hash: &str,
    approved: &str,
    now: TimestampMs,
) -> Result<(), sqlx::Error> {
    let sql = match hash.is_empty() && approved.is_empty() {
        true => "DELETE FROM definitions WHERE server = ?1 AND kind = ?2 AND name = ?3",
        false => {
            "INSERT INTO definitions (server, kind, name, hash, approved, since_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (server, kind, name) DO UPDATE SET approved = excluded.approved, hash = excluded.hash,
                 since_ms = CASE hash WHEN excluded.hash THEN since_ms ELSE excluded.since_ms END"
        }
    };
    let write = sqlx::query(sql).bind(server).bind(kind).bind(name);
    let write = match hash.is_empty() && approved.is_empty() {
        true => write,
        false => write.bind(hash).bind(approved).bind(now),
    };
    write.execute(connection).await?;
    Ok(())
}

/// Definitions by server, kind and name, fit to be shown.
pub(super) async fn definitions(db: &Db, server: Option<&str>) -> Result<Vec<Definition>, Error> {
    let rows = sqlx::query(
        "SELECT d.*, l.seen_ms, (SELECT count(*) FROM definition_versions v
             WHERE v.server = d.server AND v.kind = d.kind AND v.name = d.name) AS versions
         FROM definitions d JOIN definition_lists l ON l.server = d.server AND l.kind = d.kind
         WHERE ?1 IS NULL OR d.server = ?1 ORDER BY d.server, d.kind, d.name",
    )
    .bind(server)
    .fetch_all(db.readers())
    .await
    .map_err(|e| db.error(e))?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let kind: String = row.get("kind");
        let hash: String = row.get("hash");
        let (since_ms, seen_ms): (i64, i64) = (row.get("since_ms"), row.get("seen_ms"));
        Some(Definition {
            server: row.get("server"),
            kind: DefinitionKind::parse(&kind)?,
            name: shown(row.get("name")),
            // What is gone was seen last before it went.
            seen_ms: if hash.is_empty() { since_ms } else { seen_ms },
            hash,
            approved_hash: row.get("approved"),
            since_ms,
            versions: row.get("versions"),
        })
    };
    Ok(rows.iter().filter_map(read).collect())
}

/// Deletes what is older and decided, and all of servers that are neither watched nor were seen since; how many rows.
pub(super) async fn forget(
    db: &Db,
    before_ms: TimestampMs,
    watched: &[String],
) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let watched = serde_json::json!(watched).to_string();
    let write = async {
        let mut deleted = 0;
        for sql in [
            "DELETE FROM definition_changes WHERE is_open = 0 AND max(at_ms, decided_ms) < ?1 AND ?2 = ?2",
            "DELETE FROM definition_changes WHERE server NOT IN (SELECT value FROM json_each(?2))
             AND server NOT IN (SELECT server FROM definition_lists WHERE seen_ms >= ?1)",
            "DELETE FROM definitions WHERE server NOT IN (SELECT value FROM json_each(?2))
             AND server NOT IN (SELECT server FROM definition_lists WHERE seen_ms >= ?1)",
            "DELETE FROM definition_lists WHERE server NOT IN (SELECT value FROM json_each(?2))
             AND server NOT IN (SELECT server FROM definition_lists WHERE seen_ms >= ?1)",
            "DELETE FROM definition_versions WHERE last_ms < ?1 AND ?2 = ?2 AND NOT EXISTS (SELECT 1 FROM definitions d
                 WHERE d.server = definition_versions.server AND d.kind = definition_versions.kind
                 AND d.name = definition_versions.name AND definition_versions.hash IN (d.hash, d.approved))
             AND NOT EXISTS (SELECT 1 FROM definition_changes c WHERE c.server = definition_versions.server
                 AND c.kind = definition_versions.kind AND c.name = definition_versions.name
                 AND definition_versions.hash IN (c.old_hash, c.new_hash))",
        ] {
            let done = sqlx::query(sql).bind(before_ms).bind(&watched).execute(&mut *tx).await?;
            deleted += done.rows_affected();
        }
        Ok(deleted)
    };
    let deleted = write.await.map_err(|e: sqlx::Error| db.error(e))?;
    db.commit(tx).await?;
    Ok(deleted)
}

/// Changes the database itself, where a test lets writes fail.
#[cfg(test)]
pub(super) async fn run(db: &Db, statement: &'static str) {
    let mut tx = db.write().await.unwrap();
    sqlx::query(statement).execute(&mut *tx).await.unwrap();
    db.commit(tx).await.unwrap();
}
