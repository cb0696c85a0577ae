//! What a query may take, how it reads, and what it says of itself.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::memory::Memory;
use model::{Labels, METRIC_NAME, ReadError, ReadSamples, Selection, SeriesSamples};
use promql::{Answer, Limits, Query, QueryError, Value, evaluate_instant, evaluate_range};

/// A hundred series with a sample a minute for an hour.
fn hundred() -> Memory {
    let mut store = Memory::default();
    for i in 0..100 {
        let labels = Labels::new()
            .with(METRIC_NAME, "m")
            .with("i", i.to_string());
        let points = (0..60).map(|minute| (minute * 60_000, f64::from(i)));
        store.put(labels, points.collect());
    }
    store
}

fn ask(text: &str, limits: &Limits) -> Result<Answer, QueryError> {
    let query = Query::parse(text).unwrap();
    evaluate_range(&query, &hundred(), 0, 3_600_000, 60_000, limits)
}

#[test]
fn samples_and_series_are_limited() {
    let limits = Limits {
        most_samples: 6_100,
        most_series: 100,
        ..Limits::default()
    };
    let answer = ask("sum(m)", &limits).unwrap();
    assert_eq!(answer.samples_read, 6_000);
    let few_samples = Limits {
        most_samples: 5_999,
        ..limits.clone()
    };
    let refused = ask("sum(m)", &few_samples);
    assert!(matches!(
        refused,
        Err(QueryError::Limit {
            what: "samples",
            ..
        })
    ));
    let few_series = Limits {
        most_series: 99,
        ..limits.clone()
    };
    let refused = ask("sum(m)", &few_series);
    assert!(matches!(
        refused,
        Err(QueryError::Limit { what: "series", .. })
    ));
    assert!(ask("sum(m{i=\"1\"})", &few_series).is_ok());
    // What a query makes up counts as well as what it reads.
    let made_up = ask("sum_over_time(vector(1)[1h:1ms])", &limits);
    assert!(matches!(made_up, Err(QueryError::Limit { .. })));
}

#[test]
fn only_results_are_held() {
    let limits = Limits {
        most_samples: 12_000,
        ..Limits::default()
    };
    let ask = |text: &str| {
        let query = Query::parse(text).unwrap();
        evaluate_range(&query, &hundred(), 0, 3_600_000, 1_000, &limits)
    };
    // A hundred series with 3,600 steps each.
    for text in ["m", "rate(m[5m])", "quantile(0.5, m)", "sum by (i) (m)"] {
        let refused = ask(text);
        assert!(matches!(refused, Err(QueryError::Limit { .. })), "{text}");
    }
    for text in [
        "sum(m)",
        "avg(-rate(m[5m]) * 2 > -1)",
        "stddev(max_over_time(m[5m]))",
        "count(sum_over_time(m[5m:30s]))",
        "absent(m)",
    ] {
        assert!(ask(text).is_ok(), "{text}");
    }
}

#[test]
fn time_is_limited() {
    let limits = Limits {
        deadline: Some(Instant::now()),
        ..Limits::default()
    };
    assert!(matches!(ask("sum(m)", &limits), Err(QueryError::Timeout)));
    let limits = Limits::default();
    limits.stop.store(true, Ordering::Relaxed);
    assert!(matches!(ask("1", &limits), Err(QueryError::Cancelled)));
}

/// Counts how often it is read, and stops when it is told to.
struct Counting(Memory, AtomicUsize);

impl ReadSamples for Counting {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let mut is_over = false;
        self.0.select(selection, &mut |series| {
            assert!(!is_over, "it was told to stop");
            let flow = each(series);
            is_over = flow.is_break();
            flow
        })
    }

    fn series(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.0.series(selection, each)
    }
}

#[test]
fn each_selector_is_read_once() {
    let store = Counting(hundred(), AtomicUsize::new(0));
    let query = Query::parse("sum(rate(m[5m])) / count(m) + max_over_time(m[30m:1m])").unwrap();
    let limits = Limits::default();
    evaluate_range(&query, &store, 0, 3_600_000, 60_000, &limits).unwrap();
    assert_eq!(store.1.load(Ordering::Relaxed), 3);
    let limits = Limits {
        most_series: 10,
        ..limits
    };
    evaluate_instant(&query, &store, 0, &limits).unwrap_err();
    assert_eq!(store.1.load(Ordering::Relaxed), 4);
}

/// A store that cannot be read.
struct Broken;

impl ReadSamples for Broken {
    fn select(
        &self,
        _: &Selection,
        _: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        Err(ReadError("the disk is gone".into()))
    }

    fn series(
        &self,
        _: &Selection,
        _: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        Err(ReadError("the disk is gone".into()))
    }
}

#[test]
fn a_broken_store_is_told_apart() {
    let limits = Limits::default();
    let query = Query::parse("m").unwrap();
    let failed = evaluate_instant(&query, &Broken, 0, &limits);
    assert!(matches!(failed, Err(QueryError::Read(_))));
    let query = Query::parse("1 + 1").unwrap();
    let answer = evaluate_instant(&query, &Broken, 5, &limits).unwrap();
    assert_eq!(answer.value, Value::Scalar(5, 2.0));
}

#[test]
fn kinds_of_errors() {
    let limits = Limits::default();
    let failed = ask("m * on() m", &limits);
    assert!(matches!(failed, Err(QueryError::Execution(_))));
    assert!(matches!(ask("m[5m]", &limits), Err(QueryError::Bad(_))));
    assert!(matches!(Query::parse("m{"), Err(QueryError::Bad(_))));
    let query = Query::parse("m").unwrap();
    let step = evaluate_range(&query, &hundred(), 0, 1, 0, &limits);
    assert!(matches!(step, Err(QueryError::Bad(_))));
    let endless = evaluate_range(&query, &hundred(), i64::MIN, i64::MAX, 1, &limits);
    assert!(matches!(endless, Err(QueryError::Bad(_))));
    let far = evaluate_instant(&query, &hundred(), i64::MIN, &limits);
    assert!(matches!(far, Err(QueryError::Bad(_))));
    let far = evaluate_instant(&query, &hundred(), 1 << 60, &limits);
    assert_eq!(far.unwrap().value, Value::Vector(Vec::new()));
}

#[test]
fn remarks_are_those_of_prometheus() {
    let answer = ask("rate(m[5m])", &Limits::default()).unwrap();
    let expected = "PromQL info: metric might not be a counter, name does not end in \
                    _total/_sum/_count/_bucket: \"m\"";
    assert_eq!(answer.infos, [expected]);
    let answer = ask("quantile(1.5, m)", &Limits::default()).unwrap();
    let expected = "PromQL warning: quantile value should be between 0 and 1, got 1.50";
    assert_eq!(answer.warnings, [expected]);
}

#[test]
fn series_over_time_are_sorted() {
    let answer = ask("sort_desc(m)", &Limits::default()).unwrap();
    let Value::Matrix(series) = answer.value else {
        panic!("no matrix");
    };
    assert_eq!(series.len(), 100);
    assert!(series.is_sorted_by(|a, b| a.labels < b.labels));
}

#[test]
fn times_far_away_do_no_harm() {
    let limits = Limits::default();
    for text in [
        "predict_linear(m[5m] @ 0, 1)",
        "rate(m[100000000y] offset 100000000y)",
        "max_over_time(rate(m[100000000y] @ 0)[1m:] offset -100000000y)",
        "timestamp(vector(1)) + year() + day_of_year()",
    ] {
        let query = Query::parse(text).unwrap();
        for at_ms in [-(1 << 60), 0, 1 << 60] {
            // Whether there is an answer is not the point.
            let _ = evaluate_instant(&query, &hundred(), at_ms, &limits);
        }
    }
}

#[test]
fn depth_is_no_harm() {
    let limits = Limits::default();
    let nested = |open: &str, times: usize, close: &str| {
        let text = format!("{}m{}", open.repeat(times), close.repeat(times));
        let query = Query::parse(&text)?;
        evaluate_instant(&query, &hundred(), 0, &limits)
    };
    for (open, close) in [
        ("abs(", ")"),
        ("(", ")"),
        ("sum(", ")"),
        ("-", ""),
        ("", "+1"),
    ] {
        assert!(nested(open, 190, close).is_ok(), "{open}m{close}");
        let refused = nested(open, 900, close);
        assert!(matches!(refused, Err(QueryError::Bad(_))), "{open}m{close}");
    }
    assert!(nested("max_over_time(", 90, "[1m:1m])").is_ok());
    assert!(nested("(", 4900, ")").is_err());
}
