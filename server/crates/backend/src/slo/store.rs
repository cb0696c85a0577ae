//! Objectives on disk: their versions; ledgers, measurements and reports stand below.

mod hours;
mod measurements;
mod reports;

use std::collections::BTreeMap;

use db::sqlx::{self, Row, sqlite::SqliteRow};
use db::{Db, Error};
use wire::ObjectiveEdit;

use super::draft::Written;
use super::known::Version;

pub(super) use hours::{
    HourRow, Ledger, Look, Stretch, absorb, find_ledger, forget, ledger, minutes_at, minutes_of,
    parts, recount, sums_by,
};
pub(super) use measurements::{add as measure, measurements, of as measured};
pub(super) use reports::{
    Schedule, due, keep, kept, kept_reports, put_schedule, remove_schedule, schedules, settle,
};

/// Writes versions, all or none.
pub(super) async fn append(db: &Db, versions: &[(String, Version)]) -> Result<(), Error> {
    let mut tx = db.write().await?;
    for (objective, version) in versions {
        let written = version.written.as_ref().map(serde_json::to_string);
        let written = written
            .transpose()
            .map_err(|error| db.error(sqlx::Error::Encode(error.into())))?;
        let insert = sqlx::query(
            "INSERT INTO slo_versions (objective, version, at_ms, by, comment, edit, written)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        );
        let insert = insert
            .bind(objective)
            .bind(version.version)
            .bind(version.at_ms)
            .bind(&version.by)
            .bind(&version.comment)
            .bind(version.edit.as_str())
            .bind(written);
        let inserted = insert.execute(&mut *tx).await;
        inserted.map_err(|source| db.error(source))?;
    }
    db.commit(tx).await
}

/// All versions by objective, the oldest first.
pub(super) async fn versions(db: &Db) -> Result<BTreeMap<String, Vec<Version>>, Error> {
    let rows = sqlx::query("SELECT * FROM slo_versions ORDER BY objective, version");
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in &rows {
        let (objective, version) = read(row).map_err(|source| db.error(source))?;
        all.entry(objective).or_default().push(version);
    }
    Ok(all)
}

fn read(row: &SqliteRow) -> Result<(String, Version), sqlx::Error> {
    let (edit, written): (String, Option<String>) = (row.try_get("edit")?, row.try_get("written")?);
    let written = written.map(|text| serde_json::from_str::<Written>(&text));
    let version = Version {
        version: row.try_get("version")?,
        at_ms: row.try_get("at_ms")?,
        by: row.try_get("by")?,
        comment: row.try_get("comment")?,
        edit: ObjectiveEdit::parse(&edit).unwrap_or(ObjectiveEdit::Changed),
        written: written
            .transpose()
            .map_err(|error| sqlx::Error::Decode(error.into()))?,
    };
    Ok((row.try_get("objective")?, version))
}
