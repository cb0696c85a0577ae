//! Calls and sessions, read.

use db::sqlx::sqlite::SqliteRow;
use db::sqlx::{self, QueryBuilder, Row, Sqlite};
use db::{Db, Error};
use model::TimestampMs;
use traffic::Passed;
use wire::{CallOutcome, SeenCall, TrafficSession};

use super::signs;
use crate::traffic::details::Kept;
use crate::traffic::filter::{Field, Token, Wanted};

/// Which calls.
#[derive(Clone, Debug, Default)]
pub(in crate::traffic) struct Which {
    pub(in crate::traffic) tokens: Vec<Token>,
    /// Begin and end.
    pub(in crate::traffic) range: Option<(TimestampMs, TimestampMs)>,
    pub(in crate::traffic) after: Option<i64>,
    pub(in crate::traffic) before: Option<i64>,
}

impl Which {
    fn push(&self, query: &mut QueryBuilder<Sqlite>) {
        query.push(" WHERE 1");
        if let Some((from_ms, to_ms)) = self.range {
            query.push(" AND at_ms BETWEEN ").push_bind(from_ms);
            query.push(" AND ").push_bind(to_ms);
        }
        if let Some(after) = self.after {
            query.push(" AND id > ").push_bind(after);
        }
        if let Some(before) = self.before {
            query.push(" AND id < ").push_bind(before);
        }
        for token in self.tokens.iter().filter(|token| token.is_not) {
            query.push(" AND NOT ");
            condition(query, token);
        }
        let mut wanted: Vec<_> = self.tokens.iter().filter(|token| !token.is_not).collect();
        wanted.sort_by_key(|token| token.field);
        // Any of a kind, but all of the words.
        let is_same = |a: &&Token, b: &&Token| a.field == b.field && a.field != Field::Any;
        for group in wanted.chunk_by(is_same) {
            query.push(" AND (0");
            for token in group {
                query.push(" OR ");
                condition(query, token);
            }
            query.push(")");
        }
    }
}

/// What there is of a call, and whether something in it is suspicious.
const COLUMNS: &str = "*, EXISTS (SELECT 1 FROM call_signs WHERE call = calls.id) AS is_suspicious";

fn condition(query: &mut QueryBuilder<Sqlite>, token: &Token) {
    match &token.wanted {
        Wanted::Outcome(outcome) => {
            query.push("outcome = ").push_bind(outcome.as_str());
        }
        Wanted::Failed => {
            query.push("outcome NOT IN ('ok', 'unknown')");
        }
        Wanted::Suspicious => {
            query.push("EXISTS (SELECT 1 FROM call_signs WHERE call = calls.id)");
        }
        Wanted::Silent => {
            query.push("is_empty");
        }
        Wanted::Code(code) => {
            query.push("COALESCE(code = ").push_bind(*code).push(", 0)");
        }
        Wanted::Is(name) => {
            query.push("server = ").push_bind(name.clone());
        }
        Wanted::Like(pattern) => {
            let columns = match token.field {
                Field::Server => "server",
                Field::Target => "COALESCE(target, '')",
                Field::Method => "method",
                Field::Client => "COALESCE(client, '')",
                Field::Session => "session",
                Field::Status => "outcome",
                Field::Any => {
                    "server || ' ' || method || ' ' || COALESCE(target, '') || ' ' || COALESCE(client, '')"
                }
            };
            query.push("(").push(columns).push(") LIKE ");
            query.push_bind(pattern.clone()).push(r" ESCAPE '\'");
        }
    }
}

fn seen(row: &SqliteRow) -> Result<SeenCall, sqlx::Error> {
    let outcome: String = row.try_get("outcome")?;
    let count = |name: &str| {
        let count: i64 = row.try_get(name)?;
        Ok::<_, sqlx::Error>(u64::try_from(count).unwrap_or_default())
    };
    Ok(SeenCall {
        id: row.try_get("id")?,
        at_ms: row.try_get("at_ms")?,
        server: row.try_get("server")?,
        transport: row.try_get("transport")?,
        session: row.try_get("session")?,
        is_from_server: row.try_get("is_from_server")?,
        client: row.try_get("client")?,
        protocol: row.try_get("protocol")?,
        method: row.try_get("method")?,
        target: row.try_get("target")?,
        duration_seconds: row.try_get("duration_seconds")?,
        outcome: CallOutcome::parse(&outcome).unwrap_or(CallOutcome::Unknown),
        code: row.try_get("code")?,
        is_empty: row.try_get("is_empty")?,
        is_unadvertised: row.try_get("is_unadvertised")?,
        is_suspicious: row.try_get("is_suspicious")?,
        request_bytes: count("request_bytes")?,
        response_bytes: count("response_bytes")?,
        result_tokens: count("result_tokens")?,
    })
}

/// The newest calls, newest first.
pub(in crate::traffic) async fn calls(
    db: &Db,
    which: &Which,
    limit: u32,
) -> Result<Vec<SeenCall>, Error> {
    let mut query = QueryBuilder::<Sqlite>::new(format!("SELECT {COLUMNS} FROM calls"));
    which.push(&mut query);
    query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    let rows = query.build().fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let calls: Result<_, _> = rows.iter().map(seen).collect();
    calls.map_err(|source| db.error(source))
}

/// How many there are.
pub(in crate::traffic) async fn count(db: &Db, which: &Which) -> Result<u64, Error> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT COUNT(*) FROM calls");
    which.push(&mut query);
    let count = query.build_query_scalar::<i64>().fetch_one(db.readers());
    let count = count.await.map_err(|source| db.error(source))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// The number of the newest call that was ever kept.
pub(in crate::traffic) async fn newest(db: &Db) -> Result<i64, Error> {
    let sql = "SELECT COALESCE((SELECT MAX(id) FROM calls), (SELECT seq FROM sqlite_sequence WHERE name = 'calls'), 0)";
    let newest = sqlx::query_scalar(sql).fetch_one(db.readers()).await;
    newest.map_err(|source| db.error(source))
}

/// Calls with all that is kept of them, newest first.
pub(in crate::traffic) async fn kept(
    db: &Db,
    which: &Which,
    limit: u32,
) -> Result<Vec<Kept>, Error> {
    let mut query = QueryBuilder::<Sqlite>::new(format!(
        "SELECT calls.*, said.request, said.response, said.passed AS passed_said FROM (SELECT {COLUMNS} FROM calls"
    ));
    which.push(&mut query);
    query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    query.push(
        ") AS calls LEFT JOIN call_payloads AS said ON said.id = calls.id ORDER BY calls.id DESC",
    );
    let rows = query.build().fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let kept: Result<Vec<Kept>, _> = rows.iter().map(one).collect();
    let mut kept = kept.map_err(|source| db.error(source))?;
    if kept.iter().any(|kept| kept.call.is_suspicious) {
        let ids = || kept.iter().map(|kept| kept.call.id);
        let ends = (ids().min().unwrap_or(0), ids().max().unwrap_or(0));
        for sign in signs::of_calls(db, ends).await? {
            // Newest first, so they go up in the other direction.
            let place = kept.binary_search_by(|kept| sign.call.cmp(&Some(kept.call.id)));
            if let Ok(place) = place {
                kept[place].signs.push(sign);
            }
        }
    }
    Ok(kept)
}

fn one(row: &SqliteRow) -> Result<Kept, sqlx::Error> {
    let wrong = |error: serde_json::Error| sqlx::Error::Decode(Box::new(error));
    let passed: Option<String> = row.try_get("passed")?;
    let passed: Vec<Passed> = match passed {
        Some(text) => serde_json::from_str(&text).map_err(wrong)?,
        None => Vec::new(),
    };
    let said: Option<String> = row.try_get("passed_said")?;
    let said: Vec<Option<String>> = match said {
        Some(text) => serde_json::from_str(&text).map_err(wrong)?,
        None => Vec::new(),
    };
    let more: i64 = row.try_get("passed_more")?;
    Ok(Kept {
        call: seen(row)?,
        request: row.try_get("request")?,
        response: row.try_get("response")?,
        passed,
        passed_said: said,
        passed_more: u64::try_from(more).unwrap_or_default(),
        signs: Vec::new(),
    })
}

/// Sessions, the newest first.
pub(in crate::traffic) async fn sessions(
    db: &Db,
    server: Option<&str>,
    limit: u32,
) -> Result<Vec<TrafficSession>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM traffic_sessions WHERE ?1 IS NULL OR server = ?1 ORDER BY last_ms DESC, began_ms DESC LIMIT ?2",
    );
    let rows = rows.bind(server).bind(limit).fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| {
        let count = |name: &str| {
            let count: i64 = row.try_get(name)?;
            Ok::<_, sqlx::Error>(u64::try_from(count).unwrap_or_default())
        };
        Ok(TrafficSession {
            server: row.try_get("server")?,
            session: row.try_get("session")?,
            transport: row.try_get("transport")?,
            client: row.try_get("client")?,
            protocol: row.try_get("protocol")?,
            began_ms: row.try_get("began_ms")?,
            last_ms: row.try_get("last_ms")?,
            is_open: row.try_get("is_open")?,
            calls: count("calls")?,
            failed: count("failed")?,
        })
    };
    let read: Result<_, sqlx::Error> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// What a server's tools weigh: how many, bytes, tokens. Those that it listed last: pages of a list come within a
/// minute of each other, and what came before has gone.
pub(in crate::traffic) async fn definitions(
    db: &Db,
) -> Result<Vec<(String, u64, u64, u64)>, Error> {
    let sql = "SELECT server, COUNT(*), CAST(TOTAL(bytes) AS INTEGER), CAST(TOTAL(tokens) AS INTEGER) FROM traffic_tools AS tool
               WHERE listed_ms >= (SELECT MAX(listed_ms) FROM traffic_tools WHERE server = tool.server) - 60000
               GROUP BY server";
    let rows = sqlx::query_as::<_, (String, i64, i64, i64)>(sql).fetch_all(db.readers());
    let rows = rows.await.map_err(|source| db.error(source))?;
    let whole = |count: i64| u64::try_from(count).unwrap_or_default();
    let rows = rows.into_iter();
    Ok(rows
        .map(|(server, tools, bytes, tokens)| (server, whole(tools), whole(bytes), whole(tokens)))
        .collect())
}
