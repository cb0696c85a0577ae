//! Targets that are scraped: how each does, and why others are not.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Problem};

words! {
    /// Whether a target answers.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum TargetHealth {
        /// It does not, or not so that it can be read.
        Down = "down",
        /// It has not been asked.
        Unknown = "unknown",
        /// It answers.
        Up = "up",
    }
}

record! {
    /// What was not taken of what one sender sends or exposes, for one reason.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Refusal {
        /// How it came: `remote_write`, `otlp`, `push`, `scrape`.
        pub source: String,
        /// Whose it is: the caller's name, the pushed job, or job and instance of a target.
        pub sender: String,
        /// Why, as a word.
        pub reason: String,
        /// How much of it since the start of the product: samples or points, records, whole requests.
        pub count: u64,
        /// When it was first seen.
        pub since_ms: i64,
        /// When it was seen last.
        pub at_ms: i64,
        /// The newest example in words.
        pub example: String,
    }

    /// A target that is scraped.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Target {
        /// The job.
        pub job: String,
        /// What its series have as `instance`.
        pub instance: String,
        /// The other labels of its series, as PromQL writes them.
        pub labels: String,
        /// Its address, without what may be secret.
        pub url: String,
        /// Whether it answers.
        pub health: TargetHealth,
        /// Why not; empty where it does.
        pub last_error: String,
        /// When it was asked last.
        pub last_scrape_ms: Option<i64>,
        /// How long that took.
        pub duration_seconds: f64,
        /// How often it is asked.
        pub interval_seconds: f64,
        /// Samples of the last answer.
        pub samples: u32,
        /// Those that rules left.
        pub kept: u32,
    }

    /// A target that was found and is not scraped.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct DroppedTarget {
        /// The job.
        pub job: String,
        /// Its address as it was found.
        pub address: String,
        /// Labels before relabelling.
        pub labels: String,
        /// Why it is not scraped.
        pub why: String,
    }

    /// What keeps a job from finding targets.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Trouble {
        /// The job.
        pub job: String,
        /// The part of the configuration that looks for them.
        pub from: String,
        /// What is wrong.
        pub why: String,
    }

    /// All targets.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct TargetPicture {
        /// How many jobs are configured.
        pub jobs: u32,
        /// What is scraped; what does not answer comes first.
        pub active: Vec<Target>,
        /// What is not; of many the first.
        pub dropped: Vec<DroppedTarget>,
        /// How many are not.
        pub dropped_count: u32,
        /// What keeps jobs from finding targets.
        pub troubles: Vec<Trouble>,
        /// What was not taken lately, however it came; the newest first.
        pub refusals: Vec<Refusal>,
    }
}

/// What is scraped, and what is not.
#[async_trait]
pub trait Targets: Send + Sync {
    /// All targets.
    async fn picture(&self, caller: &Caller) -> Result<TargetPicture, Problem>;
}
