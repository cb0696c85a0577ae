//! Histograms of a group, or of a window, added up.

use std::sync::Arc;

use model::{CounterReset, Fitted, Histogram};

use super::Found;
use crate::notes::Notes;

/// Histograms that have been added up.
#[derive(Clone, Default)]
pub(crate) struct Gathered {
    sum: Option<Histogram>,
    count: f64,
    fitted: Fitted,
    has_reset: bool,
    has_no_reset: bool,
    /// Exponential and custom buckets have met.
    is_impossible: bool,
}

impl Gathered {
    /// One more; how much more is held. `name` is that of its metric.
    pub fn add(&mut self, histogram: &Histogram, name: &str, notes: &Notes) -> usize {
        self.count += 1.0;
        self.has_reset |= histogram.reset == CounterReset::Reset;
        self.has_no_reset |= histogram.reset == CounterReset::NotReset;
        let Some(sum) = &mut self.sum else {
            self.sum = Some(histogram.clone());
            return histogram.weight();
        };
        match sum.add(histogram) {
            Ok(fitted) => self.fitted.bounds_differ |= fitted.bounds_differ,
            Err(_) => {
                notes.mixed_schemas(name);
                self.is_impossible = true;
            }
        }
        0
    }

    /// What they come to.
    pub fn finish(self, is_mean: bool, notes: &Notes) -> Option<Found> {
        let mut sum = self.sum.filter(|_| !self.is_impossible)?;
        let fitted = Fitted {
            resets_collide: self.has_reset && self.has_no_reset,
            ..self.fitted
        };
        notes.fitted(fitted, "aggregation");
        if is_mean {
            sum.divide(self.count);
        }
        sum.compact();
        Some(Found::Histogram(Arc::new(sum)))
    }
}
