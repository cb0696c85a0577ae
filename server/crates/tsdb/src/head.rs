//! The newest samples, in memory.
//!
//! What no chunk has yet is in the journal too. What chunks have is kept for a few minutes longer: most
//! questions are about now, and are answered without the disk.

use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;
use model::{Histogram, TimestampMs};

use crate::index::{Index, SeriesId};

/// Samples in the order of time, each time once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run<V = f64> {
    pub(crate) at_ms: Vec<TimestampMs>,
    pub(crate) values: Vec<V>,
}

impl<V> Default for Run<V> {
    fn default() -> Self {
        Self {
            at_ms: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl<V: Clone> Run<V> {
    pub(crate) fn is_empty(&self) -> bool {
        self.at_ms.is_empty()
    }

    /// Takes a sample that is newer than all others.
    fn push(&mut self, at_ms: TimestampMs, value: V) {
        if self.at_ms.len() == self.at_ms.capacity() {
            // Less at a time than a vector takes by itself: there are many of these.
            let more = (self.at_ms.len() / 4).max(8);
            self.at_ms.reserve_exact(more);
            self.values.reserve_exact(more);
        }
        self.at_ms.push(at_ms);
        self.values.push(value);
    }

    /// Samples in any order; of two for one time the first stays, so sending again changes nothing.
    pub(crate) fn sorted(mut samples: Vec<(TimestampMs, V)>) -> Self {
        samples.sort_by_key(|(at_ms, _)| *at_ms);
        samples.dedup_by_key(|(at_ms, _)| *at_ms);
        let (at_ms, values) = samples.into_iter().unzip();
        Self { at_ms, values }
    }

    pub(crate) fn shrink(&mut self) {
        self.at_ms.shrink_to_fit();
        self.values.shrink_to_fit();
    }

    /// The samples from one time to another, both inclusive.
    pub(crate) fn between(&self, from_ms: TimestampMs, to_ms: TimestampMs) -> Self {
        self.slice(self.places(from_ms, to_ms))
    }

    /// Where they are.
    pub(crate) fn places(&self, from_ms: TimestampMs, to_ms: TimestampMs) -> Range<usize> {
        let begin = self.at_ms.partition_point(|at| *at < from_ms);
        let end = self.at_ms.partition_point(|at| *at <= to_ms).max(begin);
        begin..end
    }

    pub(crate) fn slice(&self, places: Range<usize>) -> Self {
        Self {
            at_ms: self.at_ms[places.clone()].to_vec(),
            values: self.values[places].to_vec(),
        }
    }

    /// This and what comes after it in rank: where both have a time, this one's sample stays.
    pub(crate) fn merge(self, later: Self) -> Self {
        if self.is_empty() {
            return later;
        }
        let mut merged = self;
        // What is behind the first of the other is all that has to be merged: mostly nothing.
        let first = later.at_ms.first().copied().unwrap_or(TimestampMs::MAX);
        let common = merged.at_ms.partition_point(|at| *at < first);
        let rest = Self {
            at_ms: merged.at_ms.split_off(common),
            values: merged.values.split_off(common),
        };
        let tail = rest.interleave(later);
        merged.at_ms.extend(tail.at_ms);
        merged.values.extend(tail.values);
        merged
    }

    fn interleave(self, later: Self) -> Self {
        if self.is_empty() {
            return later;
        }
        let mut both = Self::default();
        let mut ours = self.at_ms.into_iter().zip(self.values).peekable();
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
struct Series<V> {
    /// The newest time of all.
    newest_ms: TimestampMs,
    /// In chunks already.
    recent: Run<V>,
    /// Being written as a chunk; in the journal until it is.
    sealed: Option<Arc<Run<V>>>,
    /// Taken since.
    open: Run<V>,
}

impl<V> Default for Series<V> {
    fn default() -> Self {
        Self {
            newest_ms: TimestampMs::MIN,
            recent: Run::default(),
            sealed: None,
            open: Run::default(),
        }
    }
}

/// Samples that are not newer than what their series has: they are put in together, because each by
/// itself would move all behind it.
pub(crate) struct Late<V = f64>(HashMap<SeriesId, Vec<(TimestampMs, V)>>);

impl<V> Default for Late<V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// What memory has of samples of one kind: numbers, or histograms.
pub(crate) struct Samples<V = f64> {
    series: HashMap<SeriesId, Series<V>>,
    /// The newest time of all series.
    newest_ms: TimestampMs,
}

/// The series and their newest samples.
pub(crate) struct Head {
    pub(crate) index: Index,
    pub(crate) floats: Samples,
    pub(crate) histograms: Samples<Arc<Histogram>>,
    /// From this time on memory has all samples there are.
    complete_ms: TimestampMs,
}

impl Head {
    /// Without samples, where chunks have none from this time on.
    pub(crate) fn new(index: Index, complete_ms: TimestampMs) -> Self {
        Self {
            index,
            floats: Samples::new(),
            histograms: Samples::new(),
            complete_ms,
        }
    }

    /// Whether memory has samples of a series.
    pub(crate) fn has(&self, id: SeriesId) -> bool {
        self.floats.series.contains_key(&id) || self.histograms.series.contains_key(&id)
    }

    /// Whether memory has all samples there are from a time on.
    pub(crate) fn is_complete_from(&self, from_ms: TimestampMs) -> bool {
        from_ms >= self.complete_ms
    }

    /// Whether memory has samples of a series in a stretch of time.
    pub(crate) fn has_between(
        &self,
        id: SeriesId,
        from_ms: TimestampMs,
        to_ms: TimestampMs,
    ) -> bool {
        self.floats.has_between(id, from_ms, to_ms)
            || self.histograms.has_between(id, from_ms, to_ms)
    }

    /// The time of the oldest number that no chunk has yet; the end of time where there is none.
    pub(crate) fn oldest_unwritten(&self) -> TimestampMs {
        let first = |series: &Series<f64>| {
            let sealed = series.sealed.as_deref().and_then(|run| run.at_ms.first());
            let open = series.open.at_ms.first();
            sealed.into_iter().chain(open).min().copied()
        };
        let firsts = self.floats.series.values().filter_map(first);
        firsts.min().unwrap_or(TimestampMs::MAX)
    }

    /// What was set aside is in chunks now: keeps of it what is not older than a time.
    pub(crate) fn finish_compaction(&mut self, keep_from_ms: TimestampMs) {
        self.complete_ms = self.complete_ms.max(keep_from_ms);
        self.floats.finish_compaction(self.complete_ms);
        self.histograms.finish_compaction(self.complete_ms);
    }
}

impl<V: Clone> Samples<V> {
    fn new() -> Self {
        Self {
            series: HashMap::new(),
            newest_ms: TimestampMs::MIN,
        }
    }

    /// Takes a sample of a series that is in the index; a late one waits for [`Samples::settle`].
    pub(crate) fn put(&mut self, id: SeriesId, at_ms: TimestampMs, value: V, late: &mut Late<V>) {
        self.put_all(id, &[at_ms], &[value], late);
    }

    /// Takes samples of a series that is in the index; late ones wait for [`Samples::settle`].
    pub(crate) fn put_all(
        &mut self,
        id: SeriesId,
        at_ms: &[TimestampMs],
        values: &[V],
        late: &mut Late<V>,
    ) {
        let series = self.series.entry(id).or_default();
        for (at_ms, value) in at_ms.iter().copied().zip(values.iter().cloned()) {
            self.newest_ms = self.newest_ms.max(at_ms);
            series.newest_ms = series.newest_ms.max(at_ms);
            if series.open.at_ms.last().is_none_or(|last| *last < at_ms) {
                series.open.push(at_ms, value);
            } else {
                late.0.entry(id).or_default().push((at_ms, value));
            }
        }
    }

    /// Puts late samples into their places.
    pub(crate) fn settle(&mut self, late: Late<V>) {
        for (id, samples) in late.0 {
            let open = &mut self.series.entry(id).or_default().open;
            *open = std::mem::take(open).merge(Run::sorted(samples));
        }
    }

    /// Whether a sample is behind the newest one of its series, as far as memory knows, by more than this.
    pub(crate) fn is_late(&self, id: SeriesId, at_ms: TimestampMs, late_ms: i64) -> bool {
        let is_behind = |newest: TimestampMs| at_ms < newest.saturating_sub(late_ms);
        // Hardly any is, so one look at all series spares the one at each.
        is_behind(self.newest_ms)
            && self
                .series
                .get(&id)
                .is_some_and(|series| is_behind(series.newest_ms))
    }

    fn has_between(&self, id: SeriesId, from_ms: TimestampMs, to_ms: TimestampMs) -> bool {
        let Some(series) = self.series.get(&id) else {
            return false;
        };
        let runs = [
            Some(&series.recent),
            series.sealed.as_deref(),
            Some(&series.open),
        ];
        let mut runs = runs.into_iter().flatten();
        runs.any(|run| {
            let first = run.at_ms.partition_point(|at| *at < from_ms);
            run.at_ms.get(first).is_some_and(|at| *at <= to_ms)
        })
    }

    /// The samples of a series in a stretch of time.
    pub(crate) fn between(&self, id: SeriesId, from_ms: TimestampMs, to_ms: TimestampMs) -> Run<V> {
        let Some(series) = self.series.get(&id) else {
            return Run::default();
        };
        let mut all = series.recent.between(from_ms, to_ms);
        if let Some(sealed) = &series.sealed {
            all = all.merge(sealed.between(from_ms, to_ms));
        }
        all.merge(series.open.between(from_ms, to_ms))
    }

    /// Sets everything aside for writing, what an earlier attempt set aside included.
    pub(crate) fn seal(&mut self) -> Vec<(SeriesId, Arc<Run<V>>)> {
        let seal = |(id, series): (&SeriesId, &mut Series<V>)| {
            let mut open = std::mem::take(&mut series.open);
            if let Some(sealed) = series.sealed.take() {
                open = Arc::unwrap_or_clone(sealed).merge(open);
            }
            if open.is_empty() {
                return None;
            }
            let sealed = Arc::new(open);
            series.sealed = Some(Arc::clone(&sealed));
            Some((*id, sealed))
        };
        self.series.iter_mut().filter_map(seal).collect()
    }

    fn finish_compaction(&mut self, from_ms: TimestampMs) {
        self.series.retain(|_, series| {
            let recent = series.recent.between(from_ms, TimestampMs::MAX);
            let sealed = series.sealed.take();
            let sealed = sealed.map(|sealed| sealed.between(from_ms, TimestampMs::MAX));
            series.recent = recent.merge(sealed.unwrap_or_default());
            series.recent.shrink();
            !series.open.is_empty() || !series.recent.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(samples: &[(i64, f64)]) -> Run {
        Run::sorted(samples.to_vec())
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
        let mut head = Head::new(Index::default(), 0);
        let mut late = Late::default();
        head.floats.put_all(1, &[10, 20], &[1.0, 2.0], &mut late);
        assert_eq!(*head.floats.seal()[0].1, run(&[(10, 1.0), (20, 2.0)]));
        head.floats
            .put_all(1, &[15, 30, 30, 12], &[1.5, 3.0, 9.0, 1.2], &mut late);
        head.floats.settle(late);
        let mut late = Late::default();
        assert_eq!(head.floats.between(1, 0, 99).at_ms, [10, 12, 15, 20, 30]);
        // The first attempt failed: the second takes all.
        assert_eq!(head.floats.seal()[0].1.at_ms, [10, 12, 15, 20, 30]);
        head.floats.put(1, 40, 4.0, &mut late);
        assert!(head.is_complete_from(0));
        head.finish_compaction(20);
        assert!(head.is_complete_from(20) && !head.is_complete_from(19));
        assert_eq!(head.floats.between(1, 0, 99).at_ms, [20, 30, 40]);
        assert_eq!(head.floats.seal()[0].1.at_ms, [40], "the rest is in chunks");
        head.finish_compaction(35);
        assert_eq!(head.floats.between(1, 0, 99).at_ms, [40]);
        assert!(head.floats.seal().is_empty());
        head.finish_compaction(50);
        assert!(!head.has(1));
    }
}
