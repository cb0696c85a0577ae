//! Changes on disk.

use db::sqlx::{self, Row, SqliteConnection};
use db::{Db, Error};
use drift::{Finding, Kind};
use model::TimestampMs;
use serde_json::json;
use wire::{
    ChangeClass, ChangeQuery, ChangeState, ChangeVerdict, DefinitionChange, DefinitionKind,
    Suspicion,
};

use super::super::book::{NewChange, Step};
use super::write_entry;
use crate::fleet::shown;

/// A change as it is stored, with its definition's own name, which may not be fit to be shown.
pub(in crate::definitions) struct Stored {
    pub(in crate::definitions) name: String,
    pub(in crate::definitions) change: DefinitionChange,
}

/// Ends the change that holds of a definition, and forgets old ones that nobody decided about.
pub(super) async fn close(
    connection: &mut SqliteConnection,
    server: &str,
    step: &Step,
    most: u32,
) -> Result<(), sqlx::Error> {
    let kind = step.kind.as_str();
    let state = match step.hash == step.approved {
        true => ChangeState::Withdrawn,
        false => ChangeState::Superseded,
    };
    sqlx::query(
        "UPDATE definition_changes SET is_open = 0, state = CASE state WHEN 'pending' THEN ?4 ELSE state END
         WHERE server = ?1 AND kind = ?2 AND name = ?3 AND is_open = 1",
    )
    .bind(server)
    .bind(kind)
    .bind(&step.name)
    .bind(state.as_str())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "DELETE FROM definition_changes WHERE server = ?1 AND kind = ?2 AND name = ?3
         AND state IN ('superseded', 'withdrawn') AND id NOT IN (SELECT id FROM definition_changes
             WHERE server = ?1 AND kind = ?2 AND name = ?3 AND state IN ('superseded', 'withdrawn')
             ORDER BY id DESC LIMIT ?4)",
    )
    .bind(server)
    .bind(kind)
    .bind(&step.name)
    .bind(most)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes a change; its number.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    server: &str,
    (kind, name, hash): (Kind, &str, &str),
    change: &NewChange,
    now: TimestampMs,
) -> Result<i64, sqlx::Error> {
    let found = &change.comparison;
    let classes: Vec<_> = found.classes.iter().map(|class| class.as_str()).collect();
    let suspicion = |it: &Finding| {
        json!({
            "pattern": it.pattern,
            "reason": shown(&it.reason),
            "pointer": shown(&it.pointer),
            "excerpt": shown(&it.excerpt),
        })
    };
    let suspicions: Vec<_> = found.findings.iter().map(suspicion).collect();
    sqlx::query_scalar(
        "INSERT INTO definition_changes (at_ms, server, kind, name, old_hash, new_hash, classes, breaking, suspicions,
             state, is_open, actor, decided_ms, comment)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', 1, '', 0, '') RETURNING id",
    )
    .bind(now)
    .bind(server)
    .bind(kind.as_str())
    .bind(name)
    .bind(&change.old_hash)
    .bind(hash)
    .bind(json!(classes).to_string())
    .bind(json!(found.breaking).to_string())
    .bind(json!(suspicions).to_string())
    .fetch_one(connection)
    .await
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<Stored, sqlx::Error> {
    fn odd(what: &str) -> sqlx::Error {
        sqlx::Error::Decode(format!("unknown {what} in a change of a definition").into())
    }
    let text = |column: &str| row.try_get::<String, _>(column);
    let words = |column: &str| -> Result<Vec<String>, sqlx::Error> {
        serde_json::from_str(&text(column)?).map_err(|error| sqlx::Error::Decode(Box::new(error)))
    };
    let suspicions: Vec<Suspicion> = serde_json::from_str(&text("suspicions")?)
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let name = text("name")?;
    let (actor, is_open) = (text("actor")?, row.try_get::<bool, _>("is_open")?);
    let classes = words("classes")?;
    let classes = classes.iter().filter_map(|class| ChangeClass::parse(class));
    let change = DefinitionChange {
        id: row.try_get("id")?,
        at_ms: row.try_get("at_ms")?,
        server: text("server")?,
        kind: DefinitionKind::parse(&text("kind")?).ok_or_else(|| odd("kind"))?,
        name: shown(&name),
        old_hash: text("old_hash")?,
        new_hash: text("new_hash")?,
        classes: classes.collect(),
        breaking: words("breaking")?
            .iter()
            .map(|reason| shown(reason))
            .collect(),
        suspicions,
        state: ChangeState::parse(&text("state")?).ok_or_else(|| odd("state"))?,
        is_open,
        is_newest: row.try_get("is_newest")?,
        decided: match row.try_get("decided_ms")? {
            0 => None,
            at_ms => Some(ChangeVerdict {
                by: actor,
                at_ms,
                comment: text("comment")?,
            }),
        },
        fields: Vec::new(),
        missing: String::new(),
    };
    Ok(Stored { name, change })
}

/// Whether it is the last change of its definition, and what it brought is what is listed.
const IS_NEWEST: &str =
    "NOT EXISTS (SELECT 1 FROM definition_changes n WHERE n.server = c.server AND n.kind = c.kind
        AND n.name = c.name AND n.id > c.id)
    AND coalesce((SELECT d.hash FROM definitions d WHERE d.server = c.server AND d.kind = c.kind
        AND d.name = c.name), '') = c.new_hash AS is_newest";

/// Changes, those that hold first, suspicious ones before others, then the newest.
pub(in crate::definitions) async fn list(
    db: &Db,
    query: &ChangeQuery,
) -> Result<Vec<Stored>, Error> {
    let sql = format!(
        "SELECT c.*, {IS_NEWEST} FROM definition_changes c
         WHERE (?1 IS NULL OR c.server = ?1) AND (?2 IS NULL OR c.is_open = ?2)
         ORDER BY c.is_open DESC, (c.is_open AND c.classes LIKE '%\"suspicious\"%') DESC, c.id DESC LIMIT ?3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(query.server.as_deref())
        .bind(query.open)
        .bind(query.limit)
        .fetch_all(db.readers())
        .await
        .map_err(|e| db.error(e))?;
    rows.iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(|e| db.error(e))
}

/// One change.
pub(in crate::definitions) async fn change(db: &Db, id: i64) -> Result<Option<Stored>, Error> {
    let sql = format!("SELECT c.*, {IS_NEWEST} FROM definition_changes c WHERE c.id = ?");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id)
        .fetch_optional(db.readers());
    let row = row.await.map_err(|e| db.error(e))?;
    row.as_ref().map(read).transpose().map_err(|e| db.error(e))
}

/// The newest change of the same definition.
pub(in crate::definitions) async fn newest(db: &Db, of: &Stored) -> Result<i64, Error> {
    sqlx::query_scalar(
        "SELECT max(id) FROM definition_changes WHERE server = ? AND kind = ? AND name = ?",
    )
    .bind(&of.change.server)
    .bind(of.change.kind.as_str())
    .bind(&of.name)
    .fetch_one(db.readers())
    .await
    .map_err(|e| db.error(e))
}

/// Writes decisions, and what is approved by them: all of them, or none.
pub(in crate::definitions) async fn decide(
    db: &Db,
    decided: &[Stored],
    state: ChangeState,
    verdict: &ChangeVerdict,
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    for stored in decided {
        let written = decide_one(&mut tx, stored, state, verdict).await;
        written.map_err(|e| db.error(e))?;
    }
    db.commit(tx).await
}

async fn decide_one(
    tx: &mut SqliteConnection,
    stored: &Stored,
    state: ChangeState,
    verdict: &ChangeVerdict,
) -> Result<(), sqlx::Error> {
    let change = &stored.change;
    let is_open = state == ChangeState::Rejected;
    let approved = match is_open {
        true => &change.old_hash,
        false => &change.new_hash,
    };
    sqlx::query(
        "UPDATE definition_changes SET state = ?, is_open = ?, actor = ?, decided_ms = ?, comment = ? WHERE id = ?",
    )
    .bind(state.as_str())
    .bind(is_open)
    .bind(&verdict.by)
    .bind(verdict.at_ms)
    .bind(&verdict.comment)
    .bind(change.id)
    .execute(&mut *tx)
    .await?;
    let about = (
        change.server.as_str(),
        change.kind.as_str(),
        stored.name.as_str(),
    );
    write_entry(tx, about, &change.new_hash, approved, verdict.at_ms).await
}
