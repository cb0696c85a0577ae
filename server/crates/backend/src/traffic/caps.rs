//! How many values a label may have: others choose the names of tools, methods and clients.

use std::collections::{BTreeMap, BTreeSet};

use model::Labels;

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

/// Labels whose values others choose, each with what it holds and how many a server may have.
const KINDS: [(&str, &str, usize); 9] = [
    ("client", "client", 20),
    ("error_type", "error", 50),
    ("gen_ai_tool_name", "tool", 100),
    ("mcp_method_name", "method", 50),
    ("mcp_protocol_version", "protocol", 10),
    ("method", "method", 50),
    ("tool", "tool", 100),
    ("tool_name", "tool", 100),
    ("what", "what", 50),
];

/// Values that are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Caps {
    servers: BTreeSet<String>,
    values: BTreeMap<(String, &'static str), BTreeSet<String>>,
    count: usize,
}

impl Caps {
    /// These are known already.
    pub(super) fn learn(&mut self, labels: &Labels) {
        let server = labels.get("server").to_owned();
        for (name, value) in labels.iter() {
            if let Some((_, kind, _)) = KINDS.iter().find(|(known, _, _)| *known == name)
                && ![OTHER, NONE].contains(&value)
            {
                let known = self.values.entry((server.clone(), *kind)).or_default();
                self.count += usize::from(known.insert(value.to_owned()));
            }
        }
        self.servers.insert(server);
    }

    /// The server under which something is counted.
    pub(super) fn server(&mut self, name: &str) -> String {
        if self.servers.len() >= MOST_SERVERS && !self.servers.contains(name) {
            return OTHER.to_owned();
        }
        self.servers.insert(name.to_owned());
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
        let known = self.values.entry((server.to_owned(), kind)).or_default();
        if known.contains(&value) {
            return value;
        }
        if known.len() >= most || self.count >= MOST_VALUES {
            return OTHER.to_owned();
        }
        known.insert(value.clone());
        self.count += 1;
        value
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
            caps.learn(&labels);
        }
        assert_eq!(caps.value("fs", "tool", "t99"), "t99");
        assert_eq!(caps.value("fs", "tool", "new"), OTHER);
    }
}
