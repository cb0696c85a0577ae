//! Alerts that a person or a program raises. No rule ends them.

use std::collections::BTreeMap;

use model::{Labels, TimestampMs};
use uuid::Uuid;

use super::{Alert, Sent, State, What};

/// An alert that is to be raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// What it is called.
    pub name: String,
    /// Its labels, name and severity included. The same labels are the same alert.
    pub labels: Labels,
    /// Its texts: `summary`, `description` and whatever else.
    pub annotations: BTreeMap<String, String>,
    /// When it ends by itself; `None` never.
    pub ends_ms: Option<TimestampMs>,
}

impl Alert {
    /// Somebody has raised it.
    pub(crate) fn raise(raised: &Raised, actor: &str, comment: &str, now: TimestampMs) -> Self {
        let mut alert = Self {
            id: Uuid::now_v7(),
            rule: raised.name.clone(),
            labels: raised.labels.clone(),
            series: None,
            annotations: raised.annotations.clone(),
            state: State::Firing,
            value: 1.0,
            holds: true,
            by_hand: true,
            pending_ms: now,
            firing_ms: Some(now),
            resolved_ms: None,
            kept_since_ms: None,
            unseen_since_ms: None,
            owner: String::new(),
            until_ms: None,
            is_raised: true,
            ends_ms: raised.ends_ms,
            sent: None,
            changes: Vec::new(),
        };
        alert.step(What::Raised, State::Firing, now, actor, comment);
        alert
    }

    /// Somebody has raised it once more: it says what was said last, and is no other alert.
    pub(crate) fn refreshed(&self, raised: &Raised) -> Self {
        Self {
            annotations: raised.annotations.clone(),
            ends_ms: raised.ends_ms,
            sent: self.sent.clone().map(|sent| Sent {
                noted_ends_ms: raised.ends_ms,
                ..sent
            }),
            ..self.clone()
        }
    }
}
