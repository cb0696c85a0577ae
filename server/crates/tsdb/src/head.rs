//! The newest samples, in memory. All of them are in the journal too.

use std::collections::HashMap;
use std::sync::Arc;

use model::TimestampMs;

use crate::index::{Index, SeriesId};

/// Samples in the order of time, each time once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Run {
    pub(crate) at_ms: Vec<TimestampMs>,
    pub(crate) values: Vec<f64>,
}

impl Run {
    pub(crate) fn is_empty(&self) -> bool {
        self.at_ms.is_empty()
    }

    /// Takes one sample; of two for one time the first stays, so sending again changes nothing.
    pub(crate) fn put(&mut self, at_ms: TimestampMs, value: f64) {
        if self.at_ms.last().is_none_or(|last| *last < at_ms) {
            self.at_ms.push(at_ms);
            self.values.push(value);
        } else if let Err(place) = self.at_ms.binary_search(&at_ms) {
            self.at_ms.insert(place, at_ms);
            self.values.insert(place, value);
        }
    }

    /// The samples from one time to another, both inclusive.
    pub(crate) fn between(&self, from_ms: TimestampMs, to_ms: TimestampMs) -> Self {
        let begin = self.at_ms.partition_point(|at| *at < from_ms);
        let end = self.at_ms.partition_point(|at| *at <= to_ms).max(begin);
        Self {
            at_ms: self.at_ms[begin..end].to_vec(),
            values: self.values[begin..end].to_vec(),
        }
    }

    /// This and what comes after it in rank: where both have a time, this one's sample stays.
    pub(crate) fn merge(self, later: Self) -> Self {
        if self.is_empty() {
            return later;
        }
        let mut merged = self;
        let is_behind = match (merged.at_ms.last(), later.at_ms.first()) {
            (Some(last), Some(first)) => last < first,
            _ => true,
        };
        if is_behind {
            merged.at_ms.extend(later.at_ms);
            merged.values.extend(later.values);
            return merged;
        }
        let mut both = Self::default();
        let mut ours = merged.at_ms.into_iter().zip(merged.values).peekable();
        let mut theirs = later.at_ms.into_iter().zip(later.values).peekable();
        loop {
            let next = match (ours.peek(), theirs.peek()) {
                (Some((a, _)), Some((b, _))) if a > b => theirs.next(),
                (Some((a, _)), Some((b, _))) if a == b => {
                    theirs.next();
                    ours.next()
                }
                (Some(_), _) => ours.next(),
                (None, _) => theirs.next(),
            };
            let Some((at_ms, value)) = next else {
                return both;
            };
            both.at_ms.push(at_ms);
            both.values.push(value);
        }
    }
}

/// What memory has of one series.
#[derive(Default)]
struct Series {
    /// Being written as a chunk; in the journal until it is.
    sealed: Arc<Run>,
    /// Taken since.
    open: Run,
}

/// The series and their newest samples.
#[derive(Default)]
pub(crate) struct Head {
    pub(crate) index: Index,
    series: HashMap<SeriesId, Series>,
}

impl Head {
    /// Takes samples of a series that is in the index.
    pub(crate) fn put(&mut self, id: SeriesId, samples: impl Iterator<Item = (TimestampMs, f64)>) {
        let open = &mut self.series.entry(id).or_default().open;
        samples.for_each(|(at_ms, value)| open.put(at_ms, value));
    }

    /// Samples that are in no chunk yet.
    pub(crate) fn samples(&self) -> usize {
        let of = |series: &Series| series.sealed.at_ms.len() + series.open.at_ms.len();
        self.series.values().map(of).sum()
    }

    /// Whether memory has samples of a series.
    pub(crate) fn has(&self, id: SeriesId) -> bool {
        self.series.contains_key(&id)
    }

    /// The samples of a series in a stretch of time.
    pub(crate) fn between(&self, id: SeriesId, from_ms: TimestampMs, to_ms: TimestampMs) -> Run {
        let Some(series) = self.series.get(&id) else {
            return Run::default();
        };
        let sealed = series.sealed.between(from_ms, to_ms);
        sealed.merge(series.open.between(from_ms, to_ms))
    }

    /// Sets everything aside for writing, what an earlier attempt set aside included.
    pub(crate) fn seal(&mut self) -> Vec<(SeriesId, Arc<Run>)> {
        let seal = |(id, series): (&SeriesId, &mut Series)| {
            let sealed = Arc::unwrap_or_clone(std::mem::take(&mut series.sealed));
            series.sealed = Arc::new(sealed.merge(std::mem::take(&mut series.open)));
            (*id, Arc::clone(&series.sealed))
        };
        self.series.iter_mut().map(seal).collect()
    }

    /// Forgets what was set aside: it is in chunks now.
    pub(crate) fn drop_sealed(&mut self) {
        self.series.retain(|_, series| {
            series.sealed = Arc::default();
            !series.open.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(samples: &[(i64, f64)]) -> Run {
        let mut run = Run::default();
        samples.iter().for_each(|(at, value)| run.put(*at, *value));
        run
    }

    #[test]
    fn late_and_double_samples_find_their_place() {
        let run = run(&[(10, 1.0), (30, 3.0), (20, 2.0), (30, 9.0), (5, 0.5)]);
        assert_eq!(run.at_ms, [5, 10, 20, 30]);
        assert_eq!(run.values, [0.5, 1.0, 2.0, 3.0]);
        assert_eq!(run.between(10, 20).at_ms, [10, 20]);
        assert_eq!(run.between(21, 29), Run::default());
        assert_eq!(run.between(30, 5), Run::default());
    }

    #[test]
    fn runs_merge() {
        for (a, b, expected) in [
            (&[][..], &[(1, 1.0)][..], &[(1, 1.0)][..]),
            (&[(1, 1.0)], &[], &[(1, 1.0)]),
            (&[(1, 1.0)], &[(2, 2.0)], &[(1, 1.0), (2, 2.0)]),
            (
                &[(2, 2.0), (4, 4.0)],
                &[(1, 1.0), (3, 3.0), (5, 5.0)],
                &[(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0), (5, 5.0)],
            ),
            (
                &[(1, 1.0), (2, 2.0)],
                &[(2, 9.0), (3, 3.0)],
                &[(1, 1.0), (2, 2.0), (3, 3.0)],
            ),
        ] {
            assert_eq!(run(a).merge(run(b)), run(expected));
        }
    }

    #[test]
    fn what_is_set_aside_is_still_read() {
        let mut head = Head::default();
        head.put(1, [(10, 1.0), (20, 2.0)].into_iter());
        assert_eq!(*head.seal()[0].1, run(&[(10, 1.0), (20, 2.0)]));
        head.put(1, [(15, 1.5), (30, 3.0)].into_iter());
        assert_eq!(head.between(1, 0, 99).at_ms, [10, 15, 20, 30]);
        assert_eq!(head.samples(), 4);
        // The first attempt failed: the second takes all.
        assert_eq!(head.seal()[0].1.at_ms, [10, 15, 20, 30]);
        head.put(1, [(40, 4.0)].into_iter());
        head.drop_sealed();
        assert_eq!(head.between(1, 0, 99).at_ms, [40]);
        head.seal();
        head.drop_sealed();
        assert!(!head.has(1));
    }
}
