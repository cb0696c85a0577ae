//! Reading files of objectives: everything that is wrong with one is found in one reading.

mod older;
mod openslo;
mod own;
mod sloth;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use yaml::{Kind, Node, Place};

use crate::Objective;

/// Something at a place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong and what to write instead; or what is not supported.
    pub text: String,
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Its objectives, with the line in which each begins.
    pub objectives: Vec<(Objective, usize)>,
    /// What is wrong with it, in the order of places. An objective in which something is wrong is not among them.
    pub mistakes: Vec<Mistake>,
    /// What has no effect here, one by one, in the order of places.
    pub ignored: Vec<Mistake>,
}

/// Reads a file of objectives: the own short form, Sloth's (`version: prometheus/v1`, and its resource of
/// Kubernetes), OpenSLO's (`openslo/v1` and `v1alpha`), and the list `slos` of older files. Each document's content
/// tells which it is. Whether a text is a query is told by a function, of which the error is a sentence.
///
/// Facts about these formats are from the examples in slok/sloth and the specification in OpenSLO/OpenSLO.
pub fn read(text: &str, is_query: &dyn Fn(&str) -> Result<(), String>) -> Reading {
    let mut reader = Reader {
        is_query,
        reading: Reading::default(),
        known: BTreeSet::new(),
    };
    match yaml::documents(text) {
        Ok(documents) => reader.documents(&documents),
        Err(broken) => reader.wrong(broken.at, format!("this is no YAML: {}", broken.message)),
    }
    let Reader { mut reading, .. } = reader;
    reading.mistakes.sort();
    reading.ignored.sort();
    reading
}

/// An objective that is being read.
struct Draft {
    objective: Objective,
    /// Where it begins.
    at: Place,
    /// Where fields of drafts stand, and what they are called in the file.
    places: BTreeMap<&'static str, (Place, String)>,
}

struct Reader<'a> {
    is_query: &'a dyn Fn(&str) -> Result<(), String>,
    reading: Reading,
    /// Ids of objectives.
    known: BTreeSet<String>,
}

impl Reader<'_> {
    fn wrong(&mut self, at: Place, text: impl Into<String>) {
        self.reading.mistakes.push(mistake(at, text.into()));
    }

    fn ignore(&mut self, at: Place, text: impl Into<String>) {
        self.reading.ignored.push(mistake(at, text.into()));
    }

    fn documents(&mut self, documents: &[Node]) {
        let is_openslo = |node: &&Node| {
            node.text_of("apiVersion")
                .is_some_and(|version| version.starts_with("openslo"))
        };
        // OpenSLO's documents may stand in lists as well.
        let documents: Vec<_> = documents
            .iter()
            .flat_map(|document| match &document.is {
                Kind::List(items) if items.iter().any(|item| is_openslo(&item)) => items.as_slice(),
                _ => std::slice::from_ref(document),
            })
            .collect();
        let of_openslo: Vec<_> = documents.iter().copied().filter(is_openslo).collect();
        for document in documents {
            match document {
                Node { is: Kind::Nothing, .. } => {}
                _ if is_openslo(&document) => self.openslo(document, &of_openslo),
                _ if document.text_of("apiVersion").is_some() => self.resource(document),
                _ if has(document, "version") => self.sloth(document),
                _ if has(document, "objectives") => self.own(document),
                _ if has(document, "slos") => self.older(document),
                _ => self.wrong(
                    document.at,
                    "these are no objectives: write a list objectives, or a file of Sloth (version: prometheus/v1) or \
                     OpenSLO (apiVersion: openslo/v1)",
                ),
            }
        }
    }

    /// Takes an objective if nothing is wrong with it. `before` is how many mistakes there were before it.
    fn take(&mut self, draft: Draft, before: usize) {
        let Draft {
            objective,
            at,
            places,
        } = draft;
        for (field, why) in objective.check(self.is_query) {
            match places.get(field) {
                Some((at, name)) => self.wrong(*at, format!("{name}: {why}")),
                None => self.wrong(at, format!("{field}: {why}")),
            }
        }
        let id = objective.id();
        if !self.known.insert(id.clone()) {
            self.wrong(
                at,
                format!("there is another objective {id}; give one of them another name"),
            );
        }
        if self.reading.mistakes.len() == before {
            self.reading.objectives.push((objective, at.line));
        }
    }
}

fn mistake(at: Place, text: String) -> Mistake {
    Mistake {
        line: at.line.max(1),
        column: at.column.max(1),
        text,
    }
}

fn has(node: &Node, name: &str) -> bool {
    match &node.is {
        Kind::Map(pairs) => pairs.iter().any(|(key, _)| key.name == name),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
