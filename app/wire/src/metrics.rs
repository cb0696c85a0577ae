//! Samples over time.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
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

impl Aggregate {
    /// The function of PromQL that does it.
    fn function(self) -> &'static str {
        match self {
            Self::Mean => "avg_over_time",
            Self::Max => "max_over_time",
            Self::Last => "last_over_time",
        }
    }
}

/// A question for series over a time range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeQuery {
    /// What is asked, in PromQL.
    pub expr: String,
    /// Begin: no point is earlier.
    pub from_ms: i64,
    /// End, at which the newest point is.
    pub to_ms: i64,
    /// The distance of two points.
    pub step_ms: i64,
}

impl RangeQuery {
    /// Asks for a metric, of one server where one is named; its series keep their names, and the samples of
    /// each step become one point.
    pub fn of_metric(
        metric: &str,
        server: Option<&str>,
        aggregate: Aggregate,
        from_ms: i64,
        to_ms: i64,
        step_ms: i64,
    ) -> Self {
        let name = quoted(metric);
        let server =
            server.map_or_else(String::new, |server| format!(",server={}", quoted(server)));
        let function = aggregate.function();
        // Functions take the name away. In what replaces it, a dollar means something.
        let kept = quoted(&metric.replace('$', "$$"));
        Self {
            expr: format!(
                "label_replace({function}({{{name}{server}}}[{step_ms}ms]),\"__name__\",{kept},\"\",\"\")"
            ),
            from_ms,
            to_ms,
            step_ms,
        }
    }
}

/// A text as PromQL quotes it.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n"))
}

/// One value of a series.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When.
    pub at_ms: i64,
    /// The value, in the unit that the metric's name states.
    pub value: f64,
}

/// A series and its points, oldest first. Steps without a sample have no point.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

record! {
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
}

/// Samples over time.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// Series over a range.
    async fn range(&self, caller: &Caller, query: RangeQuery) -> Result<Vec<Series>, Problem>;
}
