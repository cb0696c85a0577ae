//! Which receivers alerts go to, in which groups, as far as clients of Alertmanager ask for it.
//!
//! What is asked of routes and receivers there is asked here and nowhere else.

use std::fmt::Write as _;
use std::sync::Arc;

use model::{Labels, TimestampMs};
use notifier::{Inhibition, Matcher, Route, Routing};
use serde_json::json;

use super::AlertService;

/// Where an alert goes: a receiver, and the group in which it is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Routed {
    /// The place of the route in the tree.
    pub(crate) route: String,
    /// The receiver's name.
    pub(crate) receiver: String,
    /// The labels that the group shares.
    pub(crate) group: Labels,
    /// The time interval in which nobody is told of it there, if it is one of these now.
    pub(crate) muted_by: Option<String>,
}

/// The routes in use.
pub(crate) struct Routes(Arc<Routing>);

impl Routes {
    /// The names of all receivers.
    pub(crate) fn receivers(&self) -> Vec<String> {
        self.0.receivers.keys().cloned().collect()
    }

    /// Where an alert with these labels goes, in the order of the routes.
    pub(crate) fn of(&self, labels: &Labels, now_ms: TimestampMs) -> Vec<Routed> {
        let routes = self.0.root.matching(labels).into_iter();
        let routed = routes.map(|route| Routed {
            route: route.id.clone(),
            receiver: route.receiver.clone(),
            group: route.group_labels(labels),
            muted_by: self.0.muted(route, now_ms),
        });
        routed.collect()
    }

    /// How long an alert goes on whose sender names no end and does not send it again, in milliseconds.
    pub(crate) fn resolve_timeout_ms(&self) -> i64 {
        self.0.resolve_timeout_ms
    }

    /// What is in use, written as Alertmanager's configuration, for clients that read routes and receivers from it. How
    /// receivers are reached, and what only this product knows, is left out: there are secrets in the one, and they would
    /// refuse the other.
    pub(crate) fn written(&self, inhibition: &[Inhibition]) -> String {
        let mut text = format!(
            "global:\n  resolve_timeout: {}\nroute:\n",
            length(self.0.resolve_timeout_ms)
        );
        route(&self.0.root, 1, &mut text);
        text.push_str("receivers:\n");
        for receiver in self.receivers() {
            line(&mut text, 0, &format!("- name: {}", json!(receiver)));
        }
        if !inhibition.is_empty() {
            text.push_str("inhibit_rules:\n");
        }
        for rule in inhibition {
            line(
                &mut text,
                0,
                &format!("- source_matchers: {}", matchers(&rule.source)),
            );
            line(
                &mut text,
                1,
                &format!("target_matchers: {}", matchers(&rule.target)),
            );
            line(&mut text, 1, &format!("equal: {}", json!(rule.equal)));
        }
        if !self.0.intervals.is_empty() {
            text.push_str("time_intervals:\n");
        }
        for name in self.0.intervals.keys() {
            line(&mut text, 0, &format!("- name: {}", json!(name)));
            line(&mut text, 1, "time_intervals: []");
        }
        text
    }
}

impl AlertService {
    /// The routes in use.
    pub(crate) fn routes(&self) -> Routes {
        Routes(self.desk.routing())
    }
}

fn line(text: &mut String, depth: usize, what: &str) {
    // Writing into a text cannot fail.
    let _ = writeln!(text, "{}{what}", "  ".repeat(depth));
}

fn length(ms: i64) -> String {
    format!("{ms}ms")
}

fn matchers(all: &[Matcher]) -> serde_json::Value {
    json!(all.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// A route, so many steps in.
fn route(route: &Route, depth: usize, text: &mut String) {
    let group_by = match route.by_all {
        true => vec!["...".to_owned()],
        false => route.group_by.clone(),
    };
    for (name, value) in [
        ("receiver", json!(route.receiver)),
        ("group_by", json!(group_by)),
        ("group_wait", json!(length(route.wait_ms))),
        ("group_interval", json!(length(route.interval_ms))),
        ("repeat_interval", json!(length(route.repeat_ms))),
        ("continue", json!(route.goes_on)),
    ] {
        line(text, depth, &format!("{name}: {value}"));
    }
    // Those of its parents are theirs.
    for (name, values) in [
        ("matchers", matchers(&route.matchers)),
        ("mute_time_intervals", json!(route.muted_at)),
        ("active_time_intervals", json!(route.active_at)),
    ] {
        if values != json!([]) {
            line(text, depth, &format!("{name}: {values}"));
        }
    }
    if !route.children.is_empty() {
        line(text, depth, "routes:");
    }
    for child in &route.children {
        line(text, depth, "-");
        self::route(child, depth + 1, text);
    }
}
