//! Reading rule files: everything that is wrong with one is found in one reading.

mod names;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use yaml::{Kind, Node, Place};

use crate::rule::{Entry, Group, NO_DATA, NoData, Recording, Rule};
use crate::template::Template;

use names::{is_label, is_metric};

/// What is wrong with a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// The group it is in; empty where it is in none.
    pub group: String,
    /// The rule, for instance `rule 2 (MCPServerDown)`; empty where it is in none.
    pub rule: String,
    /// Where.
    pub at: Place,
    /// What, and what to write instead.
    pub message: String,
    /// Whether the file can be used all the same.
    pub is_warning: bool,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.at)?;
        if !self.group.is_empty() {
            write!(f, "group {:?}: ", self.group)?;
        }
        if !self.rule.is_empty() {
            write!(f, "{}: ", self.rule)?;
        }
        f.write_str(&self.message)
    }
}

/// Says whether a text is an expression that a rule can have; the error is a sentence.
pub type CheckExpression<'a> = &'a dyn Fn(&str) -> Result<(), String>;

/// Reads a rule file; its name is for messages. What is read is only of use where no mistake is an error.
pub fn read(file: &str, text: &str, check: CheckExpression<'_>) -> (Vec<Group>, Vec<Mistake>) {
    let mut reading = Reading {
        file,
        check,
        group: String::new(),
        rule: String::new(),
        mistakes: Vec::new(),
    };
    let mut groups = Vec::new();
    match yaml::documents(text) {
        Ok(documents) => {
            for document in &documents {
                reading.document(document, &mut groups);
            }
        }
        Err(broken) => reading.wrong(broken.at, format!("this is no YAML: {}", broken.message)),
    }
    reading.warn_of_duplicates(&groups);
    (groups, reading.mistakes)
}

struct Reading<'a> {
    file: &'a str,
    check: CheckExpression<'a>,
    /// Where it reads now.
    group: String,
    rule: String,
    mistakes: Vec<Mistake>,
}

impl Reading<'_> {
    fn wrong(&mut self, at: Place, message: impl Into<String>) {
        self.note(at, message.into(), false);
    }

    fn note(&mut self, at: Place, message: String, is_warning: bool) {
        self.mistakes.push(Mistake {
            file: self.file.to_owned(),
            group: self.group.clone(),
            rule: self.rule.clone(),
            at,
            message,
            is_warning,
        });
    }

    fn document(&mut self, document: &Node, groups: &mut Vec<Group>) {
        let Some(mut fields) = self.fields(document, "a rule file", &["groups"]) else {
            return;
        };
        for node in self.list(fields.take("groups")) {
            let known: BTreeSet<String> = groups.iter().map(|group| group.name.clone()).collect();
            if let Some(group) = self.group(&node, &known) {
                groups.push(group);
            }
            self.group.clear();
        }
    }

    fn group(&mut self, node: &Node, known: &BTreeSet<String>) -> Option<Group> {
        const KEYS: &[&str] = &[
            "name",
            "interval",
            "query_offset",
            "limit",
            "labels",
            "rules",
        ];
        self.group = node.text_of("name").unwrap_or_default().to_owned();
        let mut fields = self.fields(node, "a group", KEYS)?;
        let name = self.text(fields.take("name")).unwrap_or_default();
        if name.is_empty() {
            self.wrong(node.at, "a group needs a name");
        } else if known.contains(&name) {
            self.wrong(
                node.at,
                format!("there are two groups {name:?} in this file; give each its own name"),
            );
        }
        let interval = fields.take("interval");
        let at = interval.as_ref().map_or(node.at, |node| node.at);
        let interval = self.duration(interval, "interval");
        if interval.is_some_and(|interval| interval.is_zero()) {
            self.wrong(
                at,
                "interval: rules cannot be evaluated all the time; write for instance 30s",
            );
        }
        let query_offset = self.duration(fields.take("query_offset"), "query_offset");
        let limit = self.count(fields.take("limit"), "limit");
        let labels = self.pairs(fields.take("labels"), "label");
        self.check_labels(&labels);
        let mut rules = Vec::new();
        for (number, node) in (1..).zip(self.list(fields.take("rules"))) {
            self.rule = format!("rule {number}");
            rules.extend(self.rule(&node, &labels));
            self.rule.clear();
        }
        Some(Group {
            file: self.file.to_owned(),
            name,
            interval,
            limit,
            query_offset,
            rules,
        })
    }

    fn rule(&mut self, node: &Node, of_group: &Pairs) -> Option<Entry> {
        const KEYS: &[&str] = &[
            "record",
            "alert",
            "expr",
            "for",
            "keep_firing_for",
            "labels",
            "annotations",
        ];
        if let Some(name) = node.text_of("alert").or(node.text_of("record")) {
            self.rule = format!("{} ({name})", self.rule);
        }
        let mut fields = self.fields(node, "a rule", KEYS)?;
        let (record, alert) = (fields.take("record"), fields.take("alert"));
        let (record, alert) = (self.text(record), self.text(alert));
        let expr = self.expression(node, fields.take("expr"));
        let (hold, keep) = (fields.take("for"), fields.take("keep_firing_for"));
        let (has_hold, has_keep) = (hold.is_some(), keep.is_some());
        let hold = self.duration(hold, "for").unwrap_or_default();
        let keep_firing = self.duration(keep, "keep_firing_for").unwrap_or_default();
        let mut labels = self.pairs(fields.take("labels"), "label");
        self.check_labels(&labels);
        for (name, given) in of_group {
            labels.entry(name.clone()).or_insert_with(|| given.clone());
        }
        let annotations = fields.take("annotations");
        let has_annotations = annotations.is_some();
        let annotations = self.pairs(annotations, "annotation");
        let filled = |name: Option<String>| name.filter(|name| !name.is_empty());
        match (filled(record), filled(alert)) {
            (Some(_), Some(_)) => {
                self.wrong(
                    node.at,
                    "a rule has either record or alert; make two rules of it",
                );
                None
            }
            (None, None) => {
                self.wrong(node.at, "a rule needs record or alert, which is its name");
                None
            }
            (Some(name), None) => {
                let only_of_alerts = [
                    ("for", has_hold),
                    ("keep_firing_for", has_keep),
                    ("annotations", has_annotations),
                ];
                for (field, _) in only_of_alerts.into_iter().filter(|(_, is_there)| *is_there) {
                    self.wrong(
                        node.at,
                        format!("{field} is of alerts; a recording rule has none"),
                    );
                }
                if !is_metric(&name) {
                    self.wrong(
                        node.at,
                        format!("{name:?} is no name of a metric; use letters, digits, _ and :"),
                    );
                }
                let labels = labels
                    .into_iter()
                    .map(|(name, (_, value))| (name, value))
                    .collect();
                Some(Entry::Recording(Arc::new(Recording {
                    name,
                    expr: expr?,
                    labels,
                    at: node.at,
                })))
            }
            (None, Some(name)) => {
                let no_data = self.no_data(&annotations);
                let labels = self.templates(labels, "label");
                let annotations = self.templates(annotations, "annotation");
                Some(Entry::Alerting(Arc::new(Rule {
                    name,
                    expr: expr?,
                    hold,
                    keep_firing,
                    labels,
                    annotations,
                    no_data,
                    at: node.at,
                })))
            }
        }
    }

    fn expression(&mut self, rule: &Node, node: Option<Node>) -> Option<String> {
        let at = node.as_ref().map_or(rule.at, |node| node.at);
        let expr = self.text(node).unwrap_or_default();
        if expr.trim().is_empty() {
            self.wrong(at, "a rule needs expr, which is what it asks");
            return None;
        }
        if let Err(message) = (self.check)(&expr) {
            self.wrong(at, format!("expr: {message}"));
            return None;
        }
        Some(expr)
    }

    fn check_labels(&mut self, labels: &Pairs) {
        for (name, (at, _)) in labels {
            if !is_label(name) {
                self.wrong(
                    *at,
                    format!("{name:?} is no name of a label; use letters, digits and _"),
                );
            } else if name == "__name__" {
                self.wrong(*at, "__name__ is the name of the metric; record gives it");
            } else if name == "alertname" {
                self.note(
                    *at,
                    "alertname is the name of the rule, whatever is written here".to_owned(),
                    true,
                );
            }
        }
    }

    fn no_data(&mut self, annotations: &Pairs) -> Option<NoData> {
        let (at, text) = annotations.get(NO_DATA)?;
        match NoData::parse(text) {
            Ok(no_data) => Some(no_data),
            Err(message) => {
                self.wrong(*at, format!("{NO_DATA}: {message}"));
                None
            }
        }
    }

    fn templates(&mut self, texts: Pairs, what: &str) -> BTreeMap<String, Template> {
        let mut templates = BTreeMap::new();
        for (name, (at, text)) in texts {
            if what == "annotation" && !is_label(&name) {
                self.wrong(
                    at,
                    format!("{name:?} is no name of an annotation; use letters, digits and _"),
                );
            }
            match Template::parse(&text) {
                Ok(template) => _ = templates.insert(name, template),
                Err(error) => self.wrong(at, format!("{what} {name}: {error}")),
            }
        }
        templates
    }

    /// Prometheus takes them and leaves them unclear; `promtool` warns of them as well.
    fn warn_of_duplicates(&mut self, groups: &[Group]) {
        let mut known = BTreeSet::new();
        for group in groups {
            for (number, entry) in (1..).zip(&group.rules) {
                if known.insert((entry.name(), entry.labels())) {
                    continue;
                }
                let at = match entry {
                    Entry::Alerting(rule) => rule.at,
                    Entry::Recording(rule) => rule.at,
                };
                self.group.clone_from(&group.name);
                self.rule = format!("rule {number} ({})", entry.name());
                let message = "there is another rule of this name with the same labels: what one makes, the other \
                               changes or ends; give one of them another name or label";
                self.note(at, message.to_owned(), true);
            }
        }
        self.group.clear();
        self.rule.clear();
    }
}

/// Texts by name, with their places.
type Pairs = BTreeMap<String, (Place, String)>;

#[cfg(test)]
mod tests;
