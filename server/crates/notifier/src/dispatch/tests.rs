//! Who gets what, and when: scenarios as data, and what holds for any sequence of events.
//!
//! A scenario is a file of `tests/`: its routes, a line `--`, and lines of events and messages with their times. The messages
//! are all that are sent: receiver, channel, reason, alerts that fire, and with `-` those that are over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;
use crate::routing::tests::{labels, routing};

/// A Monday, 00:00 UTC.
const BEGIN_MS: i64 = 1_767_571_200_000;

/// A dispatch, and what the world around it knows.
struct World {
    dispatch: Dispatch,
    routing: Arc<Routing>,
    alerts: BTreeMap<String, Told>,
    /// Those that have fired anew since.
    past: Vec<Told>,
    held: BTreeSet<String>,
    /// What is on disk.
    disk: BTreeMap<LogKey, Entry>,
    sent: Vec<String>,
    /// The same with the ids of the alerts: which, and whether they fire.
    said: Vec<Vec<(Uuid, bool)>>,
    fails: bool,
    ids: u128,
}

impl World {
    fn new(routes: &str) -> Self {
        let routing = Arc::new(routing(routes));
        Self {
            dispatch: Dispatch::new(
                routing.clone(),
                "http://here".to_owned(),
                BTreeMap::new(),
                Vec::new(),
            ),
            routing,
            alerts: BTreeMap::new(),
            past: Vec::new(),
            held: BTreeSet::new(),
            disk: BTreeMap::new(),
            sent: Vec::new(),
            said: Vec::new(),
            fails: false,
            ids: 0,
        }
    }

    fn step(&mut self, name: &str, stage: Stage, at_ms: i64) {
        let Some(told) = self.alerts.get_mut(name) else {
            panic!("{name} has not fired");
        };
        told.stage = stage;
        told.step += 1;
        told.ends_ms = (stage == Stage::Over).then_some(at_ms);
        self.dispatch.note(told.clone(), at_ms);
    }

    fn event(&mut self, words: &str, at_ms: i64) {
        let (what, rest) = words.split_once(' ').unwrap_or((words, ""));
        let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        match what {
            "fire" => {
                self.ids += 1;
                let known = self.alerts.get(name).map(|told| told.labels.clone());
                let labels = known.unwrap_or_else(|| labels(rest)).with("n", name);
                let told = Told {
                    key: name.to_owned(),
                    id: Uuid::from_u128(self.ids),
                    step: 1,
                    stage: Stage::Firing,
                    labels,
                    annotations: BTreeMap::new(),
                    starts_ms: at_ms,
                    ends_ms: None,
                    generator_url: String::new(),
                };
                let past = self.alerts.insert(name.to_owned(), told.clone());
                self.past.extend(past);
                self.dispatch.note(told, at_ms);
            }
            "ack" => self.step(name, Stage::Acknowledged, at_ms),
            "lapse" => self.step(name, Stage::Firing, at_ms),
            "over" => self.step(name, Stage::Over, at_ms),
            "hold" => {
                self.held.insert(name.to_owned());
            }
            "free" => {
                self.held.remove(name);
                self.dispatch.release(&[name.to_owned()], at_ms);
            }
            "fail" => self.fails = true,
            "override" => {
                let (person, lasts) = rest.split_once(' ').unwrap();
                let lasts = model::parse_duration(lasts).unwrap().as_millis();
                self.dispatch.override_by(vec![Override {
                    id: Uuid::from_u128(1),
                    rota: name.to_owned(),
                    person: person.to_owned(),
                    from_ms: at_ms,
                    to_ms: at_ms + i64::try_from(lasts).unwrap(),
                    by: "x".to_owned(),
                }]);
            }
            "restart" => self.restart(at_ms),
            "end" => {}
            other => panic!("there is no event {other}"),
        }
    }

    /// Ends as if killed: what is on disk is all that is known, and the alerts.
    fn restart(&mut self, at_ms: i64) {
        self.dispatch = Dispatch::new(
            self.routing.clone(),
            "http://here".to_owned(),
            self.disk.clone(),
            Vec::new(),
        );
        let open = self
            .alerts
            .values()
            .filter(|told| told.stage != Stage::Over);
        for told in open.cloned().collect::<Vec<_>>() {
            self.dispatch.note(told, at_ms);
        }
        for id in self.dispatch.missing() {
            let mut all = self.alerts.values().chain(&self.past);
            let told = all.find(|told| told.id == id).cloned();
            if let Some(told) = told {
                self.dispatch.note(told, at_ms);
            }
        }
        let turn = self.dispatch.forget_missing();
        self.take(turn, at_ms);
    }

    fn take(&mut self, turn: Turn, at_ms: i64) {
        if std::mem::take(&mut self.fails) {
            self.dispatch.take_back(turn, at_ms + 1000);
            return;
        }
        for (key, entry) in &turn.log {
            match entry {
                Some(entry) => self.disk.insert(key.clone(), entry.clone()),
                None => self.disk.remove(key),
            };
        }
        for decided in &turn.decided {
            let name = |notice: &Notice| {
                let name = notice.labels.get("n").to_owned();
                if notice.is_firing {
                    name
                } else {
                    format!("-{name}")
                }
            };
            let names: Vec<_> = decided.message.notices.iter().map(name).collect();
            let (receiver, channel) = (&decided.receiver, &decided.channel);
            let why = decided.message.reason.as_str();
            let after = clock(at_ms - BEGIN_MS);
            let line = format!("{after} > {receiver} {channel} {why} {}", names.join(" "));
            self.sent.push(line);
            let notices = decided.message.notices.iter();
            self.said
                .push(notices.map(|it| (it.id, it.is_firing)).collect());
        }
        self.dispatch.settle(turn);
    }

    /// Lets time pass.
    fn run(&mut self, to_ms: i64) {
        while let Some(at_ms) = self.dispatch.next_ms().filter(|at_ms| *at_ms <= to_ms) {
            let held = self.held.clone();
            let is_held = |labels: &Labels| match held.contains(labels.get("n")) {
                true => "silenced".to_owned(),
                false => String::new(),
            };
            for turn in self.dispatch.turn(at_ms, 1, &is_held) {
                self.take(turn, at_ms);
            }
        }
    }
}

/// `1h5m30s`.
fn clock(ms: i64) -> String {
    let mut text = String::new();
    for (unit, length) in [("h", 3_600_000), ("m", 60_000), ("s", 1000)] {
        let count = match unit {
            "h" => ms / length,
            _ => ms / length % 60,
        };
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    match text.is_empty() {
        true => "0s".to_owned(),
        false => text,
    }
}

#[test]
fn scenarios() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dispatch/tests");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (routes, lines) = text.split_once("\n--\n").expect("routes -- lines");
        let mut world = World::new(routes);
        let mut expected = Vec::new();
        for line in lines.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (time, what) = line.split_once(' ').expect("time and event");
            let what = what.trim();
            if let Some(message) = what.strip_prefix('>') {
                let words: Vec<_> = message.split_whitespace().collect();
                expected.push(format!("{time} > {}", words.join(" ")));
                continue;
            }
            let after = model::parse_duration(time).expect("a time").as_millis();
            let at_ms = BEGIN_MS + i64::try_from(after).unwrap();
            world.run(at_ms - 1);
            world.event(what, at_ms);
        }
        assert_eq!(
            world.sent.join("\n"),
            expected.join("\n"),
            "{}",
            path.display()
        );
        count += 1;
    }
    assert!(count >= 10, "the scenarios are somewhere else");
}

/// Numbers that look random, from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        // Constants of Knuth's MMIX generator.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Whatever happens, with failures and kills in between: what a channel has heard of an alert last is how it stands, once
/// nothing has happened for a while; nothing is said to be over that was not said to fire and does not fire; and what is said
/// twice in a row is a repetition, or new in the meantime.
#[test]
fn what_receivers_know_is_true() {
    const ROUTES: &str = "route: {receiver: a, group_by: [g], group_wait: 10s, group_interval: 1m, repeat_interval: 1h, \
        escalation: e, routes: [{matchers: [r=b], receiver: b, continue: true}, {matchers: ['r=~b|c'], receiver: c}]}\n\
        receivers: [{name: a, webhook_configs: [{}]}, {name: b, webhook_configs: [{}, {send_resolved: false}]}, \
        {name: c, webhook_configs: [{}]}, {name: boss, webhook_configs: [{}]}]\n\
        escalations: [{name: e, steps: [{after: 7m, receiver: boss}]}]";
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let mut world = World::new(ROUTES);
        let mut at_ms = BEGIN_MS;
        for _ in 0..60 {
            at_ms += i64::try_from(dice.below(90_000)).unwrap();
            world.run(at_ms - 1);
            let (name, stage) = {
                let name = format!("x{}", dice.below(6));
                let stage = world.alerts.get(&name).map(|told| told.stage);
                (name, stage)
            };
            let open = stage.is_some_and(|stage| stage != Stage::Over);
            let words = match (dice.below(9), open) {
                (0..=2, false) => {
                    let (g, r) = (dice.below(2), ["a", "b", "c"][dice.below(3) as usize]);
                    format!("fire {name} g={g} r={r}")
                }
                (0..=1, true) => format!("over {name}"),
                (2, true) => format!("ack {name}"),
                (3, true) if stage == Some(Stage::Acknowledged) => format!("lapse {name}"),
                (4, _) if !world.held.contains(&name) => format!("hold {name}"),
                (5, _) => format!("free {name}"),
                (6, _) => "fail".to_owned(),
                (7, _) => "restart".to_owned(),
                _ => continue,
            };
            world.event(&words, at_ms);
        }
        // Everything that is held comes free, and the dust settles.
        world.fails = false;
        for name in world.held.clone() {
            world.event(&format!("free {name}"), at_ms);
        }
        world.run(at_ms + 600_000);
        let mut heard: BTreeMap<(String, String), (Uuid, bool)> = BTreeMap::new();
        for (line, said) in world.sent.iter().zip(&world.said) {
            let words: Vec<_> = line.split(' ').collect();
            let channel = format!("{} {}", words[2], words[3]);
            let (why, names) = (words[4], &words[5..]);
            // Two routes escalate to the same.
            let mut is_news = words[2] == "boss" || ["repeat", "first_notification"].contains(&why);
            for (name, said) in names.iter().zip(said) {
                let name = name.trim_start_matches('-').to_owned();
                let before = heard.insert((channel.clone(), name), *said);
                is_news |= before != Some(*said) || why == "new_alerts";
            }
            assert!(is_news, "seed {seed}: {line} says nothing new");
        }
        for ((channel, name), (_, fires)) in &heard {
            let hears_ends = channel != "b webhook/1";
            if channel.starts_with("boss") || (!hears_ends && *fires) {
                continue;
            }
            let stage = world.alerts[name].stage;
            // What somebody took before it was told is told to nobody.
            if stage == Stage::Acknowledged && !fires {
                continue;
            }
            let stands = stage != Stage::Over;
            let all = world.sent.join("\n");
            assert_eq!(*fires, stands, "seed {seed}: {channel} {name}\n{all}");
        }
        // What fires and nobody has was told to those whom it concerns.
        for (name, told) in &world.alerts {
            if told.stage != Stage::Firing {
                continue;
            }
            for route in world.routing.root.matching(&told.labels) {
                let channel = format!("{} webhook/0", route.receiver);
                let known = heard.get(&(channel.clone(), name.clone()));
                let known = known.map(|(_, fires)| fires);
                let all = world.sent.join("\n");
                assert_eq!(known, Some(&true), "seed {seed}: {channel} {name}\n{all}");
            }
        }
    }
}
