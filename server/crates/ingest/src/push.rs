//! What batch jobs push: groups of metrics that stay until they are replaced or deleted.
//!
//! As the Pushgateway has it: <https://github.com/prometheus/pushgateway/blob/master/README.md>. A group is named
//! by the labels in its address; they stand in all of its series, whatever was pushed.

mod address;
mod family;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use model::{Histogram, Labels, METRIC_NAME, TimestampMs};

pub use address::grouping_key;
pub use family::{Family, exemplars, families};

/// Most groups.
const MOST_GROUPS: usize = 10_000;
/// Most series in all groups.
const MOST_SERIES: usize = 500_000;

/// When a group was pushed successfully last.
pub(crate) const PUSHED: &str = "push_time_seconds";
/// When pushing it failed last.
pub(crate) const FAILED: &str = "push_failure_time_seconds";

/// What was pushed of a series.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A native histogram.
    Histogram(Arc<Histogram>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Histogram(it) => write!(f, "{} observations, {} in all", it.count, it.sum),
        }
    }
}

/// What was pushed under one grouping key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// By their names.
    pub families: BTreeMap<String, Family>,
    /// When it was pushed successfully last; 0 if never.
    pub pushed_ms: TimestampMs,
    /// When pushing it failed last; 0 if never.
    pub failed_ms: TimestampMs,
}

impl Group {
    /// All its series with their values, those about the pushes included.
    fn samples(&self, key: &Labels) -> impl Iterator<Item = (Labels, Value)> {
        let about = [(PUSHED, self.pushed_ms), (FAILED, self.failed_ms)];
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
        let about = about.map(|(name, at_ms)| {
            let labels = key.clone().with(METRIC_NAME, name);
            (labels, Value::Number(at_ms as f64 / 1000.0))
        });
        let families = self.families.values();
        let own = families.flat_map(|family| family.points.iter().cloned());
        own.chain(about)
    }
}

/// All groups, by their keys.
#[derive(Clone, Debug, Default)]
pub struct Groups(BTreeMap<Labels, Group>);

impl Groups {
    /// Groups that were kept.
    pub fn new(groups: impl IntoIterator<Item = (Labels, Group)>) -> Self {
        Self(groups.into_iter().collect())
    }

    /// What a group will be after a push: with `replace`, only what was pushed; else families that were
    /// not pushed stay.
    ///
    /// # Errors
    /// When what was pushed does not go together with what other groups have, or is too much.
    pub fn after_push(
        &self,
        key: &Labels,
        pushed: Vec<Family>,
        replace: bool,
        now_ms: TimestampMs,
    ) -> Result<Group, String> {
        for (other_key, group) in &self.0 {
            for family in &pushed {
                if let Some(other) = group.families.get(&family.name)
                    && other.kind != family.kind
                    && (other_key != key)
                {
                    return Err(format!(
                        "{} is a {} here and a {} in the group {other_key}",
                        family.name, family.kind, other.kind
                    ));
                }
            }
        }
        if self.0.len() >= MOST_GROUPS && !self.0.contains_key(key) {
            return Err(format!(
                "there are {MOST_GROUPS} groups; delete some before"
            ));
        }
        let before = self.0.get(key).cloned().unwrap_or_default();
        let kept = match replace {
            true => BTreeMap::new(),
            false => before.families,
        };
        let mut group = Group {
            families: kept,
            pushed_ms: now_ms,
            failed_ms: before.failed_ms,
        };
        for family in pushed {
            group.families.insert(family.name.clone(), family);
        }
        let others = self.0.iter().filter(|(other, _)| *other != key);
        let others: usize = others.map(|(_, group)| size(group)).sum();
        match others + size(&group) > MOST_SERIES {
            true => Err(format!("there would be more than {MOST_SERIES} series")),
            false => Ok(group),
        }
    }

    /// What a group will be after a push that failed.
    pub fn after_failure(&self, key: &Labels, now_ms: TimestampMs) -> Option<Group> {
        let known = self.0.get(key).cloned();
        let group = known.or_else(|| (self.0.len() < MOST_GROUPS).then(Group::default));
        group.map(|group| Group {
            failed_ms: now_ms,
            ..group
        })
    }

    /// Takes a group in, or removes one; the series that are no more come back.
    pub fn set(&mut self, key: &Labels, group: Option<Group>) -> Vec<Labels> {
        let of = |group: Option<&Group>| -> Vec<Labels> {
            let samples = group.into_iter().flat_map(|group| group.samples(key));
            samples.map(|(labels, _)| labels).collect()
        };
        let mut now = of(group.as_ref());
        now.sort_unstable();
        let before = match group {
            Some(group) => self.0.insert(key.clone(), group),
            None => self.0.remove(key),
        };
        let mut gone = of(before.as_ref());
        gone.retain(|labels| now.binary_search(labels).is_err());
        gone
    }

    /// All series of a group with their values.
    pub fn samples_of(&self, key: &Labels) -> Vec<(Labels, Value)> {
        let group = self.0.get(key).into_iter();
        group.flat_map(|group| group.samples(key)).collect()
    }

    /// All series of all groups with their values.
    pub fn samples(&self) -> Vec<(Labels, Value)> {
        let groups = self.0.iter();
        groups.flat_map(|(key, group)| group.samples(key)).collect()
    }
}

fn size(group: &Group) -> usize {
    group
        .families
        .values()
        .map(|family| family.points.len())
        .sum()
}

#[cfg(test)]
mod tests;
