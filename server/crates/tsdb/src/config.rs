//! What the store takes and for how long it keeps it.

use std::time::Duration;

/// Settings of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long samples are kept; zero keeps them for ever.
    pub retention: Duration,
    /// How far ahead of the clock a sample may be.
    pub ahead: Duration,
    /// Most series at a time.
    pub most_series: usize,
    /// Most labels of one series, the name of its metric included.
    pub most_labels: usize,
    /// Longest name of a label, in bytes.
    pub longest_name: usize,
    /// Longest value of a label, in bytes.
    pub longest_value: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retention: Duration::from_secs(7 * 86_400),
            ahead: Duration::from_secs(600),
            most_series: 1_000_000,
            most_labels: 64,
            longest_name: 1_024,
            longest_value: 4_096,
        }
    }
}
