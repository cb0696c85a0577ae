//! Reports of agents in JSON: a list of agents, a map of them by id, an object whose `agents` is one of these, or one agent.
//!
//! What an agent measures stands in it, or in `health_metrics` and the like ([`CONTAINERS`]), under any of the names of
//! [`Figure`]; names are compared without case and without marks between words. What is not known is kept as a fact, what
//! cannot be taken is said with its path.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::figure::{Figure, Figures};
use crate::json::{self, Json};
use crate::state::{self, Said};
use crate::value::{self, short};

/// Bytes of a report.
pub const LARGEST: usize = 10 << 20;
/// Agents of a report.
pub const MOST_AGENTS: usize = 2000;
/// Facts that are kept of an agent.
const MOST_FACTS: usize = 200;
/// Notes that are made of a report, and of an agent.
const MOST_NOTES: usize = 50;
/// Objects within each other that are looked into.
const DEEPEST: usize = 5;
/// Characters of a name.
const LONGEST_NAME: usize = 200;

/// Objects that only hold fields of their agent together.
const CONTAINERS: &[&str] = &[
    "healthmetrics",
    "metrics",
    "health",
    "performance",
    "performancemetrics",
    "resources",
    "resourceusage",
    "system",
    "systemmetrics",
    "learning",
    "learningmetrics",
    "ml",
    "mlmetrics",
    "stats",
    "statistics",
    "figures",
    "current",
    "info",
    "data",
];
const IDS: &[&str] = &["id", "agentid"];
const NAMES: &[&str] = &["name", "agentname", "agent"];
const KINDS: &[&str] = &["type", "agenttype", "kind", "role"];
/// The first that is there holds.
const STATES: &[&str] = &[
    "state",
    "agentstate",
    "status",
    "agentstatus",
    "healthstatus",
];
const HOSTS: &[&str] = &["host", "hostname", "node", "machine"];
const VERSIONS: &[&str] = &["version", "agentversion"];
const TIMES: &[&str] = &[
    "timestamp",
    "lastupdate",
    "lastupdated",
    "updatedat",
    "lastseen",
    "lastheartbeat",
    "heartbeat",
    "atms",
    "time",
    "generatedat",
    "reportedat",
];
/// Memory without a unit in its name.
const MEMORY: &[&str] = &["memory", "memoryusage", "memoryused", "mem", "ram"];

/// An agent as it was told of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// What names it.
    pub id: String,
    /// Its type; empty where nobody said.
    pub kind: String,
    /// How it stands, where that is told in a word that is known.
    pub said: Option<Said>,
    /// The word for that as told; empty where there is none.
    pub word: String,
    /// The machine; empty where nobody said.
    pub host: String,
    /// Its version; empty where nobody said.
    pub version: String,
    /// When it reported, by its own clock.
    pub at_ms: Option<i64>,
    /// What it measures.
    pub figures: Figures,
    /// What it says besides: path and JSON.
    pub facts: Vec<(String, String)>,
    /// What of it was not taken, or assumed, each with its path.
    pub notes: Vec<String>,
}

/// What a report says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Its agents, each once.
    pub agents: Vec<Told>,
    /// What of it was not taken, or assumed, each with its place, and why.
    pub notes: Vec<String>,
    /// Whether it was read to its end: then it tells of all agents there are.
    pub is_whole: bool,
}

/// Why nothing of a report can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nothing(pub String);

/// Reads a report.
///
/// # Errors
/// When no agent is in it, and it does not say that there is none.
pub fn read(text: &str) -> Result<Reading, Nothing> {
    if text.len() > LARGEST {
        let why = format!("it has {} bytes; at most {LARGEST} are read", text.len());
        return Err(Nothing(why));
    }
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(Nothing("it is empty".to_owned()));
    }
    let (value, broken) = json::parse(text).map_err(Nothing)?;
    let mut reading = Reading {
        is_whole: broken.is_none(),
        notes: broken.into_iter().collect(),
        ..Reading::default()
    };
    whole(&value, &mut reading)?;
    once(&mut reading);
    for agent in &reading.agents {
        let notes = agent
            .notes
            .iter()
            .map(|note| format!("{}: {note}", agent.id));
        reading.notes.extend(notes);
    }
    let more = reading.notes.len().saturating_sub(MOST_NOTES);
    if more > 0 {
        reading.notes.truncate(MOST_NOTES);
        reading.notes.push(format!("and {more} more"));
    }
    Ok(reading)
}

fn whole(value: &Json, reading: &mut Reading) -> Result<(), Nothing> {
    if let Some(agents) = value.field("agents") {
        all("agents", agents, reading)?;
        let Json::Object(fields) = value else {
            return Ok(());
        };
        let mut times = fields
            .iter()
            .filter(|(name, _)| TIMES.contains(&squashed(name).as_str()));
        let at_ms = times.find_map(|(_, value)| value::time(value));
        for agent in &mut reading.agents {
            agent.at_ms = agent.at_ms.or(at_ms);
        }
        return Ok(());
    }
    if is_agent(value) {
        match agent("", None, value) {
            Ok(agent) => reading.agents.push(agent),
            Err(why) => return Err(Nothing(why)),
        }
        return Ok(());
    }
    all("", value, reading)
}

/// Whether an object is an agent, and not a map of agents.
fn is_agent(value: &Json) -> bool {
    let Json::Object(fields) = value else {
        return false;
    };
    fields.iter().any(|(name, value)| {
        let name = squashed(name);
        let is_name = [IDS, NAMES]
            .iter()
            .any(|names| names.contains(&name.as_str()));
        let is_plain = matches!(value, Json::Text(_) | Json::Number(_) | Json::Large(_));
        (is_name && is_plain) || name == "healthmetrics"
    })
}

/// A list or a map of agents.
fn all(path: &str, value: &Json, reading: &mut Reading) -> Result<(), Nothing> {
    let below = |name: &str| match path.is_empty() {
        true => name.to_owned(),
        false => format!("{path}.{name}"),
    };
    let mut found: Vec<(String, Option<&str>, &Json)> = Vec::new();
    match value {
        Json::List(list) => {
            for (place, value) in list.iter().enumerate() {
                found.push((format!("{path}[{place}]"), None, value));
            }
        }
        Json::Object(fields) => {
            for (name, value) in fields {
                if !TIMES.contains(&squashed(name).as_str()) && squashed(name) != "version" {
                    found.push((below(name), Some(name), value));
                }
            }
        }
        other => {
            let (what, is) = (
                short(&other.written()),
                if path.is_empty() { "it" } else { path },
            );
            let why =
                format!("{is} is {what}, and neither a list of agents nor an object of them by id");
            return Err(Nothing(why));
        }
    }
    let (some, mut taken) = (!found.is_empty(), 0);
    let mut first = None;
    for (path, key, value) in found {
        if taken == MOST_AGENTS {
            let note =
                format!("agents from {path} on are left out: a report may have {MOST_AGENTS}");
            reading.notes.push(note);
            reading.is_whole = false;
            break;
        }
        match agent(&path, key, value) {
            Ok(agent) => {
                reading.agents.push(agent);
                taken += 1;
            }
            Err(why) => {
                first.get_or_insert_with(|| why.clone());
                reading.notes.push(why);
            }
        }
    }
    match first {
        Some(why) if taken == 0 && some => Err(Nothing(format!("no agent is in it; {why}"))),
        _ => Ok(()),
    }
}

/// Each agent once, as it was told last.
fn once(reading: &mut Reading) {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut agents: Vec<Told> = Vec::new();
    for agent in std::mem::take(&mut reading.agents) {
        match places.get(&agent.id) {
            Some(place) => {
                let note = format!("{} is there twice; what was told last was taken", agent.id);
                reading.notes.push(note);
                agents[*place] = agent;
            }
            None => {
                places.insert(agent.id.clone(), agents.len());
                agents.push(agent);
            }
        }
    }
    reading.agents = agents;
}

/// A name without case and without marks between words.
fn squashed(name: &str) -> String {
    let name = name.chars().filter(|c| c.is_alphanumeric());
    name.flat_map(char::to_lowercase).collect()
}

/// The figure that comes under a name in metrics, and the value on its scale where it is one.
pub fn known_figure(name: &str, value: f64) -> Option<(Figure, Option<f64>)> {
    let name = squashed(name);
    let figure = Figure::of(&name)?;
    let taken = value::figure(figure, &name, &Json::Number(value));
    Some((figure, taken.ok().map(|taken| taken.value)))
}

/// A name or word as it is kept.
fn name_of(value: &Json) -> Option<String> {
    let text = match value {
        Json::Text(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Large(digits) => digits.clone(),
        _ => return None,
    };
    let shown = text.trim().chars().filter(|c| !c.is_control());
    let text: String = shown.take(LONGEST_NAME).collect();
    (!text.is_empty()).then_some(text)
}

/// What of an object is taken for which part of an agent.
struct Walk {
    told: Told,
    /// The place in [`STATES`] of the word that was taken.
    state_place: usize,
    /// Whether anything was found that agents have.
    is_known: bool,
}

fn agent(path: &str, key: Option<&str>, value: &Json) -> Result<Told, String> {
    let here = if path.is_empty() { "it" } else { path };
    let Json::Object(fields) = value else {
        let what = short(&value.written());
        return Err(format!(
            "{here} is left out: an agent is an object, and this is {what}"
        ));
    };
    let mut ids = [key.map(|key| Json::Text(key.to_owned())), None, None];
    for (name, value) in fields {
        let name = squashed(name);
        for (place, names) in [(1, IDS), (2, NAMES)] {
            if names.contains(&name.as_str()) && ids[place].is_none() {
                ids[place] = Some(value.clone());
            }
        }
    }
    let id = ids.iter().flatten().find_map(name_of);
    let Some(id) = id else {
        return Err(format!("{here} is left out: it has no id"));
    };
    let mut walk = Walk {
        told: Told {
            id,
            ..Told::default()
        },
        state_place: usize::MAX,
        is_known: key.is_none(),
    };
    walk.object("", None, fields, 0);
    match walk.is_known {
        true => Ok(walk.told),
        false => Err(format!(
            "{here} is left out: nothing that agents have is in it"
        )),
    }
}

impl Walk {
    fn object(
        &mut self,
        path: &str,
        parent: Option<&str>,
        fields: &[(String, Json)],
        depth: usize,
    ) {
        for (name, value) in fields {
            let path = match path.is_empty() {
                true => name.clone(),
                false => format!("{path}.{name}"),
            };
            let name = squashed(name);
            match value {
                Json::Object(fields) if depth < DEEPEST => {
                    let is_container = CONTAINERS.contains(&name.as_str());
                    let parent = if is_container {
                        parent
                    } else {
                        Some(name.as_str())
                    };
                    self.object(&path, parent, fields, depth + 1);
                }
                Json::Nothing => {}
                _ => self.field(&path, parent, &name, value, depth),
            }
        }
    }

    fn field(&mut self, path: &str, parent: Option<&str>, name: &str, value: &Json, depth: usize) {
        let joined = parent.map(|parent| format!("{parent}{name}"));
        let name = joined.as_deref().unwrap_or(name);
        if self.word(name, value, depth) {
            return;
        }
        let note = match Figure::of(name) {
            Some(figure) => match value::figure(figure, name, value) {
                Ok(taken) => {
                    self.is_known = true;
                    self.told.figures.set(figure, taken.value);
                    if let Some(assumed) = taken.assumed {
                        self.note(format!("{path}: {assumed}"));
                    }
                    return;
                }
                Err(why) => Some(format!("{path}: {why}; it was not taken")),
            },
            None if MEMORY.contains(&name) => match self.memory(path, value) {
                Ok(()) => return,
                Err(why) => Some(why),
            },
            None => None,
        };
        if let Some(note) = note {
            self.note(note);
        }
        if self.told.facts.len() < MOST_FACTS {
            let fact = (short(path), short(&value.written()));
            self.told.facts.push(fact);
        }
    }

    /// What is no figure. Whether it was taken.
    fn word(&mut self, name: &str, value: &Json, depth: usize) -> bool {
        if let Some(place) = STATES.iter().position(|it| *it == name) {
            return self.state(place, value);
        }
        if name == "health" && matches!(value, Json::Text(text) if state::said(text).is_some()) {
            return self.state(STATES.len(), value);
        }
        if TIMES.contains(&name) {
            let at_ms = value::time(value);
            let is_first = self.told.at_ms.is_none();
            if is_first {
                self.told.at_ms = at_ms;
            }
            return is_first && at_ms.is_some();
        }
        if depth > 0 {
            return false;
        }
        let Some(text) = name_of(value) else {
            return false;
        };
        if IDS.contains(&name) || NAMES.contains(&name) {
            return text == self.told.id;
        }
        for (names, place) in [
            (KINDS, &mut self.told.kind),
            (HOSTS, &mut self.told.host),
            (VERSIONS, &mut self.told.version),
        ] {
            if names.contains(&name) && place.is_empty() {
                *place = text;
                self.is_known |= names == KINDS;
                return true;
            }
        }
        false
    }

    /// The word that is first in [`STATES`] holds; others are facts.
    fn state(&mut self, place: usize, value: &Json) -> bool {
        let Some(word) = name_of(value) else {
            return false;
        };
        self.is_known = true;
        if place >= self.state_place {
            return false;
        }
        if self.state_place != usize::MAX {
            let fact = (STATES.get(self.state_place).copied(), &self.told.word);
            let name = fact.0.unwrap_or("health").to_owned();
            let word = Json::Text(fact.1.clone()).written();
            self.told.facts.push((name, word));
        }
        self.state_place = place;
        self.told.said = state::said(&word);
        self.told.word = word;
        true
    }

    /// Memory of which the name does not say in what.
    fn memory(&mut self, path: &str, value: &Json) -> Result<(), String> {
        let is_text = matches!(value, Json::Text(text) if text.trim().ends_with(|c: char| !c.is_ascii_digit()));
        if is_text {
            for figure in [Figure::MemoryBytes, Figure::MemoryPercent] {
                if let Ok(taken) = value::figure(figure, "", value) {
                    self.told.figures.set(figure, taken.value);
                    self.is_known = true;
                    return Ok(());
                }
            }
        }
        let taken = value::figure(Figure::MemoryPercent, "", value);
        let taken = taken.map_err(|why| format!("{path}: {why}; it was not taken"))?;
        if taken.value > 100.0 {
            return Err(format!(
                "{path} has no unit and is more than 100; it was not taken: memory_bytes, memory_mb and memory_percent are known"
            ));
        }
        self.is_known = true;
        self.told.figures.set(Figure::MemoryPercent, taken.value);
        self.note(format!("{path} has no unit and was read as per cent"));
        Ok(())
    }

    fn note(&mut self, note: String) {
        if self.told.notes.len() < MOST_NOTES {
            self.told.notes.push(note);
        }
    }
}
