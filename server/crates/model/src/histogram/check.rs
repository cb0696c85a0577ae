//! Whether a histogram is one: what Prometheus checks before it takes one in.
//!
//! `Validate` in <https://github.com/prometheus/prometheus/tree/main/model/histogram>.

use super::{COARSEST_SCHEMA, FINEST_SCHEMA, Histogram, Span};

/// What kind of numbers the counts of a histogram were before they became fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Whole numbers: the buckets have to add up to the count.
    Whole,
    /// Fractions: they are not exact enough for that.
    Fractions,
}

/// Why a histogram is none.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum HistogramError {
    /// No such schema.
    #[error("no histogram has schema {0}: it is -4 to 8, or -53 for custom buckets")]
    Schema(i32),
    /// Spans and counts do not fit.
    #[error("the spans have {spans} buckets, but there are {counts} counts")]
    SpansMismatch {
        /// Buckets of all spans.
        spans: u64,
        /// Counts that there are.
        counts: usize,
    },
    /// A span begins before the one before it ends.
    #[error("a span that is not the first has the negative offset {0}")]
    NegativeOffset(i32),
    /// The number of a bucket is beyond what is possible.
    #[error("the number of a bucket is too large")]
    NumberTooLarge,
    /// A count is negative.
    #[error("a count is negative: {0}")]
    NegativeCount(f64),
    /// A count is beyond what is possible.
    #[error("a count is too large")]
    CountTooLarge,
    /// More observations in the buckets than in all.
    #[error("the buckets have {buckets} observations, more than the count of {count}")]
    CountTooSmall {
        /// Observations in buckets.
        buckets: f64,
        /// All.
        count: f64,
    },
    /// Not as many observations in the buckets as in all.
    #[error("the buckets have {buckets} observations, but the count is {count}")]
    CountMismatch {
        /// Observations in buckets.
        buckets: f64,
        /// All.
        count: f64,
    },
    /// The width of the zero bucket is no width.
    #[error("the zero threshold is {0}: it is at least 0 and finite")]
    ZeroThreshold(f64),
    /// Custom bounds do not ascend.
    #[error("the custom bound {next} follows {previous}: bounds have to ascend")]
    BoundsNotAscending {
        /// The one before.
        previous: f64,
        /// The one that is not greater.
        next: f64,
    },
    /// The last custom bound is infinite.
    #[error("the last custom bound is infinite: that one is not written")]
    InfiniteBound,
    /// Buckets beyond the last bound.
    #[error("{bounds} custom bounds do not reach for buckets up to number {last}")]
    TooFewBounds {
        /// Bounds that there are.
        bounds: usize,
        /// Buckets that the spans reach over.
        last: i64,
    },
    /// Custom buckets with a zero bucket or negative buckets.
    #[error("custom buckets have neither a zero bucket nor negative buckets")]
    CustomWithOthers,
    /// Exponential buckets with custom bounds.
    #[error("exponential buckets have no custom bounds")]
    ExponentialWithBounds,
}

impl Histogram {
    /// Whether it is a histogram. One that says that its series has ended always is.
    ///
    /// # Errors
    /// When it is none.
    pub fn check(&self, counts: Counts) -> Result<(), HistogramError> {
        if self.is_stale() {
            return Ok(());
        }
        match self.is_custom() {
            true => self.check_custom()?,
            false => self.check_exponential()?,
        }
        let all = self.positive.counts.iter().chain(&self.negative.counts);
        for count in all.chain([&self.zero_count, &self.count]) {
            if *count < 0.0 {
                return Err(HistogramError::NegativeCount(*count));
            }
        }
        match counts {
            Counts::Whole => self.check_count(),
            Counts::Fractions => Ok(()),
        }
    }

    fn check_custom(&self) -> Result<(), HistogramError> {
        let has_others = self.zero_count != 0.0
            || self.zero_threshold != 0.0
            || !self.negative.spans.is_empty()
            || !self.negative.is_empty();
        if has_others {
            return Err(HistogramError::CustomWithOthers);
        }
        let mut previous = f64::NEG_INFINITY;
        for next in self.bounds.iter().copied() {
            if previous.partial_cmp(&next) != Some(std::cmp::Ordering::Less) {
                return Err(HistogramError::BoundsNotAscending { previous, next });
            }
            previous = next;
        }
        if previous == f64::INFINITY {
            return Err(HistogramError::InfiniteBound);
        }
        let last = check_spans(&self.positive.spans, self.positive.counts.len())?;
        let bounds = self.bounds.len();
        match self.positive.spans.first() {
            Some(first) if first.offset < 0 => Err(HistogramError::NegativeOffset(first.offset)),
            _ if usize::try_from(last).is_ok_and(|last| last > bounds + 1) => {
                Err(HistogramError::TooFewBounds { bounds, last })
            }
            _ => Ok(()),
        }
    }

    fn check_exponential(&self) -> Result<(), HistogramError> {
        if !(COARSEST_SCHEMA..=FINEST_SCHEMA).contains(&self.schema) {
            return Err(HistogramError::Schema(self.schema.into()));
        }
        if !self.bounds.is_empty() {
            return Err(HistogramError::ExponentialWithBounds);
        }
        if !(self.zero_threshold >= 0.0 && self.zero_threshold.is_finite()) {
            return Err(HistogramError::ZeroThreshold(self.zero_threshold));
        }
        check_spans(&self.positive.spans, self.positive.counts.len())?;
        check_spans(&self.negative.spans, self.negative.counts.len())?;
        Ok(())
    }

    /// Observations that are not a number are in no bucket, and make the sum none either.
    #[expect(clippy::float_cmp, reason = "whole numbers add up exactly")]
    fn check_count(&self) -> Result<(), HistogramError> {
        let count = self.count;
        let buckets = self.positive.sum() + self.negative.sum() + self.zero_count;
        match self.sum.is_nan() {
            true if buckets > count => Err(HistogramError::CountTooSmall { buckets, count }),
            false if buckets != count => Err(HistogramError::CountMismatch { buckets, count }),
            _ => Ok(()),
        }
    }
}

/// Whether spans fit to a number of counts; the number after that of the last bucket.
pub(super) fn check_spans(spans: &[Span], counts: usize) -> Result<i64, HistogramError> {
    let (mut next, mut buckets) = (0, 0);
    for (place, span) in spans.iter().enumerate() {
        if place > 0 && span.offset < 0 {
            return Err(HistogramError::NegativeOffset(span.offset));
        }
        next += i64::from(span.offset) + i64::from(span.length);
        buckets += u64::from(span.length);
        if next > i64::from(i32::MAX) {
            return Err(HistogramError::NumberTooLarge);
        }
    }
    match u64::try_from(counts) == Ok(buckets) {
        true => Ok(next),
        false => Err(HistogramError::SpansMismatch {
            spans: buckets,
            counts,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Buckets, CUSTOM_BUCKETS};
    use super::*;
    use crate::STALE;

    fn exponential() -> Histogram {
        Histogram {
            zero_threshold: 0.5,
            zero_count: 1.0,
            count: 6.0,
            sum: 9.0,
            positive: Buckets::from_numbered([(1, 2.0), (2, 3.0)]),
            ..Histogram::default()
        }
    }

    fn custom() -> Histogram {
        Histogram {
            schema: CUSTOM_BUCKETS,
            count: 5.0,
            sum: 9.0,
            positive: Buckets::from_numbered([(0, 2.0), (2, 3.0)]),
            bounds: vec![1.0, 2.0],
            ..Histogram::default()
        }
    }

    #[test]
    fn what_is_none() {
        type Begin = fn() -> Histogram;
        type Change = fn(&mut Histogram);
        let changes: [(Begin, Change, &str); 16] = [
            (exponential, |h| h.schema = 9, "schema 9"),
            (exponential, |h| h.schema = -5, "schema -5"),
            (exponential, |h| h.bounds = vec![1.0], "no custom bounds"),
            (exponential, |h| h.zero_threshold = -1.0, "zero threshold"),
            (
                exponential,
                |h| h.zero_threshold = f64::NAN,
                "zero threshold",
            ),
            (exponential, |h| h.zero_count = -1.0, "negative"),
            (exponential, |h| h.positive.counts[1] = -3.0, "negative"),
            (
                exponential,
                |h| h.positive.counts.push(1.0),
                "2 buckets, but there are 3",
            ),
            (exponential, |h| h.count = 7.0, "but the count is 7"),
            (
                exponential,
                |h| (h.count, h.sum) = (5.0, f64::NAN),
                "more than the count of 5",
            ),
            (custom, |h| h.zero_count = 1.0, "neither a zero bucket"),
            (custom, |h| h.bounds = vec![2.0, 2.0], "have to ascend"),
            (custom, |h| h.bounds = vec![1.0, f64::NAN], "have to ascend"),
            (custom, |h| h.bounds = vec![1.0, f64::INFINITY], "infinite"),
            (custom, |h| h.bounds = vec![1.0], "up to number 3"),
            (custom, |h| h.positive.spans[0].offset = -1, "offset -1"),
        ];
        for (begin, change, expected) in changes {
            let mut histogram = begin();
            assert_eq!(histogram.check(Counts::Whole), Ok(()));
            change(&mut histogram);
            let error = histogram.check(Counts::Whole).unwrap_err().to_string();
            assert!(error.contains(expected), "{error} / {expected}");
        }
    }

    #[test]
    fn what_is_one() {
        let mut histogram = exponential();
        histogram.count = 7.0;
        assert_eq!(histogram.check(Counts::Fractions), Ok(()));
        histogram.sum = f64::NAN;
        assert_eq!(histogram.check(Counts::Whole), Ok(()), "one was no number");
        let ended = Histogram {
            sum: STALE,
            schema: 99,
            ..Histogram::default()
        };
        assert_eq!(ended.check(Counts::Whole), Ok(()));
    }
}
