//! Remarks on an answer, in the words of Prometheus so that foreign clients know them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use model::{RolledSeries, TimestampMs};
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
