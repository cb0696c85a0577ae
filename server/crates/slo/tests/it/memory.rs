//! Samples in memory.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use model::{Histogram, Labels, ReadError, ReadSamples, Selection, SeriesSamples, TimestampMs};

/// A store that holds all samples in memory.
#[derive(Default)]
pub struct Memory(
    BTreeMap<Labels, Vec<(TimestampMs, f64)>>,
    BTreeMap<Labels, Vec<(TimestampMs, Arc<Histogram>)>>,
);

impl Memory {
    /// Adds a sample to a series that is given as name and labels.
    pub fn put(&mut self, series: &[(&str, &str)], at_ms: TimestampMs, value: f64) {
        let labels = series
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.0
            .entry(labels.collect())
            .or_default()
            .push((at_ms, value));
    }

    /// Adds a native histogram to a series without labels.
    pub fn put_histogram(&mut self, name: &str, at_ms: TimestampMs, histogram: Histogram) {
        let labels = [(model::METRIC_NAME, name)].into_iter().collect();
        self.1
            .entry(labels)
            .or_default()
            .push((at_ms, Arc::new(histogram)));
    }
}

impl ReadSamples for Memory {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        for (labels, points) in &self.0 {
            if !selection.matchers.iter().all(|one| one.matches(labels)) {
                continue;
            }
            let range = selection.from_ms..=selection.to_ms;
            let points = points
                .iter()
                .filter(|(at_ms, _)| range.contains(at_ms))
                .copied();
            let (at_ms, values) = points.unzip();
            let series = SeriesSamples::floats(labels.clone(), at_ms, values);
            if !series.is_empty() && each(series).is_break() {
                break;
            }
        }
        for (labels, points) in &self.1 {
            if !selection.matchers.iter().all(|one| one.matches(labels)) {
                continue;
            }
            let range = selection.from_ms..=selection.to_ms;
            let mut series = SeriesSamples::floats(labels.clone(), Vec::new(), Vec::new());
            let points = points.iter().filter(|(at_ms, _)| range.contains(at_ms));
            series.histograms = points.cloned().collect();
            if !series.is_empty() && each(series).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn series(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.select(selection, &mut |series| each(&series.labels))
    }
}
