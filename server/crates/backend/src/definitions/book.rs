//! What is known of all definitions, in memory; and what a list changes in it, without touching anything.

use std::collections::{BTreeMap, HashMap, HashSet};

use drift::{Class, Comparison, Definition, Foreign, Kind, compare, fingerprint};
use model::TimestampMs;
use serde_json::Value;

use crate::SELF_NAME;

/// A definition within its server.
pub(super) type Key = (Kind, String);

/// All servers.
#[derive(Default)]
pub(super) struct Book {
    pub(super) servers: BTreeMap<String, Known>,
}

/// What is known of one server.
#[derive(Default)]
pub(super) struct Known {
    /// Lists that were read to their end.
    pub(super) lists: BTreeMap<Kind, List>,
    pub(super) entries: HashMap<Key, Entry>,
    /// Changes that hold and that nobody has agreed to.
    pub(super) open: HashMap<Key, Open>,
    /// Changes since the product runs.
    pub(super) counted: BTreeMap<(Kind, Class), u32>,
}

/// A list.
#[derive(Default)]
pub(super) struct List {
    /// When it was seen, as it stands on disk.
    pub(super) seen_ms: TimestampMs,
    /// When the newest was seen that a tap told of; 0 where none did.
    pub(super) told_ms: TimestampMs,
    /// The short hash of the list as it was seen last in this run.
    pub(super) quick: Option<u64>,
    /// What it lacked then and had before.
    pub(super) missing: HashSet<String>,
}

/// A definition: hashes, an empty one where it is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// As listed last.
    pub(super) hash: String,
    /// As approved.
    pub(super) approved: String,
}

/// A change that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) id: i64,
    pub(super) is_pending: bool,
    pub(super) is_suspicious: bool,
}

/// What becomes of one definition.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// What is listed; `None` where it is gone.
    pub(super) body: Option<Value>,
    pub(super) hash: String,
    /// What is approved, before and after.
    pub(super) approved: String,
    /// The change that is over by this.
    pub(super) closes: Option<Open>,
    /// The change that this is.
    pub(super) change: Option<NewChange>,
}

/// A change that has been found.
#[derive(Debug)]
pub(super) struct NewChange {
    /// Its number, once it is written.
    pub(super) id: Option<i64>,
    pub(super) old_hash: String,
    pub(super) comparison: Comparison,
}

/// How a list differs from what is known.
pub(super) struct Differing {
    pub(super) is_first: bool,
    pub(super) steps: Vec<Step>,
    pub(super) missing: HashSet<String>,
}

impl Book {
    /// Whether a list is the one that was seen last, and nothing of it waits for another look.
    pub(super) fn is_settled(&self, server: &str, kind: Kind, quick: u64) -> bool {
        let list = self
            .servers
            .get(server)
            .and_then(|known| known.lists.get(&kind));
        list.is_some_and(|list| list.quick == Some(quick) && list.missing.is_empty())
    }

    /// Whether the time of a list on disk is older.
    pub(super) fn is_late(&self, server: &str, kind: Kind, than_ms: TimestampMs) -> bool {
        let list = self
            .servers
            .get(server)
            .and_then(|known| known.lists.get(&kind));
        list.is_none_or(|list| list.seen_ms < than_ms)
    }

    pub(super) fn seen(&mut self, server: &str, kind: Kind, now: TimestampMs) {
        let known = self.servers.entry(server.to_owned()).or_default();
        known.lists.entry(kind).or_default().seen_ms = now;
    }

    /// How a list differs: what is new, other, or lacking for the second time in a row.
    pub(super) fn differing(
        &self,
        server: &str,
        kind: Kind,
        definitions: &[Definition],
    ) -> Differing {
        let nothing = Known::default();
        let known = self.servers.get(server).unwrap_or(&nothing);
        let step = |name: &str, body: Option<&Value>, hash: String| {
            let key = (kind, name.to_owned());
            let entry = known.entries.get(&key).cloned().unwrap_or_default();
            (entry.hash != hash).then(|| Step {
                kind,
                name: key.1.clone(),
                body: body.cloned(),
                hash,
                approved: entry.approved,
                closes: known.open.get(&key).copied(),
                change: None,
            })
        };
        let mut steps: Vec<Step> = definitions
            .iter()
            .filter_map(|it| step(&it.name, Some(&it.body), fingerprint(&it.body)))
            .collect();
        let listed: HashSet<&str> = definitions.iter().map(|it| it.name.as_str()).collect();
        let lacking = known.entries.iter().filter(|((of, name), entry)| {
            *of == kind && !entry.hash.is_empty() && !listed.contains(name.as_str())
        });
        let list = known.lists.get(&kind);
        let mut missing = HashSet::new();
        for ((_, name), _) in lacking {
            if list.is_some_and(|list| list.missing.contains(name)) {
                steps.extend(step(name, None, String::new()));
            } else {
                missing.insert(name.clone());
            }
        }
        steps.sort_by(|one, other| one.name.cmp(&other.name));
        Differing {
            is_first: list.is_none(),
            steps,
            missing,
        }
    }

    /// The names of tools of other servers. What a server lists itself is no reference, and what several servers list
    /// says nothing about any of them.
    pub(super) fn foreign(&self, server: &str) -> Foreign {
        let tools = |known: &'_ Known| -> Vec<String> {
            let tools = known
                .entries
                .iter()
                .filter(|((kind, _), entry)| *kind == Kind::Tool && !entry.hash.is_empty());
            tools.map(|((_, name), _)| name.clone()).collect()
        };
        let mut foreign = Foreign::new();
        let mut several = HashSet::new();
        let others = self
            .servers
            .iter()
            .filter(|(name, _)| *name != server && *name != SELF_NAME);
        for (name, known) in others {
            for tool in tools(known) {
                if foreign.insert(tool.clone(), name.clone()).is_some() {
                    several.insert(tool);
                }
            }
        }
        foreign.retain(|tool, _| !several.contains(tool));
        for own in self.servers.get(server).map(tools).unwrap_or_default() {
            foreign.remove(&own);
        }
        foreign
    }

    /// Takes in what has been written.
    pub(super) fn apply(
        &mut self,
        server: &str,
        kind: Kind,
        steps: &[Step],
        missing: HashSet<String>,
        quick: u64,
        now: TimestampMs,
    ) {
        let known = self.servers.entry(server.to_owned()).or_default();
        let list = known.lists.entry(kind).or_default();
        *list = List {
            seen_ms: now,
            told_ms: list.told_ms,
            quick: Some(quick),
            missing,
        };
        for step in steps {
            let key = (kind, step.name.clone());
            known.open.remove(&key);
            if let Some(change) = &step.change {
                for class in &change.comparison.classes {
                    *known.counted.entry((kind, *class)).or_default() += 1;
                }
                let open = change.id.map(|id| Open {
                    id,
                    is_pending: true,
                    is_suspicious: change.comparison.classes.contains(&Class::Suspicious),
                });
                known.open.extend(open.map(|open| (key.clone(), open)));
            }
            known.put(key, &step.hash, &step.approved);
        }
    }

    /// What is on disk takes the place of what is here, but for what only this run knows.
    pub(super) fn renew(&mut self, mut from_disk: Self) {
        for (name, known) in &mut from_disk.servers {
            let Some(before) = self.servers.remove(name) else {
                continue;
            };
            known.counted = before.counted;
            for (kind, list) in before.lists {
                known.lists.entry(kind).and_modify(|known| *known = list);
            }
        }
        *self = from_disk;
    }
}

impl Known {
    /// Notes what is listed and what is approved; what is neither is forgotten.
    pub(super) fn put(&mut self, key: Key, hash: &str, approved: &str) {
        if hash.is_empty() && approved.is_empty() {
            self.entries.remove(&key);
            return;
        }
        let entry = Entry {
            hash: hash.to_owned(),
            approved: approved.to_owned(),
        };
        self.entries.insert(key, entry);
    }
}

impl Step {
    /// Decides what the step is. `approved` has the approved versions by name.
    pub(super) fn judged(
        mut self,
        kind: Kind,
        is_first: bool,
        approved: &HashMap<String, Value>,
        foreign: &Foreign,
    ) -> Self {
        if self.hash == self.approved {
            return self;
        }
        let old = approved.get(&self.name);
        let comparison = compare(kind, old, self.body.as_ref(), foreign);
        // Trusted on first use.
        if is_first && !comparison.classes.contains(&Class::Suspicious) {
            self.approved.clone_from(&self.hash);
            return self;
        }
        self.change = Some(NewChange {
            id: None,
            old_hash: self.approved.clone(),
            comparison,
        });
        self
    }
}
