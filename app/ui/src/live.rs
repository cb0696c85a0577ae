//! What the page knows now: seeded by the first paint, patched by the socket.

use leptos::prelude::{Update as _, *};
use wire::{
    Alert, AlertTotals, Event, Frame, MOST_LIVE_ALERTS, Server, Severity, Snapshot, Subscribe,
    Topic, Update,
};

use crate::Alarm;
use crate::feeds::Feeds;

/// Marks that are kept on a page.
const MOST_EVENTS: usize = 200;
/// Alerts that are over and are kept on a page.
const MOST_OVER: usize = 100;
/// From so many alerts at once on, all are put in order together.
const MANY: usize = 20;

/// Is told alerts that have changed, whether they are open or over. Of very many at once, only the worst that are open.
type HearAlerts = std::sync::Arc<dyn Fn(&[Alert]) + Send + Sync>;

/// How the page is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not yet, or without JavaScript.
    Connecting,
    /// Changes arrive as they happen.
    Live,
    /// Lost since then; being tried again.
    Lost(i64),
}

/// Everything that changes by itself on a page.
#[derive(Clone, Copy)]
pub struct LiveState {
    /// The status table, by name. Rows change on their own, the list only when servers come or go.
    pub servers: RwSignal<Vec<ArcRwSignal<Server>>>,
    /// The worst open alerts, the worst first, and those that were resolved while the page was open. Whether these are all
    /// that are open says [`LiveState::has_all_alerts`].
    pub alerts: RwSignal<Vec<Alert>>,
    /// How many are open, as the server said last.
    totals: RwSignal<AlertTotals>,
    /// Whether more are open than are here.
    has_more: RwSignal<bool>,
    /// Who wants to hear of every change of an alert.
    listeners: StoredValue<Vec<(u32, HearAlerts)>>,
    /// Marks, newest first.
    pub events: RwSignal<Vec<Event>>,
    /// The queries of the charts that are shown.
    pub feeds: Feeds,
    /// Whether the page stands still because somebody wants to read it.
    pub is_paused: RwSignal<bool>,
    /// How many changes have come since then.
    pub held: RwSignal<usize>,
    /// When something last came that is shown.
    pub fresh_ms: RwSignal<i64>,
    /// The server's time, kept running.
    pub now_ms: RwSignal<i64>,
    /// How the page is connected.
    pub link: RwSignal<Link>,
    /// Who is signed in; `local` where nobody has to.
    pub caller: RwSignal<String>,
    /// Whether new alerts are heard and shown by the browser.
    pub alarm: Alarm,
    seeded: StoredValue<bool>,
    taken_over: StoredValue<bool>,
    #[cfg(feature = "hydrate")]
    connected: StoredValue<bool>,
}

/// Makes the state, once, at the root. It stands still until [`LiveState::connect`].
pub fn provide_live() -> LiveState {
    let state = LiveState {
        servers: RwSignal::new(Vec::new()),
        alerts: RwSignal::new(Vec::new()),
        totals: RwSignal::new(AlertTotals::default()),
        has_more: RwSignal::new(false),
        listeners: StoredValue::new(Vec::new()),
        events: RwSignal::new(Vec::new()),
        feeds: Feeds::new(),
        is_paused: RwSignal::new(false),
        held: RwSignal::new(0),
        fresh_ms: RwSignal::new(0),
        now_ms: RwSignal::new(0),
        link: RwSignal::new(Link::Connecting),
        caller: RwSignal::new(String::new()),
        alarm: Alarm::new(),
        seeded: StoredValue::new(false),
        taken_over: StoredValue::new(false),
        #[cfg(feature = "hydrate")]
        connected: StoredValue::new(false),
    };
    #[cfg(feature = "hydrate")]
    mark("app:hydrating");
    provide_context(state);
    state
}

/// Notes a moment for whoever measures.
#[cfg(feature = "hydrate")]
pub(crate) fn mark(name: &str) {
    if let Some(performance) = window().performance() {
        // A browser without marks works all the same.
        let _ = performance.mark(name);
    }
}

/// How many changes a frame tells of. Points of charts are no news.
fn news(frame: &Frame) -> usize {
    match frame {
        Frame::Servers(Update::Changed(some)) => some.len(),
        Frame::Alerts(Update::Changed(some)) => some.len(),
        Frame::Events(Update::Changed(some)) => some.len(),
        _ => 0,
    }
}

impl LiveState {
    /// Starts socket and clock, once, in the browser; when the whole page has been taken over, because
    /// every part has to find what was rendered and not what has changed since.
    pub fn connect(&self) {
        #[cfg(feature = "hydrate")]
        if !self.connected.get_value() {
            self.connected.set_value(true);
            let state = *self;
            // A turn of the event loop later: parts that wait for their data are taken over in this one.
            let begin = move || {
                state.taken_over.set_value(true);
                mark("app:hydrated");
                crate::socket::run(state);
                crate::alarm::resume(state);
            };
            set_timeout(begin, std::time::Duration::ZERO);
        }
    }

    /// Whether the first page has been taken over. Until then its parts have to find what was rendered,
    /// so nothing may change, the time that is looked at included.
    pub fn is_taken_over(&self) -> bool {
        self.taken_over.get_value()
    }

    /// Whether the first picture has been taken.
    pub fn is_seeded(&self) -> bool {
        self.seeded.get_value()
    }

    /// Takes the first picture; later ones come from the socket.
    pub fn seed(&self, snapshot: Snapshot) {
        self.seeded.set_value(true);
        self.now_ms.set(snapshot.now_ms);
        self.fresh_ms.set(snapshot.now_ms);
        self.caller.set(snapshot.caller);
        self.apply(Frame::Servers(Update::Snapshot(snapshot.servers)));
        self.apply(Frame::Alerts(Update::Snapshot(snapshot.alerts.alerts)));
        self.apply(Frame::Open(snapshot.alerts.totals));
        self.apply(Frame::Events(Update::Snapshot(snapshot.events)));
    }

    /// Stands still, or goes on with how things are by then.
    pub fn pause(&self, is_paused: bool) {
        self.is_paused.set(is_paused);
        self.held.set(0);
        self.feeds.changed();
    }

    /// What the page wants to hear of.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code))]
    pub(crate) fn wanted(&self) -> Subscribe {
        Subscribe {
            subscribe: Topic::ALL.to_vec(),
            queries: match self.is_paused.get_untracked() {
                true => Vec::new(),
                false => self.feeds.wanted(),
            },
        }
    }

    /// Takes in what the socket says, or counts it while the page stands still.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code))]
    pub(crate) fn hear(&self, frame: Frame) {
        if let Frame::Beat(now_ms) = frame {
            return self.now_ms.set(now_ms);
        }
        if self.is_paused.get_untracked() {
            let new = news(&frame);
            if let Frame::Alerts(Update::Snapshot(some) | Update::Changed(some)) = &frame {
                self.tell(some);
            }
            return self.held.update(|held| *held += new);
        }
        self.fresh_ms.set(self.now_ms.get_untracked());
        self.apply(frame);
    }

    fn apply(&self, frame: Frame) {
        match frame {
            Frame::Servers(Update::Snapshot(all)) => self.replace_servers(all),
            Frame::Servers(Update::Changed(some)) => {
                some.into_iter().for_each(|row| self.put_server(row))
            }
            Frame::Alerts(Update::Snapshot(open)) => {
                // What ended on this page stays in sight until it is left.
                self.tell(&open);
                self.has_more.set(open.len() >= MOST_LIVE_ALERTS);
                self.alerts.update(|alerts| {
                    alerts.retain(|alert| !alert.is_open());
                    put_in_order(alerts, open);
                });
            }
            Frame::Alerts(Update::Changed(mut some)) if some.len() > MANY => {
                self.tell(&some);
                // They come as they were made, the oldest first.
                some.reverse();
                self.alerts.update(|alerts| {
                    some.retain(|alert| self.is_here(alerts, alert));
                    put_in_order(alerts, some);
                    self.keep_worst(alerts);
                });
            }
            Frame::Alerts(Update::Changed(some)) => {
                self.tell(&some);
                some.into_iter().for_each(|alert| self.put_alert(alert))
            }
            Frame::Open(totals) => self.totals.set(totals),
            Frame::Events(Update::Snapshot(all)) => self.events.set(all),
            Frame::Events(Update::Changed(some)) => self.events.update(|events| {
                for event in some {
                    events.insert(0, event);
                }
                events.truncate(MOST_EVENTS);
            }),
            Frame::Points(points) => self.feeds.deliver(points),
            Frame::Beat(now_ms) => self.now_ms.set(now_ms),
        }
    }

    /// Shows an alert as it is now, or as it is about to be: open ones first, the worst first, then
    /// the newest.
    pub fn put_alert(&self, alert: Alert) {
        self.alerts.update(|alerts| {
            let is_here = self.is_here(alerts, &alert);
            alerts.retain(|known| known.id != alert.id);
            if !is_here {
                return;
            }
            let place = alerts.iter().position(|other| rank(other) < rank(&alert));
            alerts.insert(place.unwrap_or(alerts.len()), alert);
            self.keep_worst(alerts);
        });
    }

    /// Whether an alert belongs to those that are here: where there are more, what comes after the last open one has others
    /// before it.
    fn is_here(&self, alerts: &[Alert], alert: &Alert) -> bool {
        if !self.has_more.get_untracked() || !alert.is_open() {
            return true;
        }
        let last = alerts.iter().rfind(|known| known.is_open());
        last.is_some_and(|last| rank(last) <= rank(alert))
    }

    /// Of the open alerts only so many are kept.
    fn keep_worst(&self, alerts: &mut Vec<Alert>) {
        let open = alerts.iter().filter(|alert| alert.is_open()).count();
        if open > MOST_LIVE_ALERTS {
            alerts.drain(MOST_LIVE_ALERTS..open);
            self.has_more.set(true);
        }
    }

    /// Whether all open alerts are here; else these are the worst of them.
    pub fn has_all_alerts(&self) -> bool {
        !self.has_more.get()
    }

    /// How many alerts are open.
    pub fn alert_totals(&self) -> AlertTotals {
        match self.has_all_alerts() {
            // As they are shown, also while the server has not confirmed it.
            true => self.alerts.with(|alerts| AlertTotals::of(alerts)),
            false => self.totals.get(),
        }
    }

    /// Tells every change of an alert, also while the page stands still, for as long as the page's part that asks is there.
    pub fn on_alerts(&self, hear: impl Fn(&[Alert]) + Send + Sync + 'static) {
        let listeners = self.listeners;
        let last = listeners.with_value(|all| all.last().map_or(0, |(id, _)| *id));
        let id = last + 1;
        listeners.update_value(|all| all.push((id, std::sync::Arc::new(hear))));
        on_cleanup(move || {
            let _gone = listeners.try_update_value(|all| all.retain(|(known, _)| *known != id));
        });
    }

    fn tell(&self, alerts: &[Alert]) {
        let listeners = self.listeners.try_get_value().unwrap_or_default();
        listeners.iter().for_each(|(_, hear)| hear(alerts));
    }

    fn put_server(&self, row: Server) {
        let known = self.servers.with_untracked(|servers| {
            let same = servers
                .iter()
                .find(|s| s.with_untracked(|s| s.name == row.name));
            same.cloned()
        });
        match known {
            Some(known) => known.set(row),
            None => self.servers.update(|servers| {
                let is_later = |s: &ArcRwSignal<Server>| s.with_untracked(|s| s.name > row.name);
                let place = servers.iter().position(is_later);
                servers.insert(place.unwrap_or(servers.len()), ArcRwSignal::new(row));
            }),
        }
    }

    /// Rows that stay keep their signals: a page may hold on to one.
    fn replace_servers(&self, all: Vec<Server>) {
        let name = |row: &ArcRwSignal<Server>| row.with_untracked(|row| row.name.clone());
        let known = self.servers.get_untracked();
        let rows: Vec<_> = all
            .into_iter()
            .map(
                |row| match known.iter().find(|known| name(known) == row.name) {
                    Some(known) => {
                        known.set(row);
                        known.clone()
                    }
                    None => ArcRwSignal::new(row),
                },
            )
            .collect();
        if !rows.iter().map(name).eq(known.iter().map(name)) {
            self.servers.set(rows);
        }
    }
}

/// Open ones first, the worst first, then the newest.
fn rank(alert: &Alert) -> (bool, Severity, &str) {
    (alert.is_open(), alert.severity, &alert.id)
}

/// Puts alerts, the newest first, before those that are there: open ones first, the worst first. In passes, because a sort
/// is three kilobytes of the first load.
fn put_in_order(alerts: &mut Vec<Alert>, mut rest: Vec<Alert>) {
    alerts.retain(|known| !rest.iter().any(|alert| alert.id == known.id));
    rest.append(alerts);
    for is_open in [true, false] {
        for severity in Severity::ALL.iter().rev() {
            let is_next = |alert: &Alert| alert.is_open() == is_open && alert.severity == *severity;
            let (next, others) = rest.into_iter().partition::<Vec<_>, _>(is_next);
            alerts.extend(next);
            rest = others;
        }
    }
    let open = alerts.iter().filter(|alert| alert.is_open()).count();
    alerts.truncate(open + MOST_OVER);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use wire::AlertState;

    use super::*;

    /// `c` critical, `w` warning; a capital letter is over.
    fn alert(text: &str) -> Alert {
        let is_open = text.starts_with(char::is_lowercase);
        Alert {
            id: text.to_owned(),
            fingerprint: String::new(),
            rule: String::new(),
            server: String::new(),
            severity: match text.to_lowercase().starts_with('c') {
                true => Severity::Critical,
                false => Severity::Warning,
            },
            state: if is_open {
                AlertState::Firing
            } else {
                AlertState::Resolved
            },
            summary: String::new(),
            description: String::new(),
            labels: BTreeMap::new(),
            pending_ms: 0,
            firing_ms: Some(0),
            acknowledged: None,
            resolved: None,
            changes: Vec::new(),
            held: String::new(),
            held_link: String::new(),
            link: String::new(),
            source: String::new(),
            owner: String::new(),
        }
    }

    fn alerts(text: &str) -> Vec<Alert> {
        text.split_whitespace().map(alert).collect()
    }

    #[test]
    fn many_alerts_come_in_order() {
        for (known, come, expected) in [
            ("", "w2 c1", "c1 w2"),
            ("c1 w1 W1", "w3 c2 C2 w2", "c2 c1 w3 w2 w1 C2 W1"),
            ("c1 w2 w1", "w2", "c1 w2 w1"),
        ] {
            let mut known = alerts(known);
            put_in_order(&mut known, alerts(come));
            let ids: Vec<_> = known.iter().map(|alert| alert.id.as_str()).collect();
            assert_eq!(ids.join(" "), expected, "{come}");
        }
    }

    fn ids(state: LiveState) -> String {
        let ids = |alerts: &Vec<Alert>| {
            let ids: Vec<_> = alerts.iter().map(|alert| alert.id.clone()).collect();
            ids.join(" ")
        };
        state.alerts.with_untracked(ids)
    }

    #[test]
    fn of_more_than_are_here_only_the_worst_are() {
        Owner::new().with(|| {
            let state = provide_live();
            let numbers = (1000..1000 + MOST_LIVE_ALERTS).rev();
            let many: Vec<_> = numbers.map(|n| alert(&format!("w{n}"))).collect();
            state.apply(Frame::Alerts(Update::Snapshot(many.clone())));
            let totals = AlertTotals {
                open: 5000,
                firing: 5000,
                ..AlertTotals::default()
            };
            state.apply(Frame::Open(totals));
            assert!(!state.has_all_alerts());
            assert_eq!(state.alert_totals(), totals);
            let before = ids(state);

            // What comes after the last has others before it, that are not here.
            state.put_alert(alert("w0999"));
            assert_eq!(ids(state), before);
            // The last may take a step.
            state.put_alert(alert("w1000"));
            assert_eq!(ids(state), before);
            // A worse one takes the place of the last.
            state.put_alert(alert("c1"));
            assert!(ids(state).starts_with("c1 w1199 "), "{}", ids(state));
            assert!(ids(state).ends_with(" w1001"), "{}", ids(state));

            let heard = StoredValue::new(0);
            state.on_alerts(move |alerts| heard.update_value(|heard| *heard += alerts.len()));
            let over: Vec<_> = (1001..1100).map(|n| alert(&format!("W{n}"))).collect();
            state.apply(Frame::Alerts(Update::Changed(over)));
            assert_eq!(heard.get_value(), 99);

            state.apply(Frame::Alerts(Update::Snapshot(many[..3].to_vec())));
            assert!(state.has_all_alerts());
            assert_eq!(state.alert_totals().open, 3, "counted here");
        });
    }

    #[test]
    fn what_is_over_does_not_grow_without_end() {
        let mut known = alerts("c1");
        let over = (0..300).map(|n| alert(&format!("W{n}"))).collect();
        put_in_order(&mut known, over);
        assert_eq!(known.len(), 1 + MOST_OVER);
    }
}
