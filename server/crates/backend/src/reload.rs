//! The configuration in use, and replacing it while the product runs: whole, or not at all.
//!
//! Whoever needs it at each use borrows it from [`Current`]; a task that has to do something about a change
//! waits for one there.

use std::sync::Arc;

use model::Clock;
use tokio::sync::{Mutex, watch};
use tsdb::Storage;
use wire::{ConfigFile, EventKind};

use crate::alerts::AlertService;
use crate::config::{Config, Unusable};
use crate::events::EventLog;
use crate::judging;
use crate::notify::NotifyService;
use crate::slo::SloService;
use crate::telemetry::ReloadCounts;

/// The configuration in use.
pub(crate) type Current = watch::Receiver<Arc<Config>>;

/// Reads the configuration again from where it came; an error says all that is wrong.
pub type Reread = Arc<dyn Fn() -> Result<Config, Unusable> + Send + Sync>;

/// Replaces the configuration.
pub struct Reload {
    pub(crate) reread: Reread,
    pub(crate) current: watch::Sender<Arc<Config>>,
    /// The files that were wrong when they were read last.
    pub(crate) refused: watch::Sender<Vec<ConfigFile>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<Storage>,
    pub(crate) alerts: Arc<AlertService>,
    pub(crate) levels: Arc<SloService>,
    pub(crate) notifier: Arc<NotifyService>,
    pub(crate) events: Arc<EventLog>,
    pub(crate) counts: ReloadCounts,
    /// One at a time.
    pub(crate) turn: Mutex<()>,
}

impl Reload {
    /// Reads the configuration again and goes by it from now on. Servers that are new or changed are
    /// connected to, and others left, after this has returned.
    ///
    /// # Errors
    /// A text that says what is wrong with it; then the one in use stays.
    pub async fn reload(&self) -> Result<(), String> {
        let _turn = self.turn.lock().await;
        let applied = self.apply().await;
        self.counts.reloaded(applied.is_ok(), self.clock.now_ms());
        match &applied {
            Ok(()) => {
                let title = "The configuration was read anew".to_owned();
                let events = &self.events;
                events
                    .record(EventKind::Reload, "", title, "/".to_owned())
                    .await;
            }
            Err(error) => {
                tracing::error!(
                    error,
                    "the configuration in use stays; what was read is wrong"
                );
            }
        }
        applied
    }

    async fn apply(&self) -> Result<(), String> {
        let reread = self.reread.clone();
        let read = tokio::task::spawn_blocking(move || reread()).await;
        let config = match read.map_err(|error| format!("it could not be read: {error}"))? {
            Ok(config) => config,
            Err(unusable) => {
                let text = unusable.to_string();
                if let Unusable::Files(mistakes) = unusable {
                    self.refused.send_replace(mistakes.files());
                }
                return Err(text);
            }
        };
        // Nobody changes rules meanwhile.
        let mut kept = self.alerts.made.kept().await;
        let levels = self.levels.configured(&config);
        let mut next = kept.clone();
        next.objectives = levels.groups(&config);
        let judging = judging::judging(&config, &next)?;
        // From here on nothing fails.
        *kept = next;
        self.levels.go_by(levels);
        self.store.reconfigure(config.store());
        self.current.send_replace(Arc::new(config));
        self.refused.send_replace(Vec::new());
        let adopted = self.notifier.adopt().await;
        self.alerts.inhibit_by(&self.notifier.inhibitions());
        // Rules are judged at once, by what depends on what from now on.
        self.alerts.judge_by(judging).await;
        adopted.map_err(|error| format!("the routes of alerts stay as they were: {error}"))
    }
}
