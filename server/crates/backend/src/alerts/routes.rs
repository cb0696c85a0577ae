//! Which receivers alerts go to, in which groups, as far as clients of Alertmanager ask for it.
//!
//! What is asked of routes and receivers there is asked here and nowhere else.

use std::fmt::Write as _;
use std::time::Duration;

use model::Labels;
use notifier::{Inhibition, Matcher};
use serde_json::json;

/// The only receiver.
const RECEIVER: &str = "default";
/// Labels that alerts of a group share.
const GROUP_BY: [&str; 3] = ["alertname", "cluster", "service"];
/// How long an alert goes on whose sender names no end: Alertmanager's default.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(300);

/// Where an alert goes: a receiver, and the group in which it is told of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Routed {
    /// The receiver's name.
    pub(crate) receiver: String,
    /// The labels that the group shares.
    pub(crate) group: Labels,
}

/// The routes in use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Routes;

impl Routes {
    /// The names of all receivers, in the order in which they are written.
    pub(crate) fn receivers(self) -> Vec<String> {
        vec![RECEIVER.to_owned()]
    }

    /// Where an alert with these labels goes, in the order of the routes.
    pub(crate) fn of(self, labels: &Labels) -> Vec<Routed> {
        vec![Routed {
            receiver: RECEIVER.to_owned(),
            group: labels.keep(|name| GROUP_BY.contains(&name)),
        }]
    }

    /// How long an alert goes on whose sender names no end and does not send it again.
    pub(crate) fn resolve_timeout(self) -> Duration {
        RESOLVE_TIMEOUT
    }

    /// What is in use, written as Alertmanager's configuration: clients read routes and receivers from it.
    pub(crate) fn written(self, inhibition: &[Inhibition]) -> String {
        let mut text = format!(
            "global:\n  resolve_timeout: {}s\nroute:\n  receiver: {}\n  group_by: {}\nreceivers:\n",
            RESOLVE_TIMEOUT.as_secs(),
            json!(RECEIVER),
            json!(GROUP_BY),
        );
        for receiver in self.receivers() {
            // Writing into a text cannot fail.
            let _ = writeln!(text, "- name: {}", json!(receiver));
        }
        if !inhibition.is_empty() {
            text.push_str("inhibit_rules:\n");
        }
        for rule in inhibition {
            let matchers = |side: &[Matcher]| {
                let side: Vec<_> = side.iter().map(ToString::to_string).collect();
                json!(side)
            };
            let _ = writeln!(
                text,
                "- source_matchers: {}\n  target_matchers: {}\n  equal: {}",
                matchers(&rule.source),
                matchers(&rule.target),
                json!(rule.equal),
            );
        }
        text
    }
}
