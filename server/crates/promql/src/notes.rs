//! Remarks on an answer, in the words of Prometheus so that foreign clients know them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use model::{Fitted, RolledSeries, TimestampMs};
use promql_parser::util::display_duration;

use crate::steps::{Scalars, Steps, number_text};

/// What was noticed on the way, each once.
#[derive(Default)]
pub(crate) struct Notes {
    warnings: RefCell<BTreeSet<String>>,
    infos: RefCell<BTreeSet<String>>,
}

impl Notes {
    /// Quantiles of which some may be none.
    pub fn quantiles(&self, quantiles: &Scalars, steps: Steps) {
        match quantiles {
            Scalars::Same(quantile) => self.quantile(*quantile),
            Scalars::Each(_) => (steps.each()).for_each(|step| self.quantile(quantiles.at(step))),
        }
    }

    fn quantile(&self, quantile: f64) {
        if !(0.0..=1.0).contains(&quantile) {
            let shown = if quantile.is_finite() {
                format!("{quantile:.2}")
            } else {
                number_text(quantile)
            };
            self.warnings.borrow_mut().insert(format!(
                "PromQL warning: quantile value should be between 0 and 1, got {shown}"
            ));
        }
    }

    /// A rate of something that does not look like a counter.
    pub fn counter(&self, name: &str) {
        let endings = ["_total", "_sum", "_count", "_bucket"];
        if !name.is_empty() && !endings.iter().any(|ending| name.ends_with(ending)) {
            self.infos.borrow_mut().insert(format!(
                "PromQL info: metric might not be a counter, name does not end in \
                 _total/_sum/_count/_bucket: {name:?}"
            ));
        }
    }

    /// A bucket of a histogram without a bound.
    pub fn bucket_label(&self, value: &str, name: &str) {
        self.warnings.borrow_mut().insert(format!(
            "PromQL warning: bucket label \"le\" is missing or has a malformed value of {value:?} \
             for metric name {name:?}"
        ));
    }

    /// Buckets of a histogram that do not grow.
    pub fn forced_monotonicity(&self, name: &str) {
        self.infos.borrow_mut().insert(format!(
            "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see \
             https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) \
             for metric name {name:?}"
        ));
    }

    fn warn(&self, text: String) {
        self.warnings
            .borrow_mut()
            .insert(format!("PromQL warning: {text}"));
    }

    fn inform(&self, text: String) {
        self.infos
            .borrow_mut()
            .insert(format!("PromQL info: {text}"));
    }

    /// Numbers and histograms in one window.
    pub fn mixed(&self, name: &str) {
        self.warn(format!(
            "encountered a mix of histograms and floats for metric name {name:?}"
        ));
    }

    /// Numbers and histograms in one group.
    pub fn mixed_in_aggregation(&self) {
        self.warn("encountered a mix of histograms and floats for aggregation".into());
    }

    /// Histograms of which a function takes numbers only, in windows that have both.
    pub fn ignored_in_range(&self, name: &str) {
        self.inform(format!(
            "ignored histograms in a range containing both floats and histograms for metric name \
             {name:?}"
        ));
    }

    /// Histograms that an aggregation has no use for.
    pub fn ignored_in_aggregation(&self, aggregation: &str) {
        self.inform(format!("ignored histogram in {aggregation} aggregation"));
    }

    /// A rate of a histogram that is no counter.
    pub fn not_a_counter(&self, name: &str) {
        self.warn(format!(
            "this native histogram metric is not a counter: {name:?}"
        ));
    }

    /// A difference of a histogram that is no gauge.
    pub fn not_a_gauge(&self, name: &str) {
        self.warn(format!(
            "this native histogram metric is not a gauge: {name:?}"
        ));
    }

    /// Exponential and custom buckets together.
    pub fn mixed_schemas(&self, name: &str) {
        self.warn(format!(
            "vector contains a mix of histograms with exponential and custom buckets schemas for \
             metric name {name:?}"
        ));
    }

    /// What had to be given up to fit histograms together, in an addition, say.
    pub fn fitted(&self, fitted: Fitted, operation: &str) {
        if fitted.resets_collide {
            self.warn(format!(
                "conflicting counter resets during histogram {operation}"
            ));
        }
        if fitted.bounds_differ {
            self.inform(format!(
                "mismatched custom buckets were reconciled during {operation}"
            ));
        }
    }

    /// An operator that does not take such samples.
    pub fn incompatible_types(&self, left: &str, operator: &str, right: &str) {
        self.inform(format!(
            "incompatible sample types encountered for binary operator {operator:?}: \
             {left} {operator} {right}"
        ));
    }

    /// An operator on histograms of which one has custom buckets.
    pub fn incompatible_buckets(&self, operator: &str) {
        self.warn(format!(
            "incompatible bucket layout encountered for binary operator {operator}"
        ));
    }

    /// Buckets as series and native histograms of the same labels.
    pub fn mixed_classic(&self, name: &str) {
        self.warn(format!(
            "vector contains a mix of classic and native histograms{}",
            of_metric(name)
        ));
    }

    /// A quantile of observations of which some are no numbers.
    pub fn quantile_of_nan(&self, is_nan: bool, name: &str) {
        let result = if is_nan { "NaN" } else { "skewed higher" };
        self.inform(format!(
            "input to histogram_quantile has NaN observations, result is {result}{}",
            of_metric(name)
        ));
    }

    /// A share of observations of which some are no numbers.
    pub fn fraction_of_nan(&self, name: &str) {
        self.inform(format!(
            "input to histogram_fraction has NaN observations, which are excluded from all \
             fractions{}",
            of_metric(name)
        ));
    }

    /// A series of which some is rolled up.
    pub fn rolled(&self, series: &RolledSeries, from_ms: TimestampMs) {
        let Some(rolled) = &series.rolled else {
            return;
        };
        let times = &series.series.at_ms[..rolled.points().min(series.series.at_ms.len())];
        // A window more than was asked for comes along.
        let ends = [times.first(), times.last()].into_iter().flatten();
        let ends = ends.map(|at_ms| from_ms.max(*at_ms));
        for length_ms in ends.filter_map(|at_ms| rolled.resolution_at(at_ms)) {
            let length = Duration::from_millis(length_ms.unsigned_abs());
            self.infos.borrow_mut().insert(format!(
                "PromQL info: older samples are read as rollups of {}",
                display_duration(&length)
            ));
        }
    }

    /// Warnings and infos.
    pub fn into_texts(self) -> (Vec<String>, Vec<String>) {
        (
            self.warnings.into_inner().into_iter().collect(),
            self.infos.into_inner().into_iter().collect(),
        )
    }
}

fn of_metric(name: &str) -> String {
    match name {
        "" => String::new(),
        name => format!(" for metric name {name:?}"),
    }
}
