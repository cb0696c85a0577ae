//! Agents on disk.

use std::collections::HashMap;

use db::sqlx::sqlite::SqliteRow;
use db::sqlx::{self, QueryBuilder, Row, Sqlite};
use db::{Db, Error};
use model::TimestampMs;
use wire::{AgentEvent, AgentSpan, AgentState};

/// Rows of one statement.
const ROWS: usize = 200;
/// Spans and events that are kept of an agent.
const MOST_EACH: i64 = 1000;
/// What waits of a kind while the disk takes nothing.
const MOST_PENDING: usize = 20_000;
/// Events that are kept of all.
const MOST_EVENTS: i64 = 200_000;

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Agents with their records as JSON.
    pub(super) agents: Vec<(String, String)>,
    /// Spans; those that are there already go on.
    pub(super) spans: Vec<(String, AgentSpan)>,
    pub(super) events: Vec<(String, AgentEvent)>,
    /// Agents of which nothing is to be known any more.
    pub(super) forgotten: Vec<String>,
}

impl Change {
    pub(super) fn is_empty(&self) -> bool {
        self.agents.is_empty()
            && self.spans.is_empty()
            && self.events.is_empty()
            && self.forgotten.is_empty()
    }
}

impl Change {
    /// Takes back what could not be written, before what has come since; not more than a bound.
    pub(super) fn put_back(&mut self, before: Self) {
        fn joined<T>(mut before: Vec<T>, after: &mut Vec<T>) {
            before.append(after);
            before.drain(..before.len().saturating_sub(MOST_PENDING));
            *after = before;
        }
        joined(before.agents, &mut self.agents);
        joined(before.spans, &mut self.spans);
        joined(before.events, &mut self.events);
        joined(before.forgotten, &mut self.forgotten);
    }
}

/// All records.
pub(super) async fn all(db: &Db) -> Result<Vec<(String, String)>, Error> {
    let rows = sqlx::query_as("SELECT id, record FROM agents");
    rows.fetch_all(db.readers())
        .await
        .map_err(|source| db.error(source))
}

/// The newest span of each agent.
pub(super) async fn last_spans(db: &Db) -> Result<HashMap<String, AgentSpan>, Error> {
    // Beside a maximum, SQLite gives the columns of its row.
    let sql =
        "SELECT agent, max(from_ms) AS from_ms, to_ms, state, why FROM agent_spans GROUP BY agent";
    let rows = sqlx::query(sql).fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let one = |row: SqliteRow| Ok((row.try_get("agent")?, span(&row)?));
    let spans: Result<HashMap<_, _>, sqlx::Error> = rows.into_iter().map(one).collect();
    spans.map_err(|source| db.error(source))
}

fn span(row: &SqliteRow) -> Result<AgentSpan, sqlx::Error> {
    Ok(AgentSpan {
        state: AgentState::parse(row.try_get("state")?).unwrap_or_default(),
        from_ms: row.try_get("from_ms")?,
        to_ms: row.try_get("to_ms")?,
        why: row.try_get("why")?,
    })
}

/// Writes a change: all of it, or nothing.
pub(super) async fn write(db: &Db, change: &Change) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let written = async {
        for id in &change.forgotten {
            for sql in [
                "DELETE FROM agents WHERE id = ?",
                "DELETE FROM agent_spans WHERE agent = ?",
                "DELETE FROM agent_events WHERE agent = ?",
            ] {
                sqlx::query(sql).bind(id).execute(&mut *tx).await?;
            }
        }
        for some in change.agents.chunks(ROWS) {
            let mut insert =
                QueryBuilder::<Sqlite>::new("INSERT OR REPLACE INTO agents (id, record) ");
            insert.push_values(some, |mut row, (id, record)| {
                row.push_bind(id).push_bind(record);
            });
            insert.build().execute(&mut *tx).await?;
        }
        for some in change.spans.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT OR REPLACE INTO agent_spans (agent, from_ms, to_ms, state, why) ",
            );
            insert.push_values(some, |mut row, (agent, span)| {
                row.push_bind(agent)
                    .push_bind(span.from_ms)
                    .push_bind(span.to_ms);
                row.push_bind(span.state.as_str()).push_bind(&span.why);
            });
            insert.build().execute(&mut *tx).await?;
        }
        for some in change.events.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO agent_events (agent, at_ms, name, subject, is_good, duration_ms, text) ",
            );
            insert.push_values(some, |mut row, (agent, event)| {
                row.push_bind(agent)
                    .push_bind(event.at_ms)
                    .push_bind(&event.name);
                row.push_bind(&event.subject).push_bind(event.is_good);
                row.push_bind(event.duration_ms).push_bind(&event.text);
            });
            insert.build().execute(&mut *tx).await?;
        }
        Ok(())
    };
    let written: Result<(), sqlx::Error> = written.await;
    written.map_err(|source| db.error(source))?;
    db.commit(tx).await
}

/// The spans of an agent between two times, the oldest first.
pub(super) async fn spans(
    db: &Db,
    agent: &str,
    (from_ms, to_ms): (TimestampMs, TimestampMs),
) -> Result<Vec<AgentSpan>, Error> {
    let sql = "SELECT from_ms, to_ms, state, why FROM agent_spans
        WHERE agent = ? AND to_ms >= ? AND from_ms <= ? ORDER BY from_ms DESC LIMIT 1000";
    let rows = sqlx::query(sql).bind(agent).bind(from_ms).bind(to_ms);
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let spans: Result<Vec<_>, _> = rows.iter().rev().map(span).collect();
    spans.map_err(|source| db.error(source))
}

/// The events of an agent between two times, the newest first.
pub(super) async fn events(
    db: &Db,
    agent: &str,
    (from_ms, to_ms): (TimestampMs, TimestampMs),
) -> Result<Vec<AgentEvent>, Error> {
    let sql = "SELECT at_ms, name, subject, is_good, duration_ms, text FROM agent_events
        WHERE agent = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms DESC, id DESC LIMIT 500";
    let rows = sqlx::query(sql).bind(agent).bind(from_ms).bind(to_ms);
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let event = |row: SqliteRow| -> Result<AgentEvent, sqlx::Error> {
        Ok(AgentEvent {
            at_ms: row.try_get("at_ms")?,
            name: row.try_get("name")?,
            subject: row.try_get("subject")?,
            is_good: row.try_get("is_good")?,
            duration_ms: row.try_get("duration_ms")?,
            text: row.try_get("text")?,
        })
    };
    let events: Result<Vec<_>, _> = rows.into_iter().map(event).collect();
    events.map_err(|source| db.error(source))
}

/// Deletes what is older than a time, what is more than each agent may have, and what is more than all may have.
pub(super) async fn sweep(db: &Db, before_ms: TimestampMs) -> Result<(), Error> {
    for (sql, bound) in [
        ("DELETE FROM agent_spans WHERE to_ms < ?", before_ms),
        ("DELETE FROM agent_events WHERE at_ms < ?", before_ms),
        (
            "DELETE FROM agent_spans WHERE (agent, from_ms) IN (SELECT agent, from_ms FROM (SELECT agent, from_ms,
                row_number() OVER (PARTITION BY agent ORDER BY from_ms DESC) AS place FROM agent_spans) WHERE place > ?)",
            MOST_EACH,
        ),
        (
            "DELETE FROM agent_events WHERE id IN (SELECT id FROM (SELECT id,
                row_number() OVER (PARTITION BY agent ORDER BY id DESC) AS place FROM agent_events) WHERE place > ?)",
            MOST_EACH,
        ),
        (
            "DELETE FROM agent_events WHERE id <= (SELECT id FROM agent_events ORDER BY id DESC LIMIT 1 OFFSET ?)",
            MOST_EVENTS,
        ),
    ] {
        let mut tx = db.write().await?;
        let deleted = sqlx::query(sql).bind(bound).execute(&mut *tx).await;
        deleted.map_err(|source| db.error(source))?;
        db.commit(tx).await?;
    }
    Ok(())
}
