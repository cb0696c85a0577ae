//! Samples in memory, to evaluate over.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use model::{Labels, ReadError, ReadSamples, Selection, SeriesSamples, TimestampMs};

use crate::script::Cell;

/// A store that holds all samples in memory.
#[derive(Default)]
pub struct Memory(BTreeMap<Labels, Vec<(TimestampMs, Cell)>>);

impl Memory {
    /// Takes a series of numbers; what it has already of it is replaced.
    pub fn put(&mut self, labels: Labels, points: Vec<(TimestampMs, f64)>) {
        let points = points.into_iter();
        let points = points.map(|(at_ms, value)| (at_ms, Cell::Number(value)));
        self.put_cells(labels, points.collect());
    }

    /// The same with numbers and histograms.
    pub fn put_cells(&mut self, labels: Labels, points: Vec<(TimestampMs, Cell)>) {
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
            let mut series = SeriesSamples::floats(labels.clone(), Vec::new(), Vec::new());
            for (at_ms, cell) in points.iter().filter(|(at_ms, _)| range.contains(at_ms)) {
                match cell {
                    Cell::Number(value) => {
                        series.at_ms.push(*at_ms);
                        series.values.push(*value);
                    }
                    Cell::Histogram(one, _) => {
                        series.histograms.push((*at_ms, Arc::new(one.clone())));
                    }
                }
            }
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
