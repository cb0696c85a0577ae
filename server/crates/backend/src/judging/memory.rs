//! Samples in memory, for rules that are tried out.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{PoisonError, RwLock};

use model::{
    Labels, METRIC_NAME, ReadError, ReadSamples, Sample, Selection, SeriesSamples, TimestampMs,
};

/// A store of nothing but memory.
#[derive(Default)]
pub(crate) struct Memory(RwLock<BTreeMap<Labels, BTreeMap<TimestampMs, f64>>>);

impl Memory {
    /// Takes samples of a series, its metric among the labels.
    pub(crate) fn add(
        &self,
        labels: Labels,
        samples: impl IntoIterator<Item = (TimestampMs, f64)>,
    ) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(labels).or_default().extend(samples);
    }

    /// Takes samples.
    pub(crate) fn push(&self, samples: Vec<Sample>) {
        for sample in samples {
            self.add(
                sample.labels.with(METRIC_NAME, &sample.name),
                [(sample.at_ms, sample.value)],
            );
        }
    }
}

impl ReadSamples for Memory {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for (labels, samples) in all.iter() {
            if !selection
                .matchers
                .iter()
                .all(|matcher| matcher.matches(labels))
            {
                continue;
            }
            let range = samples.range(selection.from_ms..=selection.to_ms);
            let (at_ms, values): (Vec<_>, Vec<_>) = range.map(|(at, value)| (*at, *value)).unzip();
            let found = SeriesSamples::floats(labels.clone(), at_ms, values);
            if !found.is_empty() && each(found).is_break() {
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
