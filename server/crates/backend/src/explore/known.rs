//! Names that have been looked up, and those of them that fit what was typed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use wire::rank;

/// How long a list of names is good enough: a look at a large store takes its time, and somebody who
/// types asks with every letter.
const GOOD_FOR_MS: i64 = 5_000;

/// Names, and when they were looked up.
#[derive(Default)]
pub(super) struct Known(Mutex<Option<(i64, Arc<BTreeSet<String>>)>>);

impl Known {
    /// The names, where they were looked up a short time before.
    pub(super) fn at(&self, now_ms: i64) -> Option<Arc<BTreeSet<String>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at_ms, names) = known.as_ref()?;
        let is_good = (*at_ms..*at_ms + GOOD_FOR_MS).contains(&now_ms);
        is_good.then(|| names.clone())
    }

    pub(super) fn keep(&self, now_ms: i64, names: Arc<BTreeSet<String>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now_ms, names));
    }
}

/// The names that fit what was typed, the best first, and whether there are more than `most`.
pub(super) fn best<'a>(
    names: impl Iterator<Item = &'a String>,
    typed: &str,
    most: usize,
) -> (Vec<&'a String>, bool) {
    // Nothing fits better than anything else where nothing was typed.
    let fit = |name: &str| rank(name, typed).map(|fit| if typed.is_empty() { 0 } else { fit });
    let mut fitting: Vec<_> = names.filter_map(|name| Some((fit(name)?, name))).collect();
    let is_cut = fitting.len() > most;
    if is_cut {
        fitting.select_nth_unstable(most);
        fitting.truncate(most);
    }
    fitting.sort_unstable();
    (fitting.into_iter().map(|(_, name)| name).collect(), is_cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_good_for_a_while() {
        let known = Known::default();
        assert_eq!(known.at(0), None);
        known.keep(1000, Arc::default());
        for (now_ms, expected) in [(1000, true), (5999, true), (6000, false), (999, false)] {
            assert_eq!(known.at(now_ms).is_some(), expected, "{now_ms}");
        }
    }

    #[test]
    fn the_best_of_many() {
        let names: Vec<String> = (0..100_000).map(|n| format!("metric_{n:05}")).collect();
        for (typed, most, expected, is_cut) in [
            ("", 2, &["metric_00000", "metric_00001"][..], true),
            ("metric_77777", 5, &["metric_77777"], false),
            ("7777", 1, &["metric_77770"], true),
            ("9999", 2, &["metric_99990", "metric_99991"], true),
            ("nothing", 5, &[], false),
        ] {
            let (found, cut) = best(names.iter(), typed, most);
            assert_eq!(found, expected, "{typed}");
            assert_eq!(cut, is_cut, "{typed}");
        }
    }
}
