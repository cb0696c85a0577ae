//! Lists that taps and proxies saw, of servers that nobody probes.
//!
//! A server that is configured is probed, and what its probes list is the one truth about it: what others tell of it
//! is left out.

use std::sync::Arc;
use std::time::Duration;

use model::TimestampMs;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::listings::Listing;
use super::store::ToldList;
use super::{DefinitionService, store};
use crate::SELF_NAME;
use crate::reload::Current;

/// How often servers are sampled of which lists are told: often enough for every query, which looks back five minutes.
/// What could not be written is tried again then.
const INTERVAL: Duration = Duration::from_secs(60);
/// A server of which no list was told for so long has no samples any more.
const SILENT_MS: i64 = 24 * 3_600_000;

/// Where lists come from, and whose do not count.
pub(crate) struct Told {
    /// Told when there are some.
    come: Arc<Notify>,
    config: Current,
}

impl Told {
    /// With what is told when there are some.
    pub(crate) fn new(come: Arc<Notify>, config: Current) -> Self {
        Self { come, config }
    }

    /// Whether what others say about a server is left out.
    fn is_probed(&self, server: &str) -> bool {
        is_probed(&self.config, server)
    }
}

/// Whether a server's definitions are those that the product's own probes list.
pub(crate) fn is_probed(config: &Current, server: &str) -> bool {
    let config = config.borrow();
    server == SELF_NAME || config.servers.iter().any(|one| one.name == server)
}

impl DefinitionService {
    /// Compares lists as they come, until it is stopped.
    pub(crate) async fn run(self: Arc<Self>, told: Told, stop: CancellationToken) {
        let mut turns = tokio::time::interval(INTERVAL);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                (server, lists) = self.waiting.next() => {
                    self.compare(&server, lists).await;
                }
                () = told.come.notified() => self.compare_told(&told).await,
                _ = turns.tick() => {
                    self.compare_told(&told).await;
                    self.sample_told(&told).await;
                }
            }
        }
    }

    /// Compares what waits, in the order it came.
    pub(super) async fn compare_told(&self, told: &Told) {
        let mut last = 0;
        loop {
            let list = match store::next_told(&self.db, last).await {
                Ok(Some(list)) => list,
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "lists that taps told of could not be read");
                    return;
                }
            };
            last = list.id;
            if let Err(error) = self.compare_one(told, list).await {
                tracing::error!(%error, "a list that a tap told of could not be compared");
            }
        }
    }

    async fn compare_one(&self, told: &Told, mut list: ToldList) -> Result<(), db::Error> {
        let listing = Listing::told(list.kind, std::mem::take(&mut list.definitions));
        let is_news = !told.is_probed(&list.server) && self.is_newer(&list).await;
        if is_news && !self.compare(&list.server, vec![listing]).await {
            // It is tried again.
            return Ok(());
        }
        store::told(&self.db, &list, is_news).await?;
        if is_news {
            let mut book = self.book.lock().await;
            let known = book.servers.entry(list.server).or_default();
            known.lists.entry(list.kind).or_default().told_ms = list.at_ms;
        }
        Ok(())
    }

    /// What was kept in a spool may come after what was seen later.
    async fn is_newer(&self, list: &ToldList) -> bool {
        let book = self.book.lock().await;
        let known = book.servers.get(&list.server);
        let known = known.and_then(|known| known.lists.get(&list.kind));
        known.is_none_or(|known| known.told_ms <= list.at_ms)
    }

    /// Samples servers of which lists were told lately: nobody probes them, so nothing else does.
    async fn sample_told(&self, told: &Told) {
        let now = self.clock.now_ms();
        let book = self.book.lock().await;
        for server in book.told_since(now - SILENT_MS) {
            if !told.is_probed(server) {
                self.samples.push(book.samples(server, now));
            }
        }
    }
}

impl super::Book {
    /// Servers of which a list was told since then.
    pub(super) fn told_since(&self, since_ms: TimestampMs) -> impl Iterator<Item = &str> {
        let is_told = move |known: &super::book::Known| {
            known.lists.values().any(|list| list.told_ms > since_ms)
        };
        let told = self.servers.iter().filter(move |(_, known)| is_told(known));
        told.map(|(server, _)| server.as_str())
    }
}
