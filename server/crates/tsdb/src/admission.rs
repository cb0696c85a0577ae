//! What is taken in, and what is refused with a reason. One refused sample never takes others with it.

use std::collections::BTreeMap;

use model::{Labels, TimestampMs};

use crate::Config;

/// Why a sample was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// It is older than what is kept.
    TooOld,
    /// Its time is too far ahead of the clock.
    TooFarAhead,
    /// The store holds as many series as it may.
    TooManySeries,
    /// Its series has too many labels.
    TooManyLabels,
    /// A label's name or value is too long.
    LabelTooLong,
    /// Its series has no label at all.
    NoLabels,
}

impl Refusal {
    /// The reason as a word, for counters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooOld => "too_old",
            Self::TooFarAhead => "too_far_ahead",
            Self::TooManySeries => "too_many_series",
            Self::TooManyLabels => "too_many_labels",
            Self::LabelTooLong => "label_too_long",
            Self::NoLabels => "no_labels",
        }
    }
}

/// What became of an append.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Samples that are on disk now.
    pub taken: u64,
    /// Samples that were refused, by reason.
    pub refused: BTreeMap<Refusal, u64>,
    /// The first refused series of each reason, to name it.
    pub examples: BTreeMap<Refusal, Labels>,
}

impl Admitted {
    pub(crate) fn refuse(&mut self, why: Refusal, samples: u64, labels: &Labels) {
        *self.refused.entry(why).or_default() += samples;
        self.examples.entry(why).or_insert_with(|| labels.clone());
    }
}

impl Config {
    /// The stretch of time from which samples are taken.
    pub(crate) fn window(&self, now: TimestampMs) -> std::ops::RangeInclusive<TimestampMs> {
        let oldest = match self.retention.as_millis() {
            0 => TimestampMs::MIN,
            ms => now.saturating_sub(i64::try_from(ms).unwrap_or(i64::MAX)),
        };
        let ahead = i64::try_from(self.ahead.as_millis()).unwrap_or(i64::MAX);
        oldest..=now.saturating_add(ahead)
    }

    /// Whether a new series of these labels may be.
    pub(crate) fn admit(&self, labels: &Labels) -> Result<(), Refusal> {
        if labels.is_empty() {
            return Err(Refusal::NoLabels);
        }
        if labels.iter().count() > self.most_labels {
            return Err(Refusal::TooManyLabels);
        }
        let is_long = |(name, value): (&str, &str)| {
            name.len() > self.longest_name || value.len() > self.longest_value
        };
        if labels.iter().any(is_long) {
            return Err(Refusal::LabelTooLong);
        }
        Ok(())
    }
}
