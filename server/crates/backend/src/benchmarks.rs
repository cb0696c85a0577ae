//! Benchmarks: files of tools are taken, each result is held against earlier runs, and what became worse or better is
//! marked on the time axis.
//!
//! What files mean and how runs are compared says the crate `benchmarks`; results are kept for 400 days. The newest
//! values stand in the metric store as gauges (`numbers.rs`), so that rules and charts see them.

mod numbers;
mod store;
mod take;
mod words;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use db::Db;
use model::Clock;
use tokio_util::sync::CancellationToken;
use wire::{
    BenchmarkDetail, BenchmarkFile, BenchmarkPicture, BenchmarkStanding, BenchmarkTaken,
    BenchmarkVerdict, Caller, Problem, Role,
};

use crate::error::database_problem;
use crate::events::EventLog;
use crate::metrics::SampleLog;
use numbers::Standing;

const DAY_MS: i64 = 86_400_000;
/// How long results are kept.
const KEPT_MS: i64 = 400 * DAY_MS;
/// How far back days of speed-ups, and newest speed-ups, go.
const DAYS_MS: i64 = 90 * DAY_MS;
/// Over which time Rust stands beside Python.
const WEEK_MS: i64 = 7 * DAY_MS;
/// Files that are shown.
const MOST_RUNS: i64 = 100;
/// Runs of one benchmark that are shown.
const MOST_POINTS: i64 = 300;
/// Benchmarks that changed, of which is told at once.
const MOST_CHANGED: usize = 10;
/// How often the newest values are written into the metric store.
const INTERVAL: Duration = Duration::from_secs(30);
/// After how many of these old results are looked for.
const SWEEP: u32 = 120;

/// What was measured, and what of it changed.
pub(crate) struct BenchmarkService {
    state: Db,
    clock: Arc<dyn Clock>,
    samples: Arc<SampleLog>,
    events: Arc<EventLog>,
    /// One file at a time: each is held against those before it.
    turn: tokio::sync::Mutex<()>,
    standing: RwLock<Vec<Standing>>,
    changed: RwLock<BenchmarkStanding>,
}

fn reading(error: db::Error) -> Problem {
    database_problem("reading benchmarks", &error)
}

impl BenchmarkService {
    pub(crate) fn new(
        state: Db,
        clock: Arc<dyn Clock>,
        samples: Arc<SampleLog>,
        events: Arc<EventLog>,
    ) -> Arc<Self> {
        Arc::new(Self {
            state,
            clock,
            samples,
            events,
            turn: tokio::sync::Mutex::default(),
            standing: RwLock::default(),
            changed: RwLock::default(),
        })
    }

    /// Writes the newest values into the metric store, and deletes what is older than it has to be.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        self.look().await;
        let mut turns = 0;
        loop {
            if turns % SWEEP == 0 {
                self.sweep().await;
            }
            turns = (turns + 1) % SWEEP;
            self.tell();
            let sleep = tokio::time::sleep(INTERVAL);
            if stop.run_until_cancelled(sleep).await.is_none() {
                return;
            }
        }
    }

    async fn sweep(&self) {
        let before_ms = self.clock.now_ms() - KEPT_MS;
        match store::forget(&self.state, before_ms).await {
            Ok(0) => {}
            Ok(deleted) => {
                tracing::info!(deleted, "deleted old runs of benchmarks");
                self.look().await;
            }
            Err(error) => tracing::error!(%error, "old runs of benchmarks could not be deleted"),
        }
    }

    /// Finds out what stands now.
    async fn look(&self) {
        let now_ms = self.clock.now_ms();
        let newest = store::newest(&self.state).await;
        let rivals = store::rivals(&self.state, now_ms - DAYS_MS).await;
        match newest.and_then(|newest| Ok((newest, rivals?))) {
            Ok((newest, rivals)) => {
                let standing = numbers::standing(&newest, &rivals, now_ms);
                *self
                    .standing
                    .write()
                    .unwrap_or_else(PoisonError::into_inner) = standing;
                let newest = newest.into_iter().map(|row| row.benchmark).collect();
                *self.changed.write().unwrap_or_else(PoisonError::into_inner) = changed(newest);
            }
            Err(error) => tracing::error!(%error, "benchmarks cannot be read"),
        }
    }

    fn tell(&self) {
        let now_ms = self.clock.now_ms();
        let standing = self.standing.read().unwrap_or_else(PoisonError::into_inner);
        let samples: Vec<_> = standing.iter().map(|it| it.sample(now_ms)).collect();
        drop(standing);
        self.samples.push(samples);
    }
}

/// What became worse first, then what became better, the largest change first; the others by name.
fn rank(it: &wire::Benchmark) -> (u8, i64) {
    let change = it.newest.change.unwrap_or_default().abs();
    let order = -(change * 10_000.0) as i64;
    match it.newest.verdict {
        BenchmarkVerdict::Worse => (0, order),
        BenchmarkVerdict::Better => (1, order),
        BenchmarkVerdict::Same | BenchmarkVerdict::Unknown => (2, 0),
    }
}

/// What changed with the newest runs.
fn changed(mut rows: Vec<wire::Benchmark>) -> BenchmarkStanding {
    let of = |verdict| {
        rows.iter()
            .filter(|it| it.newest.verdict == verdict)
            .count() as u64
    };
    let (worse, better) = (of(BenchmarkVerdict::Worse), of(BenchmarkVerdict::Better));
    let newest_ms = rows.iter().map(|it| it.newest.at_ms).max();
    let all = rows.len() as u64;
    rows.sort_by_key(rank);
    rows.truncate(MOST_CHANGED.min(usize::try_from(worse + better).unwrap_or(MOST_CHANGED)));
    BenchmarkStanding {
        all,
        worse,
        better,
        newest_ms,
        changed: rows,
    }
}

#[async_trait]
impl wire::Benchmarks for BenchmarkService {
    async fn benchmarks(&self, caller: &Caller) -> Result<BenchmarkPicture, Problem> {
        caller.require(Role::Viewer)?;
        let now_ms = self.clock.now_ms();
        let newest = store::newest(&self.state).await.map_err(reading)?;
        let mut rows: Vec<_> = newest.into_iter().map(|row| row.benchmark).collect();
        rows.sort_by_key(rank);
        let rivals = store::rivals(&self.state, now_ms - DAYS_MS).await;
        let days = store::by_day(&self.state, now_ms - DAYS_MS).await;
        let modules = store::modules(&self.state, now_ms - WEEK_MS).await;
        Ok(BenchmarkPicture {
            rows,
            rivals: rivals.map_err(reading)?,
            days: days.map_err(reading)?,
            modules: modules.map_err(reading)?,
            runs: store::runs(&self.state, MOST_RUNS).await.map_err(reading)?,
            method: words::METHOD.to_owned(),
        })
    }

    async fn standing(&self, caller: &Caller) -> Result<BenchmarkStanding, Problem> {
        caller.require(Role::Viewer)?;
        let changed = self.changed.read().unwrap_or_else(PoisonError::into_inner);
        Ok(changed.clone())
    }

    async fn benchmark(&self, caller: &Caller, id: i64) -> Result<BenchmarkDetail, Problem> {
        caller.require(Role::Viewer)?;
        let found = store::benchmark(&self.state, id).await.map_err(reading)?;
        let found = found
            .ok_or_else(|| Problem::not_found(format!("there is no benchmark with number {id}")))?;
        let points = store::points(&self.state, id, MOST_POINTS).await;
        let operation = found.measured.operation();
        let rivals = store::same_operation(&self.state, &operation, id).await;
        let rivals = rivals.map_err(reading)?.into_iter();
        Ok(BenchmarkDetail {
            benchmark: found.benchmark,
            points: points.map_err(reading)?,
            rivals: rivals.map(|row| row.benchmark).collect(),
            method: words::METHOD.to_owned(),
        })
    }

    async fn take(&self, caller: &Caller, file: BenchmarkFile) -> Result<BenchmarkTaken, Problem> {
        caller.require(Role::Operator)?;
        let taken = self.take_file(&caller.name, file).await?;
        if taken.is_new {
            self.look().await;
            self.tell();
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests;
