//! Verdicts, tool definitions and consents on disk.

use std::collections::HashMap;

use db::sqlx::{self, Row, SqliteConnection};
use db::{Db, Error};
use model::TimestampMs;
use wire::{HistoryEntry, Level, Server, Tool};

use super::history::History;
use super::text::shown;

/// What is remembered of a server from earlier runs.
pub(super) struct Remembered {
    pub(super) history: History,
    pub(super) last_success_ms: Option<TimestampMs>,
    /// The last verdict that was observed, and since when it held.
    pub(super) last_verdict: Option<(Level, String, TimestampMs)>,
    pub(super) tools: Option<HashMap<String, String>>,
}

/// Reads what is remembered, and notes that nobody looked between the last observation and now, if so.
pub(super) async fn remember(
    db: &Db,
    server: &str,
    gap: Option<&str>,
    now: TimestampMs,
    since_ms: TimestampMs,
) -> Result<Remembered, Error> {
    if let Some(why) = gap {
        note_gap(db, server, why, now).await?;
    }
    let read = async {
        let mut history = History::default();
        let rows = sqlx::query(
            "SELECT at_ms, level FROM verdicts WHERE server = ?1 AND at_ms >= coalesce(
                 (SELECT max(at_ms) FROM verdicts WHERE server = ?1 AND at_ms <= ?2), 0) ORDER BY at_ms",
        )
        .bind(server)
        .bind(since_ms)
        .fetch_all(db.readers())
        .await?;
        for row in rows {
            let level: String = row.try_get("level")?;
            history.push(
                row.try_get("at_ms")?,
                Level::parse(&level).unwrap_or_default(),
            );
        }
        let last_success_ms =
            sqlx::query_scalar("SELECT last_success_ms FROM observed WHERE server = ?")
                .bind(server)
                .fetch_optional(db.readers())
                .await?
                .flatten();
        let last = sqlx::query(
            "SELECT level, reason, at_ms FROM verdicts WHERE server = ? AND reason <> 'not_observed'
             ORDER BY at_ms DESC LIMIT 1",
        )
        .bind(server)
        .fetch_optional(db.readers())
        .await?;
        let last_verdict = last.map(|row| {
            (
                Level::parse(row.get("level")).unwrap_or_default(),
                row.get("reason"),
                row.get("at_ms"),
            )
        });
        let rows = sqlx::query("SELECT name, hash FROM tools WHERE server = ?")
            .bind(server)
            .fetch_all(db.readers())
            .await?;
        let tools: HashMap<String, String> = rows
            .iter()
            .map(|row| (row.get("name"), row.get("hash")))
            .collect();
        Ok(Remembered {
            history,
            last_success_ms,
            last_verdict,
            tools: Some(tools).filter(|tools| !tools.is_empty()),
        })
    };
    read.await.map_err(|e: sqlx::Error| db.error(e))
}

async fn note_gap(db: &Db, server: &str, why: &str, now: TimestampMs) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query(
        "INSERT INTO verdicts (server, at_ms, level, reason, summary)
         SELECT server, until_ms + 1, 'unknown', 'not_observed', ?
         FROM observed WHERE server = ? AND until_ms < ? ON CONFLICT DO NOTHING",
    )
    .bind(why)
    .bind(server)
    .bind(now)
    .execute(&mut *tx)
    .await
    .map_err(|e| db.error(e))?;
    db.commit(tx).await
}

/// Writes down an observation: that there was one, the verdict if it is new, the tools if they changed.
pub(super) async fn save(
    db: &Db,
    row: &Server,
    new_verdict: bool,
    tools: Option<(&[mcp::Tool], &HashMap<String, String>)>,
    now: TimestampMs,
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let write = async {
        sqlx::query(
            "INSERT INTO observed (server, until_ms, last_success_ms) VALUES (?, ?, ?)
             ON CONFLICT (server) DO UPDATE SET until_ms = excluded.until_ms, last_success_ms = excluded.last_success_ms",
        )
        .bind(&row.name)
        .bind(now)
        .bind(row.verdict.last_success_ms)
        .execute(&mut *tx)
        .await?;
        if new_verdict {
            sqlx::query(
                "INSERT OR REPLACE INTO verdicts (server, at_ms, level, reason, summary) VALUES (?, ?, ?, ?, ?)",
            )
            .bind(&row.name)
            .bind(now)
            .bind(row.verdict.level.as_str())
            .bind(&row.verdict.reason)
            .bind(&row.verdict.summary)
            .execute(&mut *tx)
            .await?;
        }
        if let Some((listed, hashes)) = tools {
            save_tools(&mut tx, &row.name, listed, hashes, now).await?;
        }
        Ok(())
    };
    write.await.map_err(|e| db.error(e))?;
    db.commit(tx).await
}

async fn save_tools(
    connection: &mut SqliteConnection,
    server: &str,
    listed: &[mcp::Tool],
    hashes: &HashMap<String, String>,
    now: TimestampMs,
) -> Result<(), sqlx::Error> {
    let names: Vec<_> = hashes.keys().collect();
    sqlx::query(
        "DELETE FROM tools WHERE server = ? AND name NOT IN (SELECT value FROM json_each(?))",
    )
    .bind(server)
    .bind(serde_json::json!(names).to_string())
    .execute(&mut *connection)
    .await?;
    for tool in listed {
        // A definition that is known already keeps the time at which it was first seen.
        sqlx::query(
            "INSERT INTO tools (server, name, title, description, input_schema, hash, since_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (server, name) DO UPDATE SET title = excluded.title, description = excluded.description,
                input_schema = excluded.input_schema, hash = excluded.hash, since_ms = excluded.since_ms
             WHERE hash <> excluded.hash",
        )
        .bind(server)
        .bind(&tool.name)
        .bind(tool.title.as_deref().unwrap_or_default())
        .bind(tool.description.as_deref().unwrap_or_default())
        .bind(tool.input_schema.to_string())
        .bind(hashes.get(&tool.name).map_or("", String::as_str))
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// The tools of a server, by name, fit to be shown.
pub(super) async fn tools(db: &Db, server: &str) -> Result<Vec<Tool>, Error> {
    let rows = sqlx::query("SELECT * FROM tools WHERE server = ? ORDER BY name")
        .bind(server)
        .fetch_all(db.readers())
        .await
        .map_err(|e| db.error(e))?;
    let tool = |row: &sqlx::sqlite::SqliteRow| Tool {
        name: shown(row.get("name")),
        title: shown(row.get("title")),
        description: shown(row.get("description")),
        input_schema: shown(row.get("input_schema")),
        since_ms: row.get("since_ms"),
    };
    Ok(rows.iter().map(tool).collect())
}

/// Changes of the verdict, newest first.
pub(super) async fn verdicts(
    db: &Db,
    server: &str,
    limit: u32,
) -> Result<Vec<HistoryEntry>, Error> {
    let rows = sqlx::query("SELECT * FROM verdicts WHERE server = ? ORDER BY at_ms DESC LIMIT ?")
        .bind(server)
        .bind(limit)
        .fetch_all(db.readers())
        .await
        .map_err(|e| db.error(e))?;
    let entry = |row: &sqlx::sqlite::SqliteRow| HistoryEntry {
        at_ms: row.get("at_ms"),
        level: Level::parse(row.get("level")).unwrap_or_default(),
        reason: row.get("reason"),
        summary: row.get("summary"),
    };
    Ok(rows.iter().map(entry).collect())
}

/// Deletes older verdicts, but never the newest one of a server; how many.
pub(super) async fn forget(db: &Db, before_ms: TimestampMs) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let done = sqlx::query(
        "DELETE FROM verdicts WHERE at_ms < ? AND at_ms < (SELECT max(at_ms) FROM verdicts v WHERE v.server = verdicts.server)",
    )
    .bind(before_ms)
    .execute(&mut *tx)
    .await
    .map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    Ok(done.rows_affected())
}

/// Whether somebody has agreed to start this command under this name.
pub(super) async fn is_approved(db: &Db, server: &str, command: &str) -> Result<bool, Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM approvals WHERE server = ? AND command = ?)")
        .bind(server)
        .bind(command)
        .fetch_one(db.readers())
        .await
        .map_err(|e| db.error(e))
}

/// Notes a consent.
pub(super) async fn approve(
    db: &Db,
    server: &str,
    command: &str,
    actor: &str,
    now: TimestampMs,
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    sqlx::query(
        "INSERT OR REPLACE INTO approvals (server, command, actor, at_ms) VALUES (?, ?, ?, ?)",
    )
    .bind(server)
    .bind(command)
    .bind(actor)
    .bind(now)
    .execute(&mut *tx)
    .await
    .map_err(|e| db.error(e))?;
    db.commit(tx).await
}
