//! Rules as they are evaluated: built in and from files, each with its condition and how it stands.

mod all;
mod ask;
mod memory;
mod numbers;
mod past;
mod run;
mod series;
mod standing;
mod trial;
mod turn;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::TimestampMs;
use rules::{Entry, Group, NoData};

use crate::condition::Condition;
use crate::config::Config;
use crate::made::Kept;
pub(crate) use all::Offered;
#[cfg(test)]
pub(crate) use memory::Memory;
pub(crate) use numbers::RuleNumbers;
pub(crate) use past::{Finds, Held, Lived, Span, held, lived};
pub(crate) use standing::{GroupStanding, Health, RuleStanding};
pub(crate) use trial::Trial;

/// The built-in rules, a pack a file.
pub(crate) const PACKS: &[(&str, &str)] = &[
    ("mcp.yml", include_str!("../../../packs/mcp.yml")),
    ("checks.yml", include_str!("../../../packs/checks.yml")),
    ("traffic.yml", include_str!("../../../packs/traffic.yml")),
    (
        "recording.yml",
        include_str!("../../../packs/recording.yml"),
    ),
    ("system.yml", include_str!("../../../packs/system.yml")),
    ("builds.yml", include_str!("../../../packs/builds.yml")),
    ("workload.yml", include_str!("../../../packs/workload.yml")),
    (
        "objectives.yml",
        include_str!("../../../packs/objectives.yml"),
    ),
    (
        "benchmarks.yml",
        include_str!("../../../packs/benchmarks.yml"),
    ),
    ("agents.yml", include_str!("../../../packs/agents.yml")),
    (
        "operations.yml",
        include_str!("../../../packs/operations.yml"),
    ),
];

/// What is judged, and how.
pub(crate) struct Judging {
    pub(crate) groups: Vec<Arc<JudgedGroup>>,
    /// All rules, in the order of their evaluation.
    pub(crate) offered: Vec<Offered>,
    no_data: NoData,
    external: External,
}

/// What is the same for all templates.
#[derive(Clone, Default)]
struct External {
    labels: Arc<BTreeMap<String, String>>,
    url: Arc<str>,
}

/// A group and how it stands.
pub(crate) struct JudgedGroup {
    pub(crate) group: Group,
    pub(crate) interval: Duration,
    /// Whether it is evaluated at once when a level changes: built-in rules are.
    is_prompt: bool,
    pub(crate) rules: Vec<Judged>,
    standing: Mutex<GroupStanding>,
    /// Whoever evaluates it.
    turn: tokio::sync::Mutex<()>,
}

/// A rule and how it stands.
pub(crate) struct Judged {
    pub(crate) entry: Entry,
    condition: Arc<Condition>,
    standing: Arc<Mutex<RuleStanding>>,
}

impl JudgedGroup {
    /// How it stands.
    pub(crate) fn standing(&self) -> GroupStanding {
        self.standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Its name in Prometheus's metrics.
    pub(crate) fn key(&self) -> String {
        format!("{};{}", self.group.file, self.group.name)
    }

    fn update(&self, change: impl FnOnce(&mut GroupStanding)) {
        change(&mut self.standing.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The time at which its rules look, when they are evaluated at a time.
    fn looks_at(&self, at_ms: TimestampMs) -> TimestampMs {
        let offset = self.group.query_offset.unwrap_or_default().as_millis();
        at_ms.saturating_sub(i64::try_from(offset).unwrap_or(i64::MAX))
    }
}

impl Judged {
    /// How it stands.
    pub(crate) fn standing(&self) -> RuleStanding {
        self.standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn update(&self, change: impl FnOnce(&mut RuleStanding)) {
        change(&mut self.standing.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The rules that a configuration comes to, and what people made and changed here.
///
/// # Errors
/// A sentence that names the rule.
pub(crate) fn judging(config: &Config, kept: &Kept) -> Result<Judging, String> {
    let (groups, offered) = all::all(config, kept)?;
    Ok(Judging {
        groups,
        offered,
        no_data: config.rules.no_data,
        external: External {
            labels: Arc::new(config.scraping.external_labels.clone()),
            url: config.rules.external_url.as_str().into(),
        },
    })
}

fn judged(group: Group, config: &Config, is_prompt: bool) -> Result<Arc<JudgedGroup>, String> {
    let rules = group.rules.iter().map(|entry| {
        let condition = Condition::parse(entry.expr());
        let condition =
            condition.map_err(|error| format!("{}: rule {}: {error}", group.file, entry.name()))?;
        Ok(Judged {
            entry: entry.clone(),
            condition: Arc::new(condition),
            standing: Arc::default(),
        })
    });
    let rules = rules.collect::<Result<_, String>>()?;
    Ok(Arc::new(JudgedGroup {
        interval: group.interval.unwrap_or(config.alerts.interval),
        group,
        is_prompt,
        rules,
        standing: Mutex::default(),
        turn: tokio::sync::Mutex::default(),
    }))
}

impl Judging {
    /// Where people reach the product, as configured; empty where that is not said.
    pub(crate) fn external_url(&self) -> &str {
        &self.external.url
    }

    /// A rule as it is judged, and its group.
    pub(crate) fn judged(&self, offered: &Offered) -> Option<(&JudgedGroup, &Judged)> {
        let (group, rule) = offered.place?;
        let group = self.groups.get(group)?;
        Some((group, group.rules.get(rule)?))
    }

    /// Whether a rule of it can have made an alert.
    fn has_rule_of(&self, alert: &rules::Alert) -> bool {
        let mut all = self.groups.iter().flat_map(|group| &group.rules);
        all.any(|judged| match &judged.entry {
            Entry::Alerting(rule) => rule.could_be(alert),
            Entry::Recording(_) => false,
        })
    }

    /// Takes over how rules stood that are the same in both; returns those that are no more.
    fn take_over(&mut self, before: &Judging) -> Vec<Arc<Mutex<RuleStanding>>> {
        let mut left: Vec<(&JudgedGroup, &Judged)> = Vec::new();
        for group in &before.groups {
            left.extend(group.rules.iter().map(|judged| (&**group, judged)));
        }
        for group in &mut self.groups {
            let Some(group) = Arc::get_mut(group) else {
                continue;
            };
            let same = |other: &JudgedGroup| {
                (&other.group.file, &other.group.name) == (&group.group.file, &group.group.name)
            };
            if let Some(known) = before.groups.iter().find(|other| same(other)) {
                group.standing = Mutex::new(known.standing());
            }
            for judged in &mut group.rules {
                let place = left.iter().position(|(other, known)| {
                    same_place(other, &group.group) && known.entry.is_same(&judged.entry)
                });
                if let Some(place) = place {
                    judged.standing = Arc::clone(&left.swap_remove(place).1.standing);
                }
            }
        }
        for judged in self.groups.iter().flat_map(|group| &group.rules) {
            let Entry::Alerting(rule) = &judged.entry else {
                continue;
            };
            let asked = left.iter().any(|(_, known)| {
                known.entry.name() == rule.name && known.entry.expr() != judged.entry.expr()
            });
            if asked && judged.standing().evaluated_ms.is_none() {
                judged.update(|standing| standing.asks_anew = true);
            }
        }
        left.into_iter()
            .map(|(_, judged)| Arc::clone(&judged.standing))
            .collect()
    }
}

fn same_place(judged: &JudgedGroup, group: &Group) -> bool {
    (&judged.group.file, &judged.group.name) == (&group.file, &group.name)
}

#[cfg(test)]
mod tests;
