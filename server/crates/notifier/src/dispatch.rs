//! Groups of alerts and their timers: alerts and the clock go in, what is to be sent comes out.
//!
//! A pure state machine with Alertmanager's semantics (`dispatch/dispatch.go` and `notify/notify.go` in
//! <https://github.com/prometheus/alertmanager>): a group is looked at after `group_wait`, and every `group_interval` as long as
//! there are alerts in it; what a channel has been told is in a log, and it is told again when that has changed, or after
//! `repeat_interval`. It differs where Alertmanager would leave somebody without news:
//!
//! - What still fires when a silence, a window or another reason to be held ends is told at once, although it had been told
//!   before (alertmanager#3367). The same when an acknowledgement has run out.
//! - What is over while it is held is told when that ends.
//! - A channel that does not hear of ends is told anew of an alert that was over and fires again.
//! - What everybody has acknowledged is not repeated.

mod flush;
mod log;
mod why;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use model::{Labels, TimestampMs};
use uuid::Uuid;

use crate::message::{Message, Notice};
use crate::routing::{Rota, Route, Routing};

pub use log::{Entry, LogKey, ToldOf};
pub use why::{Expected, Standing};

/// Where an alert stands for those who are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It fires, and nobody has it.
    Firing,
    /// Somebody has it.
    Acknowledged,
    /// It is over.
    Over,
}

/// An alert at a step of its life.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What tells it from others that are open at the same time: a hash of its labels. An alert that fires again has it again.
    pub key: String,
    /// Its id; a later alert has a greater one.
    pub id: Uuid,
    /// The count of its steps: what is told of an earlier one is not believed.
    pub step: usize,
    /// Where it stands.
    pub stage: Stage,
    /// All labels.
    pub labels: Labels,
    /// Texts for people.
    pub annotations: BTreeMap<String, String>,
    /// Since when it fires.
    pub starts_ms: TimestampMs,
    /// When it was over.
    pub ends_ms: Option<TimestampMs>,
    /// Where one sees what made it.
    pub generator_url: String,
}

impl Told {
    fn notice(&self) -> Notice {
        Notice {
            id: self.id,
            fingerprint: format!("{:016x}", self.labels.fingerprint()),
            is_firing: self.stage != Stage::Over,
            labels: self.labels.clone(),
            annotations: self.annotations.clone(),
            starts_ms: self.starts_ms,
            ends_ms: self.ends_ms.filter(|_| self.stage == Stage::Over),
            generator_url: self.generator_url.clone(),
        }
    }
}

/// Somebody who is on call out of turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Its id.
    pub id: Uuid,
    /// The rota.
    pub rota: String,
    /// Who, one of its people.
    pub person: String,
    /// From then on.
    pub from_ms: TimestampMs,
    /// Until then.
    pub to_ms: TimestampMs,
    /// Who said so.
    pub by: String,
}

/// A group: its route and the labels that its alerts have in common.
pub(crate) type GroupId = (String, Labels);

struct Group {
    key: String,
    alerts: BTreeSet<String>,
    /// When it is looked at.
    next_ms: TimestampMs,
    /// When a step of its escalation is due.
    escalates_ms: Option<TimestampMs>,
    has_flushed: bool,
    /// Alerts that are told again although they have been told.
    again: BTreeSet<String>,
}

impl Group {
    fn due_ms(&self) -> TimestampMs {
        let escalates_ms = self.escalates_ms.unwrap_or(TimestampMs::MAX);
        self.next_ms.min(escalates_ms)
    }
}

/// A message, and which channel gets it.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The receiver on whose account it is sent.
    pub receiver: String,
    /// The channel's name there, as in [`Routing::channels`].
    pub channel: String,
    /// The channel's kind.
    pub kind: String,
    /// Where it sends, for people.
    pub target: String,
    /// What is sent.
    pub message: Message,
}

/// What comes of a look at a group: it is written as a whole, or not at all.
#[derive(Debug, Default)]
pub struct Turn {
    /// What is sent.
    pub decided: Vec<Decided>,
    /// What the log says from then on; `None` where it forgets.
    pub log: Vec<(LogKey, Option<Entry>)>,
    before: Vec<(LogKey, Option<Entry>)>,
    group: Option<GroupId>,
    gone: Vec<String>,
    /// What the group was to tell again, and whether it had been looked at, before it was its turn.
    again: Option<(BTreeSet<String>, bool)>,
}

struct Known {
    told: Told,
    groups: usize,
}

/// Groups, alerts in them, and what channels have been told.
pub struct Dispatch {
    routing: Arc<Routing>,
    routes: HashMap<String, Arc<Route>>,
    external_url: String,
    alerts: HashMap<String, Known>,
    groups: BTreeMap<GroupId, Group>,
    due: BTreeSet<(TimestampMs, GroupId)>,
    log: BTreeMap<LogKey, Entry>,
    overrides: Vec<Override>,
}

impl Dispatch {
    /// With what an earlier run has noted of what was told.
    pub fn new(
        routing: Arc<Routing>,
        external_url: String,
        log: BTreeMap<LogKey, Entry>,
        overrides: Vec<Override>,
    ) -> Self {
        Self {
            routes: routes(&routing),
            routing,
            external_url,
            alerts: HashMap::new(),
            groups: BTreeMap::new(),
            due: BTreeSet::new(),
            log,
            overrides,
        }
    }

    /// The routes in use.
    pub fn routing(&self) -> &Arc<Routing> {
        &self.routing
    }

    /// Judges by other routes from now on; what channels have been told stays known.
    pub fn reroute(&mut self, routing: Arc<Routing>, external_url: String, now_ms: TimestampMs) {
        self.routes = routes(&routing);
        self.routing = routing;
        self.external_url = external_url;
        self.groups.clear();
        self.due.clear();
        for (_, known) in std::mem::take(&mut self.alerts) {
            self.note(known.told, now_ms);
        }
    }

    /// Who is on call out of turn, from now on.
    pub fn override_by(&mut self, overrides: Vec<Override>) {
        self.overrides = overrides;
    }

    /// Who is on call in a rota: the name and the receiver that reaches them.
    pub fn on_call(&self, rota: &Rota, now_ms: TimestampMs) -> Option<(String, String)> {
        let holds =
            |it: &&Override| it.rota == rota.name && it.from_ms <= now_ms && now_ms < it.to_ms;
        // Of several the last that was made.
        let over = self.overrides.iter().filter(holds).max_by_key(|it| it.id);
        let person = match over {
            Some(over) => rota.people.iter().find(|it| it.name == over.person),
            None => rota.turn(now_ms).map(|turn| &rota.people[turn.person]),
        };
        person.map(|it| (it.name.clone(), it.receiver.clone()))
    }

    /// Ids of alerts that some channel believes to fire, of which nothing is known here: they may have ended while nobody
    /// listened.
    pub fn missing(&self) -> BTreeSet<Uuid> {
        let told = self.log.values().flat_map(|entry| &entry.firing);
        let missing = told.filter(|(key, _)| !self.alerts.contains_key(*key));
        missing.map(|(_, told)| told.id).collect()
    }

    /// Forgets what channels have been told of alerts of which nothing is known any more.
    pub fn forget_missing(&mut self) -> Turn {
        let mut turn = Turn::default();
        let keys: Vec<_> = self.log.keys().cloned().collect();
        for key in keys {
            let Some(mut entry) = self.log.get(&key).cloned() else {
                continue;
            };
            let before = entry.firing.len();
            entry.firing.retain(|key, _| self.alerts.contains_key(key));
            if entry.firing.len() < before {
                self.write(&mut turn, key, Some(entry));
            }
        }
        turn
    }

    /// Notes a step of an alert.
    pub fn note(&mut self, told: Told, now_ms: TimestampMs) {
        let mut is_back = false;
        if let Some(known) = self.alerts.get_mut(&told.key) {
            let is_late = match known.told.id == told.id {
                true => known.told.step > told.step,
                false => known.told.id > told.id,
            };
            if is_late {
                return;
            }
            let was_taken = known.told.stage == Stage::Acknowledged;
            is_back = was_taken && told.stage == Stage::Firing && known.told.id == told.id;
            known.told = told.clone();
        }
        let (key, labels, starts_ms) = (told.key.clone(), told.labels.clone(), told.starts_ms);
        let is_over = told.stage == Stage::Over;
        self.alerts
            .entry(key.clone())
            .or_insert(Known { told, groups: 0 });
        for id in self.places(&labels) {
            let Some(route) = self.routes.get(&id.0).cloned() else {
                continue;
            };
            // Who has waited before (in an earlier run, elsewhere) waits no more.
            let is_old = is_over || starts_ms.saturating_add(route.wait_ms) < now_ms;
            let wait_ms = if is_old { 0 } else { route.wait_ms };
            let group = self.groups.entry(id.clone()).or_insert_with(|| Group {
                key: route.group_key(&id.1),
                alerts: BTreeSet::new(),
                next_ms: TimestampMs::MAX,
                escalates_ms: None,
                has_flushed: false,
                again: BTreeSet::new(),
            });
            let was_ms = group.due_ms();
            if group.alerts.insert(key.clone())
                && let Some(known) = self.alerts.get_mut(&key)
            {
                known.groups += 1;
            }
            if group.next_ms == TimestampMs::MAX || (!group.has_flushed && is_old) {
                group.next_ms = now_ms + wait_ms;
            }
            if is_back {
                group.again.insert(key.clone());
                group.next_ms = group.next_ms.min(now_ms);
            }
            let due_ms = group.due_ms();
            self.plan(&id, was_ms, due_ms);
        }
    }

    /// Alerts, by their keys, are no longer held: what still fires of them is told at once.
    pub fn release(&mut self, keys: &[String], now_ms: TimestampMs) {
        for key in keys {
            let Some(known) = self.alerts.get(key) else {
                continue;
            };
            for id in self.places(&known.told.labels.clone()) {
                let Some(group) = self.groups.get_mut(&id) else {
                    continue;
                };
                let was_ms = group.due_ms();
                group.again.insert(key.clone());
                if group.has_flushed {
                    group.next_ms = group.next_ms.min(now_ms);
                }
                let due_ms = group.due_ms();
                self.plan(&id, was_ms, due_ms);
            }
        }
    }

    fn places(&self, labels: &Labels) -> Vec<GroupId> {
        let routes = self.routing.root.matching(labels);
        let place = |route: &Route| (route.id.clone(), route.group_labels(labels));
        routes.into_iter().map(place).collect()
    }

    fn plan(&mut self, id: &GroupId, was_ms: TimestampMs, due_ms: TimestampMs) {
        if was_ms != due_ms {
            self.due.remove(&(was_ms, id.clone()));
        }
        self.due.insert((due_ms, id.clone()));
    }

    /// How many groups there are.
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// When a group is to be looked at next.
    pub fn next_ms(&self) -> Option<TimestampMs> {
        self.due.first().map(|(at_ms, _)| *at_ms)
    }

    /// Looks at groups whose time has come, at most `most`. `held` says why an alert with these labels is held, whatever
    /// its route; empty where it is not.
    pub fn turn(
        &mut self,
        now_ms: TimestampMs,
        most: usize,
        held: &dyn Fn(&Labels) -> String,
    ) -> Vec<Turn> {
        let mut turns = Vec::new();
        while turns.len() < most {
            let Some((at_ms, id)) = self.due.first().cloned() else {
                break;
            };
            if at_ms > now_ms {
                break;
            }
            self.due.pop_first();
            if let Some(turn) = self.flush(&id, now_ms, held) {
                turns.push(turn);
            }
        }
        turns
    }

    /// What came of a look is on disk: what is over and told is forgotten.
    pub fn settle(&mut self, turn: Turn) {
        let Some(id) = &turn.group else {
            return;
        };
        for key in &turn.gone {
            self.leave(id, key);
        }
        if self.groups.get(id).is_some_and(|it| it.alerts.is_empty())
            && let Some(group) = self.groups.remove(id)
        {
            self.due.remove(&(group.due_ms(), id.clone()));
        }
    }

    /// What came of a look could not be written: nobody has been told, so it comes again.
    pub fn take_back(&mut self, turn: Turn, again_ms: TimestampMs) {
        for (key, entry) in turn.before.into_iter().rev() {
            match entry {
                Some(entry) => self.log.insert(key, entry),
                None => self.log.remove(&key),
            };
        }
        let Some(id) = turn.group else {
            return;
        };
        if let Some(group) = self.groups.get_mut(&id) {
            let was_ms = group.due_ms();
            if let Some((again, has_flushed)) = turn.again {
                group.again.extend(again);
                group.has_flushed = has_flushed;
            }
            group.next_ms = group.next_ms.min(again_ms);
            let due_ms = group.due_ms();
            self.plan(&id, was_ms, due_ms);
        }
    }

    fn leave(&mut self, id: &GroupId, key: &str) {
        // It may have come back since.
        let is_over = |known: &Known| known.told.stage == Stage::Over;
        if !self.alerts.get(key).is_some_and(is_over) {
            return;
        }
        if let Some(group) = self.groups.get_mut(id)
            && group.alerts.remove(key)
            && let Some(known) = self.alerts.get_mut(key)
        {
            known.groups = known.groups.saturating_sub(1);
            if known.groups == 0 {
                self.alerts.remove(key);
            }
        }
    }

    /// What the channels of a group have been told.
    fn logged<'a>(
        &'a self,
        group_key: &'a str,
    ) -> impl Iterator<Item = (&'a LogKey, &'a Entry)> + 'a {
        let first = LogKey {
            group_key: group_key.to_owned(),
            receiver: String::new(),
            channel: String::new(),
        };
        let from = self.log.range(first..);
        from.take_while(move |(key, _)| key.group_key == group_key)
    }

    fn write(&mut self, turn: &mut Turn, key: LogKey, entry: Option<Entry>) {
        let before = match &entry {
            Some(entry) => self.log.insert(key.clone(), entry.clone()),
            None => self.log.remove(&key),
        };
        turn.before.push((key.clone(), before));
        turn.log.push((key, entry));
    }
}

fn routes(routing: &Routing) -> HashMap<String, Arc<Route>> {
    let all = routing.root.all().into_iter();
    all.map(|route| (route.id.clone(), Arc::new(route.clone())))
        .collect()
}

#[cfg(test)]
mod tests;
