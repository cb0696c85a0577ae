//! The alert state machine: pure steps from one alert to the next.
//!
//! ```text
//! pending ──for──▶ firing ──person──▶ acknowledged
//!    │                │ ▲                  │ ▲
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

/// What somebody decides about an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Takes it.
    Acknowledge,
    /// Declares it over.
    Resolve,
    /// Takes a resolution back.
    Reopen,
}

/// One step of an alert's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at_ms: TimestampMs,
    /// The state from then on.
    pub state: State,
    /// Who; empty for the rule itself.
    pub actor: String,
    /// What was said.
    pub comment: String,
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

/// Why a step cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A pending alert is nobody's yet.
    #[error("this alert is still pending: it can be acknowledged once it fires")]
    Pending,
    /// It is over.
    #[error("this alert is already resolved; reopen it first")]
    Resolved,
    /// It is not over.
    #[error("this alert is not resolved, so there is nothing to reopen")]
    Open,
    /// The same condition has opened another alert since.
    #[error("the same condition has a newer open alert; work that one")]
    Superseded,
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
            changes: Vec::new(),
        };
        alert.step(State::Pending, now, "", "the condition holds");
        alert.held(rule, told, now)
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
            next.step(State::Firing, now, "", "the condition has held long enough");
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
            next.step(State::Resolved, now, "", why);
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

    pub(crate) fn acknowledged(
        &self,
        actor: &str,
        comment: &str,
        now: TimestampMs,
    ) -> Result<Self, Refusal> {
        match self.state {
            State::Pending => return Err(Refusal::Pending),
            State::Resolved => return Err(Refusal::Resolved),
            State::Firing | State::Acknowledged => {}
        }
        let mut next = self.clone();
        next.step(State::Acknowledged, now, actor, comment);
        Ok(next)
    }

    pub(crate) fn resolved(
        &self,
        actor: &str,
        comment: &str,
        now: TimestampMs,
    ) -> Result<Self, Refusal> {
        if self.state == State::Resolved {
            return Err(Refusal::Resolved);
        }
        let mut next = self.clone();
        next.by_hand = true;
        next.resolved_ms = Some(now);
        next.step(State::Resolved, now, actor, comment);
        Ok(next)
    }

    pub(crate) fn reopened(
        &self,
        actor: &str,
        comment: &str,
        now: TimestampMs,
    ) -> Result<Self, Refusal> {
        if self.state != State::Resolved {
            return Err(Refusal::Open);
        }
        let mut next = self.clone();
        next.by_hand = true;
        next.resolved_ms = None;
        next.firing_ms = next.firing_ms.or(Some(now));
        let state = match self.acknowledgement() {
            Some(_) => State::Acknowledged,
            None => State::Firing,
        };
        next.step(state, now, actor, comment);
        Ok(next)
    }

    /// Who took it last, if anybody did.
    pub fn acknowledgement(&self) -> Option<&Change> {
        // A reopened alert comes back acknowledged; who reopened it did not thereby take it.
        let mut taken = None;
        let mut before = State::Pending;
        for change in &self.changes {
            if change.state == State::Acknowledged && before != State::Resolved {
                taken = Some(change);
            }
            before = change.state;
        }
        taken
    }

    /// Whether the rule has to look at it: it is open, or a person ended it while the condition holds.
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

    fn step(&mut self, state: State, at_ms: TimestampMs, actor: &str, comment: &str) {
        self.state = state;
        self.changes.push(Change {
            at_ms,
            state,
            actor: actor.to_owned(),
            comment: comment.to_owned(),
        });
    }
}

/// A duration in milliseconds.
pub(crate) fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::one_rule;

    fn rule() -> Rule {
        one_rule("{ alert: Down, expr: up == 0, for: 10s }")
    }

    fn told(server: &str) -> Told {
        let series = Labels::new().with("server", server);
        Told {
            labels: series.clone().with("alertname", "Down"),
            series,
            annotations: BTreeMap::new(),
            value: 0.0,
        }
    }

    /// Plays a script of `second:step` words and returns the states after each.
    fn play(script: &str) -> String {
        play_by(&rule(), script)
    }

    fn play_by(rule: &Rule, script: &str) -> String {
        let told = told("fs");
        let mut alert: Option<Alert> = None;
        let mut states = Vec::new();
        for word in script.split_whitespace() {
            let (at, step) = word.split_once(':').unwrap();
            let now: i64 = at.parse::<i64>().unwrap() * 1000;
            let outcome = match (step, &alert) {
                ("holds", None) => Ok(Alert::begin(rule, &told, now)),
                ("holds", Some(a)) => Ok(a.held(rule, &told, now)),
                ("clear", Some(a)) => Ok(a.over(rule, "gone", now)),
                ("ack", Some(a)) => a.acknowledged("ann", "mine", now),
                ("resolve", Some(a)) => a.resolved("bob", "done", now),
                ("reopen", Some(a)) => a.reopened("cyd", "no", now),
                _ => panic!("{word}"),
            };
            match outcome {
                Ok(next) => {
                    states.push(format!("{:?}", next.state).to_lowercase());
                    alert = Some(next);
                }
                Err(refusal) => states.push(format!("refused:{refusal:?}").to_lowercase()),
            }
        }
        states.join(" ")
    }

    #[test]
    fn lives() {
        for (script, expected) in [
            ("0:holds 9:holds 10:holds", "pending pending firing"),
            ("0:holds 5:clear", "pending resolved"),
            (
                "0:holds 10:holds 11:ack 12:holds 13:clear",
                "pending firing acknowledged acknowledged resolved",
            ),
            ("0:holds 1:ack", "pending refused:pending"),
            (
                "0:holds 10:holds 11:resolve 12:holds",
                "pending firing resolved resolved",
            ),
            (
                "0:holds 10:holds 11:resolve 12:ack",
                "pending firing resolved refused:resolved",
            ),
            ("0:holds 10:holds 11:reopen", "pending firing refused:open"),
            (
                "0:holds 10:holds 11:resolve 12:reopen 13:holds 14:clear",
                "pending firing resolved firing firing resolved",
            ),
            (
                "0:holds 10:holds 11:ack 12:resolve 13:reopen",
                "pending firing acknowledged resolved acknowledged",
            ),
            // Reopened after the condition cleared: stays until a person or the condition ends it.
            (
                "0:holds 10:holds 11:clear 12:reopen 13:clear 14:resolve",
                "pending firing resolved firing firing resolved",
            ),
            (
                "0:holds 10:holds 11:clear 12:reopen 13:holds 14:clear",
                "pending firing resolved firing firing resolved",
            ),
        ] {
            assert_eq!(play(script), expected, "{script}");
        }
    }

    #[test]
    fn what_fires_may_fire_on() {
        let rule = one_rule("{ alert: Down, expr: up == 0, for: 10s, keep_firing_for: 20s }");
        for (script, expected) in [
            ("0:holds 5:clear", "pending resolved"),
            (
                "0:holds 10:holds 11:clear 30:clear 31:clear",
                "pending firing firing firing resolved",
            ),
            (
                "0:holds 10:holds 11:clear 30:holds 31:clear 50:clear 51:clear",
                "pending firing firing firing firing firing resolved",
            ),
            (
                "0:holds 10:holds 11:ack 12:clear 32:clear",
                "pending firing acknowledged acknowledged resolved",
            ),
            (
                "0:holds 10:holds 11:resolve 12:clear 13:holds",
                "pending firing resolved resolved resolved",
            ),
        ] {
            assert_eq!(play_by(&rule, script), expected, "{script}");
        }
    }

    #[test]
    fn the_clock_stands_still_while_nobody_looks() {
        let rule = rule();
        let alert = Alert::begin(&rule, &told("fs"), 0).held(&rule, &told("fs"), 6_000);
        let later = alert.resumed(100_000);
        let states = [103_999, 110_000].map(|now| later.held(&rule, &told("fs"), now).state);
        assert_eq!(states, [State::Pending, State::Firing]);
        assert_eq!(alert.held(&rule, &told("fs"), 103_999).state, State::Firing);
    }

    #[test]
    fn reopening_does_not_take_an_alert() {
        let rule = rule();
        let alert = Alert::begin(&rule, &told("fs"), 0).held(&rule, &told("fs"), 10_000);
        let alert = alert.acknowledged("ann", "mine", 11_000).unwrap();
        let alert = alert.resolved("bob", "", 12_000).unwrap();
        let alert = alert.reopened("cyd", "", 13_000).unwrap();
        assert_eq!(alert.acknowledgement().unwrap().actor, "ann");
    }
}
