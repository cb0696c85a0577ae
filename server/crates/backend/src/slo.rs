//! Service levels: objectives, a ledger of their minutes, what is left of their budgets, and reports.
//!
//! What an objective is and what its numbers mean says the crate `slo`. Every minute each objective is asked, and the
//! answer is kept for 400 days (`ledger.rs`), because samples are not; budgets and reports read nothing else.

mod draft;
mod known;
mod minutes;
mod service;
mod store;

use std::sync::{Arc, PoisonError, RwLock};

use db::Db;
use model::Clock;
use tokio::sync::Notify;

use crate::alerts::AlertService;
use crate::events::EventLog;
use crate::metrics::SampleLog;
use crate::reload::Current;

use known::Levels;

/// What it is made of.
pub(crate) struct SloParts {
    pub(crate) state: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Current,
    pub(crate) samples: Arc<SampleLog>,
    pub(crate) events: Arc<EventLog>,
    pub(crate) alerts: Arc<AlertService>,
}

/// Objectives and how they do.
pub(crate) struct SloService {
    state: Db,
    clock: Arc<dyn Clock>,
    config: Current,
    samples: Arc<SampleLog>,
    events: Arc<EventLog>,
    alerts: Arc<AlertService>,
    levels: RwLock<Arc<Levels>>,
    /// That there are other objectives.
    changed: Notify,
}

impl SloService {
    /// With the objectives that hold.
    pub(crate) async fn open(parts: SloParts) -> Result<Arc<Self>, db::Error> {
        let SloParts {
            state,
            clock,
            config,
            samples,
            events,
            alerts,
        } = parts;
        let versions = store::versions(&state).await?;
        let levels = Levels::of(&config.borrow(), &[], versions);
        Ok(Arc::new(Self {
            state,
            clock,
            config,
            samples,
            events,
            alerts,
            levels: RwLock::new(Arc::new(levels)),
            changed: Notify::new(),
        }))
    }

    /// All objectives.
    fn levels(&self) -> Arc<Levels> {
        let levels = self.levels.read().unwrap_or_else(PoisonError::into_inner);
        levels.clone()
    }
}
