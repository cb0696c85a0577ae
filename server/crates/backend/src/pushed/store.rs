//! Pushed groups on disk.

use std::collections::BTreeMap;

use db::sqlx::{self, Row};
use db::{Db, Error};
use ingest::push::{Family, Group};
use model::Labels;
use serde::{Deserialize, Serialize};

use super::kept;

#[derive(Deserialize, Serialize)]
struct Kept {
    name: String,
    kind: String,
    points: Vec<(BTreeMap<String, String>, String)>,
}

fn pairs(labels: &Labels) -> BTreeMap<String, String> {
    let pairs = labels.iter();
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn wrong(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<(Labels, Group), sqlx::Error> {
    let key: String = row.try_get("grouping_key")?;
    let key: BTreeMap<String, String> = serde_json::from_str(&key).map_err(wrong)?;
    let kept: String = row.try_get("families")?;
    let kept: Vec<Kept> = serde_json::from_str(&kept).map_err(wrong)?;
    let mut families = BTreeMap::new();
    for family in kept {
        let mut points = Vec::with_capacity(family.points.len());
        for (labels, value) in family.points {
            points.push((
                labels.into_iter().collect(),
                kept::value(&value).map_err(wrong)?,
            ));
        }
        let Kept { name, kind, .. } = family;
        families.insert(name.clone(), Family { name, kind, points });
    }
    let group = Group {
        families,
        pushed_ms: row.try_get("pushed_ms")?,
        failed_ms: row.try_get("failed_ms")?,
    };
    Ok((key.into_iter().collect(), group))
}

/// All groups.
pub(super) async fn all(db: &Db) -> Result<Vec<(Labels, Group)>, Error> {
    let rows = sqlx::query("SELECT * FROM pushed").fetch_all(db.readers());
    let rows = rows.await.map_err(|source| db.error(source))?;
    let read: Result<_, _> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Writes a group, or deletes it.
pub(super) async fn set(db: &Db, key: &Labels, group: Option<&Group>) -> Result<(), Error> {
    let key = serde_json::to_string(&pairs(key)).map_err(|error| db.error(wrong(error)))?;
    let mut tx = db.write().await?;
    let done = match group {
        None => {
            let delete = sqlx::query("DELETE FROM pushed WHERE grouping_key = ?");
            delete.bind(key).execute(&mut *tx).await
        }
        Some(group) => {
            let family = |family: &Family| Kept {
                name: family.name.clone(),
                kind: family.kind.clone(),
                points: {
                    let points = family.points.iter();
                    points
                        .map(|(labels, value)| (pairs(labels), kept::text(value)))
                        .collect()
                },
            };
            let families: Vec<Kept> = group.families.values().map(family).collect();
            let families =
                serde_json::to_string(&families).map_err(|error| db.error(wrong(error)))?;
            let insert = sqlx::query(
                "INSERT OR REPLACE INTO pushed (grouping_key, pushed_ms, failed_ms, families) VALUES (?, ?, ?, ?)",
            );
            let insert = insert.bind(key).bind(group.pushed_ms).bind(group.failed_ms);
            insert.bind(families).execute(&mut *tx).await
        }
    };
    done.map_err(|source| db.error(source))?;
    db.commit(tx).await
}
