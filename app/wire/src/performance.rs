//! How a server has done over a stretch of time: figures, where they go, and what they say.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Problem, TimeRange};

words! {
    /// Where a figure goes over a stretch of time.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Direction {
        /// Quicker than at the beginning.
        Improving = "improving",
        /// Neither.
        Stable = "stable",
        /// Slower than at the beginning.
        Degrading = "degrading",
        /// There are too few samples.
        #[default]
        Unknown = "unknown",
    }
}

words! {
    /// How steadily a server answers.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Pattern {
        /// Much the same all the time.
        Steady = "steady",
        /// Now and then far slower.
        Spikes = "occasional_spikes",
        /// Slower or quicker by and by.
        Drifting = "drifting",
        /// Up and down, again and again.
        Flapping = "flapping",
        /// Slower at regular times.
        Periodic = "periodic",
        /// There are too few samples.
        #[default]
        Unknown = "unknown",
    }
}

record! {
    /// One of the things that a health score is made of.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct HealthFactor {
        /// `status`, `error_rate`, `response_time`.
        pub name: String,
        /// Its share of the score, 0 to 1; nothing where it was not observed.
        pub weight: f64,
        /// How good it is, 0 to 1; nothing where it was not observed.
        pub value: Option<f64>,
        /// The points that it brings, 0 to 100.
        pub points: f64,
        /// What was observed, in words.
        pub evidence: String,
    }
}

record! {
    /// How well a server is, in one number.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct HealthScore {
        /// 0 to 100; nothing where nothing was observed.
        pub score: Option<f64>,
        /// What it is made of.
        pub factors: Vec<HealthFactor>,
        /// Whose calls error rate and response time are of: `probes`.
        pub source: String,
        /// How it is computed, in words.
        pub formula: String,
    }
}

record! {
    /// Where a figure goes, with what that is said from.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct Trend {
        /// Where it goes.
        pub direction: Direction,
        /// The change over the stretch, in percent of its beginning.
        pub change_percent: Option<f64>,
        /// How far medians lie from the line, in percent of its beginning.
        pub scatter_percent: Option<f64>,
        /// The same in words.
        pub evidence: String,
    }
}

record! {
    /// How long one step took, by nearest rank, and where that goes.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct StepPerformance {
        /// `handshake`, `ping`, `list_tools`, …
        pub step: String,
        /// How many got through.
        pub count: u64,
        /// Half were quicker.
        pub p50_seconds: f64,
        /// 90 of 100 were quicker.
        pub p90_seconds: f64,
        /// 95 of 100 were quicker.
        pub p95_seconds: f64,
        /// 99 of 100 were quicker.
        pub p99_seconds: f64,
        /// The slowest.
        pub max_seconds: f64,
        /// Where it goes.
        pub trend: Trend,
    }
}

record! {
    /// How a server has done over a stretch of time.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Performance {
        /// Which server.
        pub server: String,
        /// Begin.
        pub from_ms: i64,
        /// End.
        pub to_ms: i64,
        /// What to make of it, with its evidence.
        pub recommendation: String,
        /// Its health over the stretch.
        pub health: HealthScore,
        /// Share of the samples of `mcp_server_up` that are 1: 0 to 1.
        pub availability: Option<f64>,
        /// Probes.
        pub probes: u64,
        /// Probes of which a step failed.
        pub probes_failed: u64,
        /// Probes that were answered, a minute.
        pub probes_per_minute: f64,
        /// Requests of real clients, a minute; nothing where none was seen.
        pub requests_per_minute: Option<f64>,
        /// Throughput in words.
        pub throughput: String,
        /// How steadily it answers.
        pub pattern: Pattern,
        /// What that is said from.
        pub pattern_evidence: String,
        /// The step that takes longest, by its p95.
        pub slowest_step: Option<String>,
        /// The tool that takes longest, by its p95, where any was called.
        pub slowest_tool: Option<String>,
        /// What that is said from, in words: whose calls, how many, and how long the others take.
        pub tool_evidence: String,
        /// All steps, the slowest first.
        pub steps: Vec<StepPerformance>,
    }
}

/// The analysis of how servers do.
#[async_trait]
pub trait Performances: Send + Sync {
    /// How a server has done over a stretch of time.
    async fn performance(
        &self,
        caller: &Caller,
        server: &str,
        range: TimeRange,
    ) -> Result<Performance, Problem>;
}
