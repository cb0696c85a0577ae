//! Minutes asked of samples, with the house's engine.

use promql::{Limits, Query, Value, evaluate_instant};
use slo::{Counted, Indicator, Kind, MINUTE_MS, Minute, Sums};

use crate::memory::Memory;

const BEGIN_MS: i64 = 1_800_000_000_000;

/// What a query yields: values by labels.
fn ask(store: &Memory, query: &str, at_ms: i64) -> Vec<(String, f64)> {
    let query = Query::parse(query).unwrap();
    match evaluate_instant(&query, store, at_ms, &Limits::default())
        .unwrap()
        .value
    {
        Value::Vector(samples) => {
            let samples = samples.into_iter();
            samples
                .map(|one| (one.labels.to_string(), one.value))
                .collect()
        }
        other => panic!("{other:?}"),
    }
}

/// The minute that begins so many minutes after the begin.
fn minute(store: &Memory, indicator: &Indicator, number: i64) -> Minute {
    let at_ms = BEGIN_MS + number * MINUTE_MS;
    let answers: Vec<_> = indicator
        .minute()
        .iter()
        .map(|one| {
            let answer = ask(store, &one.query, at_ms + MINUTE_MS);
            assert!(answer.len() <= 1, "{}: {answer:?}", one.query);
            answer.first().map(|(labels, value)| {
                assert_eq!(labels, "{}", "{}", one.query);
                *value
            })
        })
        .collect();
    slo::minute(indicator, at_ms, &answers)
}

/// Counters that go up by so many a second in all of these minutes.
fn count(
    store: &mut Memory,
    series: &[(&str, &str)],
    every_seconds: i64,
    minutes: std::ops::Range<i64>,
    a_second: impl Fn(i64) -> f64,
) {
    // No rate extrapolates a counter to below zero.
    let mut value = 1e6;
    let mut at = minutes.start * 60;
    while at <= minutes.end * 60 {
        store.put(series, BEGIN_MS + at * 1000, value);
        value += a_second(at / 60) * every_seconds as f64;
        at += every_seconds;
    }
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6
}

fn events(counted: Counted, query: &str) -> Indicator {
    Indicator::Events {
        counted,
        query: query.to_owned(),
        total: "sum(rate(requests_total[{{.window}}]))".to_owned(),
    }
}

fn requests(every_seconds: i64) -> Memory {
    let mut store = Memory::default();
    let series = |status| {
        [
            ("__name__", "requests_total"),
            ("server", "a"),
            ("status", status),
        ]
    };
    // Two a second; in minute 6 half of them fail.
    count(&mut store, &series("ok"), every_seconds, 0..20, |minute| {
        if minute == 6 { 1.0 } else { 2.0 }
    });
    count(
        &mut store,
        &series("error"),
        every_seconds,
        0..20,
        |minute| {
            if minute == 6 { 1.0 } else { 0.0 }
        },
    );
    store
}

const BAD: &str = "sum(rate(requests_total{status=\"error\"}[{{.window}}]))";
const GOOD: &str = "sum(rate(requests_total{status=\"ok\"}[{{.window}}]))";

#[test]
fn events_of_a_minute_are_its_own_where_samples_are_close() {
    let store = requests(5);
    for indicator in [events(Counted::Bad, BAD), events(Counted::Good, GOOD)] {
        for (number, good) in [(5, 120.0), (6, 60.0), (7, 120.0)] {
            let minute = minute(&store, &indicator, number);
            assert_eq!(minute.kind, Kind::Counted);
            // The samples at both ends of a minute belong to two; a rate is over those within.
            assert!((minute.good - good).abs() <= 6.0, "{number}: {minute:?}");
            assert!(close(minute.total, 120.0), "{number}: {minute:?}");
        }
    }
}

#[test]
fn events_of_rare_samples_are_spread_but_none_is_lost() {
    let store = requests(60);
    let indicator = events(Counted::Bad, BAD);
    let minutes: Vec<_> = (4..14)
        .map(|number| minute(&store, &indicator, number))
        .collect();
    let sums = Sums::of(&minutes, 0.99);
    assert_eq!((sums.counted, sums.gap), (10, 0));
    assert!(close(sums.total, 1200.0), "{sums:?}");
    assert!((sums.spent() - 60.0).abs() < 1e-6, "{sums:?}");
    assert!(sums.bad > 1, "spread over several: {sums:?}");
}

#[test]
fn what_is_not_there_is_a_gap_or_nothing() {
    let store = requests(5);
    let after = |indicator: &Indicator| minute(&store, indicator, 40).kind;
    assert_eq!(after(&events(Counted::Bad, BAD)), Kind::Gap);
    // No series of errors: all are good. No series of good ones: all are bad.
    let none = "sum(rate(requests_total{status=\"none\"}[{{.window}}]))";
    let bad = minute(&store, &events(Counted::Bad, none), 10);
    assert!(close(bad.good, 120.0) && close(bad.total, 120.0), "{bad:?}");
    let good = minute(&store, &events(Counted::Good, none), 10);
    assert!(
        close(good.good, 0.0) && close(good.total, 120.0),
        "{good:?}"
    );

    // Counters that stand still: a minute without a request is no gap, and not bad.
    let mut store = Memory::default();
    count(
        &mut store,
        &[("__name__", "requests_total"), ("status", "ok")],
        15,
        0..20,
        |_| 0.0,
    );
    let still = minute(&store, &events(Counted::Bad, BAD), 10);
    assert_eq!(still, Minute::counted(still.at_ms, 0.0, 0.0));
    assert!(!still.is_bad(0.99));
    let ratio = Indicator::Raw {
        error_ratio: format!("{BAD} / sum(rate(requests_total[{{{{.window}}}}]))"),
    };
    assert_eq!(minute(&store, &ratio, 10).kind, Kind::Gap);
}

/// Whoever counts what was in a range instead of how many there are a second.
#[test]
fn counts_of_a_range_are_events_as_well() {
    let indicator = Indicator::Events {
        counted: Counted::Bad,
        query: "sum(increase(requests_total{status=\"error\"}[{{.window}}])) or vector(0)"
            .to_owned(),
        total: "sum(increase(requests_total[{{.window}}]))".to_owned(),
    };
    for (every_seconds, most_off) in [(5, 6.0), (60, 50.0)] {
        let store = requests(every_seconds);
        let minutes: Vec<_> = (5..13)
            .map(|number| minute(&store, &indicator, number))
            .collect();
        assert!((minutes[1].bad() - 60.0).abs() <= most_off, "{minutes:?}");
        assert!(
            minutes.iter().all(|one| close(one.total, 120.0)),
            "{minutes:?}"
        );
        let spent = Sums::of(&minutes, 0.99).spent();
        assert!((spent - 60.0).abs() <= 6.0, "{every_seconds}: {spent}");
    }
    let store = requests(60);
    let indicator = Indicator::Events {
        counted: Counted::Bad,
        query: "sum(increase(requests_total{status=\"error\"}[{{.window}}]))".to_owned(),
        total: "sum(increase(requests_total[{{.window}}]))".to_owned(),
    };
    let whole = minute(&store, &indicator, 8);
    let parts = ask(
        &store,
        &indicator.parts(&["server".to_owned()]).unwrap(),
        whole.at_ms + MINUTE_MS,
    );
    assert!(
        parts.len() == 1 && close(parts[0].1, whole.bad()),
        "{parts:?} {whole:?}"
    );
}

#[test]
fn parts_add_up_to_what_was_bad() {
    let mut store = Memory::default();
    for (server, failing, every) in [("a", 1.0, 5), ("b", 3.0, 5), ("c", 0.0, 5)] {
        let series = |status| {
            [
                ("__name__", "requests_total"),
                ("server", server),
                ("status", status),
            ]
        };
        count(&mut store, &series("error"), every, 0..20, |_| failing);
        count(&mut store, &series("ok"), every, 0..20, |_| 5.0);
    }
    for indicator in [events(Counted::Bad, BAD), events(Counted::Good, GOOD)] {
        let whole = minute(&store, &indicator, 10);
        let query = indicator.parts(&["server".to_owned()]).unwrap();
        let mut parts = ask(&store, &query, whole.at_ms + MINUTE_MS);
        parts.sort_by(|one, other| one.0.cmp(&other.0));
        let names: Vec<_> = parts.iter().map(|(labels, _)| labels.as_str()).collect();
        assert_eq!(names, ["{server=\"a\"}", "{server=\"b\"}"], "{query}");
        assert!(
            close(parts[0].1, 60.0) && close(parts[1].1, 180.0),
            "{parts:?}"
        );
        let sum: f64 = parts.iter().map(|(_, bad)| bad).sum();
        assert!(close(sum, whole.bad()), "{sum} {whole:?}");
    }
}

#[test]
fn parts_of_rare_samples_are_of_the_same_five_minutes() {
    let store = requests(60);
    let indicator = events(Counted::Bad, BAD);
    let query = indicator.parts(&["server".to_owned()]).unwrap();
    for number in 4..14 {
        let whole = minute(&store, &indicator, number);
        let parts = ask(&store, &query, whole.at_ms + MINUTE_MS);
        let sum: f64 = parts.iter().map(|(_, bad)| bad).sum();
        assert!(close(sum, whole.bad()), "{number}: {sum} {whole:?}");
    }
}

#[test]
fn requests_of_a_classic_histogram_by_a_bucket() {
    let mut store = Memory::default();
    let bucket = |le| {
        [
            ("__name__", "duration_seconds_bucket"),
            ("server", "a"),
            ("le", le),
        ]
    };
    count(&mut store, &bucket("0.2"), 5, 0..20, |_| 9.0);
    count(&mut store, &bucket("1.0"), 5, 0..20, |_| 9.5);
    count(&mut store, &bucket("+Inf"), 5, 0..20, |_| 10.0);
    count(
        &mut store,
        &[("__name__", "duration_seconds_count"), ("server", "a")],
        5,
        0..20,
        |_| 10.0,
    );
    let latency = |threshold| Indicator::Latency {
        histogram: "duration_seconds{server=\"a\"}".to_owned(),
        threshold,
    };
    for (threshold, good) in [(0.2, 540.0), (1.0, 570.0)] {
        let minute = minute(&store, &latency(threshold), 10);
        assert!(
            close(minute.good, good) && close(minute.total, 600.0),
            "{minute:?}"
        );
        let query = latency(threshold).parts(&["server".to_owned()]).unwrap();
        let parts = ask(&store, &query, minute.at_ms + MINUTE_MS);
        assert!(close(parts[0].1, 600.0 - good), "{parts:?}");
    }
    // No bucket ends there, so nobody knows.
    assert_eq!(minute(&store, &latency(0.3), 10).kind, Kind::Gap);
}

#[test]
fn requests_of_a_native_histogram() {
    let mut store = Memory::default();
    // Nine a second up to a quarter of a second, one between one and two.
    for number in 0..=240 {
        let all = f64::from(number) * 50.0 + 1000.0;
        let buckets = model::Buckets::from_numbered([(-2, all * 0.9), (1, all * 0.1)]);
        let histogram = model::Histogram {
            reset: model::CounterReset::Unknown,
            schema: 0,
            zero_threshold: 0.0,
            zero_count: 0.0,
            count: all,
            sum: all,
            positive: buckets,
            negative: model::Buckets::default(),
            bounds: Vec::new(),
        };
        store.put_histogram(
            "duration_seconds",
            BEGIN_MS + i64::from(number) * 5000,
            histogram,
        );
    }
    for (threshold, good) in [(0.25, 540.0), (1.0, 540.0), (2.0, 600.0), (0.1, 0.0)] {
        let indicator = Indicator::Latency {
            histogram: "duration_seconds".to_owned(),
            threshold,
        };
        let minute = minute(&store, &indicator, 10);
        assert!((minute.good - good).abs() < 1e-6, "{threshold}: {minute:?}");
        assert!(close(minute.total, 600.0), "{threshold}: {minute:?}");
    }
}

#[test]
fn slices_are_good_bad_or_without_data() {
    let mut store = Memory::default();
    for (name, values) in [
        ("cpu", [50.0, 90.0, f64::NAN, 50.0]),
        ("memory", [10.0, 10.0, 10.0, 95.0]),
    ] {
        for (minute, value) in (1..).zip(values) {
            store.put(&[("__name__", name)], BEGIN_MS + minute * MINUTE_MS, value);
        }
    }
    let kinds = |condition: &str| -> String {
        let condition = condition.to_owned();
        let indicator = Indicator::Slices { condition };
        let minutes = (0..4).map(|number| minute(&store, &indicator, number));
        let shown = minutes.map(|minute| match (minute.kind, minute.good) {
            (Kind::Counted, 1.0) => 'g',
            (Kind::Counted, _) => 'b',
            _ => '-',
        });
        shown.collect()
    };
    for (condition, expected) in [
        ("max(cpu) < 80", "gb-g"),
        ("80 > max(cpu)", "gb-g"),
        ("(max(cpu) < 80)", "gb-g"),
        ("max(cpu) < 80 and max(memory) < 80", "gb-b"),
        ("max(cpu) < 80 or max(memory) > 100", "gbbg"),
        ("max(cpu) > max(memory)", "gg-b"),
        ("max(cpu) < (70 + 10)", "gb-g"),
        ("max(none) < 1", "----"),
        ("cpu < on() memory * 6", "gb-g"),
    ] {
        assert_eq!(kinds(condition), expected, "{condition}");
    }
}

#[test]
fn availability_counts_series() {
    let mut store = Memory::default();
    for (server, up) in [("a", 1.0), ("b", 0.0), ("c", 1.0)] {
        store.put(
            &[("__name__", "up"), ("server", server)],
            BEGIN_MS + 30_000,
            up,
        );
    }
    let indicator = Indicator::Availability {
        metric: "up".to_owned(),
    };
    let now = minute(&store, &indicator, 0);
    assert_eq!(now, Minute::counted(BEGIN_MS, 2.0, 3.0));
    let parts = ask(
        &store,
        &indicator.parts(&["server".to_owned()]).unwrap(),
        BEGIN_MS + MINUTE_MS,
    );
    assert_eq!(parts, [("{server=\"b\"}".to_owned(), 1.0)]);
    assert_eq!(minute(&store, &indicator, 30).kind, Kind::Gap);
}

#[test]
fn freshness_is_the_age_of_the_newest_sample() {
    let mut store = Memory::default();
    store.put(
        &[("__name__", "seen"), ("server", "old")],
        BEGIN_MS + 30_000,
        1.0,
    );
    store.put(
        &[("__name__", "seen"), ("server", "new")],
        BEGIN_MS + 150_000,
        1.0,
    );
    let indicator = Indicator::Freshness {
        metric: "seen".to_owned(),
        max_age: 60.0,
    };
    // The newest samples are 30 s old at the end of minutes 0 and 2, 90 s at that of 1, 90 s and more from 3 on.
    let good: Vec<_> = (0..5)
        .map(|number| minute(&store, &indicator, number).good)
        .collect();
    assert_eq!(good, [1.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(minute(&store, &indicator, 60).kind, Kind::Counted);
    // Nothing for an hour beyond that age: it is not expected any more.
    assert_eq!(minute(&store, &indicator, 65).kind, Kind::Gap);
    assert_eq!(minute(&store, &indicator, -1).kind, Kind::Gap);
}
