//! Values of rule files: texts, durations, numbers, lists, maps.

use std::time::Duration;

use model::parse_duration;

use super::{Kind, Node, Pairs, Place, Reading};

/// The values of a map that are not read yet.
pub(super) struct Fields(Vec<(String, Node)>);

impl Fields {
    /// A value; `None` where it is not there, or nothing is written.
    pub(super) fn take(&mut self, name: &str) -> Option<Node> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        let (_, node) = self.0.swap_remove(at);
        (!matches!(node.is, Kind::Nothing)).then_some(node)
    }
}

impl Reading<'_> {
    /// The values of a map; names that are not known are mistakes.
    pub(super) fn fields(&mut self, node: &Node, what: &str, known: &[&str]) -> Option<Fields> {
        let pairs = match &node.is {
            Kind::Map(pairs) => pairs,
            Kind::Nothing => &Vec::new(),
            Kind::Text(_) | Kind::List(_) => {
                self.wrong(
                    node.at,
                    format!("{what} is a map, and this is {}", node.kind()),
                );
                return None;
            }
        };
        let mut fields = Vec::new();
        for (key, value) in pairs {
            match known.contains(&key.name.as_str()) {
                true => fields.push((key.name.clone(), value.clone())),
                false => {
                    let (name, known) = (&key.name, known.join(", "));
                    self.wrong(key.at, format!("{what} has no {name}; it has {known}"));
                }
            }
        }
        Some(Fields(fields))
    }

    pub(super) fn list(&mut self, node: Option<Node>) -> Vec<Node> {
        match node {
            None => Vec::new(),
            Some(Node {
                is: Kind::List(items),
                ..
            }) => items,
            Some(other) => {
                self.wrong(
                    other.at,
                    format!("a list is expected here, and this is {}", other.kind()),
                );
                Vec::new()
            }
        }
    }

    pub(super) fn text(&mut self, node: Option<Node>) -> Option<String> {
        Some(self.placed(node?)?.1)
    }

    fn placed(&mut self, node: Node) -> Option<(Place, String)> {
        match node.is {
            Kind::Text(text) => Some((node.at, text)),
            Kind::Nothing => Some((node.at, String::new())),
            Kind::List(_) | Kind::Map(_) => {
                self.wrong(
                    node.at,
                    format!("a text is expected here, and this is {}", node.kind()),
                );
                None
            }
        }
    }

    pub(super) fn duration(&mut self, node: Option<Node>, name: &str) -> Option<Duration> {
        let (at, text) = self.placed(node?)?;
        match parse_duration(&text) {
            Ok(duration) => Some(duration),
            Err(message) => {
                self.wrong(at, format!("{name}: {message}"));
                None
            }
        }
    }

    pub(super) fn count(&mut self, node: Option<Node>, name: &str) -> usize {
        let Some((at, text)) = node.and_then(|node| self.placed(node)) else {
            return 0;
        };
        text.parse().unwrap_or_else(|_| {
            self.wrong(
                at,
                format!("{name}: {text:?} is no whole number; 0 is no limit"),
            );
            0
        })
    }

    pub(super) fn pairs(&mut self, node: Option<Node>, what: &str) -> Pairs {
        let mut pairs = Pairs::new();
        match node {
            None => {}
            Some(Node {
                is: Kind::Map(given),
                ..
            }) => {
                for (key, value) in given {
                    if let Some((_, text)) = self.placed(value) {
                        pairs.insert(key.name, (key.at, text));
                    }
                }
            }
            Some(other) => {
                self.wrong(
                    other.at,
                    format!("{what}s are a map, and this is {}", other.kind()),
                );
            }
        }
        pairs
    }
}
