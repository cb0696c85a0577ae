//! Builds on disk.

pub(super) mod read;

use std::collections::BTreeMap;
use std::io::{Read, Write};

use builds::{BuildState, Report};
use db::sqlx::{self, QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use db::{Db, Error};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use model::{Labels, TimestampMs};

use super::series::{Name, Times, Value, crate_seconds, features};

/// Rows of one statement: SQLite takes 32,766 values.
const ROWS: usize = 1_000;
/// Builds that are looked at for what a crate took.
const PAST: i64 = 60;
/// The largest report, unpacked, in bytes.
const LARGEST: u64 = 64 << 20;

/// What is known of a build.
pub(super) struct Known {
    sequence: i64,
    pub(super) ahead_ms: i64,
    /// Whether its end was told.
    pub(super) is_over: bool,
}

impl Known {
    /// Whether a report says nothing that is not known.
    pub(super) fn is_newer(&self, report: &Report) -> bool {
        self.sequence >= whole(report.sequence)
            || (self.is_over && report.state == BuildState::Running)
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A build, if there is one of that name.
pub(super) async fn known(db: &Db, id: &str) -> Result<Option<Known>, Error> {
    let sql = "SELECT sequence, ahead_ms, state FROM builds WHERE id = ?";
    let row = sqlx::query(sql).bind(id).fetch_optional(db.readers()).await;
    let row = row.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| {
        let state: String = row.try_get("state")?;
        Ok(Known {
            sequence: row.try_get("sequence")?,
            ahead_ms: row.try_get("ahead_ms")?,
            is_over: matches!(state.as_str(), "success" | "failure"),
        })
    };
    let read: Option<Result<Known, sqlx::Error>> = row.as_ref().map(read);
    read.transpose().map_err(|source| db.error(source))
}

/// What is sampled.
pub(super) async fn series(db: &Db) -> Result<BTreeMap<Name, Value>, Error> {
    let sql = "SELECT name, labels, value, seen_ms FROM build_series";
    let rows = sqlx::query(sql).fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| {
        let labels: String = row.try_get("labels")?;
        let labels: BTreeMap<String, String> =
            serde_json::from_str(&labels).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let name = (row.try_get("name")?, labels.into_iter().collect::<Labels>());
        let value = Value {
            value: row.try_get("value")?,
            seen_ms: row.try_get("seen_ms")?,
        };
        Ok((name, value))
    };
    let read: Result<_, sqlx::Error> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// How long crates took in the last builds of a project, the oldest first.
pub(super) async fn crate_times(db: &Db, project: &str, profile: &str) -> Result<Times, Error> {
    let sql = "SELECT name, seconds FROM build_crates
         WHERE seconds IS NOT NULL AND build IN
             (SELECT number FROM builds WHERE project = ? AND profile = ? ORDER BY began_ms DESC LIMIT ?)
         ORDER BY build";
    let rows = sqlx::query(sql).bind(project).bind(profile).bind(PAST);
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let mut times = Times::new();
    for row in &rows {
        let read = (|| Ok((row.try_get("name")?, row.try_get("seconds")?)))();
        let (name, seconds): (String, f64) = read.map_err(|source| db.error(source))?;
        times.entry(name).or_default().push(seconds);
    }
    Ok(times)
}

/// Keeps a build in place of what was told of it before, and what it counts.
pub(super) async fn put(
    db: &Db,
    report: &Report,
    (now_ms, ahead_ms): (TimestampMs, i64),
    series: &[(Name, Value)],
) -> Result<(), Error> {
    let detail = packed(report).map_err(|error| db.error(error))?;
    let mut tx = db.write().await?;
    let written = async {
        let number = row(&mut tx, report, (now_ms, ahead_ms), detail).await?;
        parts(&mut tx, number, report).await?;
        counted(&mut tx, series).await
    };
    written.await.map_err(|source| db.error(source))?;
    db.commit(tx).await
}

async fn row(
    tx: &mut SqliteConnection,
    report: &Report,
    (now_ms, ahead_ms): (TimestampMs, i64),
    detail: Vec<u8>,
) -> Result<i64, sqlx::Error> {
    let is_over = report.state != BuildState::Running;
    #[expect(clippy::cast_possible_truncation, reason = "at most a month")]
    let ended_ms = is_over.then(|| report.began_ms + (report.duration_seconds * 1e3) as i64);
    let count = |is_fresh| {
        let units = report.units.iter();
        whole(units.filter(|unit| unit.is_fresh == Some(is_fresh)).count() as u64)
    };
    let bytes: u64 = report.binaries.iter().map(|binary| binary.bytes).sum();
    let kinds: Vec<(&str, u64)> = report
        .kinds
        .iter()
        .map(|it| (&*it.name, it.count))
        .collect();
    let json = |value: Result<String, serde_json::Error>| {
        value.map_err(|error| sqlx::Error::Encode(error.into()))
    };
    let upsert = sqlx::query_scalar(
        "INSERT INTO builds (id, sequence, project, command, commit_id, branch, profile, target, host, builder,
             state, exit_code, began_ms, ended_ms, heard_ms, ahead_ms, duration_seconds, resolution_seconds,
             download_seconds, done, total, compiled, fresh, warnings, errors, binary_bytes, active, kinds, detail)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, project = excluded.project,
             command = excluded.command, commit_id = excluded.commit_id, branch = excluded.branch,
             profile = excluded.profile, target = excluded.target, host = excluded.host, builder = excluded.builder,
             state = excluded.state, exit_code = excluded.exit_code, began_ms = excluded.began_ms,
             ended_ms = excluded.ended_ms, heard_ms = excluded.heard_ms, ahead_ms = excluded.ahead_ms,
             duration_seconds = excluded.duration_seconds, resolution_seconds = excluded.resolution_seconds,
             download_seconds = excluded.download_seconds, done = excluded.done, total = excluded.total,
             compiled = excluded.compiled, fresh = excluded.fresh, warnings = excluded.warnings,
             errors = excluded.errors, binary_bytes = excluded.binary_bytes, active = excluded.active,
             kinds = excluded.kinds, detail = excluded.detail
         RETURNING number",
    );
    upsert
        .bind(&report.id)
        .bind(whole(report.sequence))
        .bind(&report.project)
        .bind(&report.command)
        .bind(&report.commit)
        .bind(&report.branch)
        .bind(&report.profile)
        .bind(&report.target)
        .bind(&report.host)
        .bind(&report.builder)
        .bind(super::state(report.state).as_str())
        .bind(report.exit_code)
        .bind(report.began_ms)
        .bind(ended_ms)
        .bind(now_ms)
        .bind(ahead_ms)
        .bind(report.duration_seconds)
        .bind(report.resolution_seconds)
        .bind(report.download_seconds)
        .bind(whole(report.done))
        .bind(report.total.map(whole))
        .bind(count(false))
        .bind(count(true))
        .bind(whole(report.warnings))
        .bind(whole(report.errors))
        .bind(whole(bytes))
        .bind(json(serde_json::to_string(&report.active))?)
        .bind(json(serde_json::to_string(&kinds))?)
        .bind(detail)
        .fetch_one(&mut *tx)
        .await
}

/// What hangs on a build, in place of what did before.
async fn parts(tx: &mut SqliteConnection, number: i64, report: &Report) -> Result<(), sqlx::Error> {
    for table in ["build_crates", "build_counts", "build_sizes"] {
        delete(tx, table, "build = ?", number).await?;
    }
    let mut crates: BTreeMap<&str, (bool, Option<f64>, bool)> = BTreeMap::new();
    for unit in &report.units {
        crates.entry(&unit.name).or_default().0 |= unit.is_own;
    }
    let seconds = crate_seconds(report);
    for (name, seconds) in &seconds {
        crates.entry(name).or_default().1 = Some(*seconds);
    }
    for name in &report.failed {
        crates.entry(name).or_default().2 = true;
    }
    // What was fresh took no time and did not fail: nothing would be said of it.
    crates.retain(|_, (_, seconds, failed)| seconds.is_some() || *failed);
    let crates: Vec<_> = crates.into_iter().collect();
    for some in crates.chunks(ROWS) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO build_crates (build, name, is_own, seconds, failed) ",
        );
        insert.push_values(some, |mut row, (name, (is_own, seconds, failed))| {
            row.push_bind(number).push_bind(*name).push_bind(is_own);
            row.push_bind(seconds).push_bind(failed);
        });
        insert.build().execute(&mut *tx).await?;
    }
    let of = |what: &'static str, counts: &[builds::Counted]| {
        let counts = counts.iter();
        let counts = counts.map(move |it| (what, it.name.clone(), it.count));
        counts.collect::<Vec<_>>()
    };
    let mut counts = of("kind", &report.kinds);
    counts.extend(of("file", &report.files));
    let features = features(report).into_iter();
    counts.extend(features.map(|(name, count)| ("feature", name, count)));
    for some in counts.chunks(ROWS) {
        let mut insert =
            QueryBuilder::<Sqlite>::new("INSERT INTO build_counts (build, what, name, count) ");
        insert.push_values(some, |mut row, (what, name, count)| {
            row.push_bind(number).push_bind(*what).push_bind(name);
            row.push_bind(whole(*count));
        });
        insert.build().execute(&mut *tx).await?;
    }
    for binary in report.binaries.iter().filter(|binary| binary.bytes > 0) {
        let insert = "INSERT OR REPLACE INTO build_sizes (build, name, bytes) VALUES (?, ?, ?)";
        let insert = sqlx::query(insert).bind(number).bind(&binary.name);
        insert.bind(whole(binary.bytes)).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn counted(tx: &mut SqliteConnection, series: &[(Name, Value)]) -> Result<(), sqlx::Error> {
    for ((name, labels), value) in series {
        let labels: BTreeMap<&str, &str> = labels.iter().collect();
        let labels = serde_json::to_string(&labels);
        let labels = labels.map_err(|error| sqlx::Error::Encode(error.into()))?;
        let upsert = sqlx::query(
            "INSERT INTO build_series (name, labels, value, seen_ms) VALUES (?, ?, ?, ?)
             ON CONFLICT (name, labels) DO UPDATE SET value = excluded.value, seen_ms = excluded.seen_ms",
        );
        let upsert = upsert.bind(name).bind(labels).bind(value.value);
        upsert.bind(value.seen_ms).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn delete(
    tx: &mut SqliteConnection,
    table: &str,
    condition: &str,
    value: i64,
) -> Result<u64, sqlx::Error> {
    let mut delete = QueryBuilder::<Sqlite>::new("DELETE FROM ");
    delete.push(table).push(" WHERE ");
    let (before, after) = condition.split_once('?').unwrap_or((condition, ""));
    delete.push(before).push_bind(value).push(after);
    Ok(delete.build().execute(tx).await?.rows_affected())
}

/// Ends builds that nothing was heard of since a time; how many.
pub(super) async fn interrupt(db: &Db, before_ms: TimestampMs) -> Result<u64, Error> {
    let sql = "SELECT count(*) FROM builds WHERE state = 'running' AND heard_ms < ?";
    let silent = sqlx::query_scalar(sql).bind(before_ms);
    let silent: i64 = silent
        .fetch_one(db.readers())
        .await
        .map_err(|source| db.error(source))?;
    if silent == 0 {
        return Ok(0);
    }
    let mut tx = db.write().await?;
    let sql =
        "UPDATE builds SET state = 'interrupted', ended_ms = max(began_ms, heard_ms), active = '[]'
         WHERE state = 'running' AND heard_ms < ?";
    let update = sqlx::query(sql).bind(before_ms).execute(&mut *tx).await;
    let ended = update.map_err(|source| db.error(source))?.rows_affected();
    db.commit(tx).await?;
    Ok(ended)
}

/// Deletes builds that began before a time, the oldest of too many, and series that have not changed since a time; how
/// many builds.
pub(super) async fn forget(
    db: &Db,
    before_ms: Option<TimestampMs>,
    most: i64,
    series_ms: TimestampMs,
) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let deleted = async {
        let old = "state <> 'running' AND began_ms < ?";
        let mut deleted = delete(&mut tx, "builds", old, before_ms.unwrap_or(i64::MIN)).await?;
        let many = "number <= (SELECT number FROM builds ORDER BY number DESC LIMIT 1 OFFSET ?)";
        deleted += delete(&mut tx, "builds", many, most).await?;
        if deleted > 0 {
            for table in ["build_crates", "build_counts", "build_sizes"] {
                let gone = "? = 0 AND build NOT IN (SELECT number FROM builds)";
                delete(&mut tx, table, gone, 0).await?;
            }
        }
        delete(&mut tx, "build_series", "seen_ms < ?", series_ms).await?;
        Ok(deleted)
    };
    let deleted: Result<u64, sqlx::Error> = deleted.await;
    let deleted = deleted.map_err(|source| db.error(source))?;
    db.commit(tx).await?;
    Ok(deleted)
}

/// A report as it is kept.
fn packed(report: &Report) -> Result<Vec<u8>, sqlx::Error> {
    let wrong = |error: std::io::Error| sqlx::Error::Encode(error.into());
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    let text = serde_json::to_vec(report).map_err(|error| sqlx::Error::Encode(error.into()))?;
    packer.write_all(&text).map_err(wrong)?;
    packer.finish().map_err(wrong)
}

fn unpacked(packed: &[u8]) -> Result<Report, sqlx::Error> {
    let mut text = Vec::new();
    let read = GzDecoder::new(packed).take(LARGEST).read_to_end(&mut text);
    read.map_err(|error| sqlx::Error::Decode(error.into()))?;
    serde_json::from_slice(&text).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Copies of the first build, each with all that hangs on it.
#[cfg(test)]
pub(super) async fn copies(db: &Db, count: i64) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let columns = "sequence, project, command, commit_id, branch, profile, target, host, builder, state, exit_code,
        ended_ms, heard_ms, ahead_ms, duration_seconds, resolution_seconds, download_seconds, done, total, compiled,
        fresh, warnings, errors, binary_bytes, active, kinds, detail";
    let series = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= ";
    let mut builds = QueryBuilder::<Sqlite>::new("INSERT INTO builds (number, id, began_ms, ");
    builds
        .push(columns)
        .push(") ")
        .push(series)
        .push_bind(count);
    builds
        .push(") SELECT i, 'copy-' || i, began_ms - i * 1000, ")
        .push(columns);
    builds.push(" FROM n, builds WHERE number = 1");
    builds
        .build()
        .execute(&mut *tx)
        .await
        .map_err(|source| db.error(source))?;
    for (table, columns) in [
        ("build_crates", "name, is_own, seconds, failed"),
        ("build_counts", "what, name, count"),
        ("build_sizes", "name, bytes"),
    ] {
        let mut parts = QueryBuilder::<Sqlite>::new("INSERT INTO ");
        parts
            .push(table)
            .push(" (build, ")
            .push(columns)
            .push(") ")
            .push(series)
            .push_bind(count);
        parts
            .push(") SELECT i, ")
            .push(columns)
            .push(" FROM n, ")
            .push(table);
        parts.push(" WHERE build = 1");
        parts
            .build()
            .execute(&mut *tx)
            .await
            .map_err(|source| db.error(source))?;
    }
    db.commit(tx).await
}
