//! What is older than it has to be is deleted, and the space given back.

use std::sync::Arc;
use std::time::Duration;

use model::Clock;
use tokio_util::sync::CancellationToken;
use tsdb::Storage;

use crate::alerts::AlertService;
use crate::auth::Sessions;
use crate::builds::BuildService;
use crate::definitions::DefinitionService;
use crate::events::EventLog;
use crate::fleet::Fleet;
use crate::notify::NotifyService;
use crate::reload::Current;
use crate::slo::SloService;
use crate::traffic::TrafficService;

/// How often old things are looked for.
const INTERVAL: Duration = Duration::from_secs(600);

/// Everything that grows.
pub(crate) struct Retention {
    pub(crate) config: Current,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) samples: Arc<Storage>,
    pub(crate) events: Arc<EventLog>,
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) alerts: Arc<AlertService>,
    pub(crate) levels: Arc<SloService>,
    pub(crate) notifier: Arc<NotifyService>,
    pub(crate) definitions: Arc<DefinitionService>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) traffic: Arc<TrafficService>,
    pub(crate) builds: Arc<BuildService>,
}

impl Retention {
    /// Deletes at once and then regularly, and when it is configured anew.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        loop {
            self.sweep().await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(INTERVAL) => {}
                Ok(()) = self.config.changed() => {}
            }
        }
    }

    async fn sweep(&self) {
        let now = self.clock.now_ms();
        say("sign-ins", self.sessions.forget(now).await);
        say("samples", self.samples.forget_as_configured(now).await);
        say("calls", self.traffic.forget(now).await);
        say("builds", self.builds.forget(now).await);
        say("hours of objectives", self.levels.forget(now).await);
        let (alerts, history) = {
            let retention = &self.config.borrow().retention;
            (retention.alerts, retention.history)
        };
        if !alerts.is_zero() {
            let before_ms = now - i64::try_from(alerts.as_millis()).unwrap_or(now);
            say("alerts", self.alerts.forget(before_ms).await);
            say("messages", self.notifier.forget(before_ms).await);
        }
        if history.is_zero() {
            return;
        }
        let before_ms = now - i64::try_from(history.as_millis()).unwrap_or(now);
        say("marks", self.events.forget(before_ms).await);
        say("verdicts", self.fleet.forget(before_ms).await);
        let watched = self.fleet.names();
        let definitions = self.definitions.forget(before_ms, &watched);
        say("changes of definitions", definitions.await);
    }
}

fn say<E: std::fmt::Display>(what: &str, outcome: Result<u64, E>) {
    match outcome {
        Ok(0) => {}
        Ok(deleted) => tracing::info!(what, deleted, "deleted what is older than the retention"),
        Err(error) => tracing::error!(what, error = %error, "retention could not delete"),
    }
}
