//! Queries that have been understood before: panels ask the same again and again.

use std::sync::{Arc, Mutex, PoisonError};

use hashlink::LruCache;
use model::MatchValue;
use promql::Query;

/// How many are kept: more than all built-in panels are.
const MOST: usize = 100;
/// Queries with more regular expressions are understood anew: each can take 1 MiB (`model::whole_match`), and as much
/// again for what a search in it remembers.
const MOST_PATTERNS: usize = 4;
/// Longer texts are understood anew.
const LONGEST: usize = 4_000;

/// The queries asked last, by their texts.
#[derive(Clone)]
pub(super) struct Known(Arc<Mutex<LruCache<String, Arc<Query>>>>);

impl Default for Known {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(MOST))))
    }
}

impl Known {
    pub(super) fn get(&self, text: &str) -> Option<Arc<Query>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(text).cloned()
    }

    pub(super) fn put(&self, text: String, query: Arc<Query>) {
        if text.len() <= LONGEST && patterns(&query) <= MOST_PATTERNS {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(text, query);
        }
    }
}

/// How many regular expressions a query has.
fn patterns(query: &Query) -> usize {
    let Ok(selectors) = query.selectors() else {
        return usize::MAX;
    };
    let is_pattern =
        |value: &MatchValue| matches!(value, MatchValue::Matches(_) | MatchValue::NotMatches(_));
    let all = selectors.iter().flatten();
    all.filter(|matcher| is_pattern(&matcher.is)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_kept_and_long_ones_are_not() {
        let known = Known::default();
        let query = |text: &str| Arc::new(Query::parse(text).unwrap());
        for n in 0..=MOST {
            known.put(format!("a + {n}"), query("a"));
        }
        assert!(known.get("a + 0").is_none());
        assert!(known.get("a + 1").is_some());
        let long = format!("a{{b=\"{}\"}}", "c".repeat(LONGEST));
        known.put(long.clone(), query(&long));
        assert!(known.get(&long).is_none());
        for (count, is_kept) in [(MOST_PATTERNS, true), (MOST_PATTERNS + 1, false)] {
            let selectors: Vec<_> = (0..count)
                .map(|n| format!("sum(a{{b=~\"x{n}.*\"}})"))
                .collect();
            let text = selectors.join(" + ");
            known.put(text.clone(), query(&text));
            assert_eq!(known.get(&text).is_some(), is_kept, "{text}");
        }
    }
}
