//! From a number to a level: two thresholds, and on which side of them it is worse.

use crate::Level;

/// The values from which on something is worse; nothing is judged where they are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Passed: degraded.
    pub degraded: Option<f64>,
    /// Passed: unhealthy.
    pub unhealthy: Option<f64>,
}

impl Bounds {
    /// The level of a number that should be small: seconds, use in percent.
    pub(crate) fn above(self, value: f64) -> Level {
        self.level(|bound| value > bound)
    }

    /// The level of a number that should be large: days left, free percent.
    pub(crate) fn below(self, value: f64) -> Level {
        self.level(|bound| value < bound)
    }

    fn level(self, is_passed: impl Fn(f64) -> bool) -> Level {
        if self.unhealthy.is_some_and(&is_passed) {
            Level::Unhealthy
        } else if self.degraded.is_some_and(is_passed) {
            Level::Degraded
        } else {
            Level::Healthy
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        use Level::{Degraded, Healthy, Unhealthy};
        let bounds = |degraded, unhealthy| Bounds {
            degraded,
            unhealthy,
        };
        for (bounds, value, above, below) in [
            (bounds(None, None), 5.0, Healthy, Healthy),
            (bounds(Some(5.0), Some(9.0)), 5.0, Healthy, Unhealthy),
            (bounds(Some(5.0), Some(9.0)), 5.1, Degraded, Unhealthy),
            (bounds(Some(5.0), Some(9.0)), 9.1, Unhealthy, Healthy),
            (bounds(Some(9.0), Some(5.0)), 7.0, Unhealthy, Degraded),
            (bounds(None, Some(5.0)), 6.0, Unhealthy, Healthy),
        ] {
            assert_eq!(bounds.above(value), above, "{bounds:?} {value}");
            assert_eq!(bounds.below(value), below, "{bounds:?} {value}");
        }
    }
}
