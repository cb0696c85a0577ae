//! Alerts on disk.

use db::sqlx::{self, Row, sqlite::SqliteRow};
use db::{Db, Error};
use model::{Labels, TimestampMs};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::{Alert, Sent, State, What};

mod history;

pub(crate) use history::{fired, search};

const STATES: [(State, &str); 4] = [
    (State::Pending, "pending"),
    (State::Firing, "firing"),
    (State::Acknowledged, "acknowledged"),
    (State::Resolved, "resolved"),
];

const WHATS: [(What, &str); 9] = [
    (What::Begun, "pending"),
    (What::Fired, "firing"),
    (What::Raised, "raised"),
    (What::Acknowledged, "acknowledged"),
    (What::Lapsed, "lapsed"),
    (What::Assigned, "assigned"),
    (What::Commented, "commented"),
    (What::Resolved, "resolved"),
    (What::Reopened, "reopened"),
];

fn word<T: PartialEq>(words: &[(T, &'static str)], value: &T) -> &'static str {
    let known = words.iter().find(|(it, _)| it == value);
    known.map_or("", |(_, word)| word)
}

fn value<T: Copy>(words: &[(T, &str)], word: &str) -> Result<T, sqlx::Error> {
    let known = words.iter().find(|(_, it)| *it == word);
    let unknown = || sqlx::Error::Decode(format!("unknown word of an alert {word:?}").into());
    known.map(|(value, _)| *value).ok_or_else(unknown)
}

impl State {
    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        word(&STATES, &self)
    }
}

impl What {
    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        word(&WHATS, &self)
    }
}

fn read_state(word: &str) -> Result<State, sqlx::Error> {
    value(&STATES, word)
}

/// Writes alerts whole, with the steps that are new: those after so many. In one transaction.
pub(crate) async fn save(db: &Db, alerts: &[(Alert, usize)]) -> Result<(), Error> {
    let mut tx = db.write().await?;
    for (alert, written) in alerts {
        let wrong = |source| db.error(source);
        let labels: BTreeMap<_, _> = alert.labels.iter().collect();
        let series = alert.series.as_ref();
        let series = series.map(|series| series.iter().collect::<BTreeMap<_, _>>());
        let sent = alert.sent.as_ref();
        sqlx::query(
            "INSERT INTO alerts (id, fingerprint, rule, labels, annotations, state, value, holds, by_hand,
                                 pending_ms, firing_ms, resolved_ms, series, kept_since_ms, unseen_since_ms, is_nan,
                                 owner, until_ms, is_raised, ends_ms,
                                 sender, generator_url, starts_ms, is_timeout, updated_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, value = excluded.value, holds = excluded.holds,
                annotations = excluded.annotations, by_hand = excluded.by_hand, pending_ms = excluded.pending_ms,
                firing_ms = excluded.firing_ms, resolved_ms = excluded.resolved_ms, series = excluded.series,
                kept_since_ms = excluded.kept_since_ms, unseen_since_ms = excluded.unseen_since_ms,
                is_nan = excluded.is_nan, owner = excluded.owner, until_ms = excluded.until_ms,
                ends_ms = excluded.ends_ms, sender = excluded.sender, generator_url = excluded.generator_url,
                starts_ms = excluded.starts_ms, is_timeout = excluded.is_timeout, updated_ms = excluded.updated_ms",
        )
        .bind(alert.id.to_string())
        .bind(format!("{:016x}", alert.labels.fingerprint()))
        .bind(&alert.rule)
        .bind(serde_json::json!(labels).to_string())
        .bind(serde_json::json!(alert.annotations).to_string())
        .bind(alert.state.as_str())
        .bind(if alert.value.is_nan() { 0.0 } else { alert.value })
        .bind(alert.holds)
        .bind(alert.by_hand)
        .bind(alert.pending_ms)
        .bind(alert.firing_ms)
        .bind(alert.resolved_ms)
        .bind(series.map(|series| serde_json::json!(series).to_string()))
        .bind(alert.kept_since_ms)
        .bind(alert.unseen_since_ms)
        .bind(alert.value.is_nan())
        .bind(&alert.owner)
        .bind(alert.until_ms)
        .bind(alert.is_raised)
        .bind(alert.ends_ms)
        .bind(sent.map(|sent| sent.sender.as_str()))
        .bind(sent.map_or("", |sent| sent.generator_url.as_str()))
        .bind(sent.map(|sent| sent.starts_ms))
        .bind(sent.is_some_and(|sent| sent.is_timeout))
        .bind(sent.map(|sent| sent.updated_ms))
        .execute(&mut *tx)
        .await
        .map_err(wrong)?;
        history::save(&mut tx, alert, *written)
            .await
            .map_err(wrong)?;
    }
    db.commit(tx).await
}

/// Alerts that the rules still have to look at.
pub(crate) async fn tracked(db: &Db) -> Result<Vec<Alert>, Error> {
    let rows = sqlx::query("SELECT * FROM alerts WHERE state <> 'resolved' OR holds ORDER BY id")
        .fetch_all(db.readers());
    read_all(db, rows.await).await
}

/// The newest resolved alerts, newest end first.
pub(crate) async fn resolved(db: &Db, limit: u32) -> Result<Vec<Alert>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM alerts WHERE state = 'resolved' ORDER BY resolved_ms DESC, id DESC LIMIT ?",
    )
    .bind(limit)
    .fetch_all(db.readers());
    read_all(db, rows.await).await
}

/// The newest resolved alerts that had fired, newest end first.
pub(crate) async fn fired_and_over(db: &Db, limit: u32) -> Result<Vec<Alert>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM alerts WHERE state = 'resolved' AND firing_ms IS NOT NULL
         ORDER BY resolved_ms DESC, id DESC LIMIT ?",
    )
    .bind(limit)
    .fetch_all(db.readers());
    read_all(db, rows.await).await
}

/// One alert.
pub(crate) async fn find(db: &Db, id: Uuid) -> Result<Option<Alert>, Error> {
    let rows = sqlx::query("SELECT * FROM alerts WHERE id = ?")
        .bind(id.to_string())
        .fetch_all(db.readers());
    Ok(read_all(db, rows.await).await?.pop())
}

/// Alerts that have fired at some time in a stretch, and are about one of the servers or of a rule; newest first.
pub(crate) async fn around(
    db: &Db,
    servers: &[String],
    rule: &str,
    (from_ms, to_ms): (TimestampMs, TimestampMs),
    limit: u32,
) -> Result<Vec<Alert>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM alerts WHERE id IN (
            SELECT id FROM alerts WHERE state <> 'resolved'
            UNION ALL SELECT id FROM alerts WHERE state = 'resolved' AND resolved_ms >= ?1)
         AND firing_ms <= ?2
         AND (rule = ?3 OR labels ->> 'server' IN (SELECT value FROM json_each(?4)))
         ORDER BY firing_ms DESC, id DESC LIMIT ?5",
    )
    .bind(from_ms)
    .bind(to_ms)
    .bind(rule)
    .bind(serde_json::json!(servers).to_string())
    .bind(limit)
    .fetch_all(db.readers());
    read_all(db, rows.await).await
}

/// Deletes alerts that ended before a time; how many.
pub(crate) async fn forget(db: &Db, before_ms: TimestampMs) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let done = sqlx::query(
        "DELETE FROM alerts WHERE state = 'resolved' AND NOT holds AND resolved_ms < ?",
    )
    .bind(before_ms)
    .execute(&mut *tx)
    .await
    .map_err(|source| db.error(source))?;
    db.commit(tx).await?;
    Ok(done.rows_affected())
}

async fn read_all(db: &Db, rows: Result<Vec<SqliteRow>, sqlx::Error>) -> Result<Vec<Alert>, Error> {
    let mut alerts = Vec::new();
    for row in rows.map_err(|source| db.error(source))? {
        let id: String = row.get("id");
        let changes = sqlx::query(
            "SELECT at_ms, what, state, actor, comment, owner, until_ms FROM alert_history
             WHERE alert_id = ? ORDER BY n",
        )
        .bind(&id)
        .fetch_all(db.readers())
        .await
        .map_err(|source| db.error(source))?;
        alerts.push(read(&row, &id, &changes).map_err(|source| db.error(source))?);
    }
    Ok(alerts)
}

fn read(row: &SqliteRow, id: &str, changes: &[SqliteRow]) -> Result<Alert, sqlx::Error> {
    let json = |column: &str| -> Result<BTreeMap<String, String>, sqlx::Error> {
        let text: String = row.try_get(column)?;
        serde_json::from_str(&text).map_err(|e| sqlx::Error::Decode(e.into()))
    };
    let series: Option<String> = row.try_get("series")?;
    Ok(Alert {
        id: id
            .parse()
            .map_err(|e: uuid::Error| sqlx::Error::Decode(e.into()))?,
        rule: row.try_get("rule")?,
        labels: json("labels")?.into_iter().collect::<Labels>(),
        series: match series {
            Some(_) => Some(json("series")?.into_iter().collect::<Labels>()),
            None => None,
        },
        annotations: json("annotations")?,
        state: read_state(row.try_get("state")?)?,
        value: match row.try_get("is_nan")? {
            true => f64::NAN,
            false => row.try_get("value")?,
        },
        holds: row.try_get("holds")?,
        by_hand: row.try_get("by_hand")?,
        pending_ms: row.try_get("pending_ms")?,
        firing_ms: row.try_get("firing_ms")?,
        resolved_ms: row.try_get("resolved_ms")?,
        kept_since_ms: row.try_get("kept_since_ms")?,
        unseen_since_ms: row.try_get("unseen_since_ms")?,
        owner: row.try_get("owner")?,
        until_ms: row.try_get("until_ms")?,
        is_raised: row.try_get("is_raised")?,
        ends_ms: row.try_get("ends_ms")?,
        sent: sent(row)?,
        changes: changes
            .iter()
            .map(history::change)
            .collect::<Result<_, sqlx::Error>>()?,
    })
}

/// What its sender has said of an alert that is sent.
fn sent(row: &SqliteRow) -> Result<Option<Sent>, sqlx::Error> {
    let Some(sender) = row.try_get("sender")? else {
        return Ok(None);
    };
    let starts_ms: Option<TimestampMs> = row.try_get("starts_ms")?;
    let updated_ms: Option<TimestampMs> = row.try_get("updated_ms")?;
    let first_ms = row.try_get("pending_ms")?;
    Ok(Some(Sent {
        sender,
        generator_url: row.try_get("generator_url")?,
        starts_ms: starts_ms.unwrap_or(first_ms),
        is_timeout: row.try_get("is_timeout")?,
        updated_ms: updated_ms.unwrap_or(first_ms),
        noted_ends_ms: row.try_get("ends_ms")?,
    }))
}
