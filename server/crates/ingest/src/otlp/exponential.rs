//! Exponential histograms as native ones, in the way of Prometheus.
//!
//! <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#exponential-histograms>: bucket
//! `i` of scale `s` reaches from `2^(i/2^s)` to `2^((i+1)/2^s)`, and is bucket `i + 1` of schema `s`. What is finer than
//! the finest schema is joined; what is coarser than the coarsest is none.

use std::collections::BTreeMap;

use model::{Buckets, COARSEST_SCHEMA, Counts, FINEST_SCHEMA, Histogram, HistogramError};

use super::deltas::Adds;
use crate::protobuf::{Malformed, Value, next};

/// Most buckets that count something, of one side of a histogram; senders have at most 160.
const MOST_BUCKETS: usize = 4_096;
/// As many buckets of one side as what is added up may have before it becomes coarser.
const MOST_OF_A_SUM: usize = 160;
/// How wide the bucket of zero is where the sender does not say it, as Prometheus has it.
const ZERO_THRESHOLD: f64 = 1e-128;

/// An exponential histogram.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exponential {
    scale: i32,
    count: f64,
    sum: f64,
    zero: f64,
    zero_until: f64,
    positive: Counted,
    negative: Counted,
}

/// Buckets that count something.
type Counted = BTreeMap<i32, f64>;

impl Exponential {
    /// Takes the fields of a data point that are about buckets; nothing where it has too many.
    pub(super) fn read(fields: &[(u32, Value<'_>)]) -> Result<Option<Self>, Malformed> {
        let (mut count, mut sum, mut zero, mut zero_until) = (0.0, 0.0, 0.0, 0.0);
        let mut scale = 0;
        let (mut positive, mut negative) = (&[][..], &[][..]);
        for &(tag, value) in fields {
            match tag {
                4 => count = as_f64(value.fixed(tag)?),
                5 => sum = value.double(tag)?,
                6 => scale = value.zigzag(tag)?,
                7 => zero = as_f64(value.fixed(tag)?),
                8 => positive = value.bytes(tag)?,
                9 => negative = value.bytes(tag)?,
                14 => zero_until = value.double(tag)?,
                _ => {}
            }
        }
        let fitting = scale.min(FINEST_SCHEMA.into());
        let by = scale.saturating_sub(fitting);
        let (positive, negative) = (buckets(positive, by)?, buckets(negative, by)?);
        let found = positive.zip(negative).map(|(positive, negative)| Self {
            scale: fitting,
            count,
            sum,
            zero,
            zero_until,
            positive,
            negative,
        });
        Ok(found)
    }

    /// Makes it as coarse as another.
    fn coarsen(&mut self, scale: i32) {
        let by = self.scale.saturating_sub(scale);
        if by > 0 {
            for buckets in [&mut self.positive, &mut self.negative] {
                let mut coarse = Counted::new();
                for (index, count) in std::mem::take(buckets) {
                    *coarse.entry(shifted(index, by)).or_default() += count;
                }
                *buckets = coarse;
            }
            self.scale = scale;
        }
    }

    /// As a native histogram. What has been added up may be too large to be whole.
    pub(super) fn native(&self, is_sum: bool) -> Result<Histogram, HistogramError> {
        let side = |buckets: &Counted| {
            let buckets = buckets.iter();
            Buckets::from_numbered(buckets.map(|(index, count)| (index.saturating_add(1), *count)))
        };
        let wrong = |_| HistogramError::Schema(self.scale);
        let histogram = Histogram {
            schema: i8::try_from(self.scale).map_err(wrong)?,
            zero_threshold: match self.zero_until > 0.0 {
                true => self.zero_until,
                false => ZERO_THRESHOLD,
            },
            zero_count: self.zero,
            count: self.count,
            sum: self.sum,
            positive: side(&self.positive),
            negative: side(&self.negative),
            ..Histogram::default()
        };
        histogram.check(match is_sum {
            true => Counts::Fractions,
            false => Counts::Whole,
        })?;
        Ok(histogram)
    }
}

impl Adds for Exponential {
    fn add(&mut self, mut other: Self) {
        let scale = self.scale.min(other.scale);
        self.coarsen(scale);
        other.coarsen(scale);
        self.count += other.count;
        self.zero += other.zero;
        self.zero_until = self.zero_until.max(other.zero_until);
        self.sum += other.sum;
        for (into, from) in [
            (&mut self.positive, other.positive),
            (&mut self.negative, other.negative),
        ] {
            for (index, count) in from {
                *into.entry(index).or_default() += count;
            }
        }
        while self.positive.len().max(self.negative.len()) > MOST_OF_A_SUM
            && self.scale > COARSEST_SCHEMA.into()
        {
            self.coarsen(self.scale - 1);
        }
    }

    fn numbers(&self) -> usize {
        4 + 2 * (self.positive.len() + self.negative.len())
    }
}

fn shifted(index: i32, by: i32) -> i32 {
    index >> by.clamp(0, 31)
}

/// Buckets that count something, coarser by so many scales; nothing where there are too many.
fn buckets(mut message: &[u8], by: i32) -> Result<Option<Counted>, Malformed> {
    let mut first = 0;
    let mut fields = message;
    while let Some((tag, value)) = next(&mut fields)? {
        if tag == 1 {
            first = value.zigzag(tag)?;
        }
    }
    let mut buckets = Counted::new();
    let mut index = first;
    while let Some((tag, value)) = next(&mut message)? {
        if tag != 2 {
            continue;
        }
        value.each_number(tag, |count| {
            if count > 0 && buckets.len() <= MOST_BUCKETS {
                *buckets.entry(shifted(index, by)).or_default() += as_f64(count);
            }
            index = index.saturating_add(1);
        })?;
    }
    Ok((buckets.len() <= MOST_BUCKETS).then_some(buckets))
}

#[expect(clippy::cast_precision_loss, reason = "samples are doubles")]
pub(super) fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scale: i32, positive: &[(i32, f64)], negative: &[(i32, f64)], zero: f64) -> Exponential {
        let all = |buckets: &[(i32, f64)]| buckets.iter().map(|(_, count)| count).sum::<f64>();
        Exponential {
            scale,
            count: all(positive) + all(negative) + zero,
            sum: 1.0,
            zero,
            zero_until: 0.0,
            positive: positive.iter().copied().collect(),
            negative: negative.iter().copied().collect(),
        }
    }

    #[test]
    fn buckets_keep_their_bounds() {
        let histogram = of(0, &[(-2, 3.0), (2, 4.0)], &[(0, 5.0)], 2.0);
        let native = histogram.native(false).unwrap();
        let found: Vec<_> = native
            .buckets()
            .map(|bucket| (bucket.lower, bucket.upper, bucket.count))
            .collect();
        assert_eq!(
            found,
            [
                (-2.0, -1.0, 5.0),
                (-1e-128, 1e-128, 2.0),
                (0.25, 0.5, 3.0),
                (4.0, 8.0, 4.0),
            ]
        );
        assert_eq!((native.count, native.sum, native.schema), (14.0, 1.0, 0));
        let mut wide = of(3, &[(0, 1.0)], &[], 1.0);
        wide.zero_until = 0.5;
        assert_eq!(wide.native(false).unwrap().zero_threshold, 0.5);
    }

    #[test]
    fn what_is_none_is_said() {
        let mut wrong = of(0, &[(0, 1.0)], &[], 0.0);
        wrong.count = 0.0;
        assert!(wrong.native(false).is_err(), "more in buckets than in all");
        assert!(of(-5, &[(0, 1.0)], &[], 0.0).native(false).is_err());
        assert!(of(-1_000, &[], &[], 0.0).native(false).is_err());
    }

    #[test]
    fn sums_are_as_coarse_as_the_coarser() {
        let mut fine = of(1, &[(0, 1.0), (1, 2.0), (2, 4.0)], &[(-1, 1.0)], 0.0);
        fine.add(of(0, &[(0, 8.0), (5, 1.0)], &[], 1.0));
        let expected = of(0, &[(0, 11.0), (1, 4.0), (5, 1.0)], &[(-1, 1.0)], 1.0);
        let sum = 2.0;
        assert_eq!(fine, Exponential { sum, ..expected });
    }

    #[test]
    fn sums_become_coarser_before_they_grow() {
        let mut sum = of(8, &[], &[], 0.0);
        for index in 0..1_000 {
            sum.add(of(8, &[(index, 1.0)], &[], 0.0));
        }
        assert!(sum.positive.len() <= MOST_OF_A_SUM);
        assert_eq!((sum.scale, sum.count), (5, 1_000.0));
        assert_eq!(sum.positive.values().sum::<f64>(), 1_000.0);
    }
}
