//! Rollups answer what samples would have: over a store that keeps everything and one that keeps little,
//! the same questions.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use promql::{Limits, Query, Value};
use tsdb::{Config, Rollups, Storage};

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

#[path = "rollups/answers.rs"]
mod answers;
#[path = "rollups/forgetting.rs"]
mod forgetting;
#[path = "rollups/kinds.rs"]
mod kinds;
#[path = "rollups/life.rs"]
mod life;
#[path = "rollups/store.rs"]
mod store;

use common::HOUR;
use kinds::{BEGIN, Kind, batch};

const DAY: i64 = 24 * HOUR;
const MINUTE: i64 = 60_000;

/// How long samples and windows are kept, in milliseconds.
fn kept(samples: i64, five_minutes: i64, hours: i64) -> Config {
    let time = |ms: i64| Duration::from_millis(ms.unsigned_abs());
    Config {
        retention: time(samples),
        rollups: Rollups {
            five_minutes: Some(time(five_minutes)),
            hours: Some(time(hours)),
        },
        ..Config::default()
    }
}

/// The answer to a range query: by labels and time. What it says of rollups comes with it.
type Answer = (BTreeMap<(String, i64), f64>, Vec<String>);

/// Asks from one time to another with a step.
async fn ask(storage: &Arc<Storage>, query: &str, (from, to, step): (i64, i64, i64)) -> Answer {
    let (storage, query) = (Arc::clone(storage), query.to_owned());
    let asking = move || {
        let query = Query::parse(&query).unwrap();
        let limits = Limits::default();
        let answer = promql::evaluate_range(&query, &*storage, from, to, step, &limits).unwrap();
        let Value::Matrix(found) = answer.value else {
            panic!("no range");
        };
        let points = found.into_iter().flat_map(|series| {
            let labels = series.labels.to_string();
            let points = series.points.into_iter();
            points.map(move |(at, value)| ((labels.clone(), at), value))
        });
        let infos = answer.infos.into_iter();
        let infos = infos.filter(|info| info.contains("rollups"));
        (points.collect(), infos.collect())
    };
    tokio::task::spawn_blocking(asking).await.unwrap()
}

fn is_close(a: f64, b: f64, within: f64) -> bool {
    let scale = a.abs().max(b.abs()).max(1.0);
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= within * scale
}

/// Compares two answers value by value.
fn assert_same(found: &Answer, expected: &Answer, within: f64, what: &str) {
    let keys = |answer: &Answer| answer.0.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(found), keys(expected), "{what}");
    for (key, value) in &found.0 {
        let expected = expected.0[key];
        let is_same = is_close(*value, expected, within);
        assert!(is_same, "{what} of {key:?} is {value} and not {expected}");
    }
}

/// Six hours pass: what comes in is written, rolled up and forgotten.
async fn pass(storage: &Arc<Storage>, kinds: &mut [Kind], from: i64) {
    let now = from + 6 * HOUR;
    let admitted = storage.append(batch(kinds, from, now), now).await.unwrap();
    assert!(admitted.refused.is_empty(), "{:?}", admitted.refused);
    storage.compact().await.unwrap();
    storage.roll_up(now).await.unwrap();
    storage.forget_as_configured(now).await.unwrap();
}

/// Fills a store with so many days, as time passes; the time then.
async fn live(storage: &Arc<Storage>, seed: u64, days: i64) -> i64 {
    let mut kinds = kinds::all(seed);
    for quarter in 0..days * 4 {
        pass(storage, &mut kinds, BEGIN + quarter * 6 * HOUR).await;
    }
    BEGIN + days * DAY
}
