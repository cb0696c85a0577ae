//! Deltas become cumulative: the store, and everything that asks it, counts from a beginning.
//!
//! What is added up is kept in memory only. After a restart of the product sums begin anew, which `rate` and
//! `increase` take for what it is: a reset of a counter.

use std::time::{Duration, Instant};

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::known::Key;

/// Most streams that are added up; one is a point with its attributes.
const MOST_STREAMS: usize = 100_000;
/// Most numbers in all of them: a histogram has one for each of its series.
const MOST_NUMBERS: usize = 2_000_000;
/// After how long without a point a stream is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// What can be added up.
pub(super) trait Adds {
    /// Adds another of the same stream.
    fn add(&mut self, other: Self);
    /// How many numbers it has, about.
    fn numbers(&self) -> usize;
}

/// The numbers of points that have the same ones each time.
impl Adds for Vec<f64> {
    fn add(&mut self, other: Self) {
        for (sum, number) in self.iter_mut().zip(other) {
            *sum += number;
        }
    }

    fn numbers(&self) -> usize {
        self.len()
    }
}

/// Why a delta is not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// A newer one of its stream has been added before.
    OutOfOrder,
    /// There are as many streams as fit.
    TooMany,
}

impl Unusable {
    /// The reason as a word, for counters.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::OutOfOrder => "delta_out_of_order",
            Self::TooMany => "too_many_deltas",
        }
    }
}

struct Stream<S> {
    at_ns: u64,
    sum: S,
    seen: Instant,
}

/// Streams of deltas with what they come to.
pub(super) struct Deltas<S> {
    streams: HashMap<Key, Stream<S>>,
    numbers: usize,
    swept: Option<Instant>,
}

impl<S> Default for Deltas<S> {
    fn default() -> Self {
        Self {
            streams: HashMap::new(),
            numbers: 0,
            swept: None,
        }
    }
}

impl<S: Adds> Deltas<S> {
    /// Adds a point to those of its stream, and says what they come to. The same point once more (a sender
    /// that had no answer) changes nothing.
    pub(super) fn add(
        &mut self,
        key: Key,
        at_ns: u64,
        delta: S,
        now: Instant,
    ) -> Result<&S, Unusable> {
        let more = delta.numbers();
        if !self.streams.contains_key(&key) && self.is_full(more) {
            self.sweep(now);
            if self.is_full(more) {
                return Err(Unusable::TooMany);
            }
        }
        match self.streams.entry(key) {
            Entry::Vacant(vacant) => {
                self.numbers += more;
                let new = Stream {
                    at_ns,
                    sum: delta,
                    seen: now,
                };
                Ok(&vacant.insert(new).sum)
            }
            Entry::Occupied(occupied) => {
                let stream = occupied.into_mut();
                if at_ns < stream.at_ns {
                    return Err(Unusable::OutOfOrder);
                }
                stream.seen = now;
                if at_ns > stream.at_ns {
                    let before = stream.sum.numbers();
                    stream.at_ns = at_ns;
                    stream.sum.add(delta);
                    self.numbers = self.numbers + stream.sum.numbers() - before;
                }
                Ok(&stream.sum)
            }
        }
    }

    fn is_full(&self, more: usize) -> bool {
        self.streams.len() >= MOST_STREAMS || self.numbers + more > MOST_NUMBERS
    }

    /// Forgets what has not come for long; not more often than is worth it.
    fn sweep(&mut self, now: Instant) {
        const PAUSE: Duration = Duration::from_secs(10);
        if self
            .swept
            .is_some_and(|swept| now.duration_since(swept) < PAUSE)
        {
            return;
        }
        self.swept = Some(now);
        self.streams
            .retain(|_, stream| now.duration_since(stream.seen) < FORGOTTEN);
        let streams = self.streams.values();
        self.numbers = streams.map(|stream| stream.sum.numbers()).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_add_up_in_their_order() {
        let mut deltas = Deltas::default();
        let now = Instant::now();
        let mut add = |key, at, number| {
            let sums = deltas.add(key, at, vec![number, 2.0 * number], now);
            sums.cloned()
        };
        assert_eq!(add(1, 10, 3.0), Ok(vec![3.0, 6.0]));
        assert_eq!(add(1, 20, 4.0), Ok(vec![7.0, 14.0]));
        assert_eq!(add(1, 20, 4.0), Ok(vec![7.0, 14.0]), "sent again");
        assert_eq!(add(1, 15, 1.0), Err(Unusable::OutOfOrder));
        assert_eq!(add(2, 15, 1.0), Ok(vec![1.0, 2.0]), "another stream");
        assert_eq!(add(1, 30, 0.5), Ok(vec![7.5, 15.0]));
    }

    #[test]
    fn memory_is_bounded_and_old_streams_give_way() {
        let mut deltas = Deltas::default();
        let mut now = Instant::now();
        for key in 0..MOST_STREAMS as u128 {
            deltas.add(key, 1, vec![1.0], now).unwrap();
        }
        let refused = deltas.add(u128::MAX, 1, vec![1.0], now);
        assert_eq!(refused, Err(Unusable::TooMany));
        deltas.add(7, 2, vec![1.0], now).unwrap();
        now += FORGOTTEN / 2;
        deltas.add(7, 3, vec![1.0], now).unwrap();
        now += FORGOTTEN / 2 + Duration::from_secs(1);
        deltas.add(u128::MAX, 1, vec![1.0], now).unwrap();
        assert_eq!(deltas.streams.len(), 2);
        assert_eq!(deltas.add(7, 4, vec![1.0], now), Ok(&vec![4.0]));
    }
}
