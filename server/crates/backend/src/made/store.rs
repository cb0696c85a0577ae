//! Versions of rules on disk.

use std::collections::BTreeMap;

use db::sqlx::{self, Row, sqlite::SqliteRow};
use db::{Db, Error};
use wire::{RuleDraft, RuleEdit, RuleVersion};

/// Writes versions, all or none.
pub(super) async fn append(db: &Db, versions: &[(String, RuleVersion)]) -> Result<(), Error> {
    let mut tx = db.write().await?;
    for (rule, version) in versions {
        let draft = version.draft.as_ref().map(serde_json::to_string);
        let draft = draft
            .transpose()
            .map_err(|error| db.error(sqlx::Error::Encode(error.into())))?;
        let insert = sqlx::query(
            "INSERT INTO rule_versions (rule, version, at_ms, by, comment, edit, draft)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        );
        let insert = insert
            .bind(rule)
            .bind(version.version)
            .bind(version.at_ms)
            .bind(&version.by)
            .bind(&version.comment)
            .bind(version.edit.as_str())
            .bind(draft);
        let inserted = insert.execute(&mut *tx).await;
        inserted.map_err(|source| db.error(source))?;
    }
    db.commit(tx).await
}

/// All versions by rule, the oldest first.
pub(super) async fn all(db: &Db) -> Result<BTreeMap<String, Vec<RuleVersion>>, Error> {
    let rows = sqlx::query("SELECT * FROM rule_versions ORDER BY rule, version");
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in &rows {
        let (rule, version) = read(row).map_err(|source| db.error(source))?;
        all.entry(rule).or_default().push(version);
    }
    Ok(all)
}

fn read(row: &SqliteRow) -> Result<(String, RuleVersion), sqlx::Error> {
    let (edit, draft): (String, Option<String>) = (row.try_get("edit")?, row.try_get("draft")?);
    let draft = draft.map(|text| serde_json::from_str::<RuleDraft>(&text));
    let version = RuleVersion {
        version: row.try_get("version")?,
        at_ms: row.try_get("at_ms")?,
        by: row.try_get("by")?,
        comment: row.try_get("comment")?,
        edit: RuleEdit::parse(&edit).unwrap_or(RuleEdit::Changed),
        draft: draft
            .transpose()
            .map_err(|error| sqlx::Error::Decode(error.into()))?,
        changes: Vec::new(),
    };
    Ok((row.try_get("rule")?, version))
}
