//! Lists that wait to be compared, so that nobody waits for a comparison.
//!
//! Of each server and kind the newest one waits: there are never more than servers have kinds.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use drift::Kind;
use tokio::sync::Notify;

use super::listings::Listing;

/// What waits, by server.
#[derive(Default)]
pub(super) struct Waiting {
    lists: Mutex<BTreeMap<String, BTreeMap<Kind, Listing>>>,
    come: Notify,
}

impl Waiting {
    /// Puts lists of a server in the place of older ones.
    pub(super) fn put(&self, server: String, listings: Vec<Listing>) {
        if listings.is_empty() {
            return;
        }
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let of_server = lists.entry(server).or_default();
        of_server.extend(listings.into_iter().map(|listing| (listing.kind, listing)));
        drop(lists);
        self.come.notify_one();
    }

    /// The lists of one server; `None` where nothing waits.
    fn first(&self) -> Option<(String, Vec<Listing>)> {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let (server, of_server) = lists.pop_first()?;
        Some((server, of_server.into_values().collect()))
    }

    /// The lists of one server, as soon as some are there.
    pub(super) async fn next(&self) -> (String, Vec<Listing>) {
        loop {
            if let Some(found) = self.first() {
                return found;
            }
            self.come.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_of_each_kind_waits() {
        let waiting = Waiting::default();
        let list = |kind, names: &[&str]| Listing::named(kind, names);
        waiting.put("b".to_owned(), vec![list(Kind::Tool, &["old"])]);
        waiting.put("b".to_owned(), vec![list(Kind::Prompt, &["p"])]);
        waiting.put("b".to_owned(), vec![list(Kind::Tool, &["new"])]);
        waiting.put("a".to_owned(), vec![list(Kind::Tool, &["a"])]);
        waiting.put("c".to_owned(), Vec::new());
        let mut found = Vec::new();
        for _ in 0..2 {
            let (server, lists) = waiting.next().await;
            for listing in lists {
                let definitions = listing.definitions().into_iter();
                found.extend(definitions.map(|it| format!("{server} {}", it.name)));
            }
        }
        assert_eq!(found, ["a a", "b new", "b p"]);
        assert!(waiting.first().is_none());
    }
}
