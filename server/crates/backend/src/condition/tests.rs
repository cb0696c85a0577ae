//! What rules hold for, what they know, and what they leave open.

use std::sync::Arc;

use model::{ManualClock, Sample};

use super::*;
use crate::metrics::SampleLog;

async fn log(clock: &Arc<ManualClock>) -> SampleLog {
    let db = db::Db::memory(&db::schema::METRICS).await.unwrap();
    let config = tsdb::Config {
        retention: Duration::ZERO,
        ..tsdb::Config::default()
    };
    let store = tsdb::Storage::open(db, config).await.unwrap();
    SampleLog::new(Arc::new(store), clock.clone())
}

fn sample(name: &str, server: &str, at_ms: TimestampMs, value: f64) -> Sample {
    Sample {
        name: name.into(),
        labels: Labels::new().with("server", server),
        at_ms,
        value,
    }
}

/// The servers for which it holds, and those of which something is known.
async fn said(samples: &SampleLog, expr: &str, at_ms: TimestampMs) -> String {
    let condition = Condition::parse(expr).unwrap();
    let samples = samples.fresh().await;
    let limits = Limits::default();
    let found = condition.found(&*samples, at_ms, &limits).unwrap();
    let known = condition.known(&*samples, at_ms, &limits).unwrap();
    let names = |labels: Vec<&Labels>| {
        let mut names: Vec<_> = labels.iter().map(|labels| labels.get("server")).collect();
        names.sort_unstable();
        names.join(" ")
    };
    let holds = names(found.iter().map(|found| &found.labels).collect());
    let known = match &known {
        Known::All => "all".to_owned(),
        Known::These(series) => names(series.iter().collect()),
    };
    format!("{holds} | {known}")
}

#[tokio::test]
async fn conditions() {
    let clock = Arc::new(ManualClock::at(600_000));
    let samples = log(&clock).await;
    samples.push(vec![
        sample("up", "a", 600_000, 0.0),
        sample("up", "b", 600_000, 1.0),
        sample("up", "c", 600_000, 2.0),
        sample("limit", "b", 600_000, 2.0),
        sample("limit", "c", 600_000, 1.0),
        sample("errors_total", "a", 540_000, 10.0),
        sample("errors_total", "a", 600_000, 70.0),
        sample("errors_total", "b", 540_000, 10.0),
        sample("errors_total", "b", 600_000, 10.0),
    ]);
    for (expr, expected) in [
        ("up == 0", "a | a b c"),
        ("0 == up", "a | a b c"),
        ("up{server=\"b\"} != 0", "b | b"),
        ("up{server=~\"a|c\"} <= 2", "a c | a c"),
        ("up > limit", "c | b c"),
        ("up > on (server) limit and up > 1", "c | b c"),
        ("up > 0 unless limit > 1", "c | a b c"),
        ("up == 0 or up == 2", "a c | a b c"),
        ("(sum by (server) (up == 0)) == 0", "a | a b c"),
        ("rate(errors_total[5m]) > 0.1", "a | a b"),
        ("max_over_time((up > 1)[5m:1m]) > 0", "c | a b c"),
        ("-up < bool 0 == 1", "b c | a b c"),
        ("count(up == 5) > 1", " | "),
        ("count(up == 1) == 1", " | "),
        ("down == 0", " | "),
        ("absent(down{server=\"x\"})", "x | all"),
        ("absent(up) == 1", " | all"),
        ("up", "a b c | all"),
        ("vector(1) > 0", " | "),
        ("1", " | all"),
    ] {
        assert_eq!(said(&samples, expr, 600_000).await, expected, "{expr}");
    }
    // Counted by nothing, the series without labels is known all the same.
    let condition = Condition::parse("count(up == 5) > 1").unwrap();
    let samples = samples.fresh().await;
    let known = condition.known(&*samples, 600_000, &Limits::default());
    assert!(matches!(known.unwrap(), Known::These(series) if series.len() == 1));
}

#[tokio::test]
async fn what_is_old_says_nothing() {
    let clock = Arc::new(ManualClock::at(0));
    let samples = log(&clock).await;
    samples.push(vec![sample("up", "a", 0, 0.0)]);
    assert_eq!(said(&samples, "up == 0", 299_000).await, "a | a");
    assert_eq!(said(&samples, "up == 0", 301_000).await, " | ");
}

#[test]
fn refusals_quote_the_expression() {
    for expr in ["up ==", "up[5m]", "\"text\"", "nonsense(up)"] {
        let error = Condition::parse(expr).unwrap_err();
        assert!(error.contains(&format!("{expr:?}")), "{error}");
    }
}

#[test]
fn mistakes_have_their_place() {
    for (expr, expected) in [
        ("sum(up", "of \"sum(up\""),
        ("rate(up)", "at character"),
        ("up[5m]", ""),
    ] {
        let error = check_expression(expr).unwrap_err();
        assert!(error.contains(expected), "{expr}: {error}");
    }
    assert!(check_expression("up == 0").is_ok());
}

#[test]
fn what_is_read() {
    let reads = |expr: &str| {
        let condition = Condition::parse(expr).unwrap();
        ["a", "b"].map(|metric| condition.reads(metric))
    };
    assert_eq!(reads("rate(a[5m]) > 0"), [true, false]);
    assert_eq!(reads("{job=\"x\"} > 0"), [true, true]);
    assert_eq!(reads("a / on (x) {__name__=~\"b.*\"}"), [true, true]);
    assert_eq!(reads("1"), [false, false]);
}

#[test]
fn what_is_watched_is_there_while_it_does_not_hold() {
    for (expr, expected) in [
        ("up == 0", "(up)"),
        ("rate(a[5m]) > 1 and b", "(rate(a[5m])) and b"),
        ("a", "a"),
        ("absent(a)", "absent(a)"),
        ("a >", ""),
    ] {
        assert_eq!(watched(expr), expected, "{expr}");
    }
}
