//! Samples as points of a chart: one a step.

use model::{METRIC_NAME, SeriesSamples, is_stale};
use wire::{Aggregate, Point, RangeQuery, Series};

use super::wire_labels;

/// One point for each step that has samples; its time is the begin of the step.
pub(super) fn reduced(series: &SeriesSamples, query: &RangeQuery) -> Series {
    let samples = series.at_ms.iter().zip(&series.values);
    let samples: Vec<(i64, f64)> = samples
        .filter(|(_, value)| !is_stale(**value))
        .map(|(at_ms, value)| ((at_ms - query.from_ms) / query.step_ms, *value))
        .collect();
    let point = |step: &[(i64, f64)]| Point {
        at_ms: query.from_ms + step[0].0 * query.step_ms,
        value: aggregated(step, query.aggregate),
    };
    let points = samples.chunk_by(|a, b| a.0 == b.0).map(point);
    Series {
        metric: query.metric.clone(),
        labels: wire_labels(&series.labels.keep(|name| name != METRIC_NAME)),
        points: points.collect(),
    }
}

/// Of one step, which has a sample at least.
fn aggregated(step: &[(i64, f64)], aggregate: Aggregate) -> f64 {
    let values = || step.iter().map(|(_, value)| *value);
    match aggregate {
        #[expect(clippy::cast_precision_loss)]
        Aggregate::Mean => values().sum::<f64>() / step.len() as f64,
        Aggregate::Max => values().fold(f64::NEG_INFINITY, f64::max),
        Aggregate::Last => values().next_back().unwrap_or(f64::NAN),
    }
}
