//! How targets do: what people and clients look at.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{Labels, TimestampMs};

use super::target::{Dropped, Target};
use crate::remote_write::Metadata;

/// Most dropped targets of a job that are shown; all are counted.
const MOST_DROPPED: usize = 1_000;

/// Whether a target answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// It has not been asked.
    #[default]
    Unknown,
    /// It answers.
    Up,
    /// It does not, or not so that it can be read.
    Down,
}

impl Health {
    /// In the words of Prometheus.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// A target that is scraped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetStatus {
    /// The job.
    pub job: String,
    /// Labels before relabelling.
    pub discovered: Labels,
    /// Labels of its series.
    pub labels: Labels,
    /// Its address.
    pub url: String,
    /// How often it is asked, in milliseconds.
    pub interval_ms: u64,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
    /// Whether it answers.
    pub health: Health,
    /// Why not; empty where it does.
    pub last_error: String,
    /// When it was asked last.
    pub last_scrape_ms: Option<TimestampMs>,
    /// How long that took, in seconds.
    pub last_duration_seconds: f64,
    /// Samples of the last answer.
    pub samples: usize,
    /// Those that were left by `metric_relabel_configs`.
    pub kept: usize,
    /// What it says of its metrics.
    pub metadata: Vec<Metadata>,
}

/// A target that was found and is not scraped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedTarget {
    /// The job.
    pub job: String,
    /// Labels before relabelling.
    pub discovered: Labels,
    /// Why.
    pub why: Dropped,
}

#[derive(Debug, Default)]
struct JobBoard {
    active: BTreeMap<u64, TargetStatus>,
    dropped: Vec<DroppedTarget>,
    dropped_count: usize,
    troubles: BTreeMap<String, String>,
}

/// All targets.
#[derive(Debug, Default)]
pub struct Board(Mutex<BTreeMap<String, JobBoard>>);

impl Board {
    fn jobs(&self) -> MutexGuard<'_, BTreeMap<String, JobBoard>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Targets that are scraped, by job.
    pub fn active(&self) -> Vec<TargetStatus> {
        let jobs = self.jobs();
        jobs.values()
            .flat_map(|job| job.active.values().cloned())
            .collect()
    }

    /// Targets that are not scraped; of many the first.
    pub fn dropped(&self) -> Vec<DroppedTarget> {
        let jobs = self.jobs();
        jobs.values()
            .flat_map(|job| job.dropped.iter().cloned())
            .collect()
    }

    /// How many targets of each job are not scraped.
    pub fn dropped_counts(&self) -> BTreeMap<String, usize> {
        let jobs = self.jobs();
        jobs.iter()
            .map(|(name, job)| (name.clone(), job.dropped_count))
            .collect()
    }

    /// What keeps jobs from finding targets: job, where, why.
    pub fn troubles(&self) -> Vec<(String, String, String)> {
        let jobs = self.jobs();
        let all = jobs.iter().flat_map(|(name, job)| {
            let troubles = job.troubles.iter();
            troubles.map(move |(from, why)| (name.clone(), from.clone(), why.clone()))
        });
        all.collect()
    }

    pub(super) fn keep_jobs(&self, is_wanted: impl Fn(&str) -> bool) {
        self.jobs().retain(|name, _| is_wanted(name));
    }

    /// What a job has now; what is known of targets that stay, stays.
    pub(super) fn settle(
        &self,
        job: &str,
        active: &BTreeMap<u64, Target>,
        dropped: Vec<(Labels, Dropped)>,
    ) {
        let mut jobs = self.jobs();
        let board = jobs.entry(job.to_owned()).or_default();
        let mut before = std::mem::take(&mut board.active);
        for (hash, target) in active {
            let known = before.remove(hash).unwrap_or_default();
            let status = TargetStatus {
                job: job.to_owned(),
                discovered: target.discovered.clone(),
                labels: target.labels.clone(),
                url: target.url.clone(),
                interval_ms: target.interval_ms,
                timeout_ms: target.timeout_ms,
                ..known
            };
            board.active.insert(*hash, status);
        }
        board.dropped_count = dropped.len();
        let dropped = dropped.into_iter().take(MOST_DROPPED);
        board.dropped = dropped
            .map(|(discovered, why)| DroppedTarget {
                job: job.to_owned(),
                discovered,
                why,
            })
            .collect();
    }

    pub(super) fn trouble(&self, job: &str, from: &str, why: Option<String>) {
        let mut jobs = self.jobs();
        let troubles = &mut jobs.entry(job.to_owned()).or_default().troubles;
        match why {
            Some(why) => troubles.insert(from.to_owned(), why),
            None => troubles.remove(from),
        };
    }

    pub(super) fn change(&self, job: &str, hash: u64, change: impl FnOnce(&mut TargetStatus)) {
        let mut jobs = self.jobs();
        // It may have gone meanwhile.
        let found = jobs.get_mut(job).and_then(|job| job.active.get_mut(&hash));
        if let Some(target) = found {
            change(target);
        }
    }
}
