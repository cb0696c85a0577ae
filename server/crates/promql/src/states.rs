//! States of windows (`slide.rs`): sums, means, variances and extremes.
//!
//! Values that are not finite are kept apart from sums, as their own sum: it is zero unless there are
//! any. Where finite values overflow, the window is evaluated directly, which rarely happens.

use crate::slide::State;
use crate::sums::{Mean, Spread, Sum};

/// A sum and how many values it has.
#[derive(Clone, Copy)]
pub(crate) struct Total {
    sum: Sum,
    odd: f64,
    count: f64,
}

impl State for Total {
    fn of(_: f64, value: f64) -> Self {
        let is_odd = !value.is_finite();
        Self {
            sum: Sum::of_one(if is_odd { 0.0 } else { value }),
            odd: if is_odd { value } else { 0.0 },
            count: 1.0,
        }
    }

    fn then(self, later: Self) -> Self {
        Self {
            sum: self.sum.merged(later.sum),
            odd: self.odd + later.odd,
            count: self.count + later.count,
        }
    }
}

impl Total {
    /// The sum of a window.
    pub fn sum(self, values: &[f64]) -> f64 {
        let total = self.sum.total();
        match self.odd {
            odd if odd != 0.0 => odd,
            _ if total.is_finite() => total,
            _ => sum(values),
        }
    }

    /// The mean of a window.
    pub fn mean(self, values: &[f64]) -> f64 {
        let value = self.sum.over(self.count);
        match self.odd {
            odd if odd != 0.0 => odd,
            _ if value.is_finite() => value,
            _ => mean(values),
        }
    }
}

/// A variance.
#[derive(Clone, Copy)]
pub(crate) struct Variance {
    spread: Spread,
    odd: f64,
}

impl State for Variance {
    fn of(_: f64, value: f64) -> Self {
        let is_odd = !value.is_finite();
        Self {
            spread: Spread::of_one(if is_odd { 0.0 } else { value }),
            odd: if is_odd { f64::NAN } else { 0.0 },
        }
    }

    fn then(self, later: Self) -> Self {
        Self {
            spread: self.spread.merged(later.spread),
            odd: self.odd + later.odd,
        }
    }
}

impl Variance {
    /// The variance of a window.
    pub fn variance(self, values: &[f64]) -> f64 {
        let value = self.spread.variance();
        match self.odd {
            odd if odd != 0.0 => odd,
            _ if value.is_finite() => value,
            _ => variance(values),
        }
    }
}

/// The least value.
#[derive(Clone, Copy)]
pub(crate) struct Least(pub f64);

impl State for Least {
    fn of(_: f64, value: f64) -> Self {
        Self(value)
    }

    fn then(self, later: Self) -> Self {
        Self(lesser(self.0, later.0))
    }
}

/// The greatest value.
#[derive(Clone, Copy)]
pub(crate) struct Most(pub f64);

impl State for Most {
    fn of(_: f64, value: f64) -> Self {
        Self(value)
    }

    fn then(self, later: Self) -> Self {
        Self(greater(self.0, later.0))
    }
}

/// The lesser of two; any number rather than not-a-number.
pub(crate) fn lesser(known: f64, value: f64) -> f64 {
    if value < known || known.is_nan() {
        value
    } else {
        known
    }
}

/// The greater of two; any number rather than not-a-number.
pub(crate) fn greater(known: f64, value: f64) -> f64 {
    if value > known || known.is_nan() {
        value
    } else {
        known
    }
}

/// The least of values.
pub(crate) fn minimum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, lesser)
}

/// The greatest of values.
pub(crate) fn maximum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, greater)
}

/// The sum of values.
pub(crate) fn sum(values: &[f64]) -> f64 {
    Sum::of(values.iter().copied())
}

/// The mean of values.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let mut mean = Mean::default();
    values.iter().for_each(|value| mean.add(*value));
    mean.value()
}

/// The variance of values.
pub(crate) fn variance(values: &[f64]) -> f64 {
    let mut spread = Spread::default();
    values.iter().for_each(|value| spread.add(*value));
    spread.variance()
}
