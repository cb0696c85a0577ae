//! The history of alerts on disk: every step of each, in the order in which it was taken.

use db::sqlx::sqlite::SqliteRow;
use db::sqlx::{self, QueryBuilder, Row, Sqlite, SqliteConnection};
use db::{Db, Error};
use model::TimestampMs;

use super::{WHATS, read_state, value};
use crate::history::{Entry, Found, Search};
use crate::{Alert, Change};

/// Writes the steps of an alert after the first so many; one that is there already is left as it is.
pub(super) async fn save(
    tx: &mut SqliteConnection,
    alert: &Alert,
    written: usize,
) -> Result<(), sqlx::Error> {
    let fingerprint = format!("{:016x}", alert.labels.fingerprint());
    let summary = alert.annotations.get("summary");
    let mut was = match written {
        0 => "",
        n => alert.changes.get(n - 1).map_or("", |it| it.state.as_str()),
    };
    for (n, change) in (0_i64..).zip(&alert.changes).skip(written) {
        sqlx::query(
            "INSERT INTO alert_history (alert_id, n, at_ms, what, was, state, actor, comment, owner, until_ms,
                                        rule, server, severity, summary, fingerprint)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(alert.id.to_string())
        .bind(n)
        .bind(change.at_ms)
        .bind(change.what.as_str())
        .bind(was)
        .bind(change.state.as_str())
        .bind(&change.actor)
        .bind(&change.comment)
        .bind(&change.owner)
        .bind(change.until_ms)
        .bind(&alert.rule)
        .bind(alert.labels.get("server"))
        .bind(alert.labels.get("severity"))
        .bind(summary.map_or("", String::as_str))
        .bind(&fingerprint)
        .execute(&mut *tx)
        .await?;
        was = change.state.as_str();
    }
    Ok(())
}

/// How often alerts of these labels have begun to fire since a time.
pub(crate) async fn fired(db: &Db, fingerprint: u64, since_ms: TimestampMs) -> Result<u64, Error> {
    let row = sqlx::query(
        "SELECT count(*) AS fired FROM alert_history
         WHERE fingerprint = ? AND at_ms >= ? AND what IN ('firing', 'raised')",
    )
    .bind(format!("{fingerprint:016x}"))
    .bind(since_ms)
    .fetch_one(db.readers())
    .await
    .map_err(|source| db.error(source))?;
    let fired: i64 = row.get("fired");
    Ok(fired.unsigned_abs())
}

/// Finds steps, the newest first.
pub(crate) async fn search(db: &Db, search: &Search) -> Result<Found, Error> {
    let limit = search.limit.max(1);
    let mut query = asked(search);
    let rows = query.build().fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let mut steps = Vec::with_capacity(rows.len());
    for row in &rows {
        steps.push(entry(row).map_err(|source| db.error(source))?);
    }
    let has_more = steps.len() > limit as usize;
    steps.truncate(limit as usize);
    let last = steps.last().filter(|_| has_more);
    let next = last.map(|step| (step.change.at_ms, step.seq));
    Ok(Found { steps, next })
}

/// The query for what is searched, with one row more than there are to be.
fn asked(search: &Search) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("SELECT * FROM alert_history WHERE at_ms >= ");
    query.push_bind(search.from_ms);
    // The index finds where a later page begins.
    let last_ms = search.before.map_or(TimestampMs::MAX, |(at_ms, _)| at_ms);
    query
        .push(" AND at_ms <= ")
        .push_bind(search.to_ms.min(last_ms));
    if let Some((at_ms, seq)) = search.before {
        query.push(" AND (at_ms, seq) < (").push_bind(at_ms);
        query.push(", ").push_bind(seq).push(")");
    }
    for (column, wanted) in [
        ("server", &search.server),
        ("severity", &search.severity),
        ("what", &search.what),
        ("state", &search.state),
        ("alert_id", &search.alert),
    ] {
        if !wanted.is_empty() {
            query.push(format!(" AND {column} = ")).push_bind(wanted);
        }
    }
    if !search.person.is_empty() {
        query.push(" AND (").push("instr(lower(actor), ");
        query.push_bind(search.person.to_lowercase());
        query.push(") OR instr(lower(owner), ");
        query.push_bind(search.person.to_lowercase()).push("))");
    }
    for word in search.text.split_whitespace() {
        query.push(" AND instr(lower(rule || ' ' || server || ' ' || summary || ' ' || comment), ");
        query.push_bind(word.to_lowercase()).push(")");
    }
    query.push(" ORDER BY at_ms DESC, seq DESC LIMIT ");
    query.push_bind(i64::from(search.limit.max(1)) + 1);
    query
}

/// A step as it is stored.
pub(super) fn change(row: &SqliteRow) -> Result<Change, sqlx::Error> {
    Ok(Change {
        at_ms: row.try_get("at_ms")?,
        what: value(&WHATS, row.try_get("what")?)?,
        state: read_state(row.try_get("state")?)?,
        actor: row.try_get("actor")?,
        comment: row.try_get("comment")?,
        owner: row.try_get("owner")?,
        until_ms: row.try_get("until_ms")?,
    })
}

fn entry(row: &SqliteRow) -> Result<Entry, sqlx::Error> {
    let was: String = row.try_get("was")?;
    let n: i64 = row.try_get("n")?;
    Ok(Entry {
        seq: row.try_get("seq")?,
        alert: row.try_get("alert_id")?,
        n: n.unsigned_abs(),
        was: match was.as_str() {
            "" => None,
            word => Some(read_state(word)?),
        },
        change: change(row)?,
        rule: row.try_get("rule")?,
        server: row.try_get("server")?,
        severity: row.try_get("severity")?,
        summary: row.try_get("summary")?,
    })
}
