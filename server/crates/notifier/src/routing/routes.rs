//! Routes: what they say, and what they have from their parents.

use std::collections::BTreeSet;

use yaml::{Kind, Node, Place};

use super::Route;
use super::values::Reading;
use crate::matcher::{Matcher, Op, parse_matchers};

const FIELDS: &[&str] = &[
    "receiver",
    "group_by",
    "match",
    "match_re",
    "matchers",
    "mute_time_intervals",
    "active_time_intervals",
    "continue",
    "routes",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "escalation",
];

/// A name of something that is defined elsewhere, and where it stands.
pub(super) enum Used {
    Receiver(Place, String),
    Interval(Place, String),
    Escalation(Place, String),
}

/// What the root has where it says nothing: Alertmanager's.
fn defaults() -> Route {
    Route {
        id: String::new(),
        key: String::new(),
        receiver: String::new(),
        matchers: Vec::new(),
        goes_on: false,
        group_by: Vec::new(),
        by_all: false,
        wait_ms: 30_000,
        interval_ms: 300_000,
        repeat_ms: 4 * 3_600_000,
        muted_at: Vec::new(),
        active_at: Vec::new(),
        escalation: String::new(),
        children: Vec::new(),
    }
}

impl Reading {
    pub(super) fn root(&mut self, node: &Node, used: &mut Vec<Used>) -> Option<Route> {
        let root = self.route(node, None, "0".to_owned(), used)?;
        if root.receiver.is_empty() {
            self.wrong(
                node.at,
                "the root route has no receiver; it is the one of last resort",
            );
        }
        if !root.matchers.is_empty() {
            self.wrong(
                node.at,
                "the root route has matchers; it has to take every alert, so they belong to a route below it",
            );
        }
        if root.goes_on {
            self.wrong(
                node.at,
                "the root route has continue, and nothing comes after it",
            );
        }
        if !root.muted_at.is_empty() || !root.active_at.is_empty() {
            self.wrong(
                node.at,
                "the root route has time intervals; they belong to a route below it",
            );
        }
        Some(root)
    }

    fn route(
        &mut self,
        node: &Node,
        parent: Option<&Route>,
        id: String,
        used: &mut Vec<Used>,
    ) -> Option<Route> {
        let fields = self.fields(node, "a route", FIELDS)?;
        let from = parent.cloned().unwrap_or_else(defaults);
        let mut route = Route {
            id,
            matchers: Vec::new(),
            goes_on: self.yes_no(fields.get("continue")),
            muted_at: Vec::new(),
            active_at: Vec::new(),
            children: Vec::new(),
            ..from
        };
        if let Some(at) = fields.get("receiver")
            && let Some(name) = self.text(Some(at)).filter(|name| !name.is_empty())
        {
            route.receiver = name.to_owned();
            used.push(Used::Receiver(at.at, name.to_owned()));
        }
        self.group_by(fields.get("group_by"), &mut route);
        if let Some(wait_ms) = self.duration(fields.get("group_wait")) {
            route.wait_ms = wait_ms;
        }
        for (name, into) in [
            ("group_interval", &mut route.interval_ms),
            ("repeat_interval", &mut route.repeat_ms),
        ] {
            match self.duration(fields.get(name)) {
                Some(0) => {
                    let at = fields.get(name).map_or(node.at, |node| node.at);
                    self.wrong(at, format!("{name} cannot be zero"));
                }
                Some(given) => *into = given,
                None => {}
            }
        }
        for (name, into) in [
            ("mute_time_intervals", &mut route.muted_at),
            ("active_time_intervals", &mut route.active_at),
        ] {
            for (at, name) in self.texts(fields.get(name)) {
                used.push(Used::Interval(at, name.clone()));
                into.push(name);
            }
        }
        if let Some(node) = fields.get("escalation") {
            let name = self.text(Some(node)).unwrap_or("").to_owned();
            if !name.is_empty() {
                used.push(Used::Escalation(node.at, name.clone()));
            }
            route.escalation = name;
        }
        self.all_matchers(
            fields.get("match"),
            fields.get("match_re"),
            &mut route.matchers,
        );
        self.matchers(fields.get("matchers"), &mut route.matchers);
        // As in Alertmanager, whose keys of groups begin with them.
        route.matchers.sort_by(|a, b| order(a).cmp(&order(b)));
        let written: Vec<_> = route.matchers.iter().map(ToString::to_string).collect();
        let written = format!("{{{}}}", written.join(","));
        route.key = match parent {
            Some(parent) => format!("{}/{written}", parent.key),
            None => written,
        };
        let children = self.list(fields.get("routes")).iter().enumerate();
        let children: Vec<_> = children
            .filter_map(|(place, child)| {
                let id = format!("{}/{place}", route.id);
                self.route(child, Some(&route), id, used)
            })
            .collect();
        route.children = children;
        Some(route)
    }

    fn group_by(&mut self, node: Option<&Node>, route: &mut Route) {
        let names = self.texts(node);
        if names.is_empty() {
            return;
        }
        let at = node.map_or(Place::default(), |node| node.at);
        let by_all = names.iter().any(|(_, name)| name == "...");
        if by_all && names.len() > 1 {
            self.wrong(
                at,
                "group_by has either ... (all labels) or labels, not both",
            );
        }
        let mut known = BTreeSet::new();
        for (at, name) in names.into_iter().filter(|(_, name)| name != "...") {
            if name.is_empty() {
                self.wrong(at, "a label without a name in group_by");
            } else if !known.insert(name.clone()) {
                self.wrong(at, format!("the label {name:?} stands twice in group_by"));
            }
        }
        route.by_all = by_all;
        route.group_by = known.into_iter().collect();
    }

    /// `match` and `match_re`, which came before `matchers`.
    pub(super) fn all_matchers(
        &mut self,
        equal: Option<&Node>,
        regex: Option<&Node>,
        into: &mut Vec<Matcher>,
    ) {
        for (node, op) in [(equal, Op::Equal), (regex, Op::Matches)] {
            let Some(node) = node else {
                continue;
            };
            let Some(pairs) = self.map(node, "match") else {
                continue;
            };
            for (key, value) in pairs.all() {
                let text = self.text(Some(value)).unwrap_or("");
                match Matcher::new(&key.name, op, text) {
                    Ok(matcher) => into.push(matcher),
                    Err(error) => self.wrong(value.at, error.to_string()),
                }
            }
        }
    }

    /// A list of matchers, each in Alertmanager's syntax.
    pub(super) fn matchers(&mut self, node: Option<&Node>, into: &mut Vec<Matcher>) {
        let Some(node) = node else {
            return;
        };
        if let Kind::Text(text) = &node.is {
            match parse_matchers(text) {
                Ok(matchers) => into.extend(matchers),
                Err(error) => self.wrong(node.at, error.to_string()),
            }
            return;
        }
        for (at, text) in self.texts(Some(node)) {
            match parse_matchers(&text) {
                Ok(matchers) => into.extend(matchers),
                Err(error) => self.wrong(at, error.to_string()),
            }
        }
    }
}

fn order(matcher: &Matcher) -> (&str, &str, usize) {
    let ops = [Op::Equal, Op::NotEqual, Op::Matches, Op::MatchesNot];
    let place = ops.iter().position(|op| *op == matcher.op);
    (&matcher.name, &matcher.value, place.unwrap_or(0))
}
