//! A look at a group: what each channel of its receiver is told, and who is told because nobody has acknowledged.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Labels, TimestampMs};
use uuid::Uuid;

use super::log::{LogKey, ToldOf, View};
use super::{Decided, Dispatch, Entry, GroupId, Stage, Told, Turn};
use crate::channel::Channel;
use crate::message::{Message, Notice, Why};
use crate::routing::{EscalationStep, Rota, Route};

/// Channels with their names.
pub(super) type Channels = Vec<(String, Arc<dyn Channel>)>;

/// The name that a channel has in the log where a step of an escalation tells it.
pub(super) fn step_channel(number: usize, channel: &str) -> String {
    format!("escalation {}: {channel}", number + 1)
}

impl Dispatch {
    /// The channels of a receiver now.
    pub(super) fn channels(&self, receiver: &str, now_ms: TimestampMs) -> Channels {
        let on_call = |rota: &Rota| self.on_call(rota, now_ms).map(|(_, receiver)| receiver);
        self.routing.channels(receiver, &on_call)
    }

    /// A group as its channels see it at a time.
    pub(super) fn view(
        &self,
        id: &GroupId,
        route: &Route,
        now_ms: TimestampMs,
        held: &dyn Fn(&Labels) -> String,
    ) -> View {
        let mut view = View::default();
        let Some(group) = self.groups.get(id) else {
            return view;
        };
        let is_muted = self.routing.muted(route, now_ms).is_some();
        for key in &group.alerts {
            let Some(known) = self.alerts.get(key) else {
                continue;
            };
            let told = &known.told;
            let is_held = is_muted || !held(&told.labels).is_empty();
            match (is_held, told.stage) {
                (true, _) => {
                    view.held.insert(key.clone());
                }
                (false, Stage::Over) => {
                    view.resolved.insert(key.clone());
                }
                (false, stage) => {
                    let is_taken = stage == Stage::Acknowledged;
                    view.firing.insert(key.clone(), (told.id, is_taken));
                }
            }
        }
        view.again = group.again.clone();
        view
    }

    /// Looks at a group whose time has come.
    pub(super) fn flush(
        &mut self,
        id: &GroupId,
        now_ms: TimestampMs,
        held: &dyn Fn(&Labels) -> String,
    ) -> Option<Turn> {
        let route = self.routes.get(&id.0)?.clone();
        let view = self.view(id, &route, now_ms, held);
        let group = self.groups.get_mut(id)?;
        let is_turn = group.next_ms <= now_ms;
        let group_key = group.key.clone();
        let again = is_turn.then(|| (group.again.clone(), group.has_flushed));
        if is_turn {
            group.next_ms = now_ms + route.interval_ms;
            group.has_flushed = true;
            // What is told again while it is held waits until it is not.
            group.again.retain(|key| view.held.contains(key));
        }
        let mut turn = Turn {
            group: Some(id.clone()),
            again,
            ..Turn::default()
        };
        let channels = self.channels(&route.receiver, now_ms);
        if is_turn {
            self.tell(id, &route, &view, &channels, &mut turn, now_ms);
        }
        let escalates_ms = self.escalate(id, &route, &view, &channels, &mut turn, now_ms);
        // What is over and held stays for those who believe that it fires.
        let believed = |key: &String| {
            let mut entries = self.logged(&group_key);
            view.held.contains(key) && entries.any(|(_, entry)| entry.firing.contains_key(key))
        };
        let group = self.groups.get(id)?;
        if is_turn {
            let over = group.alerts.iter().filter(|key| {
                let known = self.alerts.get(*key);
                known.is_none_or(|known| known.told.stage == Stage::Over)
            });
            turn.gone = over.filter(|key| !believed(key)).cloned().collect();
            let is_last = turn.gone.len() == group.alerts.len();
            // Who is on call no more, or had another receiver's route, must not believe that it fires: else an alert that
            // comes back is no news for them.
            let gone: BTreeSet<&String> = turn.gone.iter().collect();
            let believers = self.logged(&group_key).filter_map(|(key, entry)| {
                let mut left = entry.clone();
                left.firing.retain(|alert, _| !gone.contains(alert));
                let changed = left.firing.len() < entry.firing.len();
                let is_known = !left.firing.is_empty() || !left.resolved.is_empty();
                changed.then(|| (key.clone(), is_known.then_some(left)))
            });
            let believers: Vec<_> = believers.collect();
            for (key, entry) in believers {
                self.write(&mut turn, key, entry);
            }
            // Of a group that ends nothing has to be known: its next message is a first one anyway.
            if is_last {
                let empty = self.logged(&group_key);
                let empty = empty.filter(|(_, entry)| entry.firing.is_empty());
                let empty: Vec<_> = empty.map(|(key, _)| key.clone()).collect();
                for key in empty {
                    self.write(&mut turn, key, None);
                }
            }
        }
        let group = self.groups.get_mut(id)?;
        group.escalates_ms = escalates_ms;
        let due_ms = group.due_ms();
        self.due.insert((due_ms, id.clone()));
        Some(turn)
    }

    fn tell(
        &mut self,
        id: &GroupId,
        route: &Route,
        view: &View,
        channels: &Channels,
        turn: &mut Turn,
        now_ms: TimestampMs,
    ) {
        for (name, channel) in channels {
            let key = LogKey {
                group_key: route.group_key(&id.1),
                receiver: route.receiver.clone(),
                channel: name.clone(),
            };
            let sends_resolved = channel.sends_resolved();
            let before = self.log.get(&key);
            let verdict = view.judge(before, sends_resolved, route.repeat_ms, now_ms);
            if let Some(why) = verdict.why {
                let notices = self.notices(view.firing.keys());
                let over = sends_resolved.then(|| self.notices(view.resolved.iter()));
                let notices = [notices, over.unwrap_or_default()].concat();
                self.decide(turn, id, (&route.receiver, name, channel), notices, why);
            }
            if let Some(mut entry) = verdict.entry {
                if entry.resolved.len() > view.resolved.len() {
                    entry.resolved.retain(|key| view.resolved.contains(key));
                }
                self.write(turn, key, Some(entry));
            }
        }
    }

    fn notices<'a>(&self, keys: impl Iterator<Item = &'a String>) -> Vec<Notice> {
        let known = keys.filter_map(|key| self.alerts.get(key));
        let mut told: Vec<&Told> = known.map(|known| &known.told).collect();
        told.sort_by(|a, b| (a.starts_ms, &a.labels).cmp(&(b.starts_ms, &b.labels)));
        told.into_iter().map(Told::notice).collect()
    }

    fn decide(
        &self,
        turn: &mut Turn,
        id: &GroupId,
        (receiver, name, channel): (&str, &str, &Arc<dyn Channel>),
        notices: Vec<Notice>,
        reason: Why,
    ) {
        // Who does not hear of ends hears nothing where there is nothing else.
        if notices.is_empty() {
            return;
        }
        let Some(group) = self.groups.get(id) else {
            return;
        };
        turn.decided.push(Decided {
            receiver: receiver.to_owned(),
            channel: name.to_owned(),
            kind: channel.kind().to_owned(),
            target: channel.target(),
            message: Message {
                receiver: receiver.to_owned(),
                group_key: group.key.clone(),
                group_labels: id.1.clone(),
                notices,
                reason,
                external_url: self.external_url.clone(),
                key: Uuid::now_v7().to_string(),
                files: Vec::new(),
            },
        });
    }

    /// When the receiver of a route was told of an alert first; since when it fires where there is nobody to tell.
    fn told_ms(
        &self,
        route: &Route,
        group_key: &str,
        channels: &Channels,
        key: &str,
    ) -> Option<TimestampMs> {
        if channels.is_empty() {
            return self.alerts.get(key).map(|known| known.told.starts_ms);
        }
        let times = channels.iter().filter_map(|(name, _)| {
            let at = LogKey {
                group_key: group_key.to_owned(),
                receiver: route.receiver.clone(),
                channel: name.clone(),
            };
            Some(self.log.get(&at)?.firing.get(key)?.at_ms)
        });
        times.min()
    }

    /// Tells those of whom it is time because nobody has acknowledged; when it is time for the next of them.
    fn escalate(
        &mut self,
        id: &GroupId,
        route: &Route,
        view: &View,
        channels: &Channels,
        turn: &mut Turn,
        now_ms: TimestampMs,
    ) -> Option<TimestampMs> {
        let routing = self.routing.clone();
        let escalation = routing.escalations.get(&route.escalation)?;
        let mut next_ms: Option<TimestampMs> = None;
        for (number, step) in escalation.steps.iter().enumerate() {
            let at = self.step(id, route, view, (channels, number, step), turn, now_ms);
            next_ms = [next_ms, at].into_iter().flatten().min();
        }
        next_ms
    }

    fn step(
        &mut self,
        id: &GroupId,
        route: &Route,
        view: &View,
        (told_by, number, step): (&Channels, usize, &EscalationStep),
        turn: &mut Turn,
        now_ms: TimestampMs,
    ) -> Option<TimestampMs> {
        let group_key = route.group_key(&id.1);
        let mut next_ms: Option<TimestampMs> = None;
        for (name, channel) in self.channels(&step.receiver, now_ms) {
            let key = LogKey {
                group_key: group_key.clone(),
                receiver: step.receiver.clone(),
                channel: step_channel(number, &name),
            };
            let before = self.log.get(&key).cloned().unwrap_or_default();
            let mut entry = before.clone();
            // Told anew: its time begins again.
            entry.firing.retain(|key, told| {
                let told_ms = self.told_ms(route, &group_key, told_by, key);
                told_ms.is_none_or(|since_ms| since_ms <= told.at_ms)
            });
            let mut is_news = false;
            for (alert, (uuid, is_taken)) in &view.firing {
                if *is_taken || entry.firing.contains_key(alert) {
                    continue;
                }
                let Some(told_ms) = self.told_ms(route, &group_key, told_by, alert) else {
                    continue;
                };
                let due_ms = told_ms.saturating_add(step.after_ms);
                if due_ms > now_ms {
                    next_ms = Some(next_ms.map_or(due_ms, |next_ms| next_ms.min(due_ms)));
                    continue;
                }
                let told = ToldOf {
                    id: *uuid,
                    at_ms: now_ms,
                };
                entry.firing.insert(alert.clone(), told);
                is_news = true;
            }
            let over = entry
                .firing
                .keys()
                .filter(|key| view.resolved.contains(*key));
            let over: Vec<_> = over.cloned().collect();
            entry.firing.retain(|key, _| !over.contains(key));
            let why = match (is_news, over.is_empty(), entry.firing.is_empty()) {
                (true, ..) => Some(Why::Escalation),
                (false, true, _) => None,
                (false, false, true) => Some(Why::AllResolved),
                (false, false, false) => Some(Why::NewResolved),
            };
            if let Some(why) = why {
                entry.at_ms = now_ms;
                let still = |key: &&String| view.firing.contains_key(*key);
                let firing = self.notices(entry.firing.keys().filter(still));
                let mut notices = Vec::new();
                if channel.sends_resolved() {
                    notices = self.notices(over.iter());
                }
                // Who hears of an end hears what is left; who does not is told of news alone.
                if is_news || !notices.is_empty() {
                    notices = [firing, notices].concat();
                }
                self.decide(turn, id, (&step.receiver, &name, &channel), notices, why);
            }
            if entry != before {
                let entry = Some(entry).filter(|entry| *entry != Entry::default());
                self.write(turn, key, entry);
            }
        }
        next_ms
    }
}
