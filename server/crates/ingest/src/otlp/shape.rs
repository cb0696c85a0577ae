//! Which series a point has, in the order in which its numbers come.

use model::Labels;

use super::labels::Base;

/// Which series a point has.
pub(super) enum Shape<'s> {
    One,
    /// Count, infinity, sum, and the bounds.
    Histogram(bool, &'s [f64]),
    /// Count, sum, and the quantiles.
    Summary(&'s [f64]),
}

impl Shape<'_> {
    /// The label sets of its series, in the order in which its numbers come.
    pub(super) fn series(&self, base: &Base<'_>, name: &str) -> Vec<Labels> {
        let of = |suffix, more| base.with(name, suffix, more);
        match self {
            Self::One => vec![of("", None)],
            Self::Histogram(has_sum, bounds) => {
                let mut all = vec![
                    of("_count", None),
                    of("_bucket", Some(("le", f64::INFINITY))),
                ];
                all.extend(has_sum.then(|| of("_sum", None)));
                all.extend(
                    bounds
                        .iter()
                        .map(|bound| of("_bucket", Some(("le", *bound)))),
                );
                all
            }
            Self::Summary(quantiles) => {
                let mut all = vec![of("_count", None), of("_sum", None)];
                let quantiles = quantiles.iter();
                all.extend(quantiles.map(|quantile| of("", Some(("quantile", *quantile)))));
                all
            }
        }
    }

    /// Which of its series an exemplar of this value belongs to.
    pub(super) fn place(&self, value: f64) -> usize {
        match self {
            Self::One | Self::Summary(_) => 0,
            Self::Histogram(has_sum, bounds) => {
                let bucket = bounds.iter().position(|bound| value <= *bound);
                // Count, infinity and sum come before.
                bucket.map_or(1, |bucket| 2 + usize::from(*has_sum) + bucket)
            }
        }
    }

    /// What tells it apart from others of the same metric.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let (first, numbers) = match self {
            Self::One => return Vec::new(),
            Self::Histogram(has_sum, bounds) => (u8::from(*has_sum), bounds),
            Self::Summary(quantiles) => (2, quantiles),
        };
        let mut bytes = vec![first];
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        bytes
    }
}
