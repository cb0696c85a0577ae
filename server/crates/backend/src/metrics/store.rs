//! Samples on disk: a table of series and a table of values.

use std::collections::{BTreeMap, HashMap};

use db::sqlx::{self, Row, SqliteConnection};
use db::{Db, Error};
use model::{Labels, Sample, TimestampMs};
use wire::{Aggregate, Point, RangeQuery, Series};

/// Freed pages given back to the file system after each deletion, at most (4 KiB each).
const PAGES_AT_ONCE: u32 = 20_000;

/// Writes a batch in one transaction. A sample that is there already is replaced.
pub(super) async fn write(db: &Db, batch: &[Sample]) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let mut ids: HashMap<(&str, &Labels), i64> = HashMap::new();
    for sample in batch {
        let key = (sample.name.as_str(), &sample.labels);
        let id = match ids.get(&key) {
            Some(id) => *id,
            None => {
                let id = series_id(&mut tx, sample).await.map_err(|e| db.error(e))?;
                ids.insert(key, id);
                id
            }
        };
        sqlx::query("INSERT OR REPLACE INTO samples (series_id, at_ms, value) VALUES (?, ?, ?)")
            .bind(id)
            .bind(sample.at_ms)
            .bind(sample.value)
            .execute(&mut *tx)
            .await
            .map_err(|e| db.error(e))?;
    }
    db.commit(tx).await
}

async fn series_id(connection: &mut SqliteConnection, sample: &Sample) -> Result<i64, sqlx::Error> {
    // The update changes nothing; it makes RETURNING answer for a row that is there already.
    sqlx::query_scalar(
        "INSERT INTO series (name, labels) VALUES (?, ?)
         ON CONFLICT (name, labels) DO UPDATE SET name = excluded.name RETURNING id",
    )
    .bind(&sample.name)
    .bind(labels_json(&sample.labels))
    .fetch_one(connection)
    .await
}

fn labels_json(labels: &Labels) -> String {
    let sorted: BTreeMap<_, _> = labels.iter().collect();
    serde_json::json!(sorted).to_string()
}

fn read_labels(json: &str) -> Result<BTreeMap<String, String>, sqlx::Error> {
    serde_json::from_str(json).map_err(|e| sqlx::Error::Decode(e.into()))
}

/// The series of a metric whose labels have the wanted values, by id.
async fn matching(
    db: &Db,
    metric: &str,
    wanted: &BTreeMap<String, String>,
) -> Result<Vec<(i64, BTreeMap<String, String>)>, sqlx::Error> {
    let rows = sqlx::query("SELECT id, labels FROM series WHERE name = ? ORDER BY labels")
        .bind(metric)
        .fetch_all(db.readers())
        .await?;
    let mut found = Vec::new();
    for row in rows {
        let labels = read_labels(row.try_get("labels")?)?;
        if wanted
            .iter()
            .all(|(name, value)| labels.get(name) == Some(value))
        {
            found.push((row.try_get("id")?, labels));
        }
    }
    Ok(found)
}

/// Series over a range, one point a step: its time is the begin of the step.
pub(super) async fn range(db: &Db, query: &RangeQuery) -> Result<Vec<Series>, Error> {
    let read = async {
        let mut answer = Vec::new();
        for (id, labels) in matching(db, &query.metric, &query.labels).await? {
            let points = points(db, id, query).await?;
            if !points.is_empty() {
                answer.push(Series {
                    metric: query.metric.clone(),
                    labels,
                    points,
                });
            }
        }
        Ok(answer)
    };
    read.await.map_err(|e| db.error(e))
}

async fn points(db: &Db, series: i64, query: &RangeQuery) -> Result<Vec<Point>, sqlx::Error> {
    // A bare column beside one max() is taken from the row of the maximum: https://sqlite.org/lang_select.html#bareagg
    let sql = match query.aggregate {
        Aggregate::Mean => {
            "SELECT (at_ms - ?2) / ?4 AS step, avg(value) AS v, 0 AS newest FROM samples
             WHERE series_id = ?1 AND at_ms BETWEEN ?2 AND ?3 GROUP BY step ORDER BY step"
        }
        Aggregate::Max => {
            "SELECT (at_ms - ?2) / ?4 AS step, max(value) AS v, 0 AS newest FROM samples
             WHERE series_id = ?1 AND at_ms BETWEEN ?2 AND ?3 GROUP BY step ORDER BY step"
        }
        Aggregate::Last => {
            "SELECT (at_ms - ?2) / ?4 AS step, value AS v, max(at_ms) AS newest FROM samples
             WHERE series_id = ?1 AND at_ms BETWEEN ?2 AND ?3 GROUP BY step ORDER BY step"
        }
    };
    let rows = sqlx::query(sql)
        .bind(series)
        .bind(query.from_ms)
        .bind(query.to_ms)
        .bind(query.step_ms)
        .fetch_all(db.readers())
        .await?;
    rows.iter()
        .map(|row| {
            let step: i64 = row.try_get("step")?;
            Ok(Point {
                at_ms: query.from_ms + step * query.step_ms,
                value: row.try_get("v")?,
            })
        })
        .collect()
}

/// Raw values of a metric over a range.
pub(super) async fn raw(
    db: &Db,
    metric: &str,
    wanted: &BTreeMap<String, String>,
    from_ms: TimestampMs,
    to_ms: TimestampMs,
) -> Result<Vec<(Labels, f64)>, Error> {
    let read = async {
        let mut answer = Vec::new();
        for (id, labels) in matching(db, metric, wanted).await? {
            let labels: Labels = labels.into_iter().collect();
            let values: Vec<f64> = sqlx::query_scalar(
                "SELECT value FROM samples WHERE series_id = ? AND at_ms BETWEEN ? AND ?",
            )
            .bind(id)
            .bind(from_ms)
            .bind(to_ms)
            .fetch_all(db.readers())
            .await?;
            answer.extend(values.into_iter().map(|value| (labels.clone(), value)));
        }
        Ok(answer)
    };
    read.await.map_err(|e: sqlx::Error| db.error(e))
}

/// Deletes what is older, series without samples too, and gives the space back; how many samples.
pub(super) async fn forget(db: &Db, before_ms: TimestampMs) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let deleted = sqlx::query("DELETE FROM samples WHERE at_ms < ?")
        .bind(before_ms)
        .execute(&mut *tx)
        .await
        .map_err(|e| db.error(e))?
        .rows_affected();
    sqlx::query(
        "DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM samples WHERE series_id = series.id)",
    )
    .execute(&mut *tx)
    .await
    .map_err(|e| db.error(e))?;
    db.commit(tx).await?;
    db.shrink(PAGES_AT_ONCE).await?;
    Ok(deleted)
}
