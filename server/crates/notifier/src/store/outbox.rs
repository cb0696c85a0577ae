//! Messages and what became of them, on disk.

use std::collections::{BTreeMap, HashMap};

use db::sqlx::{self, Row, Sqlite, Transaction, sqlite::SqliteRow};
use db::{Db, Error};

use crate::channel::Cause;
use crate::dispatch::{Decided, Entry, LogKey, Turn};
use crate::message::{Message, Why};
use crate::outbox::{Delivery, Health, Letter, Outcome, Query, State};
use crate::routing::Flood;

type Tx = Transaction<'static, Sqlite>;

fn encode(db: &Db, value: &impl serde::Serialize) -> Result<String, Error> {
    let text = serde_json::to_string(value);
    text.map_err(|error| db.error(sqlx::Error::Encode(error.into())))
}

/// Writes what comes of looks at groups, all of it or nothing.
pub(crate) async fn write(
    db: &Db,
    turns: &[Turn],
    flood: &(dyn Fn(&str) -> Option<Flood> + Sync),
    now_ms: i64,
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    for turn in turns {
        for decided in &turn.decided {
            // Who keeps a state by the group has to hear of each step, or never hears of the end.
            let keeps_state = matches!(decided.kind.as_str(), "pagerduty" | "alertmanager");
            let state = match flood(&decided.receiver).filter(|_| !keeps_state) {
                Some(flood) if is_full(db, &mut tx, decided, flood, now_ms).await? => {
                    State::HeldBack
                }
                _ => State::Queued,
            };
            put(db, &mut tx, decided, state, (now_ms, now_ms)).await?;
        }
        for (key, entry) in &turn.log {
            note(db, &mut tx, key, entry.as_ref()).await?;
        }
    }
    db.commit(tx).await
}

/// Whether a channel has had as many messages as it may.
async fn is_full(
    db: &Db,
    tx: &mut Tx,
    decided: &Decided,
    flood: Flood,
    now_ms: i64,
) -> Result<bool, Error> {
    let count = sqlx::query_scalar::<_, i64>(
        "SELECT count(*) FROM notify_sent WHERE receiver = ? AND channel = ? AND at_ms > ? AND state <> 'held back'
            AND reason NOT IN ('test', 'heartbeat')",
    );
    let count = count
        .bind(&decided.receiver)
        .bind(&decided.channel)
        .bind(now_ms - flood.per_ms);
    let count = count.fetch_one(&mut **tx).await;
    Ok(count.map_err(|source| db.error(source))? >= i64::from(flood.messages))
}

async fn put(
    db: &Db,
    tx: &mut Tx,
    decided: &Decided,
    state: State,
    (now_ms, next_ms): (i64, i64),
) -> Result<i64, Error> {
    let message = &decided.message;
    let insert = sqlx::query_scalar::<_, i64>(
        "INSERT INTO notify_sent (key, at_ms, receiver, channel, kind, target, group_key, reason, firing, resolved, message,
            state, next_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    );
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let insert = insert
        .bind(&message.key)
        .bind(now_ms)
        .bind(&decided.receiver)
        .bind(&decided.channel)
        .bind(&decided.kind)
        .bind(&decided.target)
        .bind(&message.group_key)
        .bind(message.reason.as_str())
        .bind(count(message.firing().count()))
        .bind(count(message.resolved().count()))
        .bind(encode(db, message)?)
        .bind(state.as_str())
        .bind((state == State::Queued).then_some(next_ms));
    let id = insert.fetch_one(&mut **tx).await;
    let id = id.map_err(|source| db.error(source))?;
    for notice in &message.notices {
        let insert = sqlx::query("INSERT OR IGNORE INTO notify_alerts (alert, sent) VALUES (?, ?)");
        let insert = insert.bind(notice.id.to_string()).bind(id);
        let inserted = insert.execute(&mut **tx).await;
        inserted.map_err(|source| db.error(source))?;
    }
    Ok(id)
}

async fn note(db: &Db, tx: &mut Tx, key: &LogKey, entry: Option<&Entry>) -> Result<(), Error> {
    let statement = match entry {
        Some(_) => {
            "INSERT INTO notify_log (group_key, receiver, channel, entry) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET entry = excluded.entry"
        }
        None => "DELETE FROM notify_log WHERE group_key = ? AND receiver = ? AND channel = ?",
    };
    let mut statement = sqlx::query(statement)
        .bind(&key.group_key)
        .bind(&key.receiver)
        .bind(&key.channel);
    if let Some(entry) = entry {
        statement = statement.bind(encode(db, entry)?);
    }
    let done = statement.execute(&mut **tx).await;
    done.map_err(|source| db.error(source))?;
    Ok(())
}

/// What channels have been told.
pub(crate) async fn log(db: &Db) -> Result<BTreeMap<LogKey, Entry>, Error> {
    let rows = sqlx::query("SELECT * FROM notify_log").fetch_all(db.readers());
    let rows = rows.await.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| -> Result<(LogKey, Entry), sqlx::Error> {
        let key = LogKey {
            group_key: row.try_get("group_key")?,
            receiver: row.try_get("receiver")?,
            channel: row.try_get("channel")?,
        };
        let entry: String = row.try_get("entry")?;
        let entry = serde_json::from_str(&entry);
        Ok((
            key,
            entry.map_err(|error| sqlx::Error::Decode(error.into()))?,
        ))
    };
    let read: Result<_, _> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Channels with messages that wait: receiver, channel, how many, and since when the oldest does.
pub(crate) async fn waiting(db: &Db) -> Result<Vec<(String, String, u64, i64)>, Error> {
    let rows = sqlx::query_as::<_, (String, String, i64, i64)>(
        "SELECT receiver, channel, count(*), min(at_ms) FROM notify_sent WHERE state = 'queued' GROUP BY receiver, channel",
    );
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let row = |(receiver, channel, count, at_ms): (String, String, i64, i64)| {
        (receiver, channel, count.unsigned_abs(), at_ms)
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The next message of a channel, whether it is time or not: of a group the oldest comes first.
pub(crate) async fn next(db: &Db, receiver: &str, channel: &str) -> Result<Option<Letter>, Error> {
    let row = sqlx::query(
        "SELECT * FROM notify_sent WHERE id = (
            SELECT id FROM notify_sent AS it WHERE receiver = ? AND channel = ? AND state = 'queued' AND NOT EXISTS (
                SELECT 1 FROM notify_sent AS earlier WHERE earlier.receiver = it.receiver AND earlier.channel = it.channel
                    AND earlier.state = 'queued' AND earlier.group_key = it.group_key AND earlier.id < it.id)
            ORDER BY next_ms, id LIMIT 1)",
    );
    let row = row
        .bind(receiver)
        .bind(channel)
        .fetch_optional(db.readers());
    let row = row.await.map_err(|source| db.error(source))?;
    let letter = row.as_ref().map(letter).transpose();
    letter.map_err(|source| db.error(source))
}

/// One message.
pub(crate) async fn one(db: &Db, id: i64) -> Result<Option<Letter>, Error> {
    let row = sqlx::query("SELECT * FROM notify_sent WHERE id = ?").bind(id);
    let row = row.fetch_optional(db.readers()).await;
    let row = row.map_err(|source| db.error(source))?;
    let letter = row.as_ref().map(letter).transpose();
    letter.map_err(|source| db.error(source))
}

/// Writes what became of an attempt.
pub(crate) async fn settle(db: &Db, id: i64, outcome: &Outcome) -> Result<(), Error> {
    let update = sqlx::query(
        "UPDATE notify_sent SET state = ?, attempts = ?, attempted_ms = ?, next_ms = ?, cause = ?, answer = ? WHERE id = ?",
    );
    let update = update
        .bind(outcome.state.as_str())
        .bind(i64::from(outcome.attempts))
        .bind(outcome.attempted_ms)
        .bind(outcome.next_ms)
        .bind(outcome.cause.map_or("", Cause::as_str))
        .bind(&outcome.answer)
        .bind(id);
    db.execute(update).await?;
    Ok(())
}

/// Keeps less of a message that has arrived.
pub(crate) async fn shorten(db: &Db, id: i64, message: &Message) -> Result<(), Error> {
    let update = sqlx::query("UPDATE notify_sent SET message = ? WHERE id = ?");
    let update = update.bind(encode(db, message)?).bind(id);
    db.execute(update).await?;
    Ok(())
}

/// Gives up what waits for a channel that is no more; how many messages.
pub(crate) async fn orphan(db: &Db, receiver: &str, channel: &str) -> Result<u64, Error> {
    let update = sqlx::query(
        "UPDATE notify_sent SET state = 'given up', next_ms = NULL,
            answer = 'this channel is no longer among the receivers'
         WHERE receiver = ? AND channel = ? AND state = 'queued'",
    );
    Ok(db
        .execute(update.bind(receiver).bind(channel))
        .await?
        .rows_affected())
}

/// Writes a message that no group asked for, which waits for so long; its number.
pub(crate) async fn add(
    db: &Db,
    decided: &Decided,
    now_ms: i64,
    later_ms: i64,
) -> Result<i64, Error> {
    let mut tx = db.write().await?;
    let times = (now_ms, now_ms + later_ms);
    let id = put(db, &mut tx, decided, State::Queued, times).await?;
    db.commit(tx).await?;
    Ok(id)
}

/// Whether a message with the same reason waits for a channel.
pub(crate) async fn waits(db: &Db, decided: &Decided) -> Result<bool, Error> {
    let count = sqlx::query_scalar::<_, i64>(
        "SELECT count(*) FROM notify_sent WHERE receiver = ? AND channel = ? AND state = 'queued' AND reason = ?",
    );
    let count = count
        .bind(&decided.receiver)
        .bind(&decided.channel)
        .bind(decided.message.reason.as_str());
    let count = count.fetch_one(db.readers()).await;
    Ok(count.map_err(|source| db.error(source))? > 0)
}

/// Channels with messages that were held back and stand in no digest yet: since when, and when one had its last digest.
pub(crate) async fn held(db: &Db) -> Result<Vec<(String, String, i64, Option<i64>)>, Error> {
    let rows = sqlx::query_as(
        "SELECT held.receiver, held.channel, min(held.at_ms), (SELECT max(at_ms) FROM notify_sent AS last
            WHERE last.receiver = held.receiver AND last.channel = held.channel AND last.reason = 'digest')
         FROM notify_sent AS held WHERE state = 'held back' AND digest IS NULL GROUP BY receiver, channel",
    );
    let rows = rows.fetch_all(db.readers()).await;
    rows.map_err(|source| db.error(source))
}

/// What a channel was not told because there was too much, the oldest first, at most `most`.
pub(crate) async fn held_of(
    db: &Db,
    receiver: &str,
    channel: &str,
    most: u32,
) -> Result<Vec<Letter>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM notify_sent WHERE receiver = ? AND channel = ? AND state = 'held back' AND digest IS NULL
         ORDER BY id LIMIT ?",
    );
    let rows = rows.bind(receiver).bind(channel).bind(i64::from(most));
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let letters: Result<_, _> = rows.iter().map(letter).collect();
    letters.map_err(|source| db.error(source))
}

/// Writes a digest that stands for messages that were held back.
pub(crate) async fn digest(
    db: &Db,
    decided: &Decided,
    stands_for: &[i64],
    now_ms: i64,
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let id = put(db, &mut tx, decided, State::Queued, (now_ms, now_ms)).await?;
    link(db, &mut tx, id, stands_for).await?;
    db.commit(tx).await
}

/// Notes that a message has said what others, which were held back, would have.
pub(crate) async fn stand_for(db: &Db, id: i64, held: &[i64]) -> Result<(), Error> {
    let mut tx = db.write().await?;
    link(db, &mut tx, id, held).await?;
    db.commit(tx).await
}

async fn link(db: &Db, tx: &mut Tx, id: i64, held: &[i64]) -> Result<(), Error> {
    for held in held {
        let update = sqlx::query("UPDATE notify_sent SET digest = ? WHERE id = ?");
        let updated = update.bind(id).bind(held).execute(&mut **tx).await;
        updated.map_err(|source| db.error(source))?;
    }
    Ok(())
}

/// The last message to a channel about each alert, of those that are newer than a number and were not held back.
pub(crate) async fn told_since(
    db: &Db,
    receiver: &str,
    channel: &str,
    since: i64,
) -> Result<HashMap<String, i64>, Error> {
    let rows = sqlx::query_as(
        "SELECT alert, max(sent) FROM notify_sent JOIN notify_alerts ON sent = id
         WHERE receiver = ? AND channel = ? AND id > ? AND state <> 'held back' GROUP BY alert",
    );
    let rows = rows.bind(receiver).bind(channel).bind(since);
    let rows: Vec<(String, i64)> = rows
        .fetch_all(db.readers())
        .await
        .map_err(|source| db.error(source))?;
    Ok(rows.into_iter().collect())
}

/// What was sent, newest first: one more than asked for shows that there is more.
pub(crate) async fn search(db: &Db, query: &Query) -> Result<Vec<Letter>, Error> {
    let mut sql = sqlx::QueryBuilder::<Sqlite>::new("SELECT * FROM notify_sent WHERE at_ms >= ");
    sql.push_bind(query.from_ms)
        .push(" AND at_ms <= ")
        .push_bind(query.to_ms);
    for (column, wanted) in [
        ("receiver", &query.receiver),
        ("state", &query.state),
        ("reason", &query.reason),
    ] {
        if !wanted.is_empty() {
            sql.push(format!(" AND {column} = "))
                .push_bind(wanted.clone());
        }
    }
    if !query.alert.is_empty() {
        sql.push(" AND id IN (SELECT sent FROM notify_alerts WHERE alert = ");
        sql.push_bind(query.alert.clone()).push(")");
    }
    for word in query.text.split_whitespace() {
        sql.push(
            " AND instr(lower(receiver || ' ' || target || ' ' || message || ' ' || answer), ",
        );
        sql.push_bind(word.to_lowercase()).push(") > 0");
    }
    if let Some(before) = query.before {
        sql.push(" AND id < ").push_bind(before);
    }
    sql.push(" ORDER BY id DESC LIMIT ")
        .push_bind(i64::from(query.limit));
    let rows = sql.build().fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let letters: Result<_, _> = rows.iter().map(letter).collect();
    letters.map_err(|source| db.error(source))
}

/// How a channel has done, also where it was that of somebody on call: its last attempt, and when something arrived.
pub(crate) async fn health(db: &Db, receiver: &str, channel: &str) -> Result<Health, Error> {
    let on_call = format!("{receiver}>{channel}");
    let last = sqlx::query_as::<_, (i64, String, String, String)>(
        "SELECT attempted_ms, state, cause, answer FROM notify_sent
         WHERE ((receiver = ? AND channel = ?) OR channel = ?) AND attempted_ms IS NOT NULL
         ORDER BY at_ms DESC, attempted_ms DESC LIMIT 1",
    );
    let last = last.bind(receiver).bind(channel).bind(&on_call);
    let last = last.fetch_optional(db.readers()).await;
    let last = last.map_err(|source| db.error(source))?;
    let arrived = sqlx::query_scalar(
        "SELECT max(attempted_ms) FROM notify_sent
         WHERE ((receiver = ? AND channel = ?) OR channel = ?) AND state = 'sent'",
    );
    let arrived = arrived.bind(receiver).bind(channel).bind(&on_call);
    let succeeded_ms = arrived.fetch_one(db.readers()).await;
    let succeeded_ms = succeeded_ms.map_err(|source| db.error(source))?;
    let mut health = Health {
        succeeded_ms,
        ..Health::default()
    };
    if let Some((attempted_ms, state, cause, answer)) = last {
        health.attempted_ms = Some(attempted_ms);
        health.is_ok = State::parse(&state) == Some(State::Sent);
        (health.cause, health.answer) = (cause, answer);
    }
    Ok(health)
}

/// Deletes what is done and older than a time; how many messages.
pub(crate) async fn forget(db: &Db, before_ms: i64) -> Result<u64, Error> {
    let delete = sqlx::query("DELETE FROM notify_sent WHERE at_ms < ? AND state <> 'queued'");
    Ok(db.execute(delete.bind(before_ms)).await?.rows_affected())
}

fn letter(row: &SqliteRow) -> Result<Letter, sqlx::Error> {
    let wrong = |text: String| sqlx::Error::Decode(format!("{text:?} is not known").into());
    let message: String = row.try_get("message")?;
    let message: Message =
        serde_json::from_str(&message).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let (state, reason): (String, String) = (row.try_get("state")?, row.try_get("reason")?);
    Why::parse(&reason).ok_or_else(|| wrong(reason))?;
    let cause: String = row.try_get("cause")?;
    let attempts: i64 = row.try_get("attempts")?;
    Ok(Letter {
        id: row.try_get("id")?,
        at_ms: row.try_get("at_ms")?,
        receiver: row.try_get("receiver")?,
        channel: row.try_get("channel")?,
        kind: row.try_get("kind")?,
        target: row.try_get("target")?,
        delivery: Delivery {
            state: State::parse(&state).ok_or_else(|| wrong(state))?,
            attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
            attempted_ms: row.try_get("attempted_ms")?,
            next_ms: row.try_get("next_ms")?,
            cause: Cause::parse(&cause),
            answer: row.try_get("answer")?,
        },
        message,
    })
}
