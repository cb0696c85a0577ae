//! The queries of the charts that are shown: told to the server, and its points handed to the charts.

use std::sync::Arc;

use leptos::prelude::*;
use wire::{LiveQuery, Outcome, Points};

type Deliver = Arc<dyn Fn(Points) + Send + Sync>;
type Wake = Arc<dyn Fn() + Send + Sync>;

struct Feed {
    query: LiveQuery,
    deliver: Deliver,
}

/// All of them.
#[derive(Clone, Copy)]
pub struct Feeds {
    feeds: StoredValue<Vec<Feed>>,
    next: StoredValue<u32>,
    wake: StoredValue<Option<Wake>>,
}

impl Feeds {
    pub(crate) fn new() -> Self {
        Self {
            feeds: StoredValue::new(Vec::new()),
            next: StoredValue::new(0),
            wake: StoredValue::new(None),
        }
    }

    /// Asks for the points of a query that come after a time, for as long as the page's part that asks
    /// is there.
    pub fn follow(
        self,
        expr: String,
        step_ms: i64,
        after_ms: i64,
        deliver: impl Fn(Points) + Send + Sync + 'static,
    ) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let query = LiveQuery {
            id,
            expr,
            step_ms,
            after_ms,
        };
        let deliver: Deliver = Arc::new(deliver);
        let feed = Feed { query, deliver };
        self.feeds.update_value(|feeds| feeds.push(feed));
        self.changed();
        on_cleanup(move || {
            let _gone = self
                .feeds
                .try_update_value(|feeds| feeds.retain(|feed| feed.query.id != id));
            self.changed();
        });
    }

    /// Calls this when something else is wanted than before.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code))]
    pub(crate) fn on_change(self, wake: impl Fn() + Send + Sync + 'static) {
        self.wake.set_value(Some(Arc::new(wake)));
    }

    pub(crate) fn changed(self) {
        if let Some(wake) = self.wake.try_get_value().flatten() {
            wake();
        }
    }

    pub(crate) fn wanted(self) -> Vec<LiveQuery> {
        self.feeds
            .with_value(|feeds| feeds.iter().map(|feed| feed.query.clone()).collect())
    }

    /// Hands points to the chart that asked, and remembers what it has, for the case that the socket
    /// breaks.
    pub(crate) fn deliver(self, points: Points) {
        let deliver = self.feeds.try_update_value(|feeds| {
            let feed = feeds.iter_mut().find(|feed| feed.query.id == points.id)?;
            if let Outcome::Ok(matrix) = &points.outcome
                && let Some(newest_ms) = matrix.newest_ms()
            {
                feed.query.after_ms = feed.query.after_ms.max(newest_ms);
            }
            Some(feed.deliver.clone())
        });
        if let Some(deliver) = deliver.flatten() {
            deliver(points);
        }
    }
}
