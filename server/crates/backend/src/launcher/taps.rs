//! Real traffic of servers that clients reach over HTTP, where the configuration asks for it (`launcher.tap`).
//!
//! What clients and these servers say to each other passes through a door of ours, so it is seen there and no second
//! process is needed. The product's own probes do not come through that door, and never count.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tap::Watcher;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use traffic::Batch;

use crate::reload::Current;
use crate::tasks::{Stage, Tasks};
use crate::traffic::TrafficService;

/// The path under which each server is watched: who may come in through which, the door knows.
pub(crate) const PATH: &str = "/mcp";
/// Batches that wait for being counted; more are left out and told.
const BATCHES: usize = 64;

/// Who watches which server.
pub(crate) struct Taps {
    config: Current,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    watchers: BTreeMap<String, Watcher>,
    /// Gone when the product ends.
    batches: Option<mpsc::Sender<Batch>>,
}

impl Taps {
    /// Begins to count what is seen.
    pub(crate) fn begin(
        tasks: &mut Tasks,
        config: Current,
        traffic: Arc<TrafficService>,
    ) -> Arc<Self> {
        let (sender, batches) = mpsc::channel(BATCHES);
        let open = Open {
            watchers: BTreeMap::new(),
            batches: Some(sender),
        };
        let taps = Arc::new(Self {
            config,
            open: Mutex::new(open),
        });
        tasks.spawn(Stage::Observers, |stop| {
            count(taps.clone(), traffic, batches, stop)
        });
        taps
    }

    /// The one of a server, if its traffic is to be seen.
    pub(crate) fn of(&self, server: &str) -> Option<Watcher> {
        let mut open = self.open();
        if !self.config.borrow().launcher.tap {
            open.watchers.clear();
            return None;
        }
        if let Some(watcher) = open.watchers.get(server) {
            return Some(watcher.clone());
        }
        let batches = open.batches.clone()?;
        let give = move |batch| {
            let given = batches.try_send(batch);
            given.map_err(mpsc::error::TrySendError::into_inner)
        };
        match Watcher::begin(server, PATH, give) {
            Ok(watcher) => {
                open.watchers.insert(server.to_owned(), watcher.clone());
                Some(watcher)
            }
            Err(error) => {
                tracing::warn!(%error, server, "its traffic is not seen");
                None
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts what is seen, until the end; what was seen last counts as well.
async fn count(
    taps: Arc<Taps>,
    traffic: Arc<TrafficService>,
    mut batches: mpsc::Receiver<Batch>,
    stop: CancellationToken,
) {
    while let Some(Some(batch)) = stop.run_until_cancelled(batches.recv()).await {
        take(&traffic, &batch).await;
    }
    *taps.open() = Open::default();
    while let Some(batch) = batches.recv().await {
        take(&traffic, &batch).await;
    }
}

async fn take(traffic: &TrafficService, batch: &Batch) {
    if let Err(error) = traffic.take(batch).await {
        let records = batch.records.len();
        tracing::warn!(%error, records, server = batch.server, "traffic is not counted");
    }
}
