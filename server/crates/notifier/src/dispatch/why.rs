//! Why somebody is told of an alert or not, and when next.

use model::{Labels, TimestampMs};

use super::log::LogKey;
use super::{Dispatch, Group, GroupId};
use crate::message::Why;
use crate::routing::Route;

/// How a group stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its route.
    pub route: String,
    /// The group, as Alertmanager writes it.
    pub group_key: String,
    /// What its alerts have in common.
    pub group_labels: Labels,
    /// Who is told.
    pub receiver: String,
    /// Keys of its alerts.
    pub alerts: Vec<String>,
    /// When it is looked at next.
    pub looks_ms: TimestampMs,
    /// Why its route tells nobody now; empty where it does.
    pub muted: String,
    /// The next message, if nothing changes.
    pub next: Option<Expected>,
    /// The step of its escalation that is due next: when, and who is told then.
    pub escalates: Option<(TimestampMs, String)>,
}

/// A message that goes out if nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// When.
    pub at_ms: TimestampMs,
    /// Why.
    pub why: Why,
}

impl Dispatch {
    /// All groups, sorted by route and labels.
    pub fn groups(&self, now_ms: TimestampMs, held: &dyn Fn(&Labels) -> String) -> Vec<Standing> {
        let groups = self.groups.iter();
        groups
            .filter_map(|(id, group)| self.standing(id, group, now_ms, held))
            .collect()
    }

    /// How many groups a route has.
    pub fn count(&self, route: &str) -> usize {
        self.groups.keys().filter(|(id, _)| id == route).count()
    }

    /// The groups that an alert is in, by its key.
    pub fn standings(
        &self,
        key: &str,
        now_ms: TimestampMs,
        held: &dyn Fn(&Labels) -> String,
    ) -> Vec<Standing> {
        let Some(known) = self.alerts.get(key) else {
            return Vec::new();
        };
        let places = self.places(&known.told.labels).into_iter();
        places
            .filter_map(|id| self.standing(&id, self.groups.get(&id)?, now_ms, held))
            .collect()
    }

    fn standing(
        &self,
        id: &GroupId,
        group: &Group,
        now_ms: TimestampMs,
        held: &dyn Fn(&Labels) -> String,
    ) -> Option<Standing> {
        let route = self.routes.get(&id.0)?;
        let muted = self.routing.muted(route, now_ms).unwrap_or_default();
        Some(Standing {
            route: id.0.clone(),
            group_key: group.key.clone(),
            group_labels: id.1.clone(),
            receiver: route.receiver.clone(),
            alerts: group.alerts.iter().cloned().collect(),
            looks_ms: group.next_ms,
            next: self.expected(id, group, route, held),
            escalates: group.escalates_ms.map(|at_ms| {
                let escalation = self.routing.escalations.get(&route.escalation);
                let steps = escalation.map(|it| it.steps.as_slice()).unwrap_or_default();
                let names: Vec<_> = steps.iter().map(|it| it.receiver.as_str()).collect();
                (at_ms, names.join(", then "))
            }),
            muted,
        })
    }

    /// What the channels of a group are told next: at its next look, or when it is time to repeat.
    fn expected(
        &self,
        id: &GroupId,
        group: &Group,
        route: &Route,
        held: &dyn Fn(&Labels) -> String,
    ) -> Option<Expected> {
        let next_ms = group.next_ms;
        let view = self.view(id, route, next_ms, held);
        let channels = self.channels(&route.receiver, next_ms);
        let told = channels.iter().filter_map(|(name, channel)| {
            let key = LogKey {
                group_key: group.key.clone(),
                receiver: route.receiver.clone(),
                channel: name.clone(),
            };
            let entry = self.log.get(&key);
            let sends_resolved = channel.sends_resolved();
            if let Some(why) = view.why(entry, sends_resolved, route.repeat_ms, next_ms) {
                return Some(Expected {
                    at_ms: next_ms,
                    why,
                });
            }
            // The first look after the interval is over.
            let open = view.firing.values().any(|(_, is_taken)| !is_taken);
            let due_ms = entry
                .filter(|_| open)?
                .at_ms
                .saturating_add(route.repeat_ms);
            let late_ms = due_ms.saturating_sub(next_ms).max(0);
            let looks = late_ms / route.interval_ms + 1;
            Some(Expected {
                at_ms: next_ms.saturating_add(looks * route.interval_ms),
                why: Why::Repeat,
            })
        });
        told.min_by_key(|expected| expected.at_ms)
    }
}
