//! What the store takes and for how long it keeps it.

use std::time::Duration;

use crate::rollup::Rollups;

/// Settings of the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// How long samples are kept; zero keeps them for ever.
    pub retention: Duration,
    /// How large the database may become, in bytes; beyond it the oldest samples go, but never the newest
    /// four hours. Zero is no bound.
    pub retention_bytes: u64,
    /// How long it is kept what samples came to in windows of time.
    pub rollups: Rollups,
    /// How far ahead of the clock a sample may be.
    pub ahead: Duration,
    /// How far behind the newest sample of its series a sample may be. It does not count where samples
    /// are kept for ever.
    pub late: Duration,
    /// What may go in.
    pub limits: Limits,
    /// How many exemplars are kept, the newest; zero keeps none.
    pub exemplars: usize,
    /// With so many samples in memory they are compacted.
    pub most_in_memory: usize,
}

/// Bounds of what goes in; zero is no bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Most series at a time.
    pub series: usize,
    /// Most series at a time of one target, which is what the label `instance` says.
    pub series_of_target: usize,
    /// Most labels of one series, the name of its metric included.
    pub labels: usize,
    /// Longest name of a label, in bytes.
    pub name_bytes: usize,
    /// Longest value of a label, in bytes.
    pub value_bytes: usize,
    /// Most samples a second.
    pub samples_per_second: f64,
    /// Most samples a second of one target.
    pub samples_per_second_of_target: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retention: Duration::from_secs(7 * 86_400),
            retention_bytes: 0,
            rollups: Rollups::OFF,
            ahead: Duration::from_secs(600),
            late: Duration::from_secs(3600),
            limits: Limits::default(),
            exemplars: 100_000,
            most_in_memory: 1_200_000,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            series: 1_000_000,
            series_of_target: 100_000,
            labels: 64,
            name_bytes: 1_024,
            value_bytes: 4_096,
            samples_per_second: 0.0,
            samples_per_second_of_target: 0.0,
        }
    }
}
