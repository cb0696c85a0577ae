//! One measured value.

use crate::{Labels, TimestampMs};

/// One value of one series at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Metric name, for instance `mcp_probe_duration_seconds`.
    pub name: String,
    /// Labels without the metric name.
    pub labels: Labels,
    /// When it was measured.
    pub at_ms: TimestampMs,
    /// The value, in the unit that the name states.
    pub value: f64,
}
