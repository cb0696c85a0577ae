//! What one query may take, and the count of what it has taken.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::QueryError;

/// What one query may take, and how it is to be understood.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many samples it may read, and how many any part of it may yield.
    pub most_samples: usize,
    /// How many series a selector may find.
    pub most_series: usize,
    /// When it has to be done; never, where there is none.
    pub deadline: Option<Instant>,
    /// Whoever asks sets it when the answer is not wanted any more.
    pub stop: Arc<AtomicBool>,
    /// How old the newest sample of a series may be.
    pub lookback: Duration,
    /// The resolution of subqueries that give none.
    pub subquery_step: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            most_samples: 50_000_000,
            most_series: 100_000,
            deadline: None,
            stop: Arc::default(),
            lookback: Duration::from_secs(5 * 60),
            subquery_step: Duration::from_secs(60),
        }
    }
}

impl Limits {
    /// Whether there still is time and somebody who waits.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`] and [`QueryError::Timeout`] where there is not.
    pub fn check(&self) -> Result<(), QueryError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(QueryError::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(QueryError::Timeout),
            _ => Ok(()),
        }
    }
}

/// The limits and what has been taken.
pub(crate) struct Budget<'a> {
    limits: &'a Limits,
    samples_read: Cell<usize>,
}

impl<'a> Budget<'a> {
    pub fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            samples_read: Cell::new(0),
        }
    }

    /// Whether there still is time and somebody who waits.
    pub fn check(&self) -> Result<(), QueryError> {
        self.limits.check()
    }

    /// So many samples have been read.
    pub fn read(&self, samples: usize) -> Result<(), QueryError> {
        self.samples_read.set(self.samples_read.get() + samples);
        self.hold(self.samples_read.get())
    }

    /// How many samples have been read.
    pub fn samples_read(&self) -> usize {
        self.samples_read.get()
    }

    /// A part of the query holds so many samples.
    pub fn hold(&self, samples: usize) -> Result<(), QueryError> {
        if samples > self.limits.most_samples {
            return Err(QueryError::Limit {
                what: "samples",
                most: self.limits.most_samples,
            });
        }
        self.check()
    }

    /// A selector has found so many series.
    pub fn series(&self, found: usize) -> Result<(), QueryError> {
        if found > self.limits.most_series {
            return Err(QueryError::Limit {
                what: "series",
                most: self.limits.most_series,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold() {
        let mut limits = Limits {
            most_samples: 10,
            most_series: 2,
            ..Limits::default()
        };
        let budget = Budget::new(&limits);
        assert!(budget.read(10).is_ok());
        assert!(matches!(budget.read(1), Err(QueryError::Limit { .. })));
        assert!(budget.series(2).is_ok() && budget.series(3).is_err());
        limits.deadline = Some(Instant::now());
        let late = Budget::new(&limits).check();
        assert!(matches!(late, Err(QueryError::Timeout)));
        limits.stop.store(true, Ordering::Relaxed);
        let unwanted = Budget::new(&limits).check();
        assert!(matches!(unwanted, Err(QueryError::Cancelled)));
    }
}
