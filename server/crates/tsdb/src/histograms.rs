//! Native histograms: the same way through the store as numbers, beside them.
//!
//! ```text
//! append ──▶ the same row of the journal ──▶ head (`Samples` of histograms) ──▶ histogram_chunks
//! ```
//!
//! A histogram is one sample for limits and counts of samples, whatever its buckets; for how much is in
//! memory it counts as many as take its place. Where a series has a number and a histogram of one time,
//! the number stays.

mod compaction;
mod journal;
mod plain;
mod read;
mod row;
pub(crate) mod store;

use std::ops::RangeInclusive;
use std::sync::Arc;

use model::{Admitted, Counts, Histogram, Refusal, STALE, SeriesSamples, TimestampMs};

use crate::append::judge;
use crate::head::{Late, Run, Samples};
use crate::index::SeriesId;

pub(crate) use journal::{Entry, read, split};
pub(crate) use read::{Page, beside};

/// Histograms of one series in the order of time.
type Histograms = Run<Arc<Histogram>>;

/// Most buckets of one histogram: clients keep to a few hundred.
const MOST_BUCKETS: usize = 16_384;

/// Refuses what is no histogram, and makes markers of the end of a series out of those that are one.
pub(crate) fn admit(series: &mut SeriesSamples, admitted: &mut Admitted) {
    let SeriesSamples {
        labels,
        at_ms,
        values,
        histograms,
    } = series;
    histograms.retain(|(at, histogram)| {
        if histogram.is_stale() {
            let place = at_ms.partition_point(|other| other < at);
            if at_ms.get(place) != Some(at) {
                at_ms.insert(place, *at);
                values.insert(place, STALE);
            }
            return false;
        }
        let buckets = histogram.positive.counts.len() + histogram.negative.counts.len();
        let is_one = histogram.check(Counts::Fractions).is_ok() && buckets <= MOST_BUCKETS;
        if !is_one {
            admitted.refuse(Refusal::NoHistogram, 1, labels);
        }
        is_one
    });
}

/// Leaves only histograms whose time is within the window and not too late.
pub(crate) fn keep_timely(
    series: &mut SeriesSamples,
    window: &RangeInclusive<TimestampMs>,
    is_late: impl Fn(TimestampMs) -> bool,
    admitted: &mut Admitted,
) {
    let labels = &series.labels;
    series.histograms.retain(|(at, _)| {
        let refused = judge(*at, window, &is_late);
        if let Some(why) = refused {
            admitted.refuse(why, 1, labels);
        }
        refused.is_none()
    });
}

/// Takes the histograms of some series into memory; their weight.
pub(crate) fn put(
    into: &mut Samples<Arc<Histogram>>,
    taken: &[(SeriesId, SeriesSamples)],
) -> usize {
    let (mut late, mut weight) = (Late::default(), 0);
    for (id, series) in taken {
        for (at_ms, histogram) in &series.histograms {
            weight += histogram.weight();
            into.put(*id, *at_ms, Arc::clone(histogram), &mut late);
        }
    }
    into.settle(late);
    weight
}

#[cfg(test)]
mod examples {
    use model::{Buckets, CUSTOM_BUCKETS, CounterReset, Span};

    use super::*;

    /// Histograms of all kinds.
    pub(super) fn all() -> Vec<Histogram> {
        let growing = |n: i32| Histogram {
            schema: 3,
            zero_threshold: 1e-128,
            zero_count: f64::from(n),
            count: f64::from(n * 12),
            sum: f64::from(n) * 0.7,
            positive: Buckets {
                spans: vec![
                    Span {
                        offset: -7,
                        length: 2,
                    },
                    Span {
                        offset: 90,
                        length: 1,
                    },
                ],
                counts: vec![f64::from(n * 3), 0.0, f64::from(n * 7)],
            },
            negative: Buckets::from_numbered([(-3, f64::from(n))]),
            ..Histogram::default()
        };
        let custom = Histogram {
            reset: CounterReset::Gauge,
            schema: CUSTOM_BUCKETS,
            count: 0.75,
            sum: f64::NAN,
            positive: Buckets::from_numbered([(0, 0.5), (2, 0.25)]),
            bounds: vec![-1.5, 0.1],
            ..Histogram::default()
        };
        let mut all: Vec<_> = (1..20).map(growing).collect();
        all[0].reset = CounterReset::Reset;
        all[5].reset = CounterReset::NotReset;
        all.insert(7, custom);
        all.insert(8, Histogram::default());
        all
    }

    /// They have not-a-numbers, so they are compared by how they are shown.
    pub(super) fn shown(all: &[Histogram]) -> Vec<String> {
        all.iter().map(|one| format!("{one:?}")).collect()
    }
}
