//! Which names and values make the most series: the counts of `status/tsdb`.

use std::cmp::Reverse;
use std::collections::HashMap;

use model::{Labels, METRIC_NAME, ReadSamples, Selection};
use serde_json::{Value, json};
use tsdb::{Extent, Kept};

use crate::doors::prometheus::body::Failure;
use crate::doors::prometheus::names::each_series;

/// How often what occurs among the labels of all series.
#[derive(Default)]
struct Counts {
    series: u64,
    /// How many series each value of each label has.
    values: HashMap<String, HashMap<String, u64>>,
}

impl Counts {
    fn add(&mut self, labels: &Labels) {
        self.series += 1;
        for (name, value) in labels.iter() {
            // Nearly always it is known already, and then nothing is allocated.
            let values = match self.values.get_mut(name) {
                Some(values) => values,
                None => self.values.entry(name.to_owned()).or_default(),
            };
            match values.get_mut(value) {
                Some(count) => *count += 1,
                None => {
                    values.insert(value.to_owned(), 1);
                }
            }
        }
    }

    fn of_labels(&self, what: impl Fn(&str, &HashMap<String, u64>) -> u64) -> Vec<(String, u64)> {
        let each = self.values.iter();
        each.map(|(name, values)| (name.clone(), what(name, values)))
            .collect()
    }
}

/// The counts as Prometheus shows them.
pub(super) fn counted(
    samples: &dyn ReadSamples,
    extent: Extent,
    kept: &[Kept],
    limit: usize,
) -> Result<Value, Failure> {
    let mut counts = Counts::default();
    let all = Selection {
        matchers: Vec::new(),
        from_ms: i64::MIN,
        to_ms: i64::MAX,
    };
    each_series(samples, &[all], &mut |labels| counts.add(labels))?;
    let bytes = |name: &str, values: &HashMap<String, u64>| {
        let each = values.iter();
        each.map(|(value, series)| (name.len() + value.len()) as u64 * series)
            .sum::<u64>()
    };
    let metrics = counts.values.get(METRIC_NAME).into_iter().flatten();
    let metrics = metrics.map(|(name, series)| (name.clone(), *series));
    let pairs = counts.values.iter().flat_map(|(name, values)| {
        let each = values.iter();
        each.map(move |(value, series)| (format!("{name}={value}"), *series))
    });
    let label_pairs: usize = counts.values.values().map(HashMap::len).sum();
    Ok(json!({
        "headStats": {
            "numSeries": counts.series,
            "numLabelPairs": label_pairs,
            "chunkCount": extent.rows,
            "minTime": extent.from_ms,
            "maxTime": extent.to_ms,
        },
        // Prometheus has nothing like it.
        "rollups": kept.iter().map(level).collect::<Vec<_>>(),
        "seriesCountByMetricName": largest(metrics.collect(), limit),
        "labelValueCountByLabelName": largest(
            counts.of_labels(|_, values| values.len() as u64),
            limit,
        ),
        "memoryInBytesByLabelName": largest(counts.of_labels(bytes), limit),
        "seriesCountByLabelValuePair": largest(pairs.collect(), limit),
    }))
}

/// What is kept of windows of one length.
fn level(kept: &Kept) -> Value {
    json!({
        "resolution": kept.level.as_str(),
        "rowCount": kept.rows,
        "sizeInBytes": kept.bytes,
        "minTime": kept.oldest_ms,
    })
}

/// The first of the largest; among equals by name.
fn largest(mut counts: Vec<(String, u64)>, limit: usize) -> Vec<Value> {
    counts.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    let shown = counts.into_iter().take(limit);
    shown
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}
