//! Native histograms as Prometheus's test language writes them:
//! `{{schema:0 count:4 sum:5 buckets:[1 2 1]}}+{{count:1 sum:2 buckets:[1] offset:1}}x10`.

use model::{Buckets, CUSTOM_BUCKETS, CounterReset, Histogram};

use crate::script::Cell;

/// What is added to a histogram, or else taken away.
pub type Step = (Histogram, bool);

/// A histogram at the begin of a text, what is added to it, how often, and what is behind it.
pub fn histogram(text: &str) -> Option<(Cell, Option<Step>, usize, &str)> {
    let (first, mut rest) = one(text)?;
    let mut step = None;
    for (sign, is_sum) in [('+', true), ('-', false)] {
        if let Some((more, after)) = rest.strip_prefix(sign).and_then(one) {
            let Cell::Histogram(more, _) = more else {
                unreachable!()
            };
            (step, rest) = (Some((more, is_sum)), after);
        }
    }
    let mut times = 0;
    if let Some(after) = rest.strip_prefix('x') {
        let end = after.find(|c: char| !c.is_ascii_digit());
        let end = end.unwrap_or(after.len());
        times = after[..end].parse().unwrap();
        rest = &after[end..];
    }
    Some((first, step, times, rest))
}

/// The first one, and so many more, each with the step added or taken away.
pub fn repeated(first: &Cell, step: Option<&Step>, times: usize) -> impl Iterator<Item = Cell> {
    let Cell::Histogram(mut now, says_reset) = first.clone() else {
        unreachable!()
    };
    let mut all = vec![first.clone()];
    for _ in 0..times {
        match step {
            Some((step, true)) => _ = now.add(step).unwrap(),
            Some((step, false)) => _ = now.subtract(step).unwrap(),
            None => {}
        }
        all.push(Cell::Histogram(now.clone(), says_reset));
    }
    all.into_iter()
}

fn one(text: &str) -> Option<(Cell, &str)> {
    let (inner, rest) = text.strip_prefix("{{")?.split_once("}}").unwrap();
    let (mut histogram, mut says_reset) = (Histogram::default(), false);
    let (mut above, mut below) = ((0, Vec::new()), (0, Vec::new()));
    let mut inner = inner.trim();
    while !inner.is_empty() {
        let (key, after) = inner.split_once(':').unwrap();
        let (value, after) = match after.strip_prefix('[') {
            Some(list) => list.split_once(']').unwrap(),
            None => after.split_once(' ').unwrap_or((after, "")),
        };
        let list = || {
            value
                .split_whitespace()
                .map(|n| n.parse().unwrap())
                .collect()
        };
        let number = || value.parse::<f64>().unwrap();
        match key {
            "schema" => histogram.schema = value.parse().unwrap(),
            "sum" => histogram.sum = number(),
            "count" => histogram.count = number(),
            "z_bucket" => histogram.zero_count = number(),
            "z_bucket_w" => histogram.zero_threshold = number(),
            "custom_values" => histogram.bounds = list(),
            "buckets" => above.1 = list(),
            "n_buckets" => below.1 = list(),
            "offset" => above.0 = value.parse().unwrap(),
            "n_offset" => below.0 = value.parse().unwrap(),
            "counter_reset_hint" => {
                says_reset = true;
                histogram.reset = match value {
                    "unknown" => CounterReset::Unknown,
                    "reset" => CounterReset::Reset,
                    "not_reset" => CounterReset::NotReset,
                    "gauge" => CounterReset::Gauge,
                    other => panic!("{other}"),
                };
            }
            other => panic!("{other} in {text}"),
        }
        inner = after.trim();
    }
    histogram.positive = Buckets::from_numbered((above.0..).zip(above.1));
    histogram.negative = Buckets::from_numbered((below.0..).zip(below.1));
    assert!(histogram.bounds.is_empty() || histogram.schema == CUSTOM_BUCKETS);
    Some((Cell::Histogram(histogram, says_reset), rest))
}
