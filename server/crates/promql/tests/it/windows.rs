//! Windows that are slid over many steps say what each of them says when it is asked for alone.

use crate::memory::Memory;
use crate::random::Random;
use model::{Labels, METRIC_NAME, STALE, TimestampMs};
use promql::{Limits, Query, RangeSeries, Value, evaluate_instant, evaluate_range};

const MINUTE_MS: i64 = 60_000;
const SERIES: usize = 12;

/// Functions of which every bit has to be the same.
const EXACT: &[&str] = &[
    "changes",
    "count_over_time",
    "delta",
    "first_over_time",
    "idelta",
    "irate",
    "last_over_time",
    "max_over_time",
    "min_over_time",
    "present_over_time",
    "resets",
];

/// Functions that may add up in another order.
const CLOSE: &[&str] = &[
    "avg_over_time",
    "increase",
    "rate",
    "stddev_over_time",
    "stdvar_over_time",
    "sum_over_time",
];

/// Counters, gauges, constants and noise, with gaps, ends, and whatever is no number.
fn generated(random: &mut Random) -> Memory {
    let mut store = Memory::default();
    for number in 0..SERIES {
        let (mut at_ms, mut value) = (0, 0.0);
        let mut points = Vec::new();
        let odd_in = [0, 300, 20][number % 3];
        while at_ms < 400 * MINUTE_MS {
            at_ms += 15_000 + random.below(3000) as i64;
            if random.one_in(100) {
                at_ms += random.below(60) as i64 * MINUTE_MS;
            }
            value = match number / 3 {
                0 if random.one_in(150) => 0.0,
                0 => value + random.below(10) as f64,
                1 => 1e6 * (random.share() - 0.3),
                2 => 0.1,
                _ => random.below(5) as f64,
            };
            let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, STALE, STALE];
            let shown = match odd_in > 0 && random.one_in(odd_in) {
                true => odd[random.below(odd.len())],
                false => value,
            };
            points.push((at_ms, shown));
        }
        let labels = Labels::new()
            .with(METRIC_NAME, "m_total")
            .with("n", number.to_string());
        store.put(labels, points);
    }
    store
}

fn over_time(store: &Memory, text: &str, step_ms: i64) -> Vec<RangeSeries> {
    let query = Query::parse(text).unwrap();
    let (from_ms, to_ms) = (0, 410 * MINUTE_MS);
    let answer = evaluate_range(&query, store, from_ms, to_ms, step_ms, &Limits::default());
    match answer.unwrap().value {
        Value::Matrix(series) => series,
        other => panic!("{other:?}"),
    }
}

fn at(store: &Memory, text: &str, at_ms: TimestampMs) -> Vec<(Labels, f64)> {
    let query = Query::parse(text).unwrap();
    let answer = evaluate_instant(&query, store, at_ms, &Limits::default());
    match answer.unwrap().value {
        Value::Vector(samples) => (samples.into_iter())
            .map(|sample| (sample.labels, sample.value))
            .collect(),
        other => panic!("{other:?}"),
    }
}

/// Asks for the windows in both ways.
fn compare(store: &Memory, text: &str, step_ms: i64, is_same: impl Fn(f64, f64) -> bool) {
    let series = over_time(store, text, step_ms);
    let mut next = vec![0; series.len()];
    for step in 0..=410 * MINUTE_MS / step_ms {
        let at_ms = step * step_ms;
        let alone = at(store, text, at_ms);
        let mut slid = Vec::new();
        for (series, next) in series.iter().zip(&mut next) {
            if let Some((_, value)) = series.points.get(*next).filter(|point| point.0 == at_ms) {
                slid.push((&series.labels, *value));
                *next += 1;
            }
        }
        assert_eq!(alone.len(), slid.len(), "{text} at {at_ms}");
        for ((labels, one), (others, other)) in alone.iter().zip(slid) {
            assert_eq!(labels, others, "{text} at {at_ms}");
            let is_right = one.is_nan() && other.is_nan() || is_same(*one, other);
            assert!(is_right, "{text} at {at_ms} {labels}: {one} or {other}");
        }
    }
    assert!(
        next.iter()
            .zip(&series)
            .all(|(next, series)| *next == series.points.len())
    );
}

fn close(tolerance: f64) -> impl Fn(f64, f64) -> bool {
    move |a, b| a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

#[test]
fn sliding_is_no_difference() {
    for seed in 0..2 {
        let mut random = Random::new(seed);
        let store = generated(&mut random);
        for step_ms in [MINUTE_MS, 7 * MINUTE_MS] {
            let mut text = |function: &str| {
                let range = random.of(&["4m", "90m", "3h"]);
                format!("{function}(m_total[{range}])")
            };
            for function in EXACT {
                let same = |a: f64, b: f64| a.to_bits() == b.to_bits();
                compare(&store, &text(function), step_ms, same);
            }
            for function in CLOSE {
                compare(&store, &text(function), step_ms, close(1e-12));
            }
        }
    }
}

#[test]
fn lines_are_close() {
    // Where a line is almost level its slope is a small difference of large numbers.
    let store = generated(&mut Random::new(7));
    let near = |a: f64, b: f64| close(1e-9)(a, b) || (a - b).abs() < 1e-9;
    compare(&store, "deriv(m_total[2h])", MINUTE_MS, near);
    let store = generated(&mut Random::new(8));
    compare(&store, "predict_linear(m_total[2h], 600)", MINUTE_MS, near);
}

#[test]
fn subqueries_slide_too() {
    let store = generated(&mut Random::new(9));
    let text = "sum_over_time(max_over_time(m_total[5m])[2h:1m] offset 3m)";
    compare(&store, text, MINUTE_MS, close(1e-12));
    let text = "avg_over_time(rate(m_total[5m])[2h:30s])";
    compare(&store, text, 5 * MINUTE_MS, close(1e-12));
}

#[test]
fn huge_values_do_no_harm() {
    let mut store = Memory::default();
    let values = [1.5e308, 1.5e308, -1.5e308, 1.0, 2.0, 3.0];
    let points = (0..600).map(|i| (i * 15_000, values[(i % 100).min(5) as usize]));
    let labels = Labels::new().with(METRIC_NAME, "m");
    store.put(labels, points.collect());
    // A mean is kept as one where a sum would overflow.
    compare(&store, "avg_over_time(m[30m])", MINUTE_MS, close(1e-12));
    compare(&store, "max_over_time(m[30m])", MINUTE_MS, close(0.0));
    let sums = over_time(&store, "sum_over_time(m[10m])", MINUTE_MS);
    let calm = sums[0].points.iter().filter(|(_, value)| value.abs() < 1e6);
    assert!(calm.count() > 50, "only windows that see them may suffer");
}
