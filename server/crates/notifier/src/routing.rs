//! An `alertmanager.yml` as it is: routes, receivers, inhibition, time intervals, and what this product adds to them.
//!
//! The format is <https://prometheus.io/docs/alerting/latest/configuration/>. Of ours are `escalations` (with `escalation`
//! on a route), `rotas` (with `rota_configs` in a receiver), `flood` on a receiver and `heartbeats`.

mod intervals;
mod names;
mod ours;
mod read;
mod receivers;
mod routes;
mod secrets;
mod values;
mod whole;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use model::{Labels, TimestampMs};
use yaml::{Node, Place};

use crate::channel::Channel;
use crate::{Inhibition, Matcher};

pub use intervals::Interval;
pub use names::NamedChannel;
pub use ours::{Escalation, EscalationStep, Flood, Heartbeat, Person, Rota, Turn};
pub use read::read;
pub use secrets::{hidden, restored};
pub use whole::read_whole;

/// What is wrong with a text of routes, or has no effect, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where; line 0 is about the whole.
    pub at: Place,
    /// What, and what to write instead.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at.line {
            0 => f.write_str(&self.text),
            _ => write!(f, "{}: {}", self.at, self.text),
        }
    }
}

/// Reads an entry of `webhook_configs` and its like: its kind, the entry, and the map of `global`.
pub type ReadChannel<'a> =
    dyn Fn(&str, &Node, Option<&Node>) -> Result<Arc<dyn Channel>, Vec<Mistake>> + 'a;

/// Everything that such a file says.
#[derive(Clone)]
pub struct Routing {
    /// The root.
    pub root: Route,
    /// By name.
    pub receivers: BTreeMap<String, Receiver>,
    /// Which alerts hold back which.
    pub inhibitions: Vec<Inhibition>,
    /// By name.
    pub intervals: BTreeMap<String, Interval>,
    /// Files of templates, as they are written; a name may have `*`.
    pub templates: Vec<String>,
    /// By name.
    pub escalations: BTreeMap<String, Escalation>,
    /// By name.
    pub rotas: BTreeMap<String, Rota>,
    /// Who is told regularly that messages arrive.
    pub heartbeats: Vec<Heartbeat>,
    /// After how long an alert is over that another system has told and tells no more, in milliseconds.
    pub resolve_timeout_ms: i64,
    /// What is written and has no effect here.
    pub ignored: Vec<Mistake>,
}

/// Who is told.
#[derive(Clone)]
pub struct Receiver {
    /// Its name.
    pub name: String,
    /// Ways to reach it, in the order of the file; the text tells one from the others of this receiver.
    pub channels: Vec<(String, Arc<dyn Channel>)>,
    /// What is written of each channel, as a hash: what is written so again is the same channel.
    pub(crate) identities: Vec<String>,
    /// Whoever is on call in these.
    pub rotas: Vec<String>,
    /// How many messages it gets at most.
    pub flood: Option<Flood>,
}

/// A node of the tree: what it says, and what it has from its parent.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Its place: `0`, `0/2`, `0/2/1`.
    pub id: String,
    /// Its matchers and those of its parents, as Alertmanager writes them: `{}/{severity="critical"}`.
    pub key: String,
    /// Who is told.
    pub receiver: String,
    /// All of them match what it takes, sorted.
    pub matchers: Vec<Matcher>,
    /// Whether what it takes is offered to those after it as well.
    pub goes_on: bool,
    /// Labels that alerts of a group have in common, sorted.
    pub group_by: Vec<String>,
    /// Whether these are all labels.
    pub by_all: bool,
    /// How long the first message of a group waits for more alerts.
    pub wait_ms: i64,
    /// The least time between messages of a group.
    pub interval_ms: i64,
    /// When the same is said again.
    pub repeat_ms: i64,
    /// In these nobody is told.
    pub muted_at: Vec<String>,
    /// Outside of these nobody is told; empty is always.
    pub active_at: Vec<String>,
    /// What happens when nobody acknowledges; empty is nothing.
    pub escalation: String,
    /// In the order in which they are asked.
    pub children: Vec<Route>,
}

impl Route {
    /// The routes that take an alert: depth first, the first child that does alone unless it goes on, itself if none does.
    pub fn matching<'a>(&'a self, labels: &Labels) -> Vec<&'a Self> {
        if !self.matchers.iter().all(|matcher| matcher.matches(labels)) {
            return Vec::new();
        }
        let mut all = Vec::new();
        for child in &self.children {
            let found = child.matching(labels);
            let is_last = !found.is_empty() && !child.goes_on;
            all.extend(found);
            if is_last {
                break;
            }
        }
        if all.is_empty() {
            all.push(self);
        }
        all
    }

    /// The labels by which an alert is grouped here.
    pub fn group_labels(&self, labels: &Labels) -> Labels {
        match self.by_all {
            true => labels.clone(),
            false => labels.keep(|name| self.group_by.iter().any(|known| known == name)),
        }
    }

    /// A group, as Alertmanager writes it: `{}/{severity="critical"}:{alertname="X"}`.
    pub fn group_key(&self, group_labels: &Labels) -> String {
        format!("{}:{group_labels}", self.key)
    }

    /// Itself and all below.
    pub fn all(&self) -> Vec<&Self> {
        let below = self.children.iter().flat_map(Self::all);
        std::iter::once(self).chain(below).collect()
    }

    /// The node with this id.
    pub fn find(&self, id: &str) -> Option<&Self> {
        if self.id == id {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(id))
    }
}

impl Routing {
    /// Why a route tells nobody at a time, because of its time intervals.
    pub fn muted(&self, route: &Route, now_ms: TimestampMs) -> Option<String> {
        let holds = |name: &&String| {
            let interval = self.intervals.get(*name);
            interval.is_some_and(|interval| interval.holds(now_ms))
        };
        if let Some(name) = route.muted_at.iter().find(holds) {
            return Some(format!("muted in the time interval {name:?}"));
        }
        if !route.active_at.is_empty() && !route.active_at.iter().any(|name| holds(&name)) {
            let names = route.active_at.join(", ");
            return Some(format!("active only in the time intervals {names}"));
        }
        None
    }

    /// The channels of a receiver at a time, with those of whoever is on call: each with a name that tells it from the
    /// others of the receiver.
    pub fn channels(
        &self,
        receiver: &str,
        on_call: &dyn Fn(&Rota) -> Option<String>,
    ) -> Vec<(String, Arc<dyn Channel>)> {
        let Some(found) = self.receivers.get(receiver) else {
            return Vec::new();
        };
        let mut channels = found.channels.clone();
        for rota in found.rotas.iter().filter_map(|name| self.rotas.get(name)) {
            let person = on_call(rota);
            let Some(theirs) = person.and_then(|name| self.receivers.get(&name)) else {
                continue;
            };
            for (name, channel) in &theirs.channels {
                channels.push((format!("{}>{name}", theirs.name), channel.clone()));
            }
        }
        channels
    }
}

#[cfg(test)]
pub(crate) mod tests;
