//! Reading samples: what a store offers and what asks of it.
//!
//! An engine that evaluates knows this trait and no store. So a page, a rule or a foreign client asks
//! the same question whether the samples lie in the built-in store, in rollups, or in another engine.

use std::ops::ControlFlow;
use std::sync::Arc;

use regex::Regex;

use crate::rollup::only_samples;
use crate::{Coarse, Histogram, Labels, RolledSeries, SeriesExemplars, TimestampMs};

/// A condition on one label. A label that is not there has the empty value.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The label; [`crate::METRIC_NAME`] for the name of the metric.
    pub name: String,
    /// What its value has to be.
    pub is: MatchValue,
}

/// What the value of a label has to be.
#[derive(Clone, Debug)]
pub enum MatchValue {
    /// Exactly this.
    Equal(String),
    /// Anything but this.
    NotEqual(String),
    /// Something that this matches as a whole.
    Matches(Regex),
    /// Something that this does not match as a whole.
    NotMatches(Regex),
}

impl Matcher {
    /// Whether these labels fulfil the condition.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.matches_value(labels.get(&self.name))
    }

    /// Whether a label of this value fulfils the condition.
    pub fn matches_value(&self, value: &str) -> bool {
        match &self.is {
            MatchValue::Equal(wanted) => value == wanted,
            MatchValue::NotEqual(unwanted) => value != unwanted,
            MatchValue::Matches(regex) => regex.is_match(value),
            MatchValue::NotMatches(regex) => !regex.is_match(value),
        }
    }
}

/// A regular expression as matchers mean it: of the whole value, and a dot matches line breaks too.
///
/// # Errors
/// When it is none, or larger than is sensible.
pub fn whole_match(pattern: &str) -> Result<Regex, regex::Error> {
    regex::RegexBuilder::new(&format!("^(?s:{pattern})$"))
        .size_limit(1 << 20)
        .build()
}

/// Which samples of which series.
#[derive(Clone, Debug)]
pub struct Selection {
    /// All of them have to match.
    pub matchers: Vec<Matcher>,
    /// Begin, inclusive.
    pub from_ms: TimestampMs,
    /// End, inclusive.
    pub to_ms: TimestampMs,
}

/// One series with samples in the order of time, each time once: either with a number or with a
/// histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSamples {
    /// What names it, the name of its metric included.
    pub labels: Labels,
    /// When.
    pub at_ms: Vec<TimestampMs>,
    /// What; as long as `at_ms`. [`STALE`] marks the end of a series.
    pub values: Vec<f64>,
    /// Native histograms in the order of time; nearly all series have none. Their series ends with a
    /// [`STALE`] number as well.
    pub histograms: Vec<(TimestampMs, Arc<Histogram>)>,
}

impl SeriesSamples {
    /// A series of numbers.
    pub fn floats(labels: Labels, at_ms: Vec<TimestampMs>, values: Vec<f64>) -> Self {
        Self {
            labels,
            at_ms,
            values,
            histograms: Vec::new(),
        }
    }

    /// A series of native histograms.
    pub fn histograms(labels: Labels, histograms: Vec<(TimestampMs, Arc<Histogram>)>) -> Self {
        Self {
            labels,
            at_ms: Vec::new(),
            values: Vec::new(),
            histograms,
        }
    }

    /// How many samples it has, of either kind.
    pub fn len(&self) -> usize {
        self.at_ms.len() + self.histograms.len()
    }

    /// Whether it has no samples.
    pub fn is_empty(&self) -> bool {
        self.at_ms.is_empty() && self.histograms.is_empty()
    }
}

/// The value that says that a series has ended: a signalling not-a-number of Prometheus.
///
/// `StaleNaN` in <https://github.com/prometheus/prometheus/blob/main/model/value/value.go>.
pub const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Whether a value is [`STALE`]. Any other not-a-number is a value like others.
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE.to_bits()
}

/// Why samples could not be read.
#[derive(Debug, thiserror::Error)]
#[error("samples could not be read: {0}")]
pub struct ReadError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A store of samples that can be asked. It may block: call it where that is allowed.
pub trait ReadSamples: Send + Sync {
    /// Hands over the series that match and have samples in the range, one at a time, in any order.
    /// `each` ends it by breaking.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError>;

    /// Hands over the labels of the series that match and may have samples in the range, each once.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn series(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
    ) -> Result<(), ReadError>;

    /// The same as [`ReadSamples::select`], with what samples came to in windows where they themselves
    /// have gone, or are too many. A store that has no rollups hands over samples.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn select_rolled(
        &self,
        selection: &Selection,
        _coarse: Coarse,
        each: &mut dyn FnMut(RolledSeries) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        only_samples(self, selection, each)
    }

    /// The exemplars from one time to another, both inclusive, of series that fulfil all conditions of one of
    /// these lists, sorted by their labels. It asks now and then whether to `go_on`; what it has after a break is
    /// not all. A store that keeps none has none.
    fn exemplars(
        &self,
        _any_of: &[Vec<Matcher>],
        _from_ms: TimestampMs,
        _to_ms: TimestampMs,
        _go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Vec<SeriesExemplars> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers() {
        let regex = |pattern: &str| whole_match(pattern).unwrap();
        let labels = Labels::new().with("a", "foo");
        for (name, is, expected) in [
            ("a", MatchValue::Equal("foo".into()), true),
            ("a", MatchValue::NotEqual("foo".into()), false),
            ("a", MatchValue::Matches(regex("fo|foo")), true),
            ("a", MatchValue::Matches(regex("fo")), false),
            ("a", MatchValue::NotMatches(regex("o")), true),
            ("b", MatchValue::Equal(String::new()), true),
            ("b", MatchValue::Matches(regex(".*")), true),
            ("b", MatchValue::Matches(regex(".+")), false),
        ] {
            let matcher = Matcher {
                name: name.into(),
                is,
            };
            assert_eq!(matcher.matches(&labels), expected, "{matcher:?}");
        }
        assert!(whole_match("a.b").unwrap().is_match("a\nb"));
        assert!(whole_match("(").is_err());
        assert!(whole_match("(x{1000}){1000}").is_err(), "it would be huge");
    }

    #[test]
    fn only_one_not_a_number_is_stale() {
        assert!(is_stale(STALE));
        assert!(!is_stale(f64::NAN) && !is_stale(0.0));
    }
}
