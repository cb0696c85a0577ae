//! Alerts that hold back others: while a source fires, nobody is told of its targets.
//!
//! The semantics are Alertmanager's (`inhibit/inhibit.go` in <https://github.com/prometheus/alertmanager>): a source holds
//! back whether somebody is told of it or not; a label that is missing on both sides is equal; an alert that is on both
//! sides of a rule is not held back by another that is, and so never by itself.

use std::collections::{BTreeMap, HashMap, VecDeque};

use model::Labels;
use uuid::Uuid;

use crate::Matcher;

/// Ended alerts that are remembered, so that what is told late of them is not believed.
const MOST_ENDED: usize = 1_000;

/// A rule: what fires on its one side holds back what is on the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Inhibition {
    /// All of them match a source.
    pub source: Vec<Matcher>,
    /// All of them match a target.
    pub target: Vec<Matcher>,
    /// Labels that have to be equal on both sides.
    pub equal: Vec<String>,
}

/// An alert that may hold back others, at a step of its life.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its id.
    pub id: Uuid,
    /// The count of its steps: what is told of an earlier one is not believed.
    pub step: usize,
    /// Its labels.
    pub labels: Labels,
    /// Whether it fires then; who has it does not matter.
    pub fires: bool,
}

impl Inhibition {
    fn is_source(&self, labels: &Labels) -> bool {
        self.source.iter().all(|matcher| matcher.matches(labels))
    }

    fn is_target(&self, labels: &Labels) -> bool {
        self.target.iter().all(|matcher| matcher.matches(labels))
    }

    fn equals(&self, labels: &Labels) -> Vec<String> {
        let values = self.equal.iter().map(|name| labels.get(name).to_owned());
        values.collect()
    }
}

/// Sources of a rule by what has to be equal.
type Sources = HashMap<Vec<String>, BTreeMap<Uuid, Labels>>;

/// The rules, and the alerts that fire.
#[derive(Debug, Default)]
pub struct Inhibitor {
    rules: Vec<Inhibition>,
    /// For each rule.
    sources: Vec<Sources>,
    firing: HashMap<Uuid, (usize, Labels)>,
    ended: HashMap<Uuid, usize>,
    ended_first: VecDeque<Uuid>,
}

impl Inhibitor {
    /// Judges by these rules from now on; whether they are others.
    pub fn judge_by(&mut self, rules: &[Inhibition]) -> bool {
        if self.rules == rules && self.sources.len() == rules.len() {
            return false;
        }
        self.rules = rules.to_vec();
        self.sources = vec![Sources::default(); rules.len()];
        for (id, (_, labels)) in &self.firing {
            for (rule, sources) in self.rules.iter().zip(&mut self.sources) {
                if rule.is_source(labels) {
                    let same = sources.entry(rule.equals(labels)).or_default();
                    same.insert(*id, labels.clone());
                }
            }
        }
        true
    }

    /// The rules in use.
    pub fn rules(&self) -> &[Inhibition] {
        &self.rules
    }

    /// Notes a step of an alert; whether others may be held back, or no longer, for it.
    pub fn note(&mut self, source: &Source) -> bool {
        let Source {
            id,
            step,
            labels,
            fires,
        } = source;
        let known = self.firing.get(id).map(|(step, _)| *step);
        if known.is_some_and(|known| known > *step)
            || self.ended.get(id).is_some_and(|ended| ended > step)
        {
            return false;
        }
        match fires {
            true => {
                self.ended.remove(id);
                self.firing.insert(*id, (*step, labels.clone()));
            }
            false => {
                self.firing.remove(id);
                self.remember(*id, *step);
            }
        }
        let mut is_news = false;
        for (rule, sources) in self.rules.iter().zip(&mut self.sources) {
            if !rule.is_source(labels) {
                continue;
            }
            let key = rule.equals(labels);
            if *fires {
                let same = sources.entry(key).or_default();
                is_news |= same.insert(*id, labels.clone()).is_none();
            } else if let Some(same) = sources.get_mut(&key) {
                is_news |= same.remove(id).is_some();
                if same.is_empty() {
                    sources.remove(&key);
                }
            }
        }
        is_news
    }

    fn remember(&mut self, id: Uuid, step: usize) {
        if self.ended.insert(id, step).is_none() {
            self.ended_first.push_back(id);
        }
        while self.ended_first.len() > MOST_ENDED {
            if let Some(oldest) = self.ended_first.pop_front() {
                self.ended.remove(&oldest);
            }
        }
    }

    /// The alert for which one with these labels is held back: its id and labels.
    pub fn holding(&self, labels: &Labels) -> Option<(Uuid, &Labels)> {
        let mut rules = self.rules.iter().zip(&self.sources);
        rules.find_map(|(rule, sources)| {
            if sources.is_empty() || !rule.is_target(labels) {
                return None;
            }
            let is_both = rule.is_source(labels);
            let mut same = sources.get(&rule.equals(labels))?.iter();
            let holds = same.find(|(_, source)| !is_both || !rule.is_target(source));
            holds.map(|(id, source)| (*id, source))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_matchers;

    fn rule(source: &str, target: &str, equal: &[&str]) -> Inhibition {
        let matchers = |text: &str| match text {
            "" => Vec::new(),
            text => parse_matchers(text).unwrap(),
        };
        Inhibition {
            source: matchers(source),
            target: matchers(target),
            equal: equal.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn labels(text: &str) -> Labels {
        let mut labels = Labels::new();
        for pair in text.split(' ').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap();
            labels = labels.with(name, value);
        }
        labels
    }

    fn source(number: u128, step: usize, text: &str, fires: bool) -> Source {
        Source {
            id: Uuid::from_u128(number),
            step,
            labels: labels(text),
            fires,
        }
    }

    #[test]
    fn what_holds_back_what() {
        let by_severity = || {
            rule(
                "severity=critical",
                "severity=warning",
                &["alertname", "instance"],
            )
        };
        for (rule, fires, target, expected) in [
            (
                by_severity(),
                "alertname=a instance=x severity=critical",
                "alertname=a instance=x severity=warning",
                true,
            ),
            (
                by_severity(),
                "alertname=a instance=x severity=critical",
                "alertname=a instance=y severity=warning",
                false,
            ),
            (
                by_severity(),
                "alertname=a instance=x severity=critical",
                "alertname=b instance=x severity=warning",
                false,
            ),
            // What is missing on both sides is equal; on one it is not.
            (
                by_severity(),
                "alertname=a severity=critical",
                "alertname=a severity=warning",
                true,
            ),
            (
                by_severity(),
                "alertname=a severity=critical",
                "alertname=a instance=x severity=warning",
                false,
            ),
            // Not a target, not a source.
            (
                by_severity(),
                "alertname=a severity=critical",
                "alertname=a severity=info",
                false,
            ),
            (
                by_severity(),
                "alertname=a severity=error",
                "alertname=a severity=warning",
                false,
            ),
            // On both sides: not by another that is, but by one that is a source alone.
            (rule("a=1", "b=1", &[]), "a=1 b=1 x=1", "a=1 b=1 x=2", false),
            (rule("a=1", "b=1", &[]), "a=1 b=1", "b=1", true),
            (rule("a=1", "b=1", &[]), "a=1", "a=1 b=1", true),
            (rule("a=1", "", &[]), "a=1", "b=1", true),
        ] {
            let mut inhibitor = Inhibitor::default();
            inhibitor.judge_by(&[rule]);
            inhibitor.note(&source(1, 1, fires, true));
            let held = inhibitor.holding(&labels(target));
            assert_eq!(held.is_some(), expected, "{fires} {target}");
        }
    }

    #[test]
    fn sources_come_and_go() {
        let mut inhibitor = Inhibitor::default();
        let target = labels("alertname=a severity=warning");
        let critical = "alertname=a severity=critical";
        assert!(
            !inhibitor.note(&source(1, 1, critical, true)),
            "there is no rule"
        );
        let rules = [rule(
            "severity=critical",
            "severity=warning",
            &["alertname"],
        )];
        assert!(inhibitor.judge_by(&rules));
        assert!(!inhibitor.judge_by(&rules));
        let held = |inhibitor: &Inhibitor| inhibitor.holding(&target).map(|(id, _)| id.as_u128());
        assert_eq!(held(&inhibitor), Some(1));
        assert!(inhibitor.note(&source(2, 1, critical, true)));
        assert!(inhibitor.note(&source(1, 3, critical, false)));
        assert_eq!(held(&inhibitor), Some(2));
        assert!(!inhibitor.note(&source(1, 2, critical, true)), "told late");
        assert!(inhibitor.note(&source(2, 2, critical, false)));
        assert_eq!(held(&inhibitor), None);
        assert!(inhibitor.note(&source(2, 3, critical, true)), "reopened");
        assert_eq!(held(&inhibitor), Some(2));
        assert!(
            !inhibitor.note(&source(3, 1, "alertname=a severity=warning", true)),
            "no source"
        );
        assert!(inhibitor.judge_by(&[]));
        assert_eq!(held(&inhibitor), None);
        for number in 0..2_000 {
            inhibitor.note(&source(number, 9, critical, false));
        }
        assert_eq!(inhibitor.ended.len(), MOST_ENDED);
    }
}
