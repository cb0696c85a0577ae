//! What is wrong with objectives, and what they are told.

use super::*;
use crate::{Counted, read};

fn is_query(text: &str) -> Result<(), String> {
    promql::check(text).map_err(|mistake| mistake.message)
}

fn sound() -> Objective {
    let text = "objectives: [{ service: a, name: b, measured: true, target: 99.9 }]";
    read(text, &is_query).objectives[0].0.clone()
}

fn wrong_of(change: impl FnOnce(&mut Objective)) -> Vec<(&'static str, String)> {
    let mut objective = sound();
    change(&mut objective);
    objective.check(&is_query)
}

#[test]
fn targets_windows_names_and_zones() {
    type Case = (fn(&mut Objective), &'static str, &'static str);
    let cases: &[Case] = &[
        (
            |it| it.target = 1.0,
            "target_percent",
            "100 % leaves no budget",
        ),
        (
            |it| it.target = 0.0,
            "target_percent",
            "0 % is kept whatever happens",
        ),
        (
            |it| it.target = 1.5,
            "target_percent",
            "between 0 and 100 %",
        ),
        (
            |it| it.target = -0.1,
            "target_percent",
            "between 0 and 100 %",
        ),
        (
            |it| it.target = f64::NAN,
            "target_percent",
            "between 0 and 100 %",
        ),
        (
            |it| it.target = 0.999_999_99,
            "target_percent",
            "too little to be measured",
        ),
        (|it| it.window = Window::Rolling(0), "days", "1 to 400 days"),
        (
            |it| it.window = Window::Rolling(401),
            "days",
            "1 to 400 days",
        ),
        (|it| it.service.clear(), "service", "needs a name"),
        (|it| it.name = "with space".to_owned(), "name", "is no name"),
        (|it| it.name = "-a".to_owned(), "name", "is no name"),
        (|it| it.name = "a/b".to_owned(), "name", "is no name"),
        (|it| it.name = "ü".to_owned(), "name", "is no name"),
        (|it| it.name = "a".repeat(101), "name", "at most 100"),
        (|it| it.zone = "Berlin".to_owned(), "zone", "Europe/Berlin"),
        (
            |it| it.parts = vec!["a-b".to_owned()],
            "parts",
            "no name of a label",
        ),
        (
            |it| it.parts = vec!["a".to_owned(), "a".to_owned()],
            "parts",
            "named twice",
        ),
        (
            |it| _ = it.labels.insert("a.b".to_owned(), String::new()),
            "labels",
            "a.b",
        ),
        (
            |it| _ = it.annotations.insert("a b".to_owned(), String::new()),
            "annotations",
            "a b",
        ),
        (
            |it| it.page = Some([("__name__".to_owned(), String::new())].into()),
            "pages",
            "__name__",
        ),
        (
            |it| it.ticket = Some([("1".to_owned(), String::new())].into()),
            "tickets",
            "\"1\"",
        ),
    ];
    assert_eq!(sound().check(&is_query), []);
    for (number, (change, field, words)) in cases.iter().enumerate() {
        match wrong_of(change).as_slice() {
            [(at, why)] => assert!(at == field && why.contains(words), "{number}: {at}: {why}"),
            other => panic!("{number} ({words}): {other:?}"),
        }
    }
    for days in [1, 7, 30, 400] {
        assert_eq!(wrong_of(|it| it.window = Window::Rolling(days)), []);
    }
}

#[test]
fn indicators() {
    let events = |query: &str, total: &str| Indicator::Events {
        counted: Counted::Bad,
        query: query.to_owned(),
        total: total.to_owned(),
    };
    let text = str::to_owned;
    let latency = |histogram: &str, threshold| Indicator::Latency {
        histogram: text(histogram),
        threshold,
    };
    let freshness = |metric: &str, max_age| Indicator::Freshness {
        metric: text(metric),
        max_age,
    };
    let slices = |condition: &str| Indicator::Slices {
        condition: text(condition),
    };
    const RATE: &str = "sum(rate(a[{{.window}}]))";
    for (indicator, expected) in [
        (events(RATE, RATE), &[][..]),
        (events("", RATE), &[("bad", "query is needed")]),
        (events("sum(rate(a[5m]))", RATE), &[("bad", "{{.window}}")]),
        (events(RATE, "sum(rate(a[{{.window}}])"), &[("total", "")]),
        (
            events("a[{{.window}}]", RATE),
            &[("bad", "no value over time")],
        ),
        (
            events("x", "y"),
            &[("bad", "{{.window}}"), ("total", "{{.window}}")],
        ),
        (
            events(RATE, &format!("{RATE} + {}", "1 + ".repeat(3000))),
            &[("total", "at most 10000 characters")],
        ),
        (
            events(RATE, "scalar(rate(a[{{.window}}]))"),
            &[("total", "")],
        ),
        (slices("1 < 2"), &[("good", "")]),
        (
            slices("a < (3) * (4)"),
            &[("good", "a plain number on the right")],
        ),
        (
            slices(&"(".repeat(20_000)),
            &[("good", "at most 10000 characters")],
        ),
        (
            Indicator::Raw {
                error_ratio: text("1 - a"),
            },
            &[("bad", "{{.window}}")],
        ),
        (latency("a{b=\"c\"}", 0.2), &[]),
        (
            latency("a{b=\"c\"", 0.2),
            &[("metric", "no name of a metric")],
        ),
        (
            latency("rate(a[5m])", 0.2),
            &[("metric", "mcp_request_duration_seconds")],
        ),
        (latency("a{b=c}", 0.2), &[("metric", "")]),
        (latency("a", 0.0), &[("threshold_seconds", "above 0")]),
        (latency("a", f64::NAN), &[("threshold_seconds", "above 0")]),
        (slices("max(a) < 1"), &[]),
        (slices("max(a) < 1 and max(b) > 2"), &[]),
        (slices(""), &[("good", "condition is needed")]),
        (slices("a"), &[("good", "no comparison")]),
        (slices("a < bool 1"), &[("good", "leave bool out")]),
        (slices("a <"), &[("good", "")]),
        (slices("a < 1 # small\n"), &[]),
        (
            Indicator::Availability {
                metric: text("up{a=~\"b|c\"}"),
            },
            &[],
        ),
        (
            Indicator::Availability {
                metric: text("up == 1"),
            },
            &[("metric", "mcp_server_up")],
        ),
        (freshness("up", 60.0), &[]),
        (freshness("up", 0.0), &[("threshold_seconds", "7 days")]),
        (freshness("up", 1e6), &[("threshold_seconds", "7 days")]),
        (Indicator::Measured, &[]),
    ] {
        let found = wrong_of(|it| it.indicator = indicator.clone());
        let fits = found.len() == expected.len()
            && found
                .iter()
                .zip(expected)
                .all(|((at, why), (field, words))| at == field && why.contains(words));
        assert!(fits, "{indicator:?}: {found:?}");
    }
}

/// What passes can be asked: all of its questions are queries.
#[test]
fn what_is_sound_can_be_asked() {
    for condition in [
        "a < 1",
        "1 > a",
        "a > b",
        "(a) < (1)",
        "a - b < 2 * 3",
        "a < scalar(b)",
        "time() - a < 5",
        "a < 1 or b < 1",
    ] {
        let condition = condition.to_owned();
        let indicator = Indicator::Slices { condition };
        let found = wrong_of(|it| it.indicator = indicator.clone());
        assert_eq!(found, [], "{indicator:?}");
        for ask in indicator.minute() {
            assert_eq!(is_query(&ask.query), Ok(()), "{}", ask.query);
        }
    }
}
