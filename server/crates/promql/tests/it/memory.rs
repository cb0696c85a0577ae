//! Samples in memory, to evaluate over.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use model::{Labels, ReadError, ReadSamples, Selection, SeriesSamples, TimestampMs};

/// A store that holds all samples in memory.
#[derive(Default)]
pub struct Memory(BTreeMap<Labels, Vec<(TimestampMs, f64)>>);

impl Memory {
    /// Takes a series; what it has already of it is replaced.
    pub fn put(&mut self, labels: Labels, points: Vec<(TimestampMs, f64)>) {
        self.0.insert(labels, points);
    }
}

impl ReadSamples for Memory {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let is_wanted = |labels: &Labels| selection.matchers.iter().all(|one| one.matches(labels));
        // The wrong way round: an engine must not rely on an order.
        for (labels, points) in self.0.iter().rev().filter(|(labels, _)| is_wanted(labels)) {
            let range = selection.from_ms..=selection.to_ms;
            let points = points.iter().filter(|(at_ms, _)| range.contains(at_ms));
            let (at_ms, values): (Vec<_>, Vec<_>) = points.copied().unzip();
            let series = SeriesSamples::floats(labels.clone(), at_ms, values);
            if !series.values.is_empty() && each(series).is_break() {
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
