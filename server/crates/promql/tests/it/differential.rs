//! The same queries asked of this engine and of a real Prometheus, over the same samples.
//!
//! Debian's Prometheus is 2.42; this engine follows 3.x. Where they differ nothing is asked:
//!
//! - Windows and the look back are open on the left since 3.0: no sample lies on the left edge of any,
//!   because samples never lie on whole seconds (`data.rs`) and all times and durations do. Steps of
//!   subqueries are multiples of 30 seconds; queries are asked seven seconds later (`queries.rs`), and
//!   subqueries are not nested.
//! - `rate` and `increase` prefer another border since 2.5x for counters that are close to zero after a
//!   gap: counters are far from zero.
//! - `holt_winters` has another name now and is experimental; so is `first_over_time`, and
//!   `histogram_fraction` takes classic histograms since 3.x only.
//! - Of equal values `topk` and `bottomk` may take any: they are asked over values that never are equal.
//! - Means of infinities changed: there are none. Remarks are new: they are not compared.
//! - The date of not-a-number is anything. `atan2` kept names and drops them now, as other operators do.
//! - `predict_linear` over a window that `@` fixes is not asked: in a range query 2.42 answers as if the
//!   window moved with the steps all the same, which is not what `@` says.
//! - A mean was summed up in another way, and sums without compensation: what makes large differences of
//!   small ones, as `floor`, `stddev` and most functions of angles do, is asked of samples only.
//! - The variance of a single not-a-number was zero: `stddev` is asked of numbers.
//!
//! Native histograms are sent by remote write (`native.rs`), counters far from zero, with queries that 2.42 knew.
//!
//! Stale markers cannot be written as OpenMetrics; `tests/cases` has them.

mod data;
mod native;
mod prometheus;
mod queries;

use std::collections::BTreeMap;

use model::{Labels, TimestampMs};
use promql::{Answer, Limits, Query, QueryError, Value, evaluate_instant, evaluate_range};

use crate::memory::Memory;
use crate::random::Random;
use prometheus::Prometheus;
use queries::When;

/// How many queries are asked.
const QUERIES: usize = 700;

/// The values of each series with their times, or what kind of answer it is otherwise.
#[derive(Debug, PartialEq)]
enum Found {
    Failure,
    Series(BTreeMap<Labels, Vec<(TimestampMs, f64)>>),
}

#[test]
fn answers_are_those_of_prometheus() {
    let mut random = Random::new(20);
    let series = data::generated(&mut random);
    let prometheus = Prometheus::over(&series);
    let mut store = Memory::default();
    for (labels, points) in series {
        store.put(labels, points);
    }
    let (mut differences, mut failures, mut empty) = (Vec::new(), 0, 0);
    for _ in 0..QUERIES {
        let query = queries::any(&mut random);
        for when in queries::times(&mut random) {
            let theirs = prometheus.ask(&query, when);
            let ours = ask(&store, &query, when);
            match &theirs {
                Found::Failure => failures += 1,
                Found::Series(series) if series.is_empty() => empty += 1,
                Found::Series(_) => {}
            }
            if let Err(why) = compare(&theirs, &ours) {
                differences.push(format!("{query}\n    {when:?}: {why}"));
            }
        }
    }
    let asked = QUERIES * 2;
    println!("{asked} asked, {failures} refused by both, {empty} without any series");
    let shown = differences[..differences.len().min(20)].join("\n");
    assert!(differences.is_empty(), "{}:\n{shown}", differences.len());
    assert!(
        (failures + empty) * 3 < asked,
        "too many of them say nothing"
    );
}

fn ask(store: &Memory, query: &str, when: When) -> Found {
    let limits = Limits::default();
    let answer = Query::parse(query).and_then(|query| match when {
        When::Instant { at_ms } => evaluate_instant(&query, store, at_ms, &limits),
        When::Range {
            from_ms,
            to_ms,
            step_ms,
        } => evaluate_range(&query, store, from_ms, to_ms, step_ms, &limits),
    });
    found(answer)
}

fn found(answer: Result<Answer, QueryError>) -> Found {
    let Ok(answer) = answer else {
        return Found::Failure;
    };
    Found::Series(match answer.value {
        Value::Scalar(at_ms, value) => [(Labels::new(), vec![(at_ms, value)])].into(),
        Value::Vector(samples) => (samples.into_iter())
            .map(|sample| (sample.labels, vec![(sample.at_ms, sample.value)]))
            .collect(),
        Value::Matrix(series) => (series.into_iter())
            .map(|series| (series.labels, series.points))
            .collect(),
        Value::String(..) => BTreeMap::new(),
    })
}

fn compare(theirs: &Found, ours: &Found) -> Result<(), String> {
    let (Found::Series(theirs), Found::Series(ours)) = (theirs, ours) else {
        return match theirs == ours {
            true => Ok(()),
            false => Err(format!("theirs: {theirs:?}\n    ours: {ours:?}")),
        };
    };
    for labels in theirs.keys().chain(ours.keys()) {
        let (Some(theirs), Some(ours)) = (theirs.get(labels), ours.get(labels)) else {
            let whose = if theirs.contains_key(labels) {
                "theirs"
            } else {
                "ours"
            };
            return Err(format!("only {whose}: {labels}"));
        };
        let are_same = theirs.len() == ours.len()
            && (theirs.iter().zip(ours)).all(|(a, b)| a.0 == b.0 && is_close(a.1, b.1));
        if !are_same {
            let mut both = theirs.iter().zip(ours);
            let first = both.find(|(a, b)| a.0 != b.0 || !is_close(a.1, b.1));
            let lengths = (theirs.len(), ours.len());
            return Err(format!("{labels}: {lengths:?} values, first {first:?}"));
        }
    }
    Ok(())
}

fn is_close(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}
