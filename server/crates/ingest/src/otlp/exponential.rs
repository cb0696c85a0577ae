//! Exponential histograms as classic ones, until the store has native histograms.
//!
//! <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram>: bucket `i` of scale `s`
//! reaches from `2^(i/2^s)` to `2^((i+1)/2^s)`. The bounds of a coarser scale are among those of a finer one, so
//! the bounds that come out stay the same while a sender changes its scale: those of [`FINEST`] or coarser,
//! from the first bucket that counts something to the last.

use std::collections::BTreeMap;

use super::deltas::Adds;
use crate::protobuf::{Malformed, Value, next};

/// Two buckets for each doubling: a percentile is off by less than a fifth, and a thousandfold range has
/// twenty series.
const FINEST: i32 = 1;
/// Most bounds of one histogram.
const MOST_BOUNDS: usize = 400;

/// An exponential histogram.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exponential {
    scale: i32,
    pub(super) count: f64,
    pub(super) sum: Option<f64>,
    zero: f64,
    zero_until: f64,
    positive: Buckets,
    negative: Buckets,
}

type Buckets = BTreeMap<i32, f64>;

impl Default for Exponential {
    fn default() -> Self {
        Self {
            scale: FINEST,
            count: 0.0,
            sum: None,
            zero: 0.0,
            zero_until: 0.0,
            positive: Buckets::new(),
            negative: Buckets::new(),
        }
    }
}

impl Exponential {
    /// Takes the fields of a data point that are about buckets.
    pub(super) fn read(fields: &[(u32, Value<'_>)]) -> Result<Self, Malformed> {
        let mut found = Self::default();
        let mut scale = 0;
        let (mut positive, mut negative) = (&[][..], &[][..]);
        for &(tag, value) in fields {
            match tag {
                4 => found.count = as_f64(value.fixed(tag)?),
                5 => found.sum = Some(value.double(tag)?),
                6 => scale = value.zigzag(tag)?,
                7 => found.zero = as_f64(value.fixed(tag)?),
                8 => positive = value.bytes(tag)?,
                9 => negative = value.bytes(tag)?,
                14 => found.zero_until = value.double(tag)?,
                _ => {}
            }
        }
        // No sender has other scales; what is coarser is one bucket all the same.
        let scale = scale.clamp(-11, 60);
        found.scale = scale.min(FINEST);
        let by = scale - found.scale;
        found.positive = buckets(positive, by)?;
        found.negative = buckets(negative, by)?;
        Ok(found)
    }

    /// Makes it as coarse as another.
    fn coarsen(&mut self, scale: i32) {
        let by = self.scale - scale;
        if by > 0 {
            for buckets in [&mut self.positive, &mut self.negative] {
                let mut coarse = Buckets::new();
                for (index, count) in std::mem::take(buckets) {
                    *coarse.entry(shifted(index, by)).or_default() += count;
                }
                *buckets = coarse;
            }
            self.scale = scale;
        }
    }

    /// The bounds and how many values are at or below each, without that of infinity; `None` when there are
    /// more than anybody can read.
    pub(super) fn classic(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        let (mut bounds, mut counts) = (Vec::new(), Vec::new());
        let mut below = 0.0;
        let mut put = |bound: f64, count: f64| {
            below += count;
            bounds.push(bound);
            counts.push(below);
        };
        if self.is_too_wide() {
            return None;
        }
        if let (Some((first, _)), Some((last, _))) = (
            self.negative.first_key_value(),
            self.negative.last_key_value(),
        ) {
            for index in (*first..=*last).rev() {
                let count = self.negative.get(&index).copied().unwrap_or_default();
                put(-self.bound(index), count);
            }
        }
        if self.zero > 0.0 || !self.negative.is_empty() {
            put(self.zero_until.max(0.0), self.zero);
        }
        if let (Some((first, _)), Some((last, _))) = (
            self.positive.first_key_value(),
            self.positive.last_key_value(),
        ) {
            for index in *first..=*last {
                let count = self.positive.get(&index).copied().unwrap_or_default();
                put(self.bound(index.saturating_add(1)), count);
            }
        }
        // A wide zero bucket may reach over others; beyond what a double holds is infinity's bucket.
        let mut pairs: Vec<(f64, f64)> = bounds.into_iter().zip(counts).collect();
        pairs.retain(|(bound, _)| bound.is_finite());
        pairs.dedup_by(|later, earlier| {
            let is_behind = later.0 <= earlier.0;
            if is_behind {
                earlier.1 = later.1;
            }
            is_behind
        });
        Some(pairs.into_iter().unzip())
    }

    /// Whether it has more bounds than anybody can read.
    pub(super) fn is_too_wide(&self) -> bool {
        let width = |buckets: &Buckets| match (buckets.first_key_value(), buckets.last_key_value())
        {
            (Some((first, _)), Some((last, _))) => last.abs_diff(*first) as usize + 1,
            _ => 0,
        };
        width(&self.positive) + width(&self.negative) > MOST_BOUNDS
    }

    /// The lower bound of a bucket of positive values.
    fn bound(&self, index: i32) -> f64 {
        let step = f64::from(-self.scale).exp2();
        (f64::from(index) * step).exp2()
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
        self.sum = match (self.sum, other.sum) {
            (Some(sum), Some(more)) => Some(sum + more),
            (sum, more) => sum.or(more),
        };
        for (into, from) in [
            (&mut self.positive, other.positive),
            (&mut self.negative, other.negative),
        ] {
            for (index, count) in from {
                *into.entry(index).or_default() += count;
            }
        }
    }

    fn numbers(&self) -> usize {
        4 + 2 * (self.positive.len() + self.negative.len())
    }
}

fn shifted(index: i32, by: i32) -> i32 {
    index >> by.clamp(0, 31)
}

/// Buckets that count something, coarser by so many scales.
fn buckets(mut message: &[u8], by: i32) -> Result<Buckets, Malformed> {
    let mut first = 0;
    let mut fields = message;
    while let Some((tag, value)) = next(&mut fields)? {
        if tag == 1 {
            first = value.zigzag(tag)?;
        }
    }
    let mut buckets = Buckets::new();
    let mut index = first;
    while let Some((tag, value)) = next(&mut message)? {
        if tag != 2 {
            continue;
        }
        value.each_number(tag, |count| {
            // With more than that it is refused as a whole, so the rest need not be kept.
            if count > 0 && buckets.len() <= MOST_BOUNDS {
                *buckets.entry(shifted(index, by)).or_default() += as_f64(count);
            }
            index = index.saturating_add(1);
        })?;
    }
    Ok(buckets)
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
            sum: Some(1.0),
            zero,
            zero_until: 0.0,
            positive: positive.iter().copied().collect(),
            negative: negative.iter().copied().collect(),
        }
    }

    #[test]
    fn bounds_and_counts() {
        for (histogram, bounds, counts) in [
            (of(0, &[], &[], 0.0), &[][..], &[][..]),
            // (1, 2] and (4, 8], and nothing between them.
            (
                of(0, &[(0, 3.0), (2, 4.0)], &[], 0.0),
                &[2.0, 4.0, 8.0],
                &[3.0, 3.0, 7.0],
            ),
            (of(0, &[(-2, 1.0)], &[], 2.0), &[0.0, 0.5], &[2.0, 3.0]),
            (
                of(-1, &[(0, 1.0), (1, 1.0)], &[], 0.0),
                &[4.0, 16.0],
                &[1.0, 2.0],
            ),
            (
                of(0, &[(0, 1.0)], &[(0, 5.0), (1, 6.0)], 0.0),
                &[-2.0, -1.0, 0.0, 2.0],
                &[6.0, 11.0, 11.0, 12.0],
            ),
            // Beyond what a double holds.
            (of(0, &[(1023, 1.0), (1024, 1.0)], &[], 0.0), &[], &[]),
        ] {
            assert_eq!(
                histogram.classic(),
                Some((bounds.to_vec(), counts.to_vec())),
                "{histogram:?}"
            );
        }
        let wide = of(0, &[(i32::MIN, 1.0), (i32::MAX, 1.0)], &[], 0.0);
        assert_eq!(wide.classic(), None);
        let mut zero = of(0, &[(-3, 1.0), (0, 1.0)], &[], 2.0);
        zero.zero_until = 0.3;
        assert_eq!(
            zero.classic(),
            Some((vec![0.3, 0.5, 1.0, 2.0], vec![3.0, 3.0, 3.0, 4.0]))
        );
    }

    #[test]
    fn sums_are_as_coarse_as_the_coarser() {
        let mut fine = of(1, &[(0, 1.0), (1, 2.0), (2, 4.0)], &[(-1, 1.0)], 0.0);
        fine.add(of(0, &[(0, 8.0), (5, 1.0)], &[], 1.0));
        let expected = of(0, &[(0, 11.0), (1, 4.0), (5, 1.0)], &[(-1, 1.0)], 1.0);
        assert_eq!(
            fine,
            Exponential {
                sum: Some(2.0),
                ..expected
            }
        );
    }
}
