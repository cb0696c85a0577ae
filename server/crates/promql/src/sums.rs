//! Sums of floating point numbers with small errors, and what is made of them: means and variances.

/// A sum with the error that rounding left (Kahan's summation as Neumaier improved it).
#[derive(Clone, Copy, Default)]
pub(crate) struct Sum {
    value: f64,
    error: f64,
}

impl Sum {
    /// The sum with a value more.
    #[must_use]
    pub fn plus(self, more: f64) -> Self {
        let value = self.value + more;
        let error = if value.is_infinite() {
            0.0
        } else if self.value.abs() >= more.abs() {
            self.error + ((self.value - value) + more)
        } else {
            self.error + ((more - value) + self.value)
        };
        Self { value, error }
    }

    /// Of a single value.
    pub fn of_one(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// The sum of both.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        let both = self.plus(other.value);
        Self {
            error: both.error + other.error,
            ..both
        }
    }

    /// The product of both, with the error of its own rounding.
    #[must_use]
    pub fn by(self, other: Self) -> Self {
        let value = self.value * other.value;
        let rounding = self.value.mul_add(other.value, -value);
        Self {
            value,
            error: rounding + (self.value * other.error + self.error * other.value),
        }
    }

    /// The share of each of so many.
    pub fn over(self, count: f64) -> f64 {
        self.value / count + self.error / count
    }

    fn times(self, factor: f64) -> Self {
        Self {
            value: self.value * factor,
            error: self.error * factor,
        }
    }

    pub fn total(self) -> f64 {
        self.value + self.error
    }

    /// Of all values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> f64 {
        values.into_iter().fold(Self::default(), Self::plus).total()
    }
}

/// A mean: of the sum as long as that does not overflow, else kept as a mean.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mean {
    sum: Sum,
    count: f64,
    is_running: bool,
}

impl Mean {
    pub fn add(&mut self, value: f64) {
        self.count += 1.0;
        if !self.is_running {
            let sum = self.sum.plus(value);
            if self.count == 1.0 || !sum.value.is_infinite() {
                self.sum = sum;
                return;
            }
            self.is_running = true;
            self.sum = Sum {
                value: self.sum.value / (self.count - 1.0),
                error: self.sum.error / (self.count - 1.0),
            };
        }
        let mean = self.sum.value;
        if mean.is_infinite() {
            let agrees = value.is_infinite() && (mean > 0.0) == (value > 0.0);
            if agrees || value.is_finite() {
                return;
            }
        }
        let share = (self.count - 1.0) / self.count;
        self.sum = self.sum.times(share).plus(value / self.count);
    }

    pub fn value(self) -> f64 {
        if self.is_running {
            self.sum.total()
        } else {
            self.sum.over(self.count)
        }
    }
}

/// A variance of the whole population (Welford's method).
#[derive(Clone, Copy, Default)]
pub(crate) struct Spread {
    count: f64,
    mean: Sum,
    squares: Sum,
}

impl Spread {
    pub fn add(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean.total();
        self.mean = self.mean.plus(before / self.count);
        let after = value - self.mean.total();
        self.squares = self.squares.plus(before * after);
    }

    /// Of a single value.
    pub fn of_one(value: f64) -> Self {
        Self {
            count: 1.0,
            mean: Sum::of_one(value),
            squares: Sum::default(),
        }
    }

    /// That of both (Chan's method).
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        let count = self.count + other.count;
        let share = other.count / count;
        let apart = other.mean.total() - self.mean.total();
        let between = apart * apart * (self.count * share);
        Self {
            count,
            mean: self.mean.plus(apart * share),
            squares: self.squares.merged(other.squares).plus(between),
        }
    }

    pub fn variance(self) -> f64 {
        self.squares.total() / self.count
    }
}

/// A quantile of values, interpolated between neighbours; not-a-number counts as the smallest.
pub(crate) fn quantile(quantile: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || quantile.is_nan() {
        return f64::NAN;
    }
    if quantile < 0.0 {
        return f64::NEG_INFINITY;
    }
    if quantile > 1.0 {
        return f64::INFINITY;
    }
    values.sort_unstable_by(|a, b| {
        let by_number = b.is_nan().cmp(&a.is_nan());
        by_number.then(a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal))
    });
    let last = values.len() - 1;
    let rank = quantile * last as f64;
    let lower = (rank.floor() as usize).min(last);
    let upper = (lower + 1).min(last);
    let weight = rank - rank.floor();
    values[lower] * (1.0 - weight) + values[upper] * weight
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64]) -> f64 {
        let mut mean = Mean::default();
        values.iter().for_each(|value| mean.add(*value));
        mean.value()
    }

    #[test]
    fn small_terms_survive_large_ones() {
        assert_eq!(Sum::of([1e100, 1.0, -1e100]), 1.0);
        assert_eq!(Sum::of([f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(Sum::of([f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }

    #[test]
    fn products_keep_what_they_round() {
        let third = Sum::of_one(1.0 / 3.0);
        let rest = third.by(third).merged(Sum::of_one(-1.0 / 9.0)).total();
        assert!(rest != 0.0 && rest.abs() < 1e-16, "{rest}");
    }

    #[test]
    fn means_do_not_overflow() {
        assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
        let large = mean(&[1.5e308, 1.5e308, 1.5e308]);
        assert!((large / 1.5e308 - 1.0).abs() < 1e-12, "{large}");
        assert_eq!(mean(&[f64::INFINITY, 1.0, 2.0]), f64::INFINITY);
        assert!(mean(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }

    #[test]
    fn variances() {
        let mut spread = Spread::default();
        for value in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            spread.add(value);
        }
        assert!((spread.variance() - 4.0).abs() < 1e-12);
    }

    #[test]
    fn quantiles() {
        assert_eq!(quantile(0.5, &mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(quantile(0.75, &mut [1.0, 2.0]), 1.75);
        assert_eq!(quantile(0.0, &mut [1.0, 2.0]), 1.0);
        assert!(quantile(0.0, &mut [1.0, f64::NAN]).is_nan());
        assert!(quantile(f64::NAN, &mut [1.0]).is_nan());
        assert_eq!(quantile(2.0, &mut [1.0]), f64::INFINITY);
    }
}
