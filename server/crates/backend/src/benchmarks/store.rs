//! Benchmarks on disk: files, results, and two ways to do the same.

mod read;

use benchmarks::{Measured, Rivalry};
use db::sqlx::{self, Row, Sqlite, Transaction};
use db::{Db, Error};
use wire::{BenchmarkVerdict, Rival, RivalKind};

pub(super) use read::{
    Row as ResultRow, benchmark, by_day, modules, newest, points, rivals, runs, same_operation,
};

type Tx = Transaction<'static, Sqlite>;

/// A file as it is written.
pub(super) struct Run {
    pub(super) digest: String,
    pub(super) at_ms: i64,
    pub(super) taken_ms: i64,
    pub(super) suite: String,
    pub(super) tool: String,
    pub(super) host: String,
    pub(super) commit: String,
    pub(super) branch: String,
    pub(super) by: String,
    pub(super) notes: Vec<String>,
}

/// How a result stands.
pub(super) struct Stand {
    pub(super) verdict: BenchmarkVerdict,
    /// The change, its interval and its corrected p-value.
    pub(super) change: Option<(f64, f64, f64, f64)>,
    pub(super) sentence: String,
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::json!(value).to_string()
}

/// The run of a file that was taken before.
pub(super) async fn find_run(db: &Db, digest: &str) -> Result<Option<i64>, Error> {
    let found = sqlx::query_scalar("SELECT id FROM benchmark_runs WHERE digest = ?")
        .bind(digest)
        .fetch_optional(db.readers())
        .await;
    found.map_err(|source| db.error(source))
}

/// The number of a benchmark, which is made where there is none.
pub(super) async fn number(db: &Db, tx: &mut Tx, suite: &str, it: &Measured) -> Result<i64, Error> {
    let number = sqlx::query_scalar(
        "INSERT INTO benchmarks (suite, key, name, parameters, language, approach, operation, unit, more_is_better)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (suite, key, unit) DO UPDATE SET more_is_better = excluded.more_is_better RETURNING id",
    )
    .bind(suite)
    .bind(it.key())
    .bind(&it.name)
    .bind(json(&it.parameters))
    .bind(&it.language)
    .bind(&it.approach)
    .bind(it.operation())
    .bind(&it.unit)
    .bind(it.more_is_better)
    .fetch_one(&mut **tx)
    .await;
    number.map_err(|source| db.error(source))
}

/// Earlier runs of a benchmark on a machine and a branch (any branch where none is named), the newest first.
pub(super) async fn past(
    db: &Db,
    tx: &mut Tx,
    benchmark: i64,
    run: &Run,
    most: usize,
) -> Result<Vec<Measured>, Error> {
    let rows = sqlx::query(
        "SELECT r.*, b.* FROM benchmark_results r
           JOIN benchmark_runs u ON u.id = r.run JOIN benchmarks b ON b.id = r.benchmark
         WHERE r.benchmark = ?1 AND u.host = ?2 AND (?3 = '' OR u.branch = ?3) AND u.at_ms < ?4
         ORDER BY u.at_ms DESC, u.id DESC LIMIT ?5",
    )
    .bind(benchmark)
    .bind(&run.host)
    .bind(&run.branch)
    .bind(run.at_ms)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(&mut **tx)
    .await
    .map_err(|source| db.error(source))?;
    let measured = rows.iter().map(read::measured).collect::<Result<_, _>>();
    measured.map_err(|source| db.error(source))
}

/// The last result before a run that does the same on the other side, on the same machine, or the first after it, in
/// whichever order files are imported: its number, when it was measured, and what it measured.
pub(super) async fn other_side(
    db: &Db,
    tx: &mut Tx,
    it: &Measured,
    (rivalry, is_fast): (Rivalry, bool),
    run: &Run,
) -> Result<Option<(i64, i64, Measured)>, Error> {
    let side = match (rivalry, is_fast) {
        (Rivalry::RustAndPython, true) => "b.language = 'python' AND b.approach = ''",
        (Rivalry::RustAndPython, false) => "b.language = 'rust' AND b.approach = ''",
        (Rivalry::Synthex, true) => "b.approach IN ('traditional', 'sequential', 'baseline')",
        (Rivalry::Synthex, false) => "b.approach IN ('synthex', 'parallel')",
    };
    let query = format!(
        "SELECT r.*, b.*, u.at_ms FROM benchmark_results r
           JOIN benchmark_runs u ON u.id = r.run JOIN benchmarks b ON b.id = r.benchmark
         WHERE b.operation = ?1 AND b.unit = ?2 AND u.host = ?3 AND {side}
         ORDER BY u.at_ms > ?4, abs(u.at_ms - ?4), u.id DESC LIMIT 1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(it.operation())
        .bind(&it.unit)
        .bind(&run.host)
        .bind(run.at_ms)
        .fetch_optional(&mut **tx)
        .await
        .map_err(|source| db.error(source))?;
    let read = row.map(|row| {
        let (benchmark, at_ms) = (row.try_get("benchmark")?, row.try_get("at_ms")?);
        Ok((benchmark, at_ms, read::measured(&row)?))
    });
    read.transpose().map_err(|source| db.error(source))
}

/// Writes a file; its number.
pub(super) async fn put_run(db: &Db, tx: &mut Tx, run: &Run) -> Result<i64, Error> {
    let number = sqlx::query_scalar(
        "INSERT INTO benchmark_runs (digest, at_ms, taken_ms, suite, tool, host, commit_id, branch, actor, notes)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(&run.digest)
    .bind(run.at_ms)
    .bind(run.taken_ms)
    .bind(&run.suite)
    .bind(&run.tool)
    .bind(&run.host)
    .bind(&run.commit)
    .bind(&run.branch)
    .bind(&run.by)
    .bind(json(&run.notes))
    .fetch_one(&mut **tx)
    .await;
    number.map_err(|source| db.error(source))
}

/// Writes a result.
pub(super) async fn put(
    db: &Db,
    tx: &mut Tx,
    (benchmark, run): (i64, i64),
    it: &Measured,
    stand: &Stand,
) -> Result<(), Error> {
    let percentiles = it.percentiles;
    let written = sqlx::query(
        "INSERT INTO benchmark_results (benchmark, run, n, mean, deviation, median, low, high, p50, p95, p99, samples,
           verdict, change, change_low, change_high, p, sentence)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(benchmark)
    .bind(run)
    .bind(i64::try_from(it.n).unwrap_or(i64::MAX))
    .bind(it.mean)
    .bind(it.deviation)
    .bind(it.median)
    .bind(it.interval.map(|ends| ends.0))
    .bind(it.interval.map(|ends| ends.1))
    .bind(percentiles.map(|it| it.p50))
    .bind(percentiles.map(|it| it.p95))
    .bind(percentiles.map(|it| it.p99))
    .bind(json(&it.samples))
    .bind(stand.verdict.as_str())
    .bind(stand.change.map(|it| it.0))
    .bind(stand.change.map(|it| it.1))
    .bind(stand.change.map(|it| it.2))
    .bind(stand.change.map(|it| it.3))
    .bind(&stand.sentence)
    .execute(&mut **tx)
    .await;
    written.map(|_| ()).map_err(|source| db.error(source))
}

/// Writes what two ways to do the same came to.
pub(super) async fn put_rival(db: &Db, tx: &mut Tx, run: i64, it: &Rival) -> Result<(), Error> {
    let written = sqlx::query(
        "INSERT OR REPLACE INTO benchmark_speed_ups
           (run, kind, operation, at_ms, fast, slow, fast_value, slow_value, ends, unit, factor, low, high)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(run)
    .bind(it.kind.as_str())
    .bind(&it.operation)
    .bind(it.at_ms)
    .bind(it.fast)
    .bind(it.slow)
    .bind(it.fast_value)
    .bind(it.slow_value)
    .bind(json(&it.ends))
    .bind(&it.unit)
    .bind(it.factor)
    .bind(it.low)
    .bind(it.high)
    .execute(&mut **tx)
    .await;
    written.map(|_| ()).map_err(|source| db.error(source))
}

/// The word under which a rivalry is kept.
pub(super) fn kind(rivalry: Rivalry) -> RivalKind {
    match rivalry {
        Rivalry::RustAndPython => RivalKind::RustPython,
        Rivalry::Synthex => RivalKind::Synthex,
    }
}

/// Deletes older files and benchmarks of which none is left; how many files.
pub(super) async fn forget(db: &Db, before_ms: i64) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    let done = sqlx::query("DELETE FROM benchmark_runs WHERE at_ms < ?")
        .bind(before_ms)
        .execute(&mut *tx)
        .await
        .map_err(|source| db.error(source))?;
    let empty = "DELETE FROM benchmarks WHERE id NOT IN (SELECT benchmark FROM benchmark_results)";
    sqlx::query(empty)
        .execute(&mut *tx)
        .await
        .map_err(|source| db.error(source))?;
    db.commit(tx).await?;
    Ok(done.rows_affected())
}
