//! Writing samples: what a store offers to whatever brings samples in.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Dropped, Exemplar, ExemplarsTaken, Labels, SeriesSamples, TimestampMs};

/// Why a sample was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// It is older than what is kept.
    TooOld,
    /// It is further behind the newest sample of its series than late samples may be.
    TooLate,
    /// Its time is too far ahead of the clock.
    TooFarAhead,
    /// The store holds as many series as it may.
    TooManySeries,
    /// Its target has as many series as one target may have.
    TooManySeriesOfTarget,
    /// Its series has too many labels.
    TooManyLabels,
    /// A label's name or value is too long.
    LabelTooLong,
    /// Its series has no label at all.
    NoLabels,
    /// It is a histogram that is none.
    NoHistogram,
    /// The store is sent more samples a second than it may be.
    TooManySamples,
    /// Its target sends more samples a second than it may.
    TooManySamplesOfTarget,
}

impl Refusal {
    /// The reason as a word, for counters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooOld => "too_old",
            Self::TooLate => "too_late",
            Self::TooFarAhead => "too_far_ahead",
            Self::TooManySeries => "too_many_series",
            Self::TooManySeriesOfTarget => "too_many_series_of_target",
            Self::TooManyLabels => "too_many_labels",
            Self::LabelTooLong => "label_too_long",
            Self::NoLabels => "no_labels",
            Self::NoHistogram => "invalid_histogram",
            Self::TooManySamples => "too_many_samples",
            Self::TooManySamplesOfTarget => "too_many_samples_of_target",
        }
    }

    /// Whether the same sample may be taken later: the sender should send it again.
    pub fn is_for_now(self) -> bool {
        matches!(self, Self::TooManySamples | Self::TooManySamplesOfTarget)
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
    /// Notes that samples of a series were refused.
    pub fn refuse(&mut self, why: Refusal, samples: u64, labels: &Labels) {
        *self.refused.entry(why).or_default() += samples;
        self.examples.entry(why).or_insert_with(|| labels.clone());
    }
}

/// Why samples could not be written.
#[derive(Debug, thiserror::Error)]
#[error("samples could not be written: {0}")]
pub struct WriteError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A store that takes samples.
#[async_trait]
pub trait AppendSamples: Send + Sync {
    /// Takes samples in; they are on disk when this returns. `now_ms` is what their times are judged
    /// by. What cannot be taken is refused with a reason, and the rest goes in.
    ///
    /// # Errors
    /// When nothing could be written; then nothing of it has been taken.
    async fn append(
        self: Arc<Self>,
        series: Vec<SeriesSamples>,
        now_ms: TimestampMs,
    ) -> Result<Admitted, WriteError>;

    /// Takes exemplars in, of series that have samples already. They are no samples: nothing is lost with one
    /// that is not kept, so a store may keep them in memory only, the newest ones, or none.
    fn append_exemplars(
        &self,
        exemplars: Vec<(Labels, Exemplar)>,
        _now_ms: TimestampMs,
    ) -> ExemplarsTaken {
        ExemplarsTaken {
            taken: 0,
            dropped: BTreeMap::from([(Dropped::Off, exemplars.len() as u64)]),
        }
    }
}
