//! What is asked of samples in memory, with and without maintenance.

use model::METRIC_NAME;
use notifier::Window;
use wire::{IndicatorKind, ObjectiveDraft};

use super::*;
use crate::judging::Memory;
use crate::slo::draft::Written;
use crate::slo::maintenance::tests::window;

const M: i64 = MINUTE_MS;

/// A series with a sample at the end of each minute, and one in between.
fn series(memory: &Memory, name: &str, labels: &[(&str, &str)], value: impl Fn(i64) -> f64) {
    let mut all = Labels::new().with(METRIC_NAME, name);
    for (name, value) in labels {
        all = all.with(name, *value);
    }
    let times = (0..60 * M).step_by(30_000);
    memory.add(all, times.map(|at_ms| (at_ms, value(at_ms))));
}

fn objective(change: impl Fn(&mut ObjectiveDraft)) -> Objective {
    let mut draft = ObjectiveDraft {
        service: "web".to_owned(),
        name: "up".to_owned(),
        kind: IndicatorKind::Availability,
        metric: "up".to_owned(),
        excludes_maintenance: true,
        parts: vec!["server".to_owned()],
        ..ObjectiveDraft::default()
    };
    change(&mut draft);
    let written = Written {
        draft,
        ..Written::default()
    };
    written.objective()
}

fn ask(memory: &Memory, objective: &Objective, windows: &[Window], stretch: Stretch) -> Answered {
    let maintenance = Maintenance::of(windows, stretch);
    let question = Question::of(objective).unwrap();
    question.answer(memory, &maintenance, stretch).unwrap()
}

fn counted(good: f64, total: f64) -> Slot {
    Slot::Counted { good, total }
}

#[test]
fn what_maintenance_leaves_out_is_not_counted() {
    let memory = Memory::default();
    // `a` is down from the 20th minute on.
    series(&memory, "up", &[("server", "a")], |at| {
        f64::from(u8::from(at < 20 * M))
    });
    series(&memory, "up", &[("server", "b")], |_| 1.0);
    let (from, to) = (15 * M, 25 * M);
    let all = [counted(2.0, 2.0), counted(1.0, 2.0)];
    let slots = |answered: Answered| answered.slots;
    // At the end of the 20th minute it is down.
    let usual = [vec![all[0]; 4], vec![all[1]; 6]].concat();
    let included = objective(|it| it.excludes_maintenance = false);
    let windows = [window("server=a", 21 * M, 23 * M)];
    assert_eq!(slots(ask(&memory, &included, &windows, (from, to))), usual);
    let excluded = objective(|_| {});
    assert_eq!(slots(ask(&memory, &excluded, &[], (from, to))), usual);
    // While it is being worked on, `b` is all there is.
    let mut expected = usual.clone();
    expected[6..8].fill(counted(1.0, 1.0));
    let answered = ask(&memory, &excluded, &windows, (from, to));
    assert_eq!(answered.slots, expected);
    let parts: Vec<_> = answered.parts.iter().map(|(at, ..)| at / M).collect();
    assert_eq!(parts, [19, 20, 23, 24], "nothing is spent meanwhile");
    // Where nothing else is, all of it is left out.
    let both = window("server=~\"a|b\"", 21 * M, 23 * M);
    expected[6..8].fill(Slot::Excluded);
    assert_eq!(
        slots(ask(&memory, &excluded, &[both], (from, to))),
        expected
    );
    // A window may be about the objective itself.
    for matchers in ["slo=web-up", "sloth_service=web"] {
        let own = window(matchers, 21 * M, 23 * M);
        assert_eq!(slots(ask(&memory, &excluded, &[own], (from, to))), expected);
    }
}

#[test]
fn events_are_those_of_their_minute() {
    let memory = Memory::default();
    // A request a second of each server; of those of `a` half fail in minutes 30 to 32.
    let failed = |at: i64| (at.clamp(30 * M, 33 * M) - 30 * M) / 2000;
    for server in ["a", "b"] {
        series(&memory, "requests", &[("server", server)], |at| {
            (at / 1000) as f64
        });
    }
    series(&memory, "failed", &[("server", "a")], |at| {
        failed(at) as f64
    });
    let ratio = objective(|it| {
        it.kind = IndicatorKind::Ratio;
        it.metric = String::new();
        it.bad = "sum(rate(failed[{{.window}}]))".to_owned();
        it.total = "sum(rate(requests[{{.window}}]))".to_owned();
    });
    let answered = ask(&memory, &ratio, &[], (28 * M, 36 * M));
    assert_eq!(answered.trouble, "");
    let bad: Vec<_> = answered
        .slots
        .iter()
        .map(|slot| match slot {
            Slot::Counted { good, total } => {
                assert!((total - 120.0).abs() < 1e-6, "{total}");
                (total - good).round()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    // Samples are half a minute apart, and a range is open at its begin.
    let sum: f64 = bad.iter().sum();
    assert!((89.0..=91.0).contains(&sum), "{bad:?}");
    assert!(bad[0] == 0.0 && bad[7] == 0.0, "{bad:?}");
    let spent: f64 = answered.parts.iter().map(|(_, _, spent)| spent).sum();
    assert!(
        (spent - sum).abs() < 1.0,
        "parts come to what was spent: {spent}"
    );
    assert!(
        answered
            .parts
            .iter()
            .all(|(_, labels, _)| labels["server"] == "a")
    );
}

#[test]
fn a_question_without_an_answer_says_why() {
    let memory = Memory::default();
    series(&memory, "x", &[("server", "a")], |_| 1.0);
    series(&memory, "y", &[("server", "a"), ("n", "1")], |_| 1.0);
    series(&memory, "y", &[("server", "a"), ("n", "2")], |_| 1.0);
    let many = objective(|it| {
        it.kind = IndicatorKind::Slices;
        it.metric = String::new();
        it.good = "x + on (server) y > 0".to_owned();
    });
    let answered = ask(&memory, &many, &[], (10 * M, 13 * M));
    assert_eq!(answered.slots, [Slot::Gap; 3]);
    assert!(
        answered.trouble.contains("many-to-many"),
        "{}",
        answered.trouble
    );
}
