//! What a query yields.

use std::sync::Arc;

use model::{Histogram, Labels, TimestampMs};

/// The answer to a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What it is.
    pub value: Value,
    /// The series of a [`Value::Vector`] that have histograms at that time: beside the numbers, because
    /// whoever wants numbers has no use for them.
    pub histograms: Vec<HistogramSample>,
    /// What makes it doubtful, in the words of Prometheus, sorted.
    pub warnings: Vec<String>,
    /// What whoever asked may want to know, in the words of Prometheus, sorted.
    pub infos: Vec<String>,
    /// How many samples were read for it.
    pub samples_read: usize,
}

/// The value of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number at the time of an instant query.
    Scalar(TimestampMs, f64),
    /// A text at the time of an instant query.
    String(TimestampMs, String),
    /// One value for each of some series, at one time, in the order that the query gives them.
    Vector(Vec<VectorSample>),
    /// Values over time for each of some series, sorted by their labels.
    Matrix(Vec<RangeSeries>),
}

/// The value of one series at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSample {
    /// What names the series; with [`model::METRIC_NAME`] as far as the query keeps it.
    pub labels: Labels,
    /// When.
    pub at_ms: TimestampMs,
    /// What.
    pub value: f64,
}

/// The histogram of one series at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramSample {
    /// What names the series; with [`model::METRIC_NAME`] as far as the query keeps it.
    pub labels: Labels,
    /// When.
    pub at_ms: TimestampMs,
    /// What.
    pub value: Arc<Histogram>,
}

/// The values of one series over time.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeSeries {
    /// What names the series; with [`model::METRIC_NAME`] as far as the query keeps it.
    pub labels: Labels,
    /// When and what, in the order of time.
    pub points: Vec<(TimestampMs, f64)>,
    /// The times at which there is a histogram instead, in the order of time.
    pub histograms: Vec<(TimestampMs, Arc<Histogram>)>,
}
