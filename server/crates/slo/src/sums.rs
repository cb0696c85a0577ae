//! Minutes, added up: what budgets are made of.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use crate::{Kind, Minute};

/// Minutes, added up. It does not matter in which order and in how many steps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// What was good.
    pub good: f64,
    /// What was counted.
    pub total: f64,
    /// Minutes that count.
    pub counted: u64,
    /// Minutes without data.
    pub gap: u64,
    /// Minutes that maintenance windows leave out.
    pub excluded: u64,
    /// Minutes that count, in which more was bad than the target allows.
    pub bad: u64,
}

impl Sums {
    /// Those of minutes, with the target that says which are bad.
    pub fn of<'a>(minutes: impl IntoIterator<Item = &'a Minute>, target: f64) -> Self {
        let mut sums = Self::default();
        for minute in minutes {
            sums.count(minute, target);
        }
        sums
    }

    /// Adds a minute.
    pub fn count(&mut self, minute: &Minute, target: f64) {
        match minute.kind {
            Kind::Counted => {
                self.good += minute.good;
                self.total += minute.total;
                self.counted += 1;
                self.bad += u64::from(minute.is_bad(target));
            }
            Kind::Gap => self.gap += 1,
            Kind::Excluded => self.excluded += 1,
        }
    }

    /// What was bad.
    pub fn spent(&self) -> f64 {
        (self.total - self.good).max(0.0)
    }

    /// All minutes.
    pub fn minutes(&self) -> u64 {
        self.counted + self.gap + self.excluded
    }
}

impl Add for Sums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            good: self.good + other.good,
            total: self.total + other.total,
            counted: self.counted + other.counted,
            gap: self.gap + other.gap,
            excluded: self.excluded + other.excluded,
            bad: self.bad + other.bad,
        }
    }
}

/// What is left when a part of the minutes is taken out again.
impl Sub for Sums {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            good: (self.good - other.good).max(0.0),
            total: (self.total - other.total).max(0.0),
            counted: self.counted.saturating_sub(other.counted),
            gap: self.gap.saturating_sub(other.gap),
            excluded: self.excluded.saturating_sub(other.excluded),
            bad: self.bad.saturating_sub(other.bad),
        }
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// How fast a budget is spent: the part that was bad by the part that may be. 1 spends it exactly by the end of
/// the window. `None` where nothing was counted.
pub fn burn_rate(sums: &Sums, target: f64) -> Option<f64> {
    (sums.total > 0.0).then(|| sums.spent() / sums.total / (1.0 - target))
}
