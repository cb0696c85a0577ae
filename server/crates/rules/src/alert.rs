//! The alert state machine: pure steps from one alert to the next.
//!
//! ```text
//! pending ──for──▶ firing ──person──▶ acknowledged
//!    │                │ ▲                  │ ▲
//!    └──── condition clears, or a person ──┘ │
//!                     ▼ │ reopened           │
//!                  resolved ─────────────────┘ (reopened if it was acknowledged before)
//! ```

use model::{Labels, TimestampMs};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::Rule;
use crate::template::expand;

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
    /// Everything that happened to it, oldest first.
    pub changes: Vec<Change>,
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
    pub(crate) fn begin(rule: &Rule, series: &Labels, value: f64, now: TimestampMs) -> Self {
        let labels = rule.alert_labels(series);
        let annotations = rule.annotations.iter();
        let mut alert = Self {
            id: Uuid::now_v7(),
            rule: rule.name.clone(),
            annotations: annotations
                .map(|(name, text)| (name.clone(), expand(text, &labels, value)))
                .collect(),
            labels,
            state: State::Pending,
            value,
            holds: true,
            by_hand: false,
            pending_ms: now,
            firing_ms: None,
            resolved_ms: None,
            changes: Vec::new(),
        };
        alert.step(State::Pending, now, "", "the condition holds");
        alert.held(rule, value, now)
    }

    /// The condition holds (still or again).
    pub(crate) fn held(&self, rule: &Rule, value: f64, now: TimestampMs) -> Self {
        let mut next = self.clone();
        next.value = value;
        next.holds = true;
        let hold_ms = i64::try_from(rule.hold.as_millis()).unwrap_or(i64::MAX);
        if next.state == State::Pending && now.saturating_sub(next.pending_ms) >= hold_ms {
            next.firing_ms = Some(now);
            next.step(State::Firing, now, "", "the condition has held long enough");
        }
        if next.state != State::Resolved {
            // Reopened by hand, and the condition is back: the rule may end it again.
            next.by_hand = false;
        }
        next
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_rules;

    fn rule() -> Rule {
        let text = "
groups:
  - name: g
    rules:
      - { alert: Down, expr: up == 0, for: 10s, annotations: { summary: '{{ $labels.server }} down' } }";
        parse_rules("test", text).unwrap().remove(0)
    }

    /// Plays a script of `second:step` words and returns the states after each.
    fn play(script: &str) -> String {
        let rule = rule();
        let series = Labels::new().with("server", "fs");
        let mut alert: Option<Alert> = None;
        let mut states = Vec::new();
        for word in script.split_whitespace() {
            let (at, step) = word.split_once(':').unwrap();
            let now: i64 = at.parse::<i64>().unwrap() * 1000;
            let outcome = match (step, &alert) {
                ("holds", None) => Ok(Alert::begin(&rule, &series, 0.0, now)),
                ("holds", Some(a)) => Ok(a.held(&rule, 0.0, now)),
                ("clear", Some(a)) => Ok(a.cleared("gone", now)),
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
    fn texts_name_the_series() {
        let alert = Alert::begin(&rule(), &Labels::new().with("server", "fs"), 0.0, 0);
        assert_eq!(alert.annotations["summary"], "fs down");
    }

    #[test]
    fn reopening_does_not_take_an_alert() {
        let rule = rule();
        let alert = Alert::begin(&rule, &Labels::new(), 0.0, 0).held(&rule, 0.0, 10_000);
        let alert = alert.acknowledged("ann", "mine", 11_000).unwrap();
        let alert = alert.resolved("bob", "", 12_000).unwrap();
        let alert = alert.reopened("cyd", "", 13_000).unwrap();
        assert_eq!(alert.acknowledgement().unwrap().actor, "ann");
    }
}
