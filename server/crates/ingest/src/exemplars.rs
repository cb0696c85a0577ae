//! Exemplars that something brought, whichever way it came.

use std::collections::BTreeMap;

use model::{Dropped, Exemplar, Labels, TimestampMs};

/// Most exemplars that are taken at once: small parts of a message become large in memory.
const MOST: usize = 100_000;

/// Exemplars with the labels of their series, and those that are not taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exemplars {
    /// What was brought, in the order in which it was told.
    pub found: Vec<(Labels, Exemplar)>,
    /// How many are not taken, by reason.
    pub dropped: BTreeMap<Dropped, u64>,
}

impl Exemplars {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty() && self.dropped.is_empty()
    }

    /// Takes one in, if it is one.
    pub(crate) fn put(&mut self, series: &Labels, exemplar: Result<Exemplar, Dropped>) {
        match exemplar {
            Ok(_) if self.found.len() >= MOST => self.drop(Dropped::TooMany),
            Ok(exemplar) => self.found.push((series.clone(), exemplar)),
            Err(why) => self.drop(why),
        }
    }

    /// Notes that one is not taken.
    pub(crate) fn drop(&mut self, why: Dropped) {
        *self.dropped.entry(why).or_default() += 1;
    }

    /// Gives those a time that came without any.
    #[must_use]
    pub fn dated(mut self, at_ms: TimestampMs) -> Self {
        for (_, exemplar) in &mut self.found {
            if !exemplar.is_dated {
                exemplar.at_ms = at_ms;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_what_has_no_time_gets_one() {
        let mut all = Exemplars::default();
        let of = |at_ms| Exemplar::new(&[("a", "b")], 1.0, at_ms, 0);
        all.put(&Labels::new(), of(None));
        all.put(&Labels::new(), Err(Dropped::NoValue));
        for at_ms in 1..=MOST as i64 {
            all.put(&Labels::new(), of(Some(at_ms)));
        }
        assert_eq!(all.found.len(), MOST);
        let dropped = [(Dropped::NoValue, 1), (Dropped::TooMany, 1)];
        assert_eq!(all.dropped, dropped.into());
        let dated = all.dated(77);
        assert_eq!((dated.found[0].1.at_ms, dated.found[1].1.at_ms), (77, 1));
    }
}
