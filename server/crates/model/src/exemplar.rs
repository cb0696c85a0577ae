//! Exemplars: single observations that stand for many, with labels that lead to what was going on.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::{Labels, TimestampMs};

/// Most letters of all names and values of the labels of an exemplar.
///
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars>.
const MOST_LETTERS: usize = 128;

/// One observation of a series: which, how much, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// What leads to it: a `trace_id`, for example.
    pub labels: Labels,
    /// What was observed.
    pub value: f64,
    /// When.
    pub at_ms: TimestampMs,
    /// Whether whoever told of it said when; else it has the time of its sample.
    pub is_dated: bool,
}

/// A series with exemplars, the oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesExemplars {
    /// What names the series, the name of its metric included.
    pub labels: Labels,
    /// What is known of it.
    pub exemplars: Vec<Exemplar>,
}

/// Why an exemplar is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dropped {
    /// It is the newest of its series once more: who is scraped tells of it again and again.
    Duplicate,
    /// Its series has a newer one.
    OutOfOrder,
    /// Its labels have more letters than those of an exemplar may have.
    LabelsTooLong,
    /// Its series has no samples, or was refused.
    UnknownSeries,
    /// It says nothing of how much was observed.
    NoValue,
    /// One of a native histogram has to say when it was.
    NoTime,
    /// It is older than what is kept.
    TooOld,
    /// It is too far ahead of the clock.
    TooFarAhead,
    /// There are more of them at once than are ever kept.
    TooMany,
    /// None are kept.
    Off,
}

impl Dropped {
    /// The reason as a word, for counters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::OutOfOrder => "out_of_order",
            Self::LabelsTooLong => "labels_too_long",
            Self::UnknownSeries => "unknown_series",
            Self::NoValue => "no_value",
            Self::NoTime => "no_time",
            Self::TooOld => "too_old",
            Self::TooFarAhead => "too_far_ahead",
            Self::TooMany => "too_many",
            Self::Off => "off",
        }
    }
}

/// What became of exemplars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExemplarsTaken {
    /// Those that are kept now.
    pub taken: u64,
    /// Those that are not, by reason.
    pub dropped: BTreeMap<Dropped, u64>,
}

impl ExemplarsTaken {
    /// Notes that one is not kept.
    pub fn drop_one(&mut self, why: Dropped) {
        *self.dropped.entry(why).or_default() += 1;
    }
}

impl Exemplar {
    /// An exemplar of these labels. Without a time of its own it has that of its sample.
    ///
    /// # Errors
    /// [`Dropped::LabelsTooLong`]; nothing has been copied then.
    pub fn new<N: AsRef<str>, V: AsRef<str>>(
        labels: &[(N, V)],
        value: f64,
        at_ms: Option<TimestampMs>,
        of_sample_ms: TimestampMs,
    ) -> Result<Self, Dropped> {
        let mut left = MOST_LETTERS;
        for (name, value) in labels {
            for text in [name.as_ref(), value.as_ref()] {
                let letters = text.chars().take(left + 1).count();
                left = left.checked_sub(letters).ok_or(Dropped::LabelsTooLong)?;
            }
        }
        let labels = labels
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_ref()));
        Ok(Self {
            labels: labels.collect(),
            value,
            at_ms: at_ms.unwrap_or(of_sample_ms),
            is_dated: at_ms.is_some(),
        })
    }

    /// Whether these are one and the same: what has no time of its own is known by the rest.
    pub fn is_same(&self, other: &Self) -> bool {
        let is_same_time = !(self.is_dated || other.is_dated) || self.at_ms == other.at_ms;
        let is_same_value =
            self.value == other.value || (self.value.is_nan() && other.value.is_nan());
        is_same_time && is_same_value && self.labels == other.labels
    }

    /// The order in which those of a series come: by time, and of one time by value and labels.
    pub fn order(&self, other: &Self) -> Ordering {
        let by_value = || self.value.total_cmp(&other.value);
        let by_labels = || self.labels.cmp(&other.labels);
        self.at_ms
            .cmp(&other.at_ms)
            .then_with(by_value)
            .then_with(by_labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_a_most_number_of_letters() {
        let of = |labels: &[(&str, &str)]| Exemplar::new(labels, 1.0, None, 7);
        let exact = "ä".repeat(MOST_LETTERS - 2);
        let found = of(&[("id", &exact)]).unwrap();
        assert_eq!((found.labels.get("id"), found.at_ms), (exact.as_str(), 7));
        assert_eq!(
            of(&[("id", &exact), ("x", "")]),
            Err(Dropped::LabelsTooLong)
        );
        assert_eq!(
            of(&[("id", &"x".repeat(1 << 20))]),
            Err(Dropped::LabelsTooLong)
        );
        assert!(of(&[]).is_ok());
    }

    #[test]
    fn the_same_is_told_from_another() {
        let of = |id: &str, value, at_ms, otherwise| {
            Exemplar::new(&[("id", id)], value, at_ms, otherwise).unwrap()
        };
        for (a, b, expected) in [
            (of("a", 1.0, Some(5), 0), of("a", 1.0, Some(5), 9), true),
            (of("a", 1.0, Some(5), 0), of("a", 1.0, Some(6), 0), false),
            (of("a", 1.0, None, 5), of("a", 1.0, None, 6), true),
            (of("a", 1.0, None, 5), of("a", 1.0, Some(5), 0), true),
            (of("a", 1.0, None, 5), of("a", 1.0, Some(6), 0), false),
            (of("a", 1.0, None, 5), of("b", 1.0, None, 5), false),
            (of("a", f64::NAN, None, 5), of("a", f64::NAN, None, 5), true),
            (of("a", 1.0, None, 5), of("a", 2.0, None, 5), false),
        ] {
            assert_eq!(a.is_same(&b), expected, "{a:?} {b:?}");
        }
        let sorted = [
            of("b", 2.0, Some(1), 0),
            of("a", 1.0, Some(2), 0),
            of("b", 1.0, Some(2), 0),
            of("a", 3.0, Some(2), 0),
        ];
        assert!(sorted.is_sorted_by(|a, b| a.order(b).is_lt()));
    }
}
