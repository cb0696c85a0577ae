//! What pages ask of benchmarks.

use std::collections::BTreeMap;

use benchmarks::{Measured, Percentiles};
use db::sqlx::{self, Row as _, sqlite::SqliteRow};
use db::{Db, Error};
use wire::{
    Benchmark, BenchmarkPoint, BenchmarkRun, BenchmarkVerdict, ModuleCompared, Rival, RivalKind,
    SpeedUpDay,
};

const DAY_MS: i64 = 86_400_000;
/// Values of a sparkline.
const PAST: i64 = 30;
/// Factors that are read for days and modules.
const MOST_SPEED_UPS: i64 = 50_000;

/// A result with its benchmark and its run.
const RESULT: &str =
    "SELECT r.*, b.*, u.at_ms, u.host, u.commit_id, u.branch, u.tool FROM benchmark_results r
  JOIN benchmark_runs u ON u.id = r.run JOIN benchmarks b ON b.id = r.benchmark";

/// A benchmark and what its newest run measured.
pub(in super::super) struct Row {
    pub(in super::super) benchmark: Benchmark,
    pub(in super::super) measured: Measured,
}

fn wrong(error: serde_json::Error) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

fn list<T: serde::de::DeserializeOwned>(
    row: &SqliteRow,
    column: &str,
) -> Result<Vec<T>, sqlx::Error> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(wrong)
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A result, as it was measured.
pub(super) fn measured(row: &SqliteRow) -> Result<Measured, sqlx::Error> {
    let number = |column: &str| row.try_get::<Option<f64>, _>(column);
    let (p50, p95, p99) = (number("p50")?, number("p95")?, number("p99")?);
    let percentiles = p50.zip(p95).zip(p99);
    Ok(Measured {
        name: row.try_get("name")?,
        parameters: list(row, "parameters")?,
        language: row.try_get("language")?,
        approach: row.try_get("approach")?,
        unit: row.try_get("unit")?,
        more_is_better: row.try_get("more_is_better")?,
        samples: list(row, "samples")?,
        n: u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or_default(),
        mean: row.try_get("mean")?,
        deviation: number("deviation")?,
        median: number("median")?,
        interval: number("low")?.zip(number("high")?),
        percentiles: percentiles.map(|((p50, p95), p99)| Percentiles { p50, p95, p99 }),
    })
}

fn point(row: &SqliteRow) -> Result<BenchmarkPoint, sqlx::Error> {
    let number = |column: &str| row.try_get::<Option<f64>, _>(column);
    let verdict: String = row.try_get("verdict")?;
    let mean: f64 = row.try_get("mean")?;
    Ok(BenchmarkPoint {
        run: row.try_get("run")?,
        at_ms: row.try_get("at_ms")?,
        commit: row.try_get("commit_id")?,
        branch: row.try_get("branch")?,
        host: row.try_get("host")?,
        n: u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or_default(),
        value: number("median")?.unwrap_or(mean),
        mean,
        low: number("low")?,
        high: number("high")?,
        p50: number("p50")?,
        p95: number("p95")?,
        p99: number("p99")?,
        verdict: BenchmarkVerdict::parse(&verdict).unwrap_or_default(),
        change: number("change")?,
        change_low: number("change_low")?,
        change_high: number("change_high")?,
        p: number("p")?,
        sentence: row.try_get("sentence")?,
    })
}

fn row(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let measured = measured(row)?;
    let shown = measured.parameters.iter();
    let shown: Vec<_> = shown
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let benchmark = Benchmark {
        id: row.try_get("benchmark")?,
        suite: row.try_get("suite")?,
        key: row.try_get("key")?,
        name: measured.name.clone(),
        parameters: shown.join(", "),
        language: measured.language.clone(),
        approach: measured.approach.clone(),
        unit: measured.unit.clone(),
        more_is_better: measured.more_is_better,
        tool: row.try_get("tool")?,
        runs: count(row.try_get("runs")?),
        newest: point(row)?,
        past: list(row, "past")?,
    };
    Ok(Row {
        benchmark,
        measured,
    })
}

/// Newest results by benchmark, where a condition on benchmarks holds.
async fn rows(
    db: &Db,
    condition: &'static str,
    bound: &str,
    besides: i64,
) -> Result<Vec<Row>, Error> {
    let query = format!(
        "WITH placed AS (
           SELECT r.benchmark, r.run, coalesce(r.median, r.mean) AS value,
             row_number() OVER (PARTITION BY r.benchmark ORDER BY u.at_ms DESC, u.id DESC) AS place,
             count(*) OVER (PARTITION BY r.benchmark) AS runs
           FROM benchmark_results r JOIN benchmark_runs u ON u.id = r.run)
         SELECT found.*, p.runs,
           (SELECT json_group_array(value) FROM (SELECT value FROM placed q
              WHERE q.benchmark = p.benchmark AND q.place <= {PAST} ORDER BY q.place DESC)) AS past
         FROM placed p JOIN ({RESULT}) found ON found.benchmark = p.benchmark AND found.run = p.run
         WHERE p.place = 1 AND {condition} ORDER BY found.name, found.key, found.suite"
    );
    let found = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(bound)
        .bind(besides)
        .fetch_all(db.readers())
        .await
        .map_err(|source| db.error(source))?;
    let rows = found.iter().map(row).collect::<Result<_, _>>();
    rows.map_err(|source| db.error(source))
}

/// Every benchmark with its newest result, by name.
pub(in super::super) async fn newest(db: &Db) -> Result<Vec<Row>, Error> {
    rows(db, "?1 = '' AND ?2 = 0", "", 0).await
}

/// One of them.
pub(in super::super) async fn benchmark(db: &Db, id: i64) -> Result<Option<Row>, Error> {
    let found = rows(db, "?1 = '' AND p.benchmark = ?2", "", id).await?;
    Ok(found.into_iter().next())
}

/// The others that do the same.
pub(in super::super) async fn same_operation(
    db: &Db,
    operation: &str,
    besides: i64,
) -> Result<Vec<Row>, Error> {
    rows(
        db,
        "found.operation = ?1 AND p.benchmark != ?2",
        operation,
        besides,
    )
    .await
}

/// The last results of a benchmark, the oldest first.
pub(in super::super) async fn points(
    db: &Db,
    id: i64,
    most: i64,
) -> Result<Vec<BenchmarkPoint>, Error> {
    let query = format!("{RESULT} WHERE r.benchmark = ? ORDER BY u.at_ms DESC, u.id DESC LIMIT ?");
    let rows = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(id)
        .bind(most)
        .fetch_all(db.readers())
        .await
        .map_err(|source| db.error(source))?;
    let points = rows.iter().rev().map(point).collect::<Result<_, _>>();
    points.map_err(|source| db.error(source))
}

/// The last files, the newest first.
pub(in super::super) async fn runs(db: &Db, most: i64) -> Result<Vec<BenchmarkRun>, Error> {
    let rows = sqlx::query(
        "SELECT u.*, count(r.benchmark) AS results,
           count(*) FILTER (WHERE r.verdict = 'worse') AS worse,
           count(*) FILTER (WHERE r.verdict = 'better') AS better
         FROM benchmark_runs u LEFT JOIN benchmark_results r ON r.run = u.id
         GROUP BY u.id ORDER BY u.at_ms DESC, u.id DESC LIMIT ?",
    )
    .bind(most)
    .fetch_all(db.readers())
    .await
    .map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| {
        Ok(BenchmarkRun {
            id: row.try_get("id")?,
            at_ms: row.try_get("at_ms")?,
            taken_ms: row.try_get("taken_ms")?,
            suite: row.try_get("suite")?,
            tool: row.try_get("tool")?,
            host: row.try_get("host")?,
            commit: row.try_get("commit_id")?,
            branch: row.try_get("branch")?,
            by: row.try_get("actor")?,
            results: count(row.try_get("results")?),
            worse: count(row.try_get("worse")?),
            better: count(row.try_get("better")?),
            notes: list(row, "notes")?,
        })
    };
    let runs = rows.iter().map(read).collect::<Result<_, _>>();
    runs.map_err(|source| db.error(source))
}

fn rival(row: &SqliteRow) -> Result<Rival, sqlx::Error> {
    let kind: String = row.try_get("kind")?;
    Ok(Rival {
        kind: RivalKind::parse(&kind)
            .ok_or_else(|| sqlx::Error::Decode(format!("unknown rivals {kind:?}").into()))?,
        operation: row.try_get("operation")?,
        at_ms: row.try_get("at_ms")?,
        fast: row.try_get("fast")?,
        slow: row.try_get("slow")?,
        fast_value: row.try_get("fast_value")?,
        slow_value: row.try_get("slow_value")?,
        ends: list(row, "ends")?,
        unit: row.try_get("unit")?,
        factor: row.try_get("factor")?,
        low: row.try_get("low")?,
        high: row.try_get("high")?,
    })
}

/// Speed-ups since a time, the newest first.
async fn since(db: &Db, from_ms: i64) -> Result<Vec<Rival>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM benchmark_speed_ups WHERE at_ms >= ? ORDER BY at_ms DESC, run DESC LIMIT ?",
    )
    .bind(from_ms)
    .bind(MOST_SPEED_UPS)
    .fetch_all(db.readers())
    .await
    .map_err(|source| db.error(source))?;
    let rivals = rows.iter().map(rival).collect::<Result<_, _>>();
    rivals.map_err(|source| db.error(source))
}

/// The newest speed-up of each operation.
pub(in super::super) async fn rivals(db: &Db, from_ms: i64) -> Result<Vec<Rival>, Error> {
    let mut newest: BTreeMap<(&'static str, String), Rival> = BTreeMap::new();
    for it in since(db, from_ms).await? {
        let key = (it.kind.as_str(), it.operation.clone());
        newest.entry(key).or_insert(it);
    }
    Ok(newest.into_values().collect())
}

/// Average and peak by day (UTC), the newest day first.
pub(in super::super) async fn by_day(db: &Db, from_ms: i64) -> Result<Vec<SpeedUpDay>, Error> {
    let mut days: BTreeMap<(i64, &'static str), Vec<Rival>> = BTreeMap::new();
    for it in since(db, from_ms).await? {
        let day = it.at_ms.div_euclid(DAY_MS) * DAY_MS;
        days.entry((-day, it.kind.as_str())).or_default().push(it);
    }
    let day = |((day, _), all): ((i64, &str), Vec<Rival>)| {
        let peak = all.iter().max_by(|a, b| a.factor.total_cmp(&b.factor))?;
        Some(SpeedUpDay {
            at_ms: -day,
            kind: peak.kind,
            average: average(all.iter().map(|it| it.factor)),
            peak: peak.factor,
            peak_of: peak.operation.clone(),
            count: count(i64::try_from(all.len()).unwrap_or(i64::MAX)),
        })
    };
    Ok(days.into_iter().filter_map(day).collect())
}

/// The geometric mean: what is twice as fast and what is half as fast come to the same.
fn average(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value.ln();
        count += 1.0;
    }
    f64::exp(sum / count)
}

/// Rust beside Python, the slowest in Rust first.
pub(in super::super) async fn modules(db: &Db, from_ms: i64) -> Result<Vec<ModuleCompared>, Error> {
    let mut all: BTreeMap<String, Vec<Rival>> = BTreeMap::new();
    for it in since(db, from_ms).await? {
        if it.kind == RivalKind::RustPython && it.unit == "seconds" {
            all.entry(it.operation.clone()).or_default().push(it);
        }
    }
    let module = |(operation, all): (String, Vec<Rival>)| {
        let (n, ms) = (all.len() as f64, 1000.0);
        ModuleCompared {
            operation,
            rust_ms: all.iter().map(|it| it.fast_value).sum::<f64>() / n * ms,
            python_ms: all.iter().map(|it| it.slow_value).sum::<f64>() / n * ms,
            factor: average(all.iter().map(|it| it.factor)),
            count: count(i64::try_from(all.len()).unwrap_or(i64::MAX)),
        }
    };
    let mut modules: Vec<_> = all.into_iter().map(module).collect();
    modules.sort_by(|a, b| b.rust_ms.total_cmp(&a.rust_ms));
    Ok(modules)
}
