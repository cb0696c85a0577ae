//! Label sets of points that have come before, found by what they were made of.
//!
//! A sender sends the same points every few seconds, and nearly all work is in their labels.

use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hashbrown::{DefaultHashBuilder, HashMap};
use model::Labels;

/// Most memory of each generation, in bytes, about.
const MOST_BYTES: usize = 32 << 20;
/// What an entry takes beside its labels, about.
const OF_AN_ENTRY: usize = 64;
/// How long a generation lasts at least.
const GENERATION: Duration = Duration::from_secs(300);

/// What stands for a point: 128 bits of two keyed hashes. Nobody can make two points that are alike in the first
/// (SipHash); the second, which is faster, makes it as good as impossible that two happen to be.
pub(super) type Key = u128;

/// Makes keys.
#[derive(Clone, Default)]
pub(super) struct Keys(RandomState, DefaultHashBuilder);

impl Keys {
    /// The key of some bytes that belong to something that has a key.
    pub(super) fn of<'p>(&self, before: Key, parts: impl Iterator<Item = &'p [u8]>) -> Key {
        let (mut slow, mut fast) = (self.0.build_hasher(), self.1.build_hasher());
        slow.write_u128(before);
        fast.write_u128(before);
        for part in parts {
            slow.write_usize(part.len());
            slow.write(part);
            fast.write_usize(part.len());
            fast.write(part);
        }
        joined(slow.finish(), fast.finish())
    }

    /// The key of how everything is translated.
    pub(super) fn of_settings(&self, settings: &impl std::hash::Hash) -> Key {
        joined(self.0.hash_one(settings), self.1.hash_one(settings))
    }
}

fn joined(first: u64, second: u64) -> Key {
    (u128::from(first) << 64) | u128::from(second)
}

/// Keys are hashes already.
#[derive(Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, key: u128) {
        #[expect(clippy::cast_possible_truncation, reason = "both halves are in it")]
        let folded = (key >> 64) as u64 ^ key as u64;
        self.0 = folded;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Label sets by what they were made of.
pub(super) type ByKey = HashMap<Key, Sets, BuildHasherDefault<AsItIs>>;

/// The label sets of the series of a point.
pub(super) type Sets = Arc<[Labels]>;

/// Label sets that have come before, in two generations: a recent one that is full learns nothing more
/// until it is old; then it becomes the earlier one, and what nobody asked for again goes.
#[derive(Default)]
pub(super) struct Known {
    recent: ByKey,
    earlier: ByKey,
    bytes: usize,
    began: Option<Instant>,
}

impl Known {
    /// The label sets of a point, and whether they will be forgotten if nobody brings them back.
    pub(super) fn find(&self, key: Key) -> Option<(&Sets, bool)> {
        let recent = self.recent.get(&key).map(|sets| (sets, false));
        recent.or_else(|| Some((self.earlier.get(&key)?, true)))
    }

    /// Remembers label sets. What is forgotten for them comes back, to be dropped at leisure.
    pub(super) fn learn(&mut self, new: Vec<(Key, Sets)>, now: Instant) -> ByKey {
        let mut outdated = ByKey::default();
        let began = *self.began.get_or_insert(now);
        if now.duration_since(began) >= GENERATION {
            let recent = std::mem::take(&mut self.recent);
            outdated = std::mem::replace(&mut self.earlier, recent);
            self.began = Some(now);
            self.bytes = 0;
        }
        for (key, sets) in new {
            let of_labels = |labels: &Labels| {
                let pairs = labels.iter();
                pairs
                    .map(|(name, value)| name.len() + value.len() + 4)
                    .sum::<usize>()
                    + 32
            };
            let size = OF_AN_ENTRY + sets.iter().map(of_labels).sum::<usize>();
            if self.bytes + size > MOST_BYTES || self.recent.contains_key(&key) {
                continue;
            }
            self.bytes += size;
            self.recent.insert(key, sets);
        }
        outdated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_parts_apart() {
        let keys = Keys::default();
        let of = |before, parts: &[&str]| keys.of(before, parts.iter().map(|part| part.as_bytes()));
        assert_eq!(of(1, &["ab", "c"]), of(1, &["ab", "c"]));
        assert_ne!(of(1, &["ab", "c"]), of(1, &["a", "bc"]));
        assert_ne!(of(1, &["ab"]), of(2, &["ab"]));
        assert_ne!(of(1, &["ab", ""]), of(1, &["ab"]));
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_stays() {
        let mut known = Known::default();
        let sets = |n: u128| -> Sets {
            Arc::new([Labels::new().with("n", "x".repeat(1_000 + n as usize % 2))])
        };
        let mut now = Instant::now();
        let many = 2 * MOST_BYTES as u128 / 1_000;
        known.learn((0..many).map(|n| (n, sets(n))).collect(), now);
        let fit = known.recent.len();
        assert!(fit > 25_000 && fit < 32_000, "{fit}");
        assert!(known.find(many - 1).is_none(), "there is no room");
        now += GENERATION;
        known.learn(vec![(many, sets(0))], now);
        assert!(known.find(7).is_some_and(|(_, is_earlier)| is_earlier));
        known.learn(vec![(7, sets(7))], now);
        now += GENERATION;
        assert_eq!(known.learn(Vec::new(), now).len(), fit);
        assert!(known.find(7).is_some() && known.find(8).is_none());
    }
}
