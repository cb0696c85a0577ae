//! How many values a label may have: others choose the names of tools, methods and clients. What was not seen for a day
//! makes room for what is new, and its series end.

use std::collections::{BTreeMap, BTreeSet};

use model::{Labels, TimestampMs};

/// What stands in place of a value that is one too many.
pub(super) const OTHER: &str = "other";
/// What stands where no value applies.
pub(super) const NONE: &str = "none";

/// The most servers.
const MOST_SERVERS: usize = 200;
/// The most values of all labels together, servers apart.
const MOST_VALUES: usize = 2_000;
/// Longest value in letters.
const LONGEST: usize = 128;
/// What was not seen for so long makes room, in milliseconds.
const FORGOTTEN_MS: i64 = 24 * 3_600_000;
/// How often it is looked for at most.
const LOOK_MS: i64 = 60_000;

/// Labels whose values others choose, each with what it holds and how many a server may have.
const KINDS: [(&str, &str, usize); 8] = [
    ("client", "client", 20),
    ("error_type", "error", 50),
    ("gen_ai_tool_name", "tool", 100),
    ("mcp_method_name", "method", 50),
    ("mcp_protocol_version", "protocol", 10),
    ("method", "method", 50),
    ("tool", "tool", 100),
    ("tool_name", "tool", 100),
];

/// Values that are known, each with when it was seen last.
#[derive(Clone, Debug, Default)]
pub(super) struct Caps {
    now_ms: TimestampMs,
    servers: BTreeMap<String, TimestampMs>,
    values: BTreeMap<(String, &'static str), BTreeMap<String, TimestampMs>>,
    count: usize,
    /// When somebody looked for what makes room.
    looked_ms: Option<TimestampMs>,
    released: Released,
}

/// What made room.
#[derive(Clone, Debug, Default)]
pub(super) struct Released {
    servers: BTreeSet<String>,
    values: BTreeSet<(String, &'static str, String)>,
}

impl Released {
    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.servers.is_empty() && self.values.is_empty()
    }

    /// Whether a series with these labels ends.
    pub(super) fn ends(&self, labels: &Labels) -> bool {
        let server = labels.get("server");
        let is_one = |(name, value): (&str, &str)| {
            let has = |kind| {
                self.values
                    .contains(&(server.to_owned(), kind, value.to_owned()))
            };
            match name {
                // A tool, or a method where there is none.
                "endpoint" => has("tool") || has("method"),
                name => kind(name).is_some_and(has),
            }
        };
        self.servers.contains(server) || labels.iter().any(is_one)
    }
}

/// What a label holds, if others choose its values.
fn kind(label: &str) -> Option<&'static str> {
    let found = KINDS.iter().find(|(known, _, _)| *known == label);
    found.map(|(_, kind, _)| *kind)
}

impl Caps {
    /// These are known already, and were seen then.
    pub(super) fn learn(&mut self, labels: &Labels, seen_ms: TimestampMs) {
        let server = labels.get("server").to_owned();
        for (name, value) in labels.iter() {
            if let Some(kind) = kind(name)
                && ![OTHER, NONE, ""].contains(&value)
            {
                let known = self.values.entry((server.clone(), kind)).or_default();
                self.count += usize::from(!known.contains_key(value));
                let seen = known.entry(value.to_owned()).or_insert(seen_ms);
                *seen = seen_ms.max(*seen);
            }
        }
        if server != OTHER {
            let seen = self.servers.entry(server).or_insert(seen_ms);
            *seen = seen_ms.max(*seen);
        }
    }

    /// What is asked for from now on is seen then.
    pub(super) fn begin(&mut self, now_ms: TimestampMs) {
        self.now_ms = now_ms;
    }

    /// What has made room since this was asked.
    pub(super) fn released(&mut self) -> Released {
        std::mem::take(&mut self.released)
    }

    /// The server under which something is counted.
    pub(super) fn server(&mut self, name: &str) -> String {
        if name == OTHER {
            return OTHER.to_owned();
        }
        let is_full = |caps: &Self| caps.servers.len() >= MOST_SERVERS;
        if !self.servers.contains_key(name) && is_full(self) {
            self.make_room();
            if is_full(self) {
                return OTHER.to_owned();
            }
        }
        self.servers.insert(name.to_owned(), self.now_ms);
        name.to_owned()
    }

    /// The value under which something of a server is counted.
    pub(super) fn value(&mut self, server: &str, kind: &'static str, value: &str) -> String {
        let letters = value.chars().filter(|letter| !letter.is_control());
        let value: String = letters.take(LONGEST).collect();
        if value.is_empty() || value == NONE || value == OTHER {
            let is_other = value == OTHER;
            return if is_other { OTHER } else { NONE }.to_owned();
        }
        let most = KINDS.iter().find(|(_, known, _)| *known == kind);
        let most = most.map_or(0, |(_, _, most)| *most);
        let key = (server.to_owned(), kind);
        let is_full = |caps: &Self| {
            let known = caps.values.get(&key).map_or(0, BTreeMap::len);
            known >= most || caps.count >= MOST_VALUES
        };
        let known = self.values.get_mut(&key);
        if let Some(seen) = known.and_then(|known| known.get_mut(&value)) {
            *seen = self.now_ms;
            return value;
        }
        if is_full(self) {
            self.make_room();
            if is_full(self) {
                return OTHER.to_owned();
            }
        }
        let known = self.values.entry(key).or_default();
        known.insert(value.clone(), self.now_ms);
        self.count += 1;
        value
    }

    /// Releases what was not seen for long.
    fn make_room(&mut self) {
        let is_soon = |looked_ms: TimestampMs| (0..LOOK_MS).contains(&(self.now_ms - looked_ms));
        if self.looked_ms.is_some_and(is_soon) {
            return;
        }
        self.looked_ms = Some(self.now_ms);
        let before_ms = self.now_ms - FORGOTTEN_MS;
        let released = &mut self.released;
        self.servers.retain(|server, seen_ms| {
            let stays = *seen_ms >= before_ms;
            if !stays {
                released.servers.insert(server.clone());
            }
            stays
        });
        self.values.retain(|(server, kind), known| {
            let is_there = !released.servers.contains(server);
            known.retain(|value, seen_ms| {
                let stays = is_there && *seen_ms >= before_ms;
                if !stays {
                    let value = (server.clone(), *kind, value.clone());
                    released.values.insert(value);
                }
                stays
            });
            !known.is_empty()
        });
        self.count = self.values.values().map(BTreeMap::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hundred_and_first_is_other() {
        let mut caps = Caps::default();
        let mut names = BTreeSet::new();
        for n in 0..100_000 {
            names.insert(caps.value("fs", "tool", &format!("tool {n}")));
        }
        assert_eq!(names.len(), 101);
        assert_eq!(caps.value("fs", "tool", "tool 7"), "tool 7");
        assert_eq!(caps.value("other server", "tool", "tool 500"), "tool 500");
        assert_eq!(caps.value("fs", "tool", "\u{0}\n"), NONE);
        let servers = (0..300).map(|n| caps.server(&format!("s{n}")));
        assert_eq!(servers.collect::<BTreeSet<_>>().len(), MOST_SERVERS + 1);
        for server in 0..MOST_SERVERS {
            for n in 0..20 {
                caps.value(&format!("s{server}"), "client", &n.to_string());
            }
        }
        assert_eq!(caps.count, MOST_VALUES);
    }

    #[test]
    fn what_was_known_before_stays_known() {
        let mut caps = Caps::default();
        for n in 0..100 {
            let labels = Labels::new()
                .with("server", "fs")
                .with("tool_name", format!("t{n}"));
            caps.learn(&labels, 0);
        }
        assert_eq!(caps.value("fs", "tool", "t99"), "t99");
        assert_eq!(caps.value("fs", "tool", "new"), OTHER);
    }

    #[test]
    fn what_nobody_used_for_a_day_makes_room() {
        let mut caps = Caps::default();
        caps.begin(1_000);
        for n in 0..100 {
            caps.value("fs", "tool", &format!("t{n}"));
        }
        for n in 0..MOST_SERVERS {
            caps.server(&format!("s{n}"));
        }
        caps.begin(2_000);
        caps.value("fs", "tool", "t1");
        caps.server("s1");
        // A day later, but a moment: all that was not seen since goes, with its series.
        caps.begin(1_000 + FORGOTTEN_MS);
        assert_eq!(caps.value("fs", "tool", "new"), OTHER);
        assert!(caps.released().is_empty());
        caps.begin(1_500 + FORGOTTEN_MS + LOOK_MS);
        caps.server("s1");
        caps.value("fs", "tool", "t1");
        assert_eq!(caps.server("new"), "new");
        assert_eq!(caps.value("fs", "tool", "new"), "new");
        assert_eq!((caps.servers.len(), caps.count), (2, 2));
        let released = caps.released();
        let labels =
            |server: &str, tool: &str| Labels::new().with("server", server).with("tool_name", tool);
        for (labels, ends) in [
            (labels("fs", "t2"), true),
            (labels("fs", "t1"), false),
            (labels("fs", "new"), false),
            (labels("fs", OTHER), false),
            (labels("s0", "x"), true),
            (labels("s1", "t2"), false),
        ] {
            assert_eq!(released.ends(&labels), ends, "{labels}");
        }
        assert!(caps.released().is_empty(), "told once");
    }
}
