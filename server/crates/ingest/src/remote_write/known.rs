//! Label sets that have come before, found by their bytes.
//!
//! A sender sends the same ones every few seconds, and most of the work of reading a request is in them.

use hashbrown::HashMap;
use model::Labels;

/// Most memory of each generation, in bytes.
const MOST_BYTES: usize = 16 << 20;
/// What an entry takes beside its bytes, about.
const OF_AN_ENTRY: usize = 64;
/// What is longer is read anew each time.
const LONGEST: usize = 4 << 10;

/// Label sets by the bytes that they were read from. Two generations: when the recent one is full it
/// becomes the earlier one, whose entries that nobody asks for again are dropped with it.
#[derive(Default)]
pub(super) struct Known {
    recent: HashMap<Box<[u8]>, Labels>,
    earlier: HashMap<Box<[u8]>, Labels>,
    /// Memory of the recent ones.
    bytes: usize,
}

impl Known {
    /// The label set of these bytes, and whether it will be forgotten if nobody brings it back.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<(&Labels, bool)> {
        let recent = self.recent.get(bytes).map(|labels| (labels, false));
        recent.or_else(|| Some((self.earlier.get(bytes)?, true)))
    }

    /// Remembers label sets with the bytes that they were read from.
    pub(super) fn learn(&mut self, new: Vec<(&[u8], Labels)>) {
        for (bytes, labels) in new {
            if bytes.len() > LONGEST || self.recent.contains_key(bytes) {
                continue;
            }
            let size = bytes.len() + OF_AN_ENTRY;
            if self.bytes + size > MOST_BYTES {
                self.earlier = std::mem::take(&mut self.recent);
                self.bytes = 0;
            }
            self.bytes += size;
            self.recent.insert(bytes.into(), labels);
        }
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
        let all = 3 * MOST_BYTES / OF_AN_ENTRY;
        let (often, set) = labels(all);
        known.learn(vec![(&often, set.clone())]);
        for n in 0..all {
            let (bytes, labels) = labels(n);
            known.learn(vec![(&bytes, labels)]);
            let (found, is_leaving) = known.find(&often).expect("it is asked for all the time");
            assert_eq!(*found, set);
            if is_leaving {
                known.learn(vec![(&often, set.clone())]);
            }
        }
        assert!(known.find(&labels(0).0).is_none());
        assert_eq!(
            known.find(&labels(all - 1).0),
            Some((&labels(all - 1).1, false))
        );
        let entries = known.recent.len() + known.earlier.len();
        assert!(entries < 2 * MOST_BYTES / OF_AN_ENTRY, "{entries}");

        let long = vec![0; LONGEST + 1];
        known.learn(vec![(&long, set)]);
        assert!(known.find(&long).is_none());
    }
}
