//! The alert state machine: pure steps from one alert to the next.
//!
//! ```text
//! pending ──for──▶ firing ──person──▶ acknowledged
//!    │                │ ▲◀──until is over──│ ▲
//!    └──── condition clears, or a person ──┘ │
//!                     ▼ │ reopened           │
//!                  resolved ─────────────────┘ (reopened if it was acknowledged before)
//! ```
//!
//! When `for` is over and what `keep_firing_for` does is as in Prometheus: `rules/alerting.go` in
//! <https://github.com/prometheus/prometheus>.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{Labels, TimestampMs};
use uuid::Uuid;

use crate::Rule;

mod people;
mod posted;
mod raised;

pub use people::{Decision, Refusal};
pub use posted::{Posted, Sent};
pub use raised::Raised;

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The condition holds, but not for long enough yet.
    Pending,
    /// It holds, and nobody has it.
    Firing,
    /// Somebody has it.
    Acknowledged,
    /// Over.
    Resolved,
}

/// What happened to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Its condition has begun to hold.
    Begun,
    /// It has held for long enough.
    Fired,
    /// A person or a program has raised it.
    Raised,
    /// Somebody took it.
    Acknowledged,
    /// The time for which somebody had taken it is over.
    Lapsed,
    /// Somebody was named who is to see to it.
    Assigned,
    /// Something was said.
    Commented,
    /// It is over.
    Resolved,
    /// A person took its end back.
    Reopened,
}

/// One step of an alert's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at_ms: TimestampMs,
    /// What happened.
    pub what: What,
    /// The state from then on.
    pub state: State,
    /// Who; empty for the rule itself, or the clock.
    pub actor: String,
    /// What was said.
    pub comment: String,
    /// Who has it from then on; empty where nobody does.
    pub owner: String,
    /// Until when it is acknowledged from then on; `None` until its end.
    pub until_ms: Option<TimestampMs>,
}

/// An alert and its whole life.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// UUIDv7.
    pub id: Uuid,
    /// Name of the rule.
    pub rule: String,
    /// Labels of the series and of the rule.
    pub labels: Labels,
    /// Labels of the series alone; `None` where an earlier version has not noted them.
    pub series: Option<Labels>,
    /// Texts, templates expanded.
    pub annotations: BTreeMap<String, String>,
    /// Where it stands.
    pub state: State,
    /// The expression's value when it last held.
    pub value: f64,
    /// Whether the condition held when last evaluated.
    pub holds: bool,
    /// Whether its end or its reopening was a person's decision, which the rule respects.
    pub by_hand: bool,
    /// Since when the condition holds.
    pub pending_ms: TimestampMs,
    /// Since when it fires.
    pub firing_ms: Option<TimestampMs>,
    /// When it ended.
    pub resolved_ms: Option<TimestampMs>,
    /// Since when it fires on although the condition has ended.
    pub kept_since_ms: Option<TimestampMs>,
    /// Since when nothing is known of its series.
    pub unseen_since_ms: Option<TimestampMs>,
    /// Who sees to it; empty where nobody does.
    pub owner: String,
    /// Until when it is acknowledged; `None` until its end.
    pub until_ms: Option<TimestampMs>,
    /// Whether a person or a program raised it, and no rule.
    pub is_raised: bool,
    /// When an alert that was raised ends by itself.
    pub ends_ms: Option<TimestampMs>,
    /// What is known from who sends it; `None` where nobody does.
    pub sent: Option<Sent>,
    /// Everything that happened to it, oldest first.
    pub changes: Vec<Change>,
}

/// What a rule says about a series for which its condition holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The labels of the series, without the name of the metric.
    pub series: Labels,
    /// Those of the alert.
    pub labels: Labels,
    /// Texts, templates expanded.
    pub annotations: BTreeMap<String, String>,
    /// The value of the expression.
    pub value: f64,
}

impl Alert {
    /// The condition has begun to hold for a series.
    pub(crate) fn begin(rule: &Rule, told: &Told, now: TimestampMs) -> Self {
        let mut alert = Self {
            id: Uuid::now_v7(),
            rule: rule.name.clone(),
            annotations: told.annotations.clone(),
            labels: told.labels.clone(),
            series: Some(told.series.clone()),
            state: State::Pending,
            value: told.value,
            holds: true,
            by_hand: false,
            pending_ms: now,
            firing_ms: None,
            resolved_ms: None,
            kept_since_ms: None,
            unseen_since_ms: None,
            owner: String::new(),
            until_ms: None,
            is_raised: false,
            ends_ms: None,
            sent: None,
            changes: Vec::new(),
        };
        alert.step(What::Begun, State::Pending, now, "", "the condition holds");
        alert.held(rule, told, now)
    }

    /// Whether [`Alert::held`] would change anything.
    pub(crate) fn is_news(&self, rule: &Rule, told: &Told, now: TimestampMs) -> bool {
        let is_as_told = self.holds
            && self.kept_since_ms.is_none()
            && self.unseen_since_ms.is_none()
            && self.value.to_bits() == told.value.to_bits()
            && self.series.as_ref() == Some(&told.series)
            && self.annotations == told.annotations;
        let fires =
            self.state == State::Pending && now.saturating_sub(self.pending_ms) >= ms(rule.hold);
        let is_freed = self.by_hand && self.state != State::Resolved;
        !is_as_told || fires || is_freed
    }

    /// The condition holds (still or again).
    pub(crate) fn held(&self, rule: &Rule, told: &Told, now: TimestampMs) -> Self {
        let mut next = self.clone();
        next.value = told.value;
        next.series = Some(told.series.clone());
        next.annotations.clone_from(&told.annotations);
        (next.kept_since_ms, next.unseen_since_ms) = (None, None);
        next.holds = true;
        if next.state == State::Pending && now.saturating_sub(next.pending_ms) >= ms(rule.hold) {
            next.firing_ms = Some(now);
            next.step(
                What::Fired,
                State::Firing,
                now,
                "",
                "the condition has held long enough",
            );
        }
        if next.state != State::Resolved {
            // Reopened by hand, and the condition is back: the rule may end it again.
            next.by_hand = false;
        }
        next
    }

    /// Nothing is known of its series, which changes nothing yet.
    pub(crate) fn unseen(&self, now: TimestampMs) -> Self {
        Self {
            unseen_since_ms: self.unseen_since_ms.or(Some(now)),
            ..self.clone()
        }
    }

    /// The condition does not hold any more, in the words of `why`; what fires may do so for a while yet.
    pub(crate) fn over(&self, rule: &Rule, why: &str, now: TimestampMs) -> Self {
        let fires = matches!(self.state, State::Firing | State::Acknowledged);
        let since = self.kept_since_ms.unwrap_or(now);
        if fires && !self.by_hand && now.saturating_sub(since) < ms(rule.keep_firing) {
            return Self {
                holds: false,
                kept_since_ms: Some(since),
                ..self.clone()
            };
        }
        self.cleared(why, now)
    }

    /// The condition does not hold (any more), in the words of `why`.
    pub(crate) fn cleared(&self, why: &str, now: TimestampMs) -> Self {
        let mut next = self.clone();
        next.holds = false;
        if next.state != State::Resolved && !next.by_hand {
            next.resolved_ms = Some(now);
            next.step(What::Resolved, State::Resolved, now, "", why);
        }
        next
    }

    /// Its clock has stood still while nobody looked: `pending` goes on where it was.
    pub(crate) fn resumed(&self, down_ms: i64) -> Self {
        Self {
            pending_ms: self.pending_ms.saturating_add(down_ms.max(0)),
            ..self.clone()
        }
    }

    /// Whether the rule has to look at it: it is open, or a person ended it while the condition holds or its
    /// sender still sends it.
    pub(crate) fn is_tracked(&self) -> bool {
        self.state != State::Resolved || self.holds
    }

    /// What the rule says of it: the labels of its series, or those of itself without what the rule adds.
    pub(crate) fn is_about(&self, rule: &Rule) -> Labels {
        match &self.series {
            Some(series) => series.clone(),
            None => self
                .labels
                .keep(|name| name != "alertname" && !rule.labels.contains_key(name)),
        }
    }

    /// Where it is kept among those that are looked at. What is raised never meets what a rule says, even under
    /// the same labels.
    pub(crate) fn key(&self) -> u64 {
        key(&self.labels, self.is_raised)
    }

    fn step(&mut self, what: What, state: State, at_ms: TimestampMs, actor: &str, comment: &str) {
        self.state = state;
        self.changes.push(Change {
            at_ms,
            what,
            state,
            actor: actor.to_owned(),
            comment: comment.to_owned(),
            owner: self.owner.clone(),
            until_ms: self.until_ms,
        });
    }
}

/// Where an alert with these labels is kept.
pub(crate) fn key(labels: &Labels, is_raised: bool) -> u64 {
    // Whatever labels are sent, none make the one the other.
    match is_raised {
        true => !labels.fingerprint(),
        false => labels.fingerprint(),
    }
}

/// A duration in milliseconds.
pub(crate) fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
