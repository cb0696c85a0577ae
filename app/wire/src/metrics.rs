//! Samples over time.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{Caller, Problem};

words! {
    /// How the samples of one step become one point.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Aggregate {
        /// Arithmetic mean.
        #[default]
        Mean = "mean",
        /// Largest value.
        Max = "max",
        /// Newest value.
        Last = "last",
    }
}

/// A question for series over a time range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeQuery {
    /// Metric name.
    pub metric: String,
    /// Labels that must have exactly these values.
    pub labels: BTreeMap<String, String>,
    /// Begin, inclusive.
    pub from_ms: i64,
    /// End, inclusive.
    pub to_ms: i64,
    /// Width of a step; each series has at most one point a step.
    pub step_ms: i64,
    /// How the samples of a step become one point.
    #[serde(default)]
    pub aggregate: Aggregate,
}

/// One value of a series.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When.
    pub at_ms: i64,
    /// The value, in the unit that the metric's name states.
    pub value: f64,
}

/// A series and its points, oldest first. Steps without a sample have no point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Metric name.
    pub metric: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Points.
    pub points: Vec<Point>,
}

impl Series {
    /// The value of a label; empty where it is not there.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

/// The distribution of a series' raw samples over a range, by the nearest-rank method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// What was measured.
    pub step: String,
    /// How many samples.
    pub count: u64,
    /// Mean.
    pub mean_seconds: f64,
    /// Half were quicker.
    pub p50_seconds: f64,
    /// 95 of 100 were quicker.
    pub p95_seconds: f64,
    /// 99 of 100 were quicker.
    pub p99_seconds: f64,
    /// The slowest.
    pub max_seconds: f64,
}

/// Samples over time.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// Series over a range.
    async fn range(&self, caller: &Caller, query: RangeQuery) -> Result<Vec<Series>, Problem>;
}
