//! Histograms added, subtracted, scaled and compared, as PromQL needs it.
//!
//! Where two have buckets of another width, the finer ones are joined until they are the same; where
//! their zero buckets differ, the narrower one swallows what lies within the wider one. Custom bounds
//! that only one of them has are given up. So does `FloatHistogram` in
//! <https://github.com/prometheus/prometheus/blob/main/model/histogram/float_histogram.go>.

use std::cmp::Ordering;

use super::{Buckets, CounterReset, Histogram};

/// Exponential and custom buckets have nothing in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one histogram has exponential buckets, the other one custom buckets")]
pub struct Incompatible;

/// What had to be given up to make two histograms fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fitted {
    /// One is known to be behind a reset, and the other known not to be.
    pub resets_collide: bool,
    /// Their custom bounds differ: only common ones are left.
    pub bounds_differ: bool,
}

/// Buckets by their numbers, ascending.
type Numbered = Vec<(i32, f64)>;

impl Histogram {
    /// Adds another one.
    ///
    /// # Errors
    /// When only one of them has custom buckets; then nothing is changed.
    pub fn add(&mut self, other: &Self) -> Result<Fitted, Incompatible> {
        self.combine(other, |ours, theirs| ours + theirs)
    }

    /// Subtracts another one. Whoever shows the difference has to make it a gauge.
    ///
    /// # Errors
    /// When only one of them has custom buckets; then nothing is changed.
    pub fn subtract(&mut self, other: &Self) -> Result<Fitted, Incompatible> {
        self.combine(other, |ours, theirs| ours - theirs)
    }

    fn combine(
        &mut self,
        other: &Self,
        operation: fn(f64, f64) -> f64,
    ) -> Result<Fitted, Incompatible> {
        if self.is_custom() != other.is_custom() {
            return Err(Incompatible);
        }
        let mut fitted = Fitted {
            resets_collide: self.join_reset(other),
            bounds_differ: self.bounds != other.bounds,
        };
        if self.is_custom() {
            let common = common_bounds(&self.bounds, &other.bounds);
            let ours = rebound(&self.positive, &self.bounds, &common);
            let theirs = rebound(&other.positive, &other.bounds, &common);
            self.positive = merged(ours, theirs, operation);
            self.bounds = common;
        } else {
            fitted.bounds_differ = false;
            let zero_count = self.fit_zero(other);
            self.zero_count = operation(self.zero_count, zero_count);
            let schema = self.schema.min(other.schema);
            let side = |ours: &Buckets, theirs: &Buckets| {
                let ours = reduced(ours, self.schema, schema);
                let mut theirs = reduced(theirs, other.schema, schema);
                // What lies within the zero bucket has been counted there.
                theirs.retain(|(number, _)| {
                    super::exponential_bound(schema, *number) > self.zero_threshold
                });
                merged(ours, theirs, operation)
            };
            let positive = side(&self.positive, &other.positive);
            let negative = side(&self.negative, &other.negative);
            (self.positive, self.negative, self.schema) = (positive, negative, schema);
        }
        self.count = operation(self.count, other.count);
        self.sum = operation(self.sum, other.sum);
        Ok(fitted)
    }

    /// Multiplies every count and the sum. What becomes negative is no counter.
    pub fn scale(&mut self, factor: f64) {
        self.each(factor < 0.0, |number| number * factor);
    }

    /// Divides every count and the sum. What becomes negative is no counter.
    pub fn divide(&mut self, by: f64) {
        self.each(by < 0.0, |number| number / by);
    }

    fn each(&mut self, becomes_gauge: bool, change: impl Fn(f64) -> f64) {
        let sides = [&mut self.positive.counts, &mut self.negative.counts];
        for count in sides.into_iter().flatten() {
            *count = change(*count);
        }
        self.zero_count = change(self.zero_count);
        self.count = change(self.count);
        self.sum = change(self.sum);
        if becomes_gauge {
            self.reset = CounterReset::Gauge;
        }
    }

    /// The same with wider buckets. Custom buckets, and those that are as wide already, stay.
    #[must_use]
    pub fn reduced_to(&self, schema: i8) -> Self {
        let mut wider = self.clone();
        if !self.is_custom() && schema < self.schema {
            wider.positive = Buckets::from_numbered(reduced(&self.positive, self.schema, schema));
            wider.negative = Buckets::from_numbered(reduced(&self.negative, self.schema, schema));
            wider.schema = schema;
        }
        wider
    }

    /// Leaves out buckets that are empty.
    pub fn compact(&mut self) {
        for side in [&mut self.positive, &mut self.negative] {
            if side.counts.contains(&0.0) {
                let kept: Numbered = side.iter().filter(|(_, count)| *count != 0.0).collect();
                *side = Buckets::from_numbered(kept);
            }
        }
    }

    /// Whether a counter has been reset between an earlier one and this one.
    pub fn is_reset_since(&self, earlier: &Self) -> bool {
        match self.reset {
            CounterReset::Reset => return true,
            CounterReset::NotReset => return false,
            // A gauge is treated as a counter by who asks this.
            CounterReset::Unknown | CounterReset::Gauge => {}
        }
        if self.count < earlier.count || (self.is_custom() && !earlier.is_custom()) {
            return true;
        }
        if self.is_custom() {
            let common = common_bounds(&self.bounds, &earlier.bounds);
            let before = rebound(&earlier.positive, &earlier.bounds, &common);
            return has_less(&rebound(&self.positive, &self.bounds, &common), &before);
        }
        // Finer buckets and a narrower zero bucket only come with a new beginning.
        if self.schema > earlier.schema || self.zero_threshold < earlier.zero_threshold {
            return true;
        }
        let (zero_count, threshold) = earlier.zero_within(self.zero_threshold);
        if threshold > self.zero_threshold || self.zero_count < zero_count {
            return true;
        }
        let is_less = |now: &Buckets, before: &Buckets| {
            let mut before = reduced(before, earlier.schema, self.schema);
            before.retain(|(number, _)| self.bound(*number) > self.zero_threshold);
            let now: Numbered = now.iter().collect();
            has_less(&now, &before)
        };
        is_less(&self.positive, &earlier.positive) || is_less(&self.negative, &earlier.negative)
    }

    /// Whether two have the same buckets, empty ones included, the same counts and the same sum.
    pub fn is_same(&self, other: &Self) -> bool {
        let is_equal = |a: f64, b: f64| a.to_bits() == b.to_bits();
        let side = |ours: &Buckets, theirs: &Buckets| {
            ours.counts.len() == theirs.counts.len()
                && (ours.iter().zip(theirs.iter()))
                    .all(|(ours, theirs)| ours.0 == theirs.0 && is_equal(ours.1, theirs.1))
        };
        self.schema == other.schema
            && self.bounds == other.bounds
            && is_equal(self.zero_threshold, other.zero_threshold)
            && is_equal(self.zero_count, other.zero_count)
            && is_equal(self.count, other.count)
            && is_equal(self.sum, other.sum)
            && side(&self.positive, &other.positive)
            && side(&self.negative, &other.negative)
    }

    /// Takes over what another one says about resets; whether the two contradict each other.
    fn join_reset(&mut self, other: &Self) -> bool {
        use CounterReset::{Gauge, NotReset, Reset, Unknown};
        let (joined, collide) = match (self.reset, other.reset) {
            (a, b) if a == b => (a, false),
            (Gauge, _) | (_, Gauge) => (Gauge, false),
            (Reset, NotReset) | (NotReset, Reset) => (Unknown, true),
            _ => (Unknown, false),
        };
        self.reset = joined;
        collide
    }

    /// Widens the zero bucket until it fits to that of another one; what the other one's would hold then.
    fn fit_zero(&mut self, other: &Self) -> f64 {
        let (mut count, mut threshold) = (other.zero_count, other.zero_threshold);
        loop {
            match self.zero_threshold.partial_cmp(&threshold) {
                Some(Ordering::Greater) => {
                    (count, threshold) = other.zero_within(self.zero_threshold);
                }
                Some(Ordering::Less) => self.widen_zero(threshold),
                Some(Ordering::Equal) | None => return count,
            }
        }
    }

    /// Lets the zero bucket swallow what lies below a threshold.
    fn widen_zero(&mut self, threshold: f64) {
        (self.zero_count, self.zero_threshold) = self.zero_within(threshold);
        let (schema, threshold) = (self.schema, self.zero_threshold);
        for side in [&mut self.positive, &mut self.negative] {
            let above = (side.iter())
                .filter(|(number, _)| super::exponential_bound(schema, *number) > threshold);
            *side = Buckets::from_numbered(above.collect::<Numbered>());
        }
    }

    /// What a zero bucket of at least this width would hold, and how wide it would have to be so that
    /// it ends between two buckets, unless the one it ends in is empty.
    fn zero_within(&self, threshold: f64) -> (f64, f64) {
        let mut threshold = threshold;
        loop {
            let begun = threshold;
            let mut count = self.zero_count;
            for side in [&self.positive, &self.negative] {
                for (number, observed) in side.iter() {
                    if self.bound(number.saturating_sub(1)) >= threshold {
                        break;
                    }
                    count += observed;
                    let upper = self.bound(number);
                    if upper > threshold && observed != 0.0 {
                        threshold = upper;
                    }
                }
            }
            // The other side has been looked at with a narrower bound.
            if threshold.to_bits() == begun.to_bits() {
                return (count, threshold);
            }
        }
    }
}

/// Joins buckets to those of a coarser schema.
fn reduced(buckets: &Buckets, from: i8, to: i8) -> Numbered {
    let levels = u32::from(from.abs_diff(to.min(from))).min(31);
    let mut joined: Numbered = Vec::with_capacity(buckets.counts.len());
    for (number, count) in buckets.iter() {
        let number = match levels {
            0 => number,
            _ => (number.saturating_sub(1) >> levels) + 1,
        };
        match joined.last_mut() {
            Some((last, sum)) if *last == number => *sum += count,
            _ => joined.push((number, count)),
        }
    }
    joined
}

/// Bounds that both have.
fn common_bounds(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    let is_theirs = |bound: &f64| {
        let place = theirs.partition_point(|other| other < bound);
        theirs.get(place).is_some_and(|other| other == bound)
    };
    ours.iter().copied().filter(is_theirs).collect()
}

/// Custom buckets where only some of the bounds are left.
fn rebound(buckets: &Buckets, from: &[f64], to: &[f64]) -> Numbered {
    if from.len() == to.len() {
        return buckets.iter().collect();
    }
    let mut joined: Numbered = Vec::new();
    for (number, count) in buckets.iter() {
        let upper = usize::try_from(number).ok().and_then(|n| from.get(n));
        let place = match upper {
            Some(upper) => to.partition_point(|bound| bound < upper),
            None => to.len(),
        };
        let place = i32::try_from(place).unwrap_or(i32::MAX);
        match joined.last_mut() {
            Some((last, sum)) if *last == place => *sum += count,
            _ => joined.push((place, count)),
        }
    }
    joined
}

/// Both, bucket by bucket. What neither has any observation in is left out.
fn merged(ours: Numbered, theirs: Numbered, operation: fn(f64, f64) -> f64) -> Buckets {
    let mut ours = ours.into_iter().peekable();
    let mut theirs = theirs.into_iter().peekable();
    let all = std::iter::from_fn(|| match (ours.peek(), theirs.peek()) {
        (Some((a, _)), Some((b, _))) if a == b => {
            let ((number, a), (_, b)) = (ours.next()?, theirs.next()?);
            Some((number, operation(a, b)))
        }
        (Some((a, _)), Some((b, _))) if a > b => theirs.next().map(|(n, b)| (n, operation(0.0, b))),
        (Some(_), _) => ours.next(),
        (None, _) => theirs.next().map(|(n, b)| (n, operation(0.0, b))),
    });
    Buckets::from_numbered(all.filter(|(_, count)| *count != 0.0))
}

/// Whether any bucket has less than before.
fn has_less(now: &Numbered, before: &Numbered) -> bool {
    let mut now = now.iter().peekable();
    before.iter().any(|(number, count)| {
        while now.next_if(|(next, _)| next < number).is_some() {}
        match now.peek() {
            Some((next, found)) if next == number => found < count,
            _ => *count != 0.0,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::CUSTOM_BUCKETS;
    use super::*;

    fn exponential(schema: i8, zero: (f64, f64), positive: &[(i32, f64)]) -> Histogram {
        let positive = Buckets::from_numbered(positive.iter().copied());
        Histogram {
            schema,
            zero_threshold: zero.0,
            zero_count: zero.1,
            count: positive.sum() + zero.1,
            sum: 1.0,
            positive,
            ..Histogram::default()
        }
    }

    fn custom(bounds: &[f64], positive: &[(i32, f64)]) -> Histogram {
        Histogram {
            schema: CUSTOM_BUCKETS,
            bounds: bounds.to_vec(),
            ..exponential(0, (0.0, 0.0), positive)
        }
    }

    #[test]
    fn sums() {
        let numbered = |pairs: &[(i32, f64)]| Buckets::from_numbered(pairs.iter().copied());
        for (a, b, expected, bounds_differ) in [
            // 1, 2 and 4 are the bounds of schema 0; 1 and 4 those of schema -1.
            (
                exponential(0, (0.0, 0.0), &[(0, 1.0), (1, 2.0), (2, 4.0), (3, 8.0)]),
                exponential(-1, (0.0, 0.0), &[(0, 10.0), (1, 20.0)]),
                exponential(-1, (0.0, 0.0), &[(0, 11.0), (1, 26.0), (2, 8.0)]),
                false,
            ),
            // A zero bucket up to 1.5 swallows the bucket it ends in, up to 2.
            (
                exponential(0, (1.5, 1.0), &[(2, 5.0)]),
                exponential(0, (0.25, 2.0), &[(0, 1.0), (1, 1.0), (2, 1.0)]),
                exponential(0, (2.0, 5.0), &[(2, 6.0)]),
                false,
            ),
            (
                exponential(0, (0.25, 2.0), &[(0, 1.0), (1, 1.0), (2, 1.0)]),
                exponential(0, (1.5, 1.0), &[(2, 5.0)]),
                exponential(0, (2.0, 5.0), &[(2, 6.0)]),
                false,
            ),
            // An empty bucket may be cut.
            (
                exponential(0, (1.5, 1.0), &[(1, 0.0), (2, 5.0)]),
                exponential(0, (0.25, 2.0), &[(0, 1.0), (2, 1.0)]),
                exponential(0, (1.5, 4.0), &[(2, 6.0)]),
                false,
            ),
            (
                custom(&[1.0, 2.0, 4.0], &[(0, 1.0), (1, 2.0), (2, 4.0), (3, 8.0)]),
                custom(&[1.0, 4.0, 8.0], &[(0, 10.0), (1, 20.0), (2, 40.0)]),
                custom(&[1.0, 4.0], &[(0, 11.0), (1, 26.0), (2, 48.0)]),
                true,
            ),
            (
                custom(&[1.0], &[(1, 1.0)]),
                custom(&[1.0], &[(0, 2.0), (1, 3.0)]),
                custom(&[1.0], &[(0, 2.0), (1, 4.0)]),
                false,
            ),
        ] {
            let mut sum = a.clone();
            let fitted = sum.add(&b).unwrap();
            let expected = Histogram {
                sum: 2.0,
                ..expected
            };
            assert_eq!(sum, expected, "{a:?} + {b:?}");
            assert_eq!(fitted.bounds_differ, bounds_differ);
            sum.subtract(&b).unwrap();
            let back = a.positive.sum() + a.zero_count;
            assert_eq!((sum.count, sum.sum), (back, 1.0));
        }
        let mut one = exponential(0, (0.0, 0.0), &[(0, 1.0)]);
        assert_eq!(one.add(&custom(&[], &[])), Err(Incompatible));
        one.scale(-2.0);
        assert_eq!((one.count, one.reset), (-2.0, CounterReset::Gauge));
        assert_eq!(one.positive, numbered(&[(0, -2.0)]));
    }

    #[test]
    fn what_resets_say_is_joined() {
        use CounterReset::{Gauge, NotReset, Reset, Unknown};
        for (a, b, expected, collide) in [
            (Reset, Reset, Reset, false),
            (Reset, NotReset, Unknown, true),
            (NotReset, Unknown, Unknown, false),
            (Gauge, Reset, Gauge, false),
            (Unknown, Gauge, Gauge, false),
        ] {
            let one = |reset| Histogram {
                reset,
                ..Histogram::default()
            };
            for (a, b) in [(a, b), (b, a)] {
                let mut sum = one(a);
                assert_eq!(sum.add(&one(b)).unwrap().resets_collide, collide);
                assert_eq!(sum.reset, expected);
            }
        }
    }

    #[test]
    fn resets() {
        let before = exponential(1, (0.5, 1.0), &[(0, 1.0), (1, 2.0), (2, 0.0)]);
        for (now, expected) in [
            (before.clone(), false),
            (exponential(1, (0.5, 1.0), &[(0, 1.0), (1, 3.0)]), false),
            (exponential(1, (0.5, 2.0), &[(0, 0.0), (1, 3.0)]), true),
            (exponential(1, (0.5, 2.0), &[(1, 3.0)]), true),
            (exponential(1, (0.5, 0.0), &[(0, 2.0), (1, 3.0)]), true),
            (exponential(1, (0.5, 1.0), &[(0, 1.0), (1, 1.0)]), true),
            (exponential(0, (0.5, 1.0), &[(0, 1.0), (1, 2.0)]), false),
            (exponential(0, (0.5, 1.0), &[(0, 3.0), (1, 1.0)]), true),
            (exponential(2, (0.5, 1.0), &[(0, 3.0), (1, 9.0)]), true),
            (exponential(1, (0.25, 9.0), &[(0, 3.0), (1, 9.0)]), true),
            // The bucket up to 1 is in the zero bucket now.
            (exponential(1, (1.0, 2.0), &[(1, 2.0)]), false),
            (exponential(1, (1.0, 1.0), &[(1, 3.0)]), true),
            (exponential(1, (0.9, 2.0), &[(1, 9.0)]), true),
            (custom(&[1.0], &[(0, 9.0)]), true),
        ] {
            assert_eq!(now.is_reset_since(&before), expected, "{now:?}");
        }
        let before = custom(&[1.0, 2.0], &[(0, 1.0), (1, 2.0)]);
        for (now, expected) in [
            (custom(&[1.0, 2.0], &[(0, 1.0), (1, 3.0)]), false),
            (custom(&[2.0], &[(0, 3.0)]), false),
            (custom(&[2.0], &[(0, 2.0), (1, 1.0)]), true),
        ] {
            assert_eq!(now.is_reset_since(&before), expected, "{now:?}");
        }
        let told = |reset| Histogram {
            reset,
            ..before.clone()
        };
        assert!(told(CounterReset::Reset).is_reset_since(&before));
        let less = Histogram {
            count: 0.0,
            ..told(CounterReset::NotReset)
        };
        assert!(!less.is_reset_since(&before));
    }
}
