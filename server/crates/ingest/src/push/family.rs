//! Families: a metric with all series that belong to it.

use std::collections::BTreeMap;

use hashbrown::HashSet;
use model::{Labels, METRIC_NAME};

use super::{FAILED, PUSHED, Value};
use crate::exemplars::Exemplars;
use crate::exposition::Exposition;

/// A metric as it was pushed.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Its name, without the suffixes of its series.
    pub name: String,
    /// `counter`, `gauge`, …; `unknown` if nobody said it.
    pub kind: String,
    /// Its series with their values; the labels of the group are among theirs.
    pub points: Vec<(Labels, Value)>,
}

/// The families of an exposition that was pushed under a grouping key.
///
/// # Errors
/// When the Pushgateway would not take it: a time, a series twice, a name that it needs itself.
pub fn families(pushed: &Exposition, key: &Labels) -> Result<Vec<Family>, String> {
    let kinds: BTreeMap<&str, &str> = {
        let said = pushed.metadata.iter();
        said.map(|one| (one.name.as_str(), one.kind)).collect()
    };
    let mut found: BTreeMap<String, Family> = BTreeMap::new();
    let mut seen = HashSet::new();
    let numbers = pushed.points.iter();
    let numbers = numbers.map(|one| (&one.labels, one.at_ms, Value::Number(one.value)));
    let histograms = pushed.histograms.iter();
    let histograms = histograms.map(|one| {
        (
            &one.labels,
            one.at_ms,
            Value::Histogram(one.histogram.clone()),
        )
    });
    for (own, at_ms, value) in numbers.chain(histograms) {
        let full = own.get(METRIC_NAME);
        if at_ms.is_some() {
            return Err(format!(
                "{full} has a time; what is pushed must not have one"
            ));
        }
        let (name, kind) = family_of(full, &kinds);
        if matches!(name, PUSHED | FAILED) {
            return Err(format!(
                "{name} cannot be pushed: it says when something was pushed"
            ));
        }
        let labels = grouped(own, key);
        if !seen.insert(labels.clone()) {
            return Err(format!("{labels} was pushed twice at once"));
        }
        let new = || Family {
            name: name.to_owned(),
            kind: kind.to_owned(),
            points: Vec::new(),
        };
        let family = found.entry(name.to_owned()).or_insert_with(new);
        family.points.push((labels, value));
    }
    Ok(found.into_values().collect())
}

/// The exemplars of what was pushed under a grouping key.
pub fn exemplars(mut pushed: Exemplars, key: &Labels) -> Exemplars {
    for (series, _) in &mut pushed.found {
        *series = grouped(series, key);
    }
    pushed
}

/// The labels of a series with those of its group, which count.
fn grouped(labels: &Labels, key: &Labels) -> Labels {
    let own = labels.iter().filter(|(name, _)| key.get(name).is_empty());
    own.chain(key.iter().filter(|(name, _)| *name != METRIC_NAME))
        .collect()
}

/// The metric that a series belongs to, and its kind.
fn family_of<'n>(full: &'n str, kinds: &BTreeMap<&str, &'n str>) -> (&'n str, &'n str) {
    if let Some(kind) = kinds.get(full) {
        return (full, kind);
    }
    let suffixes = ["_bucket", "_count", "_sum", "_total", "_created", "_info"];
    let bases = suffixes
        .iter()
        .filter_map(|suffix| Some((full.strip_suffix(suffix)?, *suffix)));
    for (base, suffix) in bases {
        let belongs = |kind: &str| match suffix {
            "_bucket" => matches!(kind, "histogram" | "gaugehistogram"),
            "_count" | "_sum" => matches!(kind, "histogram" | "gaugehistogram" | "summary"),
            "_total" => kind == "counter",
            "_info" => kind == "info",
            _ => matches!(kind, "counter" | "histogram" | "summary"),
        };
        if let Some(kind) = kinds.get(base).filter(|kind| belongs(kind)) {
            return (base, kind);
        }
    }
    (full, "unknown")
}
