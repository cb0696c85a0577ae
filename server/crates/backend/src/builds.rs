//! Builds of Rust programs, as those who build tell of them: kept, counted, and looked through.
//!
//! A build is told again and again while it runs, each time under the same id with a larger number; what was told last
//! holds. What it counts is counted when its end is told, in the transaction that keeps it.

mod clean;
mod picture;
mod series;
mod store;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use builds::{BuildState as Told, Report};
use db::Db;
use model::{Clock, TimestampMs};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use wire::{
    Build, BuildDetail, BuildPicture, BuildProject, BuildQuery, BuildState, Caller, EventKind,
    MOST_BUILDS, Problem, Role, TimeRange,
};

use crate::error::database_problem;
use crate::events::EventLog;
use crate::metrics::SampleLog;
use crate::reload::Current;
use series::Series;

/// How often series are sampled: often enough for every query, which looks back five minutes.
const INTERVAL: Duration = Duration::from_secs(15);
/// A build that nothing is heard of for so long has been broken off: whoever tells of it does so every second.
const SILENT_MS: i64 = 60_000;
/// How long it is known that something was counted, and sampled.
const KEPT_SERIES_MS: i64 = 30 * 86_400_000;
/// A clock that differs by less is right.
const SKEW_MS: i64 = 5_000;

/// Why a report is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is none.
    #[error("{0}")]
    Wrong(String),
    /// It cannot be kept.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// The builds there are.
pub(crate) struct BuildService {
    db: Db,
    clock: Arc<dyn Clock>,
    samples: Arc<SampleLog>,
    events: Arc<EventLog>,
    config: Current,
    /// What is sampled; who holds it is the only one that takes a report.
    series: Mutex<Series>,
}

impl BuildService {
    /// With what is on disk.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn open(
        db: &Db,
        clock: &Arc<dyn Clock>,
        samples: &Arc<SampleLog>,
        events: &Arc<EventLog>,
        config: Current,
    ) -> Result<Arc<Self>, db::Error> {
        Ok(Arc::new(Self {
            db: db.clone(),
            clock: clock.clone(),
            samples: samples.clone(),
            events: events.clone(),
            config,
            series: Mutex::new(Series::of(store::series(db).await?)),
        }))
    }

    /// Takes a report in. Returns whether it said anything new.
    ///
    /// # Errors
    /// When it is none, or cannot be kept; then nothing of it is.
    pub(crate) async fn take(&self, report: Report) -> Result<bool, Error> {
        let mut report = clean::clean(report).map_err(Error::Wrong)?;
        let mut series = self.series.lock().await;
        let now_ms = self.clock.now_ms();
        let known = store::known(&self.db, &report.id).await?;
        if known.as_ref().is_some_and(|known| known.is_newer(&report)) {
            return Ok(false);
        }
        let ahead_ms = ahead(&report, known.as_ref().map(|known| known.ahead_ms), now_ms);
        if ahead_ms != 0 {
            report.notes.push(skew_words(&report.host, ahead_ms));
        }
        report.began_ms = (report.began_ms - ahead_ms).min(now_ms);
        let was_over = known.as_ref().is_some_and(|known| known.is_over);
        let ends = report.state != Told::Running && !was_over;
        let mut changes = Vec::new();
        if ends {
            changes = series.changes(&report);
            let times = store::crate_times(&self.db, &report.project, &report.profile).await?;
            changes.extend(series.slower(&report, times));
        }
        let samples = series.apply(changes, now_ms);
        let written = series.changed(&samples);
        let heard = (now_ms, ahead_ms);
        if let Err(error) = store::put(&self.db, &report, heard, &written).await {
            // What could not be written is not counted either.
            *series = Series::of(store::series(&self.db).await?);
            return Err(error.into());
        }
        self.samples.push(samples);
        drop(series);
        if ends && report.state == Told::Failure {
            let (title, link) = (failed_words(&report), format!("/builds/{}", report.id));
            self.events.record(EventKind::Build, "", title, link).await;
        }
        Ok(true)
    }

    /// Deletes builds that are older than is configured, and the oldest of too many. Returns how many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn forget(&self, now_ms: TimestampMs) -> Result<u64, db::Error> {
        let (kept, most) = {
            let retention = &self.config.borrow().retention;
            (retention.builds, i64::from(retention.most_builds))
        };
        let kept_ms = i64::try_from(kept.as_millis()).unwrap_or(now_ms);
        let before_ms = (!kept.is_zero()).then(|| now_ms.saturating_sub(kept_ms));
        store::forget(&self.db, before_ms, most, now_ms - KEPT_SERIES_MS).await
    }

    /// Samples everything again and again, and ends builds that nothing is heard of.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut turns = tokio::time::interval(INTERVAL);
        while stop.run_until_cancelled(turns.tick()).await.is_some() {
            let now_ms = self.clock.now_ms();
            let samples = self.series.lock().await.all(now_ms);
            self.samples.push(samples);
            match store::interrupt(&self.db, now_ms - SILENT_MS).await {
                Ok(0) => {}
                Ok(builds) => tracing::info!(builds, "builds of which nothing is heard are over"),
                Err(error) => tracing::error!(%error, "builds could not be ended"),
            }
        }
    }
}

/// How far the sender's clock is ahead, in milliseconds. What tells of a running build comes at once, so its clock can
/// be compared; of another only that it is not from the future.
fn ahead(report: &Report, known: Option<i64>, now_ms: TimestampMs) -> i64 {
    let ahead_ms = report.told_ms.saturating_sub(now_ms);
    if report.state == Told::Running || ahead_ms > SKEW_MS {
        return if ahead_ms.abs() > SKEW_MS {
            ahead_ms
        } else {
            0
        };
    }
    known.unwrap_or(0)
}

fn skew_words(host: &str, ahead_ms: i64) -> String {
    let direction = if ahead_ms > 0 { "ahead of" } else { "behind" };
    let seconds = ahead_ms.unsigned_abs() / 1000;
    let host = if host.is_empty() { "the sender" } else { host };
    format!("the clock of {host} is {seconds} s {direction} this one; times are set right by that")
}

fn failed_words(report: &Report) -> String {
    let project = &report.project;
    let errors = match report.errors {
        1 => "1 error".to_owned(),
        errors => format!("{errors} errors"),
    };
    match report.kinds.first() {
        Some(kind) => format!(
            "build of {project} failed: {errors}, most of kind {}",
            kind.name
        ),
        None => format!("build of {project} failed"),
    }
}

/// What a state is called on the other side.
fn state(told: Told) -> BuildState {
    match told {
        Told::Running => BuildState::Running,
        Told::Success => BuildState::Success,
        Told::Failure => BuildState::Failure,
        Told::Interrupted => BuildState::Interrupted,
    }
}

#[async_trait]
impl wire::Builds for BuildService {
    async fn list(&self, caller: &Caller, query: BuildQuery) -> Result<Vec<Build>, Problem> {
        caller.require(Role::Viewer)?;
        let asked = self.asked(&query);
        let read = store::read::list(&self.db, &asked).await;
        read.map_err(|error| database_problem("reading builds", &error))
    }

    async fn picture(&self, caller: &Caller, query: BuildQuery) -> Result<BuildPicture, Problem> {
        caller.require(Role::Viewer)?;
        let asked = self.asked(&query);
        let read = picture::picture(&self.db, &asked).await;
        read.map_err(|error| database_problem("reading builds", &error))
    }

    async fn projects(
        &self,
        caller: &Caller,
        range: TimeRange,
    ) -> Result<Vec<BuildProject>, Problem> {
        caller.require(Role::Viewer)?;
        let (from_ms, to_ms) = range.ends(self.clock.now_ms());
        let read = store::read::standing(&self.db, from_ms, to_ms).await;
        read.map_err(|error| database_problem("reading builds", &error))
    }

    async fn detail(&self, caller: &Caller, id: &str) -> Result<BuildDetail, Problem> {
        caller.require(Role::Viewer)?;
        let read = store::read::detail(&self.db, id).await;
        let read = read.map_err(|error| database_problem("reading a build", &error))?;
        let (build, report, previous) =
            read.ok_or_else(|| Problem::not_found(format!("there is no build {id:?}")))?;
        Ok(picture::detail(build, report, previous))
    }
}

impl BuildService {
    fn asked(&self, query: &BuildQuery) -> store::read::Asked {
        let now_ms = self.clock.now_ms();
        let (from_ms, to_ms) = query
            .range
            .map_or((0, i64::MAX), |range| range.ends(now_ms));
        store::read::Asked {
            project: query.project.clone(),
            from_ms,
            to_ms,
            limit: query.limit.clamp(1, MOST_BUILDS),
        }
    }
}

#[cfg(test)]
mod tests;
