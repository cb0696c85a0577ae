//! Values of the file: maps with the names that are known, texts, lists, durations, and what is wrong with them.

use std::time::Duration;

use model::parse_duration;
use yaml::{Key, Kind, Node, Place};

use super::Mistake;

/// What has been found while reading.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) mistakes: Vec<Mistake>,
    pub(super) ignored: Vec<Mistake>,
}

/// The values of a map.
#[derive(Clone, Copy)]
pub(super) struct Fields<'n>(&'n [(Key, Node)]);

impl<'n> Fields<'n> {
    /// A value, unless nothing is written.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        let (_, node) = self.0.iter().find(|(key, _)| key.name == name)?;
        (!matches!(node.is, Kind::Nothing)).then_some(node)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &'n (Key, Node)> {
        self.0.iter()
    }
}

impl Reading {
    pub(super) fn wrong(&mut self, at: Place, text: impl Into<String>) {
        let text = text.into();
        self.mistakes.push(Mistake { at, text });
    }

    pub(super) fn ignore(&mut self, at: Place, text: impl Into<String>) {
        let text = text.into();
        self.ignored.push(Mistake { at, text });
    }

    /// A map, whatever names it has.
    pub(super) fn map<'n>(&mut self, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        match &node.is {
            Kind::Map(pairs) => Some(Fields(pairs)),
            Kind::Nothing => Some(Fields(&[])),
            Kind::Text(_) | Kind::List(_) => {
                let found = node.kind();
                self.wrong(node.at, format!("{what} is a map, and this is {found}"));
                None
            }
        }
    }

    /// A map of which all names are known.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&str],
    ) -> Option<Fields<'n>> {
        let fields = self.map(node, what)?;
        for (key, _) in fields.all() {
            if !known.contains(&key.name.as_str()) {
                let text = unknown(what, &key.name, known);
                self.wrong(key.at, text);
            }
        }
        Some(fields)
    }

    pub(super) fn list<'n>(&mut self, node: Option<&'n Node>) -> &'n [Node] {
        match node {
            None => &[],
            Some(node) => match &node.is {
                Kind::List(items) => items,
                _ => {
                    let found = node.kind();
                    let text = format!("a list is expected here, and this is {found}");
                    self.wrong(node.at, text);
                    &[]
                }
            },
        }
    }

    pub(super) fn text<'n>(&mut self, node: Option<&'n Node>) -> Option<&'n str> {
        let node = node?;
        match &node.is {
            Kind::Text(text) => Some(text),
            Kind::Nothing => Some(""),
            Kind::List(_) | Kind::Map(_) => {
                let found = node.kind();
                self.wrong(
                    node.at,
                    format!("a text is expected here, and this is {found}"),
                );
                None
            }
        }
    }

    /// A text that says something.
    pub(super) fn needed<'n>(
        &mut self,
        within: Place,
        node: Option<&'n Node>,
        what: &str,
    ) -> Option<&'n str> {
        match self.text(node) {
            Some(text) if !text.is_empty() => Some(text),
            Some(_) => {
                let at = node.map_or(within, |node| node.at);
                self.wrong(at, format!("{what} is empty"));
                None
            }
            None => {
                if node.is_none() {
                    self.wrong(within, format!("{what} is missing"));
                }
                None
            }
        }
    }

    pub(super) fn texts(&mut self, node: Option<&Node>) -> Vec<(Place, String)> {
        let mut texts = Vec::new();
        for item in self.list(node) {
            if let Some(text) = self.text(Some(item)) {
                texts.push((item.at, text.to_owned()));
            }
        }
        texts
    }

    pub(super) fn yes_no(&mut self, node: Option<&Node>) -> bool {
        let Some(text) = self.text(node) else {
            return false;
        };
        match text {
            "true" | "True" | "TRUE" | "yes" | "on" => true,
            "" | "false" | "False" | "FALSE" | "no" | "off" => false,
            other => {
                let at = node.map_or(Place::default(), |node| node.at);
                self.wrong(at, format!("{other:?} is neither true nor false"));
                false
            }
        }
    }

    /// In milliseconds.
    pub(super) fn duration(&mut self, node: Option<&Node>) -> Option<i64> {
        let node = node?;
        let text = self.text(Some(node))?;
        match parse_duration(text) {
            Ok(duration) => Some(ms(duration)),
            Err(message) => {
                self.wrong(node.at, message);
                None
            }
        }
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A name that is not known, and what may be meant.
pub(super) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let likeness = |candidate: &&&str| strsim::jaro_winkler(name, candidate);
    let nearest = known
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|nearest| likeness(nearest) > 0.85) {
        Some(nearest) => format!("{what} has no {name}; did you mean {nearest}?"),
        None => format!("{what} has no {name}; it has {}", known.join(", ")),
    }
}
