//! Single calls, sessions and definitions, written with the batch that brings them.

use std::collections::BTreeMap;

use db::Error;
use db::sqlx::{self, QueryBuilder, Sqlite, SqliteConnection};
use model::TimestampMs;
use traffic::{Batch, Call, Outcome, Passed, Record, Side, Tool};

use crate::traffic::Limits;

/// Rows of one statement: SQLite takes 32,766 values.
const ROWS: usize = 400;
/// Longest text that others choose, in letters.
const LONGEST: usize = 256;
/// The most that is kept of what passes by while a call is open.
const MOST_PASSED: usize = 50;
/// Longest text of what was said, in bytes, whatever a sender was told.
const LONGEST_SAID: usize = 64 << 10;
/// The most sessions, and definitions.
const MOST_SESSIONS: i64 = 20_000;
const MOST_TOOLS: i64 = 20_000;

/// The largest count: what floating point has exactly.
const MOST: i64 = 1 << 53;

/// Writes what a batch brings, and deletes the oldest of too many.
pub(super) async fn write(
    tx: &mut SqliteConnection,
    batch: &Batch,
    limits: Limits,
    now_ms: TimestampMs,
) -> Result<(), sqlx::Error> {
    let calls: Vec<&Call> = batch.records.iter().filter_map(call).collect();
    if limits.calls > 0 && !calls.is_empty() {
        let last: Option<i64> =
            sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'calls'")
                .fetch_optional(&mut *tx)
                .await?;
        let first = last.unwrap_or_default() + 1;
        let numbered: Vec<(i64, &Call)> = (first..).zip(calls.iter().copied()).collect();
        for some in numbered.chunks(ROWS) {
            insert(tx, batch, some, now_ms).await?;
        }
        if limits.has_payloads {
            payloads(tx, &numbered, now_ms).await?;
        }
        let signed = numbered.iter().map(|(number, call)| (Some(*number), *call));
        super::signs::write(tx, batch, signed, now_ms).await?;
        let last = first + i64::try_from(calls.len()).unwrap_or(i64::MAX / 2) - 1;
        for table in [
            "DELETE FROM calls WHERE id <= ?",
            "DELETE FROM call_payloads WHERE id <= ?",
        ] {
            let gone = sqlx::query(table).bind(last.saturating_sub(limits.calls));
            gone.execute(&mut *tx).await?;
        }
    } else {
        let signed = calls.iter().map(|call| (None, *call));
        super::signs::write(tx, batch, signed, now_ms).await?;
    }
    sessions(tx, batch, now_ms).await?;
    tools(tx, batch, now_ms).await
}

fn call(record: &Record) -> Option<&Call> {
    match record {
        Record::Call(call) => Some(call),
        _ => None,
    }
}

/// A text of others, of bearable length.
pub(super) fn short(text: &str) -> String {
    let letters = text.chars().filter(|letter| !letter.is_control());
    letters.take(LONGEST).collect()
}

pub(super) fn short_of(text: Option<&String>) -> Option<String> {
    let text = short(text?);
    (!text.is_empty()).then_some(text)
}

/// A count that can be added to others.
fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(MOST).min(MOST)
}

/// A sender's time. What would be in the future would stand above everything else until then, and never be deleted.
fn past(at_ms: TimestampMs, now_ms: TimestampMs) -> TimestampMs {
    at_ms.clamp(0, now_ms.max(0))
}

fn seconds(value: f64) -> f64 {
    if value.is_finite() {
        value.max(0.0)
    } else {
        0.0
    }
}

/// How an outcome is called here and outside.
fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::ToolError => "tool_error",
        Outcome::JsonrpcError => "jsonrpc_error",
        Outcome::Transport => "transport",
        Outcome::Timeout => "timeout",
        Outcome::Cancelled => "cancelled",
        Outcome::Unknown => "unknown",
    }
}

async fn insert(
    tx: &mut SqliteConnection,
    batch: &Batch,
    calls: &[(i64, &Call)],
    now_ms: TimestampMs,
) -> Result<(), sqlx::Error> {
    let mut insert = QueryBuilder::<Sqlite>::new(
        "INSERT INTO calls (id, at_ms, server, transport, session, is_from_server, client, protocol, method, target,
         duration_seconds, outcome, code, is_empty, is_unadvertised, request_bytes, response_bytes, result_tokens,
         passed, passed_more) ",
    );
    insert.push_values(calls, |mut row, (id, call)| {
        let target = call.tool.as_ref().or(call.target.as_ref());
        row.push_bind(*id)
            .push_bind(past(call.at_ms, now_ms))
            .push_bind(short(&batch.server))
            .push_bind(batch.transport.as_str())
            .push_bind(short(&call.session))
            .push_bind(call.from == Side::Server)
            .push_bind(short_of(call.client.as_ref()))
            .push_bind(short_of(call.protocol.as_ref()))
            .push_bind(short(&call.method))
            .push_bind(short_of(target))
            .push_bind(seconds(call.duration_seconds))
            .push_bind(word(call.outcome))
            .push_bind(call.code)
            .push_bind(call.is_empty)
            .push_bind(call.is_unadvertised)
            .push_bind(whole(call.request_bytes))
            .push_bind(whole(call.response_bytes))
            .push_bind(whole(call.result_tokens))
            .push_bind(passed(&call.between))
            .push_bind(whole(call.between_more));
    });
    insert.build().execute(tx).await.map(|_| ())
}

/// What passed by, without what was said.
fn passed(between: &[Passed]) -> Option<String> {
    let plain = between.iter().take(MOST_PASSED).map(|it| Passed {
        method: short(&it.method),
        after_seconds: seconds(it.after_seconds),
        text: None,
        ..*it
    });
    let plain: Vec<_> = plain.collect();
    let text = (!plain.is_empty()).then(|| serde_json::to_string(&plain))?;
    text.ok()
}

fn said(text: Option<&String>) -> Option<&str> {
    text.map(|text| &text[..text.floor_char_boundary(LONGEST_SAID)])
}

async fn payloads(
    tx: &mut SqliteConnection,
    calls: &[(i64, &Call)],
    now_ms: TimestampMs,
) -> Result<(), sqlx::Error> {
    for (id, call) in calls {
        let texts = call.between.iter().take(MOST_PASSED);
        let texts: Vec<_> = texts.map(|it| said(it.text.as_ref())).collect();
        let passed = match texts.iter().any(Option::is_some) {
            true => serde_json::to_string(&texts).ok(),
            false => None,
        };
        let (request, response) = (&call.request_text, &call.response_text);
        if request.is_none() && response.is_none() && passed.is_none() {
            continue;
        }
        let insert = sqlx::query(
            "INSERT INTO call_payloads (id, at_ms, request, response, passed) VALUES (?, ?, ?, ?, ?)",
        );
        let insert = insert.bind(id).bind(past(call.at_ms, now_ms));
        let insert = insert.bind(said(request.as_ref()));
        let insert = insert.bind(said(response.as_ref())).bind(passed);
        insert.execute(&mut *tx).await?;
    }
    Ok(())
}

/// What a batch says of a session.
#[derive(Default)]
struct Told {
    client: Option<String>,
    protocol: Option<String>,
    began_ms: Option<i64>,
    last_ms: i64,
    is_open: Option<bool>,
    calls: i64,
    failed: i64,
}

async fn sessions(
    tx: &mut SqliteConnection,
    batch: &Batch,
    now_ms: TimestampMs,
) -> Result<(), sqlx::Error> {
    let mut told = BTreeMap::<String, Told>::new();
    for record in &batch.records {
        match record {
            Record::Call(call) => {
                let it = told.entry(short(&call.session)).or_default();
                it.client = short_of(call.client.as_ref()).or(it.client.take());
                it.protocol = short_of(call.protocol.as_ref()).or(it.protocol.take());
                let at_ms = past(call.at_ms, now_ms);
                it.began_ms = Some(it.began_ms.map_or(at_ms, |ms| ms.min(at_ms)));
                it.last_ms = it.last_ms.max(at_ms);
                it.calls += 1;
                it.failed += i64::from(call.outcome.is_failure());
            }
            Record::Pulse(pulse) => {
                let it = told.entry(short(&pulse.session)).or_default();
                it.began_ms = Some(past(pulse.began_ms, now_ms));
                it.last_ms = it.last_ms.max(past(pulse.at_ms, now_ms));
                it.is_open = Some(pulse.is_open);
            }
            _ => {}
        }
    }
    for (session, it) in told {
        let upsert = sqlx::query(
            "INSERT INTO traffic_sessions
             (server, session, transport, client, protocol, began_ms, last_ms, is_open, calls, failed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, COALESCE(?8, 1), ?9, ?10)
             ON CONFLICT DO UPDATE SET
                client = COALESCE(excluded.client, client),
                protocol = COALESCE(excluded.protocol, protocol),
                began_ms = MIN(began_ms, excluded.began_ms),
                last_ms = MAX(last_ms, excluded.last_ms),
                is_open = MIN(is_open, COALESCE(?8, is_open)),
                calls = calls + excluded.calls,
                failed = failed + excluded.failed",
        );
        let upsert = upsert
            .bind(short(&batch.server))
            .bind(session)
            .bind(batch.transport.as_str())
            .bind(it.client)
            .bind(it.protocol)
            .bind(it.began_ms.unwrap_or(it.last_ms))
            .bind(it.last_ms)
            .bind(it.is_open)
            .bind(it.calls)
            .bind(it.failed);
        upsert.execute(&mut *tx).await?;
    }
    Ok(())
}

async fn tools(
    tx: &mut SqliteConnection,
    batch: &Batch,
    now_ms: TimestampMs,
) -> Result<(), sqlx::Error> {
    let lists = batch.records.iter().filter_map(|record| match record {
        Record::Tools(list) => Some(list),
        _ => None,
    });
    let mut tools = BTreeMap::<String, (&Tool, TimestampMs)>::new();
    for list in lists {
        let at_ms = past(list.at_ms, now_ms);
        tools.extend(
            list.tools
                .iter()
                .map(|tool| (short(&tool.name), (tool, at_ms))),
        );
    }
    if tools.is_empty() {
        return Ok(());
    }
    let tools: Vec<_> = tools.into_iter().collect();
    for some in tools.chunks(ROWS) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO traffic_tools (server, tool, bytes, tokens, listed_ms) ",
        );
        insert.push_values(some, |mut row, (name, (tool, at_ms))| {
            row.push_bind(short(&batch.server))
                .push_bind(name.clone())
                .push_bind(whole(tool.bytes))
                .push_bind(whole(tool.tokens))
                .push_bind(*at_ms);
        });
        insert.push(
            " ON CONFLICT DO UPDATE SET bytes = excluded.bytes, tokens = excluded.tokens,
              listed_ms = excluded.listed_ms WHERE excluded.listed_ms >= listed_ms",
        );
        insert.build().execute(&mut *tx).await?;
    }
    Ok(())
}

/// Deletes what is older, and the oldest of too many. Returns how many calls.
pub(in crate::traffic) async fn forget(
    db: &db::Db,
    (calls_ms, payloads_ms): (Option<TimestampMs>, Option<TimestampMs>),
) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let mut deleted = 0;
    let mut run = async |sql: &'static str, bound: i64| {
        let done = sqlx::query(sql).bind(bound).execute(&mut *tx).await;
        let done = done.map_err(|source| db.error(source))?;
        Ok::<u64, Error>(done.rows_affected())
    };
    if let Some(before_ms) = calls_ms {
        deleted = run("DELETE FROM calls WHERE at_ms < ?", before_ms).await?;
        run("DELETE FROM call_payloads WHERE at_ms < ?", before_ms).await?;
        run("DELETE FROM call_signs WHERE at_ms < ?", before_ms).await?;
        run("DELETE FROM traffic_sessions WHERE last_ms < ?", before_ms).await?;
        run("DELETE FROM traffic_tools WHERE listed_ms < ?", before_ms).await?;
    }
    if let Some(before_ms) = payloads_ms {
        run("DELETE FROM call_payloads WHERE at_ms < ?", before_ms).await?;
    }
    run(
        "DELETE FROM traffic_sessions WHERE last_ms <
         (SELECT last_ms FROM traffic_sessions ORDER BY last_ms DESC LIMIT 1 OFFSET ?)",
        MOST_SESSIONS,
    )
    .await?;
    run(
        "DELETE FROM traffic_tools WHERE listed_ms <
         (SELECT listed_ms FROM traffic_tools ORDER BY listed_ms DESC LIMIT 1 OFFSET ?)",
        MOST_TOOLS,
    )
    .await?;
    db.commit(tx).await?;
    Ok(deleted)
}
