//! Exemplars: the newest so many of all series, in memory.
//!
//! Each new one takes the place of the oldest, as in Prometheus
//! (<https://prometheus.io/docs/prometheus/latest/feature_flags/#exemplars-storage>), and by the same rules: its series
//! is known, it is not the newest of its series once more, and not older than that. What has come is written to
//! disk every few seconds, so that the next start has it again.

mod store;

use std::collections::{HashSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use db::Db;
use hashbrown::HashMap;
use model::{Dropped, Exemplar, ExemplarsTaken, Labels, Matcher, SeriesExemplars, TimestampMs};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::index::SeriesId;
use crate::storage::Storage;
use store::Row;

/// How often new ones are written: what a killed process can lose of them.
const INTERVAL: Duration = Duration::from_secs(5);

/// How many series, or conditions on one, are looked at without asking whether to go on.
const AT_ONCE: usize = 500;

/// All exemplars, numbered in the order in which they came.
#[derive(Default)]
pub(crate) struct Exemplars {
    /// Those of each series, the oldest first.
    by_series: HashMap<SeriesId, VecDeque<(i64, Exemplar)>>,
    /// To which series each belongs, the oldest first; some may have gone from there already.
    order: VecDeque<(i64, SeriesId)>,
    /// The number of the one that comes next.
    next: i64,
    /// The number from which on the disk has none.
    unwritten: i64,
}

impl Exemplars {
    /// Those that the disk has, of series that are known.
    pub(crate) async fn open(db: &Db, is_known: impl Fn(SeriesId) -> bool) -> Result<Self, Error> {
        let mut all = Self::default();
        for (number, Row { series, exemplar }) in store::all(db).await? {
            all.next = number.saturating_add(1);
            if is_known(series) {
                all.order.push_back((number, series));
                let of_series = all.by_series.entry(series).or_default();
                of_series.push_back((number, exemplar));
            }
        }
        all.unwritten = all.next;
        Ok(all)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_series.values().map(VecDeque::len).sum()
    }

    /// Takes one in, at the end of its series.
    fn put(&mut self, series: SeriesId, exemplar: Exemplar) -> Result<(), Dropped> {
        let of_series = self.by_series.entry(series).or_default();
        if let Some((_, newest)) = of_series.back() {
            if exemplar.is_same(newest) {
                return Err(Dropped::Duplicate);
            }
            if exemplar.order(newest).is_lt() {
                return Err(Dropped::OutOfOrder);
            }
        }
        of_series.push_back((self.next, exemplar));
        self.order.push_back((self.next, series));
        self.next += 1;
        Ok(())
    }

    /// Leaves so many, the newest.
    fn shrink(&mut self, most: usize) {
        while self.order.len() > most
            && let Some((number, series)) = self.order.pop_front()
        {
            let Some(of_series) = self.by_series.get_mut(&series) else {
                continue;
            };
            if of_series.front().is_some_and(|(first, _)| *first == number) {
                of_series.pop_front();
            }
            if of_series.is_empty() {
                self.by_series.remove(&series);
            }
        }
    }

    /// Forgets those that are older than a time.
    fn forget_before(&mut self, before_ms: TimestampMs) {
        self.by_series.retain(|_, of_series| {
            let old = of_series.partition_point(|(_, one)| one.at_ms < before_ms);
            of_series.drain(..old);
            !of_series.is_empty()
        });
    }

    /// Forgets those of some series.
    pub(crate) fn forget_series(&mut self, gone: &[SeriesId]) {
        for series in gone {
            self.by_series.remove(series);
        }
    }

    /// Those that are not on disk.
    fn unwritten(&self) -> Vec<(i64, Row)> {
        let first = self
            .order
            .partition_point(|(number, _)| *number < self.unwritten);
        let rows = self.order.range(first..).filter_map(|(number, series)| {
            let of_series = self.by_series.get(series)?;
            let place = of_series.binary_search_by_key(number, |(known, _)| *known);
            let (_, exemplar) = of_series.get(place.ok()?)?;
            let row = Row {
                series: *series,
                exemplar: exemplar.clone(),
            };
            Some((*number, row))
        });
        rows.collect()
    }

    /// The number of the oldest.
    fn first(&self) -> i64 {
        self.order.front().map_or(self.next, |(number, _)| *number)
    }
}

impl Storage {
    /// Takes exemplars in.
    pub(crate) fn put_exemplars(
        &self,
        mut all: Vec<(Labels, Exemplar)>,
        now_ms: TimestampMs,
    ) -> ExemplarsTaken {
        let mut taken = ExemplarsTaken::default();
        if all.is_empty() {
            return taken;
        }
        let config = self.config();
        if config.exemplars == 0 {
            taken.dropped.insert(Dropped::Off, all.len() as u64);
            return taken;
        }
        let window = config.window(now_ms, self.oldest.load(Ordering::Relaxed));
        // Senders tell of them in any order.
        all.sort_by(|(_, a), (_, b)| a.order(b));
        let known: Vec<_> = {
            let head = self.read_head();
            let id = |(labels, exemplar)| (head.index.find(&labels), exemplar);
            all.into_iter().map(id).collect()
        };
        let mut exemplars = self.exemplars();
        for (series, exemplar) in known {
            let put = match series {
                None => Err(Dropped::UnknownSeries),
                Some(_) if exemplar.at_ms < *window.start() => Err(Dropped::TooOld),
                Some(_) if exemplar.at_ms > *window.end() => Err(Dropped::TooFarAhead),
                Some(series) => exemplars.put(series, exemplar),
            };
            match put {
                Ok(()) => taken.taken += 1,
                Err(why) => taken.drop_one(why),
            }
        }
        exemplars.shrink(config.exemplars);
        taken
    }

    /// The exemplars of some series in a stretch of time. Few series have some, so these are looked at, and not all
    /// that match.
    pub(crate) fn find_exemplars(
        &self,
        any_of: &[Vec<Matcher>],
        (from_ms, to_ms): (TimestampMs, TimestampMs),
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Vec<SeriesExemplars> {
        let mut seen = HashSet::new();
        let distinct = any_of.iter().filter(|it| seen.insert(format!("{it:?}")));
        let any_of: Vec<_> = distinct.collect();
        let with_some: Vec<SeriesId> = self.exemplars().by_series.keys().copied().collect();
        let mut found = Vec::new();
        // Whoever writes waits for one part only.
        for part in with_some.chunks(AT_ONCE) {
            let series = self.matching_any(part, &any_of, go_on);
            let exemplars = self.exemplars();
            let of = |(id, labels)| {
                let of_series = exemplars.by_series.get(&id)?;
                let within = of_series.iter().map(|(_, exemplar)| exemplar);
                let within = within.filter(|one| (from_ms..=to_ms).contains(&one.at_ms));
                let exemplars: Vec<_> = within.cloned().collect();
                (!exemplars.is_empty()).then_some(SeriesExemplars { labels, exemplars })
            };
            found.extend(series.into_iter().filter_map(of));
            if go_on().is_break() {
                break;
            }
        }
        found.sort_unstable_by(|a, b| a.labels.cmp(&b.labels));
        found
    }

    /// Which of some series fulfil all conditions of one of the lists.
    fn matching_any(
        &self,
        of: &[SeriesId],
        any_of: &[&Vec<Matcher>],
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Vec<(SeriesId, Labels)> {
        let head = self.read_head();
        let mut found = Vec::new();
        for known in of.iter().filter_map(|id| head.index.get(*id)) {
            for lists in any_of.chunks(AT_ONCE) {
                let fulfils =
                    |all: &&Vec<Matcher>| all.iter().all(|one| one.matches(&known.labels));
                if lists.iter().any(fulfils) {
                    found.push((known.id, known.labels.clone()));
                    break;
                }
                if any_of.len() > AT_ONCE && go_on().is_break() {
                    return found;
                }
            }
        }
        found
    }

    /// Forgets exemplars that are older than a time.
    pub(crate) async fn forget_exemplars(&self, before_ms: TimestampMs) -> Result<(), Error> {
        self.exemplars().forget_before(before_ms);
        store::forget(&self.db, before_ms).await
    }

    /// Exemplars that are kept.
    pub fn exemplar_count(&self) -> usize {
        self.exemplars().len()
    }

    /// Writes exemplars every few seconds, until told to stop, and then once more.
    pub async fn keep_exemplars(self: Arc<Self>, stop: CancellationToken) {
        let mut is_stopping = false;
        while !is_stopping {
            let pause = tokio::time::sleep(INTERVAL);
            is_stopping = stop.run_until_cancelled(pause).await.is_none();
            if let Err(error) = self.write_exemplars().await {
                tracing::error!(%error, "exemplars cannot be written; it is tried again");
            }
        }
    }

    /// Writes the exemplars that the disk does not have, and deletes those that memory does not have any more.
    ///
    /// # Errors
    /// When the disk refuses; then the next one tries again.
    pub async fn write_exemplars(&self) -> Result<(), Error> {
        let (rows, first, next) = {
            let exemplars = self.exemplars();
            (exemplars.unwritten(), exemplars.first(), exemplars.next)
        };
        if rows.is_empty() {
            return Ok(());
        }
        store::write(&self.db, rows, first).await?;
        self.exemplars().unwritten = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: &str, value: f64, at_ms: i64) -> Exemplar {
        Exemplar::new(&[("trace_id", id)], value, Some(at_ms), 0).unwrap()
    }

    fn times(all: &Exemplars, series: SeriesId) -> Vec<i64> {
        let of_series = all.by_series.get(&series).into_iter().flatten();
        of_series.map(|(_, exemplar)| exemplar.at_ms).collect()
    }

    #[test]
    fn the_oldest_of_all_go() {
        let mut all = Exemplars::default();
        for at_ms in 0..10 {
            all.put(1 + at_ms as SeriesId % 2, one("a", 1.0, at_ms))
                .unwrap();
            all.shrink(4);
        }
        assert_eq!((times(&all, 1), times(&all, 2)), (vec![6, 8], vec![7, 9]));
        all.put(3, one("a", 1.0, 0)).unwrap();
        all.shrink(2);
        assert_eq!((times(&all, 2), times(&all, 3)), (vec![9], vec![0]));
        assert!(!all.by_series.contains_key(&1), "nothing is left of it");
        all.shrink(0);
        assert!(all.by_series.is_empty() && all.order.is_empty());
    }

    #[test]
    fn duplicates_and_older_ones_are_dropped() {
        let mut all = Exemplars::default();
        for (exemplar, expected) in [
            (one("b", 1.0, 10), Ok(())),
            (one("b", 1.0, 10), Err(Dropped::Duplicate)),
            (one("b", 1.0, 9), Err(Dropped::OutOfOrder)),
            (one("b", 0.5, 10), Err(Dropped::OutOfOrder)),
            (one("a", 1.0, 10), Err(Dropped::OutOfOrder)),
            (one("c", 1.0, 10), Ok(())),
            (one("c", 2.0, 10), Ok(())),
            (one("b", 1.0, 11), Ok(())),
        ] {
            assert_eq!(all.put(1, exemplar.clone()), expected, "{exemplar:?}");
        }
        let undated = |at_ms| Exemplar::new(&[("x", "y")], 1.0, None, at_ms).unwrap();
        assert_eq!(all.put(2, undated(5)), Ok(()));
        assert_eq!(all.put(2, undated(20)), Err(Dropped::Duplicate));
    }

    #[test]
    fn what_is_forgotten_leaves_the_rest_in_order() {
        let mut all = Exemplars::default();
        for (series, at_ms) in [(1, 5), (2, 1), (1, 6), (2, 9), (3, 4)] {
            all.put(series, one("a", 1.0, at_ms)).unwrap();
        }
        all.forget_before(6);
        assert_eq!((times(&all, 1), times(&all, 2)), (vec![6], vec![9]));
        all.forget_series(&[1]);
        let rows = all.unwritten();
        assert_eq!((rows.len(), rows[0].0, all.first()), (1, 3, 0));
        all.unwritten = 4;
        assert!(all.unwritten().is_empty());
        all.shrink(2);
        assert_eq!((all.len(), all.first()), (1, 3));
        all.shrink(1);
        assert_eq!(all.len(), 0);
    }
}
