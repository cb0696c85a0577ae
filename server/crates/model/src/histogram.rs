//! Native histograms: a distribution as one sample, with buckets that a schema places.
//!
//! What they are is said by <https://prometheus.io/docs/specs/native_histograms/>; this is the form with
//! counts that are fractions, which every other form can be turned into without loss.

mod arithmetic;
mod buckets;
mod check;

pub use arithmetic::{Fitted, Incompatible};
pub use buckets::{Buckets, Span};
pub use check::{Counts, HistogramError};

use crate::select::is_stale;

/// The schema of buckets whose bounds are written out.
pub const CUSTOM_BUCKETS: i8 = -53;
/// The coarsest schema of exponential buckets: 65536 times as far from bound to bound.
pub const COARSEST_SCHEMA: i8 = -4;
/// The finest schema of exponential buckets: 256 to a doubling.
pub const FINEST_SCHEMA: i8 = 8;

/// How a histogram is related to the one before it in its series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CounterReset {
    /// Whoever wants to know has to compare the two.
    #[default]
    Unknown,
    /// The counter was reset in between.
    Reset,
    /// It was not.
    NotReset,
    /// It is no counter: it may rise and fall.
    Gauge,
}

/// A distribution of observations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// How it is related to the one before.
    pub reset: CounterReset,
    /// How fine the buckets are: each is `2^(2^-schema)` times as wide as the one before it, or
    /// [`CUSTOM_BUCKETS`].
    pub schema: i8,
    /// Observations no further from zero than this are in the zero bucket.
    pub zero_threshold: f64,
    /// Observations in the zero bucket.
    pub zero_count: f64,
    /// All observations, those that are not a number included, which are in no bucket.
    pub count: f64,
    /// The sum of what was observed. [`crate::STALE`] says that the series has ended.
    pub sum: f64,
    /// Buckets above zero; or those with custom bounds, which may lie below it as well.
    pub positive: Buckets,
    /// Buckets below zero; the bound of a number is that of the same number above, negated.
    pub negative: Buckets,
    /// The upper bounds of custom buckets, ascending, without the last, which is infinite. Empty for
    /// exponential buckets.
    pub bounds: Vec<f64>,
}

/// A bucket with its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// The smaller bound.
    pub lower: f64,
    /// The greater bound.
    pub upper: f64,
    /// Whether an observation of exactly `lower` belongs to it.
    pub has_lower: bool,
    /// Whether an observation of exactly `upper` belongs to it.
    pub has_upper: bool,
    /// Observations in it.
    pub count: f64,
}

impl Histogram {
    /// Whether its buckets have custom bounds.
    pub fn is_custom(&self) -> bool {
        self.schema == CUSTOM_BUCKETS
    }

    /// How many numbers with their times take as much memory.
    pub fn weight(&self) -> usize {
        let sides = [&self.positive, &self.negative];
        let parts = sides.map(|side| side.spans.len() + side.counts.len());
        let parts = parts.iter().sum::<usize>() + self.bounds.len();
        (size_of::<Self>() + parts * size_of::<f64>()) / (2 * size_of::<f64>())
    }

    /// Whether it is no histogram but says that its series has ended.
    pub fn is_stale(&self) -> bool {
        is_stale(self.sum)
    }

    /// The upper bound of the bucket with a number, above zero.
    pub fn bound(&self, number: i32) -> f64 {
        if !self.is_custom() {
            return exponential_bound(self.schema, number);
        }
        match usize::try_from(number) {
            Err(_) => f64::NEG_INFINITY,
            Ok(place) => self.bounds.get(place).copied().unwrap_or(f64::INFINITY),
        }
    }

    /// All buckets in ascending order that are not empty, the zero bucket in its place. One that the zero
    /// bucket reaches into begins where that ends.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let mut below: Vec<Bucket> = self.below().collect();
        below.reverse();
        let zero = self.zero_threshold;
        let cut = move |mut bucket: Bucket| {
            if bucket.upper < 0.0 && bucket.upper > -zero {
                bucket.upper = -zero;
            } else if bucket.lower > 0.0 && bucket.lower < zero {
                bucket.lower = zero;
            }
            bucket
        };
        let below = below.into_iter().map(cut);
        let above = self.above().map(cut);
        // As in Prometheus, less than nothing in the zero bucket is no bucket.
        let zero = (self.zero_count > 0.0).then_some(self.zero_bucket());
        below
            .chain(zero)
            .chain(above)
            .filter(|one| one.count != 0.0)
    }

    /// The buckets above zero, away from it.
    pub fn above(&self) -> impl Iterator<Item = Bucket> {
        let has_lower = |number: i32| self.is_custom() && number == 0;
        let bucket = move |(number, count): (i32, f64)| Bucket {
            lower: self.bound(number.saturating_sub(1)),
            upper: self.bound(number),
            has_lower: has_lower(number),
            has_upper: true,
            count,
        };
        self.positive.iter().map(bucket)
    }

    /// The buckets below zero, away from it.
    pub fn below(&self) -> impl Iterator<Item = Bucket> {
        let bucket = |(number, count): (i32, f64)| Bucket {
            lower: -self.bound(number),
            upper: -self.bound(number.saturating_sub(1)),
            has_lower: true,
            has_upper: false,
            count,
        };
        self.negative.iter().map(bucket)
    }

    /// The zero bucket.
    pub fn zero_bucket(&self) -> Bucket {
        Bucket {
            lower: -self.zero_threshold,
            upper: self.zero_threshold,
            has_lower: true,
            has_upper: true,
            count: self.zero_count,
        }
    }
}

/// The upper bound of a bucket: `2^(number * 2^-schema)`. The greatest finite one is the greatest
/// number, so that whatever is finite has a finite bucket.
fn exponential_bound(schema: i8, number: i32) -> f64 {
    let (exponent, fraction) = match u32::try_from(schema) {
        Ok(schema) => {
            let schema = schema.min(30);
            let of_doubling = number & ((1 << schema) - 1);
            (
                i64::from(number >> schema),
                f64::from(of_doubling) / f64::from(1 << schema),
            )
        }
        Err(_) => (i64::from(number) << schema.unsigned_abs().min(16), 0.0),
    };
    match exponent {
        1024 if fraction == 0.0 => f64::MAX,
        1024.. => f64::INFINITY,
        ..-1080 => 0.0,
        _ => {
            #[expect(clippy::cast_possible_truncation, reason = "it is within 1100 of zero")]
            let (half, rest) = ((exponent / 2) as i32, (exponent - exponent / 2) as i32);
            // In two steps, so that neither leaves the range of numbers.
            fraction.exp2() * 2f64.powi(half) * 2f64.powi(rest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        for (schema, number, expected) in [
            (0, 0, 1.0),
            (0, 1, 2.0),
            (0, -1, 0.5),
            (0, 1024, f64::MAX),
            (0, 1025, f64::INFINITY),
            (0, -1074, f64::from_bits(1)),
            (1, 1, std::f64::consts::SQRT_2),
            (1, -1, std::f64::consts::FRAC_1_SQRT_2),
            (3, 8, 2.0),
            (8, 1024 * 256, f64::MAX),
            (8, i32::MAX, f64::INFINITY),
            (8, i32::MIN, 0.0),
            (-2, 1, 16.0),
            (-2, -1, 0.0625),
            (-4, 1, 65536.0),
            (-4, 64, f64::MAX),
            (-4, i32::MAX, f64::INFINITY),
        ] {
            let bound = exponential_bound(schema, number);
            assert_eq!(bound.to_bits(), expected.to_bits(), "{schema} {number}");
        }
    }

    #[test]
    fn buckets_ascend() {
        let histogram = Histogram {
            zero_threshold: 0.25,
            zero_count: 3.0,
            positive: Buckets::from_numbered([(0, 1.0), (3, 2.0)]),
            negative: Buckets::from_numbered([(1, 4.0), (2, 5.0)]),
            ..Histogram::default()
        };
        let all: Vec<_> = histogram
            .buckets()
            .map(|b| (b.lower, b.upper, b.count))
            .collect();
        let expected = [
            (-4.0, -2.0, 5.0),
            (-2.0, -1.0, 4.0),
            (-0.25, 0.25, 3.0),
            (0.5, 1.0, 1.0),
            (4.0, 8.0, 2.0),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn custom_buckets_begin_and_end_infinitely_far_away() {
        let histogram = Histogram {
            schema: CUSTOM_BUCKETS,
            bounds: vec![-1.0, 2.0],
            positive: Buckets::from_numbered([(0, 1.0), (1, 2.0), (2, 3.0)]),
            ..Histogram::default()
        };
        let all: Vec<_> = histogram
            .buckets()
            .map(|b| (b.lower, b.upper, b.has_lower, b.has_upper))
            .collect();
        let expected = [
            (f64::NEG_INFINITY, -1.0, true, true),
            (-1.0, 2.0, false, true),
            (2.0, f64::INFINITY, false, true),
        ];
        assert_eq!(all, expected);
    }
}
