//! Values of files: texts, numbers, durations, lists, maps.

use std::collections::BTreeMap;

use yaml::{Key, Kind, Node, Place};

use super::Reader;
use crate::Window;

/// The values of a map.
pub(super) struct Fields<'a> {
    /// Where the map begins.
    pub at: Place,
    pairs: &'a [(Key, Node)],
}

impl<'a> Fields<'a> {
    /// A value; `None` where it is not there, or nothing is written.
    pub fn get(&self, name: &str) -> Option<&'a Node> {
        let (_, node) = self.pairs.iter().find(|(key, _)| key.name == name)?;
        (!matches!(node.is, Kind::Nothing)).then_some(node)
    }

    /// The first of several names that is there.
    pub fn any(&self, names: &[&'static str]) -> Option<(&'static str, &'a Node)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
    }

    /// Where the name of a value stands.
    pub fn place(&self, name: &str) -> Place {
        let found = self.pairs.iter().find(|(key, _)| key.name == name);
        found.map_or(self.at, |(key, _)| key.at)
    }
}

/// What becomes of names that are not known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// They are mistakes.
    Wrong,
    /// They have no effect, and are named.
    Ignored,
}

impl Reader<'_> {
    /// The values of a map.
    pub(super) fn fields<'a>(
        &mut self,
        node: &'a Node,
        what: &str,
        known: &[&str],
        unknown: Unknown,
    ) -> Option<Fields<'a>> {
        let pairs: &[_] = match &node.is {
            Kind::Map(pairs) => pairs,
            Kind::Nothing => &[],
            Kind::Text(_) | Kind::List(_) => {
                self.wrong(
                    node.at,
                    format!("{what} is a map, and this is {}", node.kind()),
                );
                return None;
            }
        };
        for (key, _) in pairs {
            let name = &key.name;
            if known.contains(&name.as_str()) {
                continue;
            }
            match unknown {
                Unknown::Wrong => {
                    let known = known.join(", ");
                    self.wrong(key.at, format!("{what} has no {name}; it has {known}"));
                }
                Unknown::Ignored => {
                    self.ignore(key.at, format!("{name} of {what} has no effect here"))
                }
            }
        }
        Some(Fields { at: node.at, pairs })
    }

    pub(super) fn text(&mut self, node: Option<&Node>) -> String {
        match node.map(|node| (node, &node.is)) {
            None | Some((_, Kind::Nothing)) => String::new(),
            Some((_, Kind::Text(text))) => text.clone(),
            Some((node, Kind::List(_) | Kind::Map(_))) => {
                self.wrong(
                    node.at,
                    format!("a text is expected here, and this is {}", node.kind()),
                );
                String::new()
            }
        }
    }

    pub(super) fn list<'a>(&mut self, node: Option<&'a Node>) -> &'a [Node] {
        match node.map(|node| (node, &node.is)) {
            None | Some((_, Kind::Nothing)) => &[],
            Some((_, Kind::List(items))) => items,
            Some((node, Kind::Text(_) | Kind::Map(_))) => {
                self.wrong(
                    node.at,
                    format!("a list is expected here, and this is {}", node.kind()),
                );
                &[]
            }
        }
    }

    /// A map of texts; a list in it is its texts with commas.
    pub(super) fn pairs(&mut self, node: Option<&Node>, what: &str) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        let Some(node) = node else {
            return texts;
        };
        match &node.is {
            Kind::Nothing => {}
            Kind::Map(pairs) => {
                for (key, value) in pairs {
                    let text = match &value.is {
                        Kind::List(items) => {
                            let items = items.iter().map(|item| self.text(Some(item)));
                            items.collect::<Vec<_>>().join(",")
                        }
                        _ => self.text(Some(value)),
                    };
                    texts.insert(key.name.clone(), text);
                }
            }
            Kind::Text(_) | Kind::List(_) => {
                self.wrong(
                    node.at,
                    format!("{what} are a map, and this is {}", node.kind()),
                );
            }
        }
        texts
    }

    pub(super) fn flag(&mut self, node: Option<&Node>, name: &str, usual: bool) -> bool {
        let Some(node) = node else {
            return usual;
        };
        match self.text(Some(node)).as_str() {
            "true" | "yes" | "on" => true,
            "false" | "no" | "off" => false,
            other => {
                self.wrong(
                    node.at,
                    format!("{name}: {other:?} is neither true nor false"),
                );
                usual
            }
        }
    }

    /// A number of per cent as a part: `99.9` and `99.9 %` are 0.999.
    pub(super) fn per_cent(&mut self, node: Option<&Node>, name: &str, of: Place) -> Option<f64> {
        let Some(node) = node else {
            self.wrong(
                of,
                format!("{name} is missing: what has to be good in per cent, for instance 99.9"),
            );
            return None;
        };
        let text = self.text(Some(node));
        let number = text.trim().trim_end_matches('%').trim_end();
        let part = part_of_percent(number);
        if part.is_none() {
            self.wrong(
                node.at,
                format!("{name}: {text:?} is no number of per cent; write for instance 99.9"),
            );
        }
        part
    }

    pub(super) fn number(&mut self, node: &Node, name: &str) -> Option<f64> {
        let text = self.text(Some(node));
        let number = text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.wrong(node.at, format!("{name}: {text:?} is no number"));
        }
        number
    }

    /// A length of time in seconds: `200ms`, `1m30s`, `0.2`.
    pub(super) fn seconds(&mut self, node: Option<&Node>, name: &str) -> Option<f64> {
        let node = node?;
        let text = self.text(Some(node));
        let seconds = parse_seconds(text.trim());
        if seconds.is_none() {
            self.wrong(
                node.at,
                format!(
                    "{name}: {text:?} is no length of time; write for instance 200ms, 60s or 1m30s"
                ),
            );
        }
        seconds
    }

    /// A window: `30d`, `4w`, `month`, `quarter`.
    pub(super) fn window(&mut self, node: Option<&Node>, name: &str) -> Window {
        let Some(node) = node else {
            return Window::Rolling(30);
        };
        let text = self.text(Some(node));
        match text.trim() {
            "month" => Window::Month,
            "quarter" => Window::Quarter,
            other => {
                let days = match other.split_at_checked(other.len().saturating_sub(1)) {
                    Some((count, "d")) => count.trim().parse::<u32>().ok(),
                    Some((count, "w")) => count
                        .trim()
                        .parse::<u32>()
                        .ok()
                        .and_then(|weeks| weeks.checked_mul(7)),
                    _ => None,
                };
                Window::Rolling(days.unwrap_or_else(|| {
                    self.wrong(
                        node.at,
                        format!("{name}: {text:?} is no window; write days (30d), weeks (4w), month or quarter"),
                    );
                    30
                }))
            }
        }
    }
}

/// A number of per cent as a part: the point goes two places to the left, without rounding twice.
pub(super) fn part_of_percent(text: &str) -> Option<f64> {
    let is_plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let number = is_plain.then(|| format!("{text}e-2"))?;
    number.parse().ok()
}

fn parse_seconds(text: &str) -> Option<f64> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    if !text.starts_with(is_number) {
        return None;
    }
    if text.chars().all(is_number) {
        return text.parse().ok();
    }
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let unit_at = rest.find(|c| !is_number(c))?;
        let (number, after) = rest.split_at(unit_at);
        let (number, after) = (number.parse::<f64>().ok()?, after.trim_start());
        let end = after.find(is_number).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        seconds += match unit.trim_end() {
            "ms" => number / 1000.0,
            "s" => number,
            "m" | "min" => number * 60.0,
            "h" => number * 3600.0,
            "d" => number * 86_400.0,
            _ => return None,
        };
        rest = after;
    }
    Some(seconds)
}
