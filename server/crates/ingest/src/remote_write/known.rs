//! Label sets that have come before, found by their bytes.
//!
//! A sender sends the same ones every few seconds, and most of the work of reading a request is in them.

use std::time::{Duration, Instant};

use hashbrown::HashMap;
use model::Labels;

/// Most memory of each generation, in bytes, about.
const MOST_BYTES: usize = 32 << 20;
/// What an entry takes beside its bytes and the labels, which are about as long, about.
const OF_AN_ENTRY: usize = 96;
/// What is longer is read anew each time.
const LONGEST: usize = 4 << 10;
/// How long a generation lasts at least.
const GENERATION: Duration = Duration::from_secs(300);

/// Label sets by the bytes that they were read from.
type Sets = HashMap<Box<[u8]>, Labels>;

/// Label sets that have come before, in two generations. A recent one that is full learns nothing more
/// until it is old; then it becomes the earlier one, and what nobody asks for again goes with the one
/// before. With more series than there is room for, a part of them is known, rather than each for too
/// short a time.
#[derive(Default)]
pub(super) struct Known {
    recent: Sets,
    earlier: Sets,
    /// Memory of the recent ones.
    bytes: usize,
    began: Option<Instant>,
}

impl Known {
    /// The label set of these bytes, and whether it will be forgotten if nobody brings it back.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<(&Labels, bool)> {
        let recent = self.recent.get(bytes).map(|labels| (labels, false));
        recent.or_else(|| Some((self.earlier.get(bytes)?, true)))
    }

    /// Remembers label sets with the bytes that they were read from; what is forgotten for it comes back,
    /// to be dropped at leisure.
    pub(super) fn learn<B: AsRef<[u8]> + Into<Box<[u8]>>>(
        &mut self,
        new: Vec<(B, Labels)>,
        now: Instant,
    ) -> Sets {
        let mut outdated = Sets::new();
        let began = *self.began.get_or_insert(now);
        if now.duration_since(began) >= GENERATION {
            let recent = std::mem::take(&mut self.recent);
            outdated = std::mem::replace(&mut self.earlier, recent);
            self.began = Some(now);
            self.bytes = 0;
        }
        for (bytes, labels) in new {
            let length = bytes.as_ref().len();
            let size = 2 * length + OF_AN_ENTRY;
            if length > LONGEST
                || self.bytes + size > MOST_BYTES
                || self.recent.contains_key(bytes.as_ref())
            {
                continue;
            }
            self.bytes += size;
            self.recent.insert(bytes.into(), labels);
        }
        outdated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(n: usize) -> (Vec<u8>, Labels) {
        let n = n.to_string();
        (n.clone().into_bytes(), Labels::new().with("n", n))
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_stays() {
        let mut known = Known::default();
        let mut now = Instant::now();
        let learn = |known: &mut Known, n: usize, now: Instant| {
            let (bytes, labels) = labels(n);
            known.learn(vec![(bytes, labels)], now).len()
        };
        let many = 2 * MOST_BYTES / OF_AN_ENTRY;
        for n in 0..many {
            learn(&mut known, n, now);
        }
        let fit = known.recent.len();
        assert!(fit > many / 4 && fit < many / 2, "{fit}");
        assert_eq!(known.find(&labels(7).0), Some((&labels(7).1, false)));
        assert!(
            known.find(&labels(many - 1).0).is_none(),
            "there is no room"
        );

        now += GENERATION;
        learn(&mut known, many - 1, now);
        assert_eq!(known.find(&labels(7).0), Some((&labels(7).1, true)));
        learn(&mut known, 7, now);
        now += GENERATION;
        assert_eq!(learn(&mut known, 7, now), fit, "nobody asked for them");
        assert!(known.find(&labels(8).0).is_none());
        assert_eq!(known.find(&labels(7).0), Some((&labels(7).1, false)));

        let long = vec![0; LONGEST + 1];
        known.learn(vec![(long.clone(), labels(0).1)], now);
        assert!(known.find(&long).is_none());
    }
}
