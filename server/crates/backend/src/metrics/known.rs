//! Queries that have been understood before: panels ask the same again and again.

use std::sync::{Arc, Mutex, PoisonError};

use hashlink::LruCache;
use promql::Query;

/// How many are kept: more than all built-in panels are. One with regular expressions can take 100 kB.
const MOST: usize = 100;
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
        if text.len() <= LONGEST {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(text, query);
        }
    }
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
    }
}
