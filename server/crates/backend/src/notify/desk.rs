//! Where alerts are handed in, by whoever knows what has become of them.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use model::TimestampMs;
use notifier::{Dispatch, Routing, Told};
use tokio::sync::Notify;

use super::stage;

/// Groups of alerts, and a bell that rings when something is handed in.
pub(crate) struct Desk {
    dispatch: Mutex<Dispatch>,
    /// Where people reach the product.
    external_url: RwLock<String>,
    pub(super) changed: Notify,
}

/// What tells an alert from others that are open at the same time: labels, and whether a person has raised it.
pub(crate) fn key(alert: &rules::Alert) -> String {
    let labels = match alert.is_raised {
        true => alert.labels.clone().with("__raised__", "1"),
        false => alert.labels.clone(),
    };
    format!("{:016x}", labels.fingerprint())
}

impl Desk {
    pub(super) fn new(dispatch: Dispatch, external_url: String) -> Self {
        Self {
            dispatch: Mutex::new(dispatch),
            external_url: RwLock::new(external_url),
            changed: Notify::new(),
        }
    }

    /// Does something with the groups; nothing waits meanwhile.
    pub(super) fn with<T>(&self, what: impl FnOnce(&mut Dispatch) -> T) -> T {
        let mut dispatch = self.dispatch.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut dispatch)
    }

    pub(super) fn reroute(&self, routing: Arc<Routing>, external_url: String, now: TimestampMs) {
        {
            let mut known = self
                .external_url
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            known.clone_from(&external_url);
        }
        self.with(|it| it.reroute(routing, external_url, now));
        self.changed.notify_one();
    }

    /// Where people reach the product.
    pub(super) fn external_url(&self) -> String {
        let known = self
            .external_url
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    /// Notes steps of alerts.
    pub(crate) fn note(&self, alerts: &[rules::Alert], now_ms: TimestampMs) {
        let url = self.external_url();
        let told: Vec<_> = alerts
            .iter()
            .filter_map(|alert| told(alert, &url))
            .collect();
        if told.is_empty() {
            return;
        }
        self.with(|it| told.into_iter().for_each(|told| it.note(told, now_ms)));
        self.changed.notify_one();
    }

    /// Alerts are no longer held.
    pub(crate) fn release(&self, alerts: &[&rules::Alert], now_ms: TimestampMs) {
        let open = alerts.iter().filter(|alert| stage(alert).is_some());
        let keys: Vec<_> = open.map(|alert| key(alert)).collect();
        if keys.is_empty() {
            return;
        }
        self.with(|it| it.release(&keys, now_ms));
        self.changed.notify_one();
    }
}

fn told(alert: &rules::Alert, external_url: &str) -> Option<Told> {
    Some(Told {
        key: key(alert),
        id: alert.id,
        step: alert.changes.len(),
        stage: stage(alert)?,
        labels: alert.labels.clone(),
        annotations: alert.annotations.clone(),
        starts_ms: alert.firing_ms?,
        ends_ms: alert.resolved_ms,
        generator_url: format!("{external_url}/alerts/{}", alert.id),
    })
}
