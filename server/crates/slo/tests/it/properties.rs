//! What has to hold whatever was measured, over minutes that look random and are the same in every run.

use std::collections::BTreeMap;

use slo::{
    Budget, Counted, Gaps, Indicator, Kind, MINUTE_MS, Minute, Objective, Sums, Window, budget,
    burn_rate, incidents, parts_of, spent_at, state,
};

use crate::is_query;

/// Numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }

    fn of<T: Copy>(&mut self, several: &[T]) -> T {
        several[self.below(several.len())]
    }
}

const BEGIN_MS: i64 = 1_800_000_000_000;

fn objective(random: &mut Random) -> Objective {
    Objective {
        service: "a".to_owned(),
        name: "b".to_owned(),
        description: String::new(),
        owner: String::new(),
        consequence: String::new(),
        labels: BTreeMap::new(),
        indicator: match random.below(2) {
            0 => Indicator::Measured,
            _ => Indicator::Availability {
                metric: "up".to_owned(),
            },
        },
        target: random.of(&[0.5, 0.9, 0.95, 0.99, 0.999, 0.9999]),
        window: random.of(&[
            Window::Rolling(1),
            Window::Rolling(30),
            Window::Month,
            Window::Quarter,
        ]),
        zone: random
            .of(&["UTC", "Europe/Berlin", "America/New_York"])
            .to_owned(),
        gaps: random.of(&[Gaps::Ignored, Gaps::Good, Gaps::Bad]),
        excludes_maintenance: false,
        parts: Vec::new(),
        alert_name: String::new(),
        page: None,
        ticket: None,
        annotations: BTreeMap::new(),
        enabled: true,
    }
}

fn minutes(random: &mut Random, count: i64) -> Vec<Minute> {
    let bad_in = random.of(&[2, 20, 200, 5000]);
    let minutes = (0..count).map(|number| {
        let at_ms = BEGIN_MS + number * MINUTE_MS;
        let total = random.below(50) as f64;
        let good = match random.below(bad_in) {
            0 => total - random.below(total as usize + 1) as f64,
            _ => total,
        };
        match random.below(30) {
            0 => Minute::gap(at_ms),
            1 => Minute::counted(at_ms, good, total).excluded(),
            _ => Minute::counted(at_ms, good, total),
        }
    });
    minutes.collect()
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= one.abs().max(other.abs()).max(1.0) * 1e-9
}

#[test]
fn sums_are_the_same_however_minutes_are_split() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let target = objective(&mut random).target;
        let minutes = minutes(&mut random, 500);
        let whole = Sums::of(&minutes, target);
        let mut parts = vec![Sums::default(); 7];
        for minute in &minutes {
            let part = random.below(7);
            parts[part].count(minute, target);
        }
        let sum: Sums = parts.iter().copied().sum();
        assert!(
            close(sum.good, whole.good) && close(sum.total, whole.total),
            "seed {seed}"
        );
        assert_eq!(
            (sum.counted, sum.gap, sum.excluded, sum.bad),
            (whole.counted, whole.gap, whole.excluded, whole.bad)
        );
        assert_eq!(whole.minutes(), 500);
        let rest = whole - parts[0];
        assert_eq!(rest.minutes() + parts[0].minutes(), 500);
        assert!(close(rest.total + parts[0].total, whole.total));
    }
}

/// At one time, what is measured beside it or gets worse never leaves more of the budget.
#[test]
fn a_budget_never_grows_without_time_passing() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let objective = objective(&mut random);
        let mut minutes = minutes(&mut random, 400);
        let now_ms = BEGIN_MS + 400 * MINUTE_MS;
        let span = (BEGIN_MS, now_ms);
        let of = |minutes: &[Minute]| {
            budget(
                &objective,
                span,
                &Sums::of(minutes, objective.target),
                now_ms,
            )
        };
        let mut before = of(&minutes);
        for _ in 0..50 {
            let at = random.below(400);
            let minute = &mut minutes[at];
            if minute.kind != Kind::Counted || minute.good < 1.0 {
                continue;
            }
            minute.good -= 1.0;
            let after = of(&minutes);
            assert!(after.left.unwrap() < before.left.unwrap(), "seed {seed}");
            assert!(after.left_minutes <= before.left_minutes, "seed {seed}");
            assert!(
                after.compliance.unwrap() < before.compliance.unwrap(),
                "seed {seed}"
            );
            assert!(close(after.spent, before.spent + 1.0), "seed {seed}");
            assert!(after.bad_minutes >= before.bad_minutes, "seed {seed}");
            before = after;
        }
        // The same asked twice, and asked later without anything new in it, is the same.
        assert_eq!(of(&minutes), before);
        let sums = Sums::of(&minutes, objective.target);
        let later = budget(&objective, span, &sums, now_ms + 1_000_000);
        assert_eq!(later.left, before.left);
    }
}

/// Numbers of one budget fit each other.
#[test]
fn numbers_of_a_budget_fit_each_other() {
    for seed in 0..500 {
        let mut random = Random::new(seed);
        let objective = objective(&mut random);
        let minutes = minutes(&mut random, 300);
        let sums = Sums::of(&minutes, objective.target);
        let now_ms = BEGIN_MS + 300 * MINUTE_MS;
        let one: Budget = budget(&objective, (BEGIN_MS, now_ms), &sums, now_ms);
        let (compliance, left) = (one.compliance.unwrap(), one.left.unwrap());
        assert!(close(one.good + one.spent, one.total), "seed {seed}");
        assert_eq!(
            left > 1e-9,
            compliance > objective.target + 1e-12,
            "seed {seed}: {one:?}"
        );
        assert!(close(one.allowed * (1.0 - left), one.spent), "seed {seed}");
        assert_eq!(one.minutes + one.gap_minutes + one.excluded_minutes, 300);
        assert!(one.bad_minutes <= one.minutes + one.gap_minutes);
        // The burn rate of the whole window is the part of the budget that is spent.
        if objective.gaps == Gaps::Ignored {
            let rate = burn_rate(&sums, objective.target).unwrap();
            assert!(close(rate, 1.0 - left), "seed {seed}");
        }
        is_spent_earlier_the_faster_it_burns(&objective, &one, now_ms);
        assert!(!slo::sentence(&objective, &one, None, now_ms).is_empty());
        assert!(slo::arithmetic(&objective, &one, now_ms).len() >= 6);
        let _ = state(&one, None);
    }
}

/// And never in the past, nor when its window is over.
fn is_spent_earlier_the_faster_it_burns(objective: &Objective, one: &Budget, now_ms: i64) {
    let mut last = i64::MAX;
    for rate in [0.0, 0.5, 1.0, 1.5, 3.0, 10.0, 100.0] {
        if let Some(at_ms) = spent_at(objective, one, Some(rate), now_ms) {
            assert!(rate > 0.0 && one.left.unwrap() > 0.0);
            assert!(at_ms >= now_ms && at_ms <= last, "{objective:?} {one:?}");
            let end_ms = match objective.window {
                Window::Rolling(days) => now_ms + i64::from(days) * 86_400_000,
                Window::Month | Window::Quarter => one.to_ms,
            };
            assert!(at_ms < end_ms, "{objective:?} {one:?}");
            last = at_ms;
        }
    }
}

/// The budget of the present window is that of all its minutes, however few of them are known, and once more is
/// known of the same kind it is the same.
#[test]
fn the_budget_of_a_window_is_that_of_the_whole() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let objective = Objective {
            indicator: Indicator::Availability {
                metric: "up".to_owned(),
            },
            ..objective(&mut random)
        };
        let span = objective.window.span(BEGIN_MS, &objective.zone);
        let now_ms = match objective.window {
            Window::Rolling(_) => span.1,
            // The other half is still to come.
            Window::Month | Window::Quarter => (span.0 + span.1) / 2,
        };
        let whole = ((span.1 - span.0) / MINUTE_MS) as f64;
        let a_minute = 1.0 + random.below(50) as f64;
        let of = |known: u64| {
            let total = known as f64 * a_minute;
            let sums = Sums {
                good: total - 1.0,
                total,
                counted: known,
                ..Sums::default()
            };
            budget(&objective, span, &sums, now_ms)
        };
        for known in [1, 10, 700] {
            let one = of(known);
            assert!(close(one.expected, whole * a_minute), "seed {seed}");
            assert!(
                close(one.allowed, (1.0 - objective.target) * one.expected),
                "seed {seed}"
            );
            assert!(close(one.left.unwrap(), 1.0 - 1.0 / one.allowed));
            let minutes = one.left_minutes * a_minute;
            assert!(close(minutes, (one.allowed - 1.0).max(0.0)), "seed {seed}");
            is_spent_earlier_the_faster_it_burns(&objective, &one, now_ms);
        }
        // Another stretch has the budget of what is known of it.
        let sums = Sums {
            good: 5.0,
            total: 10.0,
            counted: 10,
            ..Sums::default()
        };
        let other = budget(&objective, (span.0 - 86_400_000, span.1), &sums, now_ms);
        assert!(close(other.expected, 10.0), "seed {seed}");
    }
}

#[test]
fn parts_are_together_what_was_spent() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let spent = random.of(&[1.0, 10.0, 123.456, 1e9]);
        let count = random.below(20);
        let given: Vec<_> = (0..count)
            .map(|_| {
                let server = format!("s{}", random.below(10));
                let labels = BTreeMap::from([("server".to_owned(), server)]);
                (labels, random.below(100) as f64 * spent / 500.0)
            })
            .collect();
        let parts = parts_of(given, spent);
        let sum: f64 = parts.iter().map(|part| part.spent).sum();
        let shares: f64 = parts.iter().map(|part| part.share).sum();
        assert!(
            close(sum, spent) && close(shares, 1.0),
            "seed {seed}: {sum} of {spent}"
        );
        assert!(parts.is_sorted_by(|one, other| one.spent >= other.spent));
        assert!(
            parts
                .iter()
                .all(|part| part.share > 0.0 && part.share <= 1.0 + 1e-9)
        );
    }
    assert_eq!(parts_of([(BTreeMap::new(), 1.0)], 0.0), []);
    let odd = [(BTreeMap::from([("a".to_owned(), "b".to_owned())]), f64::NAN)];
    let parts = parts_of(odd, 2.0);
    assert_eq!(
        (parts.len(), parts[0].labels.is_empty(), parts[0].spent),
        (1, true, 2.0)
    );
}

/// Bad minutes are each in one incident, and incidents are apart.
#[test]
fn every_bad_minute_is_in_one_incident() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let target = objective(&mut random).target;
        let minutes = minutes(&mut random, 400);
        let found = incidents(&minutes, target);
        let bad = minutes.iter().filter(|minute| minute.is_bad(target));
        for minute in bad.clone() {
            let within = found
                .iter()
                .filter(|one| one.from_ms <= minute.at_ms && minute.at_ms < one.to_ms);
            assert_eq!(within.count(), 1, "seed {seed}");
        }
        let count: u64 = found.iter().map(|one| one.bad_minutes).sum();
        assert_eq!(count, bad.count() as u64, "seed {seed}");
        assert!(
            found
                .windows(2)
                .all(|two| two[1].from_ms - two[0].to_ms >= 5 * MINUTE_MS),
            "seed {seed}"
        );
        let spent: f64 = found.iter().map(|one| one.spent).sum();
        assert!(
            spent <= Sums::of(&minutes, target).spent() + 1e-9,
            "seed {seed}"
        );
    }
}

/// Whatever texts an objective has, it is read as it was written, and its rules are YAML.
#[test]
fn what_is_written_is_read_again() {
    const TEXTS: &[&str] = &[
        "",
        "plain",
        "yes",
        "null",
        "~",
        "1.10",
        "- a",
        "a: b",
        "a #b",
        "#",
        "{{ $value }}",
        "it's \"quoted\"",
        "\\n",
        "two\nlines",
        "two\n\n  lines: a\n",
        " begins",
        "ends ",
        "tab\there",
        "Zürich – ✓",
        "\u{2028}",
        "|",
        ">",
        "%",
        "@",
        "`",
        "&a",
        "*a",
        "!x",
        "[a]",
        "{a}",
        "a,b",
        "---",
        "\r\n",
        "\u{1}",
        ": ",
        "a:",
    ];
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let mut one = objective(&mut random);
        let mut text = || random.of(TEXTS).to_owned();
        one.description = text();
        one.owner = text();
        one.consequence = text();
        one.labels = BTreeMap::from([("a".to_owned(), text()), ("y".to_owned(), text())]);
        one.annotations = BTreeMap::from([("runbook".to_owned(), text())]);
        one.alert_name = text();
        one.page = Some(BTreeMap::from([("team".to_owned(), text())]));
        one.ticket = random.of(&[true, false]).then(BTreeMap::new);
        one.target = random.below(1_000_000_000).max(1) as f64 / 1e9;
        one.parts = random
            .of(&[&[][..], &["server", "no"]])
            .iter()
            .map(|&part| part.to_owned())
            .collect();
        one.excludes_maintenance = random.of(&[true, false]);
        one.enabled = random.of(&[true, false]);
        one.window = random.of(&[
            Window::Month,
            Window::Quarter,
            Window::Rolling(1 + seed as u32),
        ]);
        one.indicator = match random.below(7) {
            0 => Indicator::Measured,
            1 => Indicator::Latency {
                histogram: "h{a=\"b: c\"}".to_owned(),
                threshold: random.of(&[0.2, 1.0, 0.3333, 30.0]),
            },
            2 => Indicator::Freshness {
                metric: "up".to_owned(),
                max_age: random.of(&[60.0, 0.5, 3600.0]),
            },
            3 => Indicator::Slices {
                condition: "max(a{b=\"#\"})\n  < 1".to_owned(),
            },
            4 => Indicator::Raw {
                error_ratio: "a[{{.window}}] # x\n"
                    .replace("a[", "avg_over_time(a[")
                    .replace("]", "])"),
            },
            5 => Indicator::Availability {
                metric: "up{a='b'}".to_owned(),
            },
            _ => Indicator::Events {
                counted: random.of(&[Counted::Good, Counted::Bad]),
                query: "sum(rate(a{b=~\"c|d\"}[{{.window}}]))".to_owned(),
                total: "|\n".replace('|', "sum(\n  rate(a[{{.window}}])\n)"),
            },
        };
        let written = slo::write(std::slice::from_ref(&one));
        let reading = slo::read(&written, &is_query);
        assert_eq!(reading.mistakes, [], "seed {seed}:\n{written}");
        assert_eq!(reading.objectives[0].0, one, "seed {seed}:\n{written}");
        let rules = slo::rules(&one);
        let documents = yaml::documents(&rules);
        assert!(
            documents.is_ok(),
            "seed {seed}: {:?}\n{rules}",
            documents.unwrap_err()
        );
    }
}

/// Files that are broken anywhere are read without a panic, and what is taken of them is sound.
#[test]
fn broken_files_are_read_to_their_end() {
    let files = [
        include_str!("../objectives/all.yml"),
        include_str!("../objectives/sloth.yml"),
        include_str!("../objectives/sloth-kubernetes.yml"),
        include_str!("../objectives/openslo.yml"),
        include_str!("../objectives/older.yml"),
    ];
    let (mut taken, mut refused) = (0, 0);
    for seed in 0..600 {
        let mut random = Random::new(seed);
        let mut text: Vec<char> = random.of(&files).chars().collect();
        for _ in 0..=random.below(4) {
            let at = random.below(text.len());
            match random.below(4) {
                0 => _ = text.remove(at),
                1 => text.insert(
                    at,
                    random.of(&[
                        '{', '}', '[', '(', ')', '"', '\'', ':', '-', 'ü', '#', '0', '\n',
                    ]),
                ),
                2 => _ = text.drain(at..(at + random.below(200)).min(text.len())),
                _ => {
                    let copied = text[at..(at + random.below(100)).min(text.len())].to_vec();
                    text.splice(at..at, copied);
                }
            }
        }
        let text: String = text.into_iter().collect();
        let reading = slo::read(&text, &is_query);
        for (objective, line) in &reading.objectives {
            taken += 1;
            assert!(*line >= 1 && *line <= text.lines().count(), "seed {seed}");
            assert_eq!(objective.check(&is_query), [], "seed {seed}");
            for ask in objective.indicator.minute() {
                assert_eq!(is_query(&ask.query), Ok(()), "seed {seed}: {}", ask.query);
            }
        }
        refused += reading.mistakes.len();
        let is_sorted = |said: &[slo::Mistake]| {
            said.is_sorted() && said.iter().all(|one| one.line >= 1 && one.column >= 1)
        };
        assert!(
            is_sorted(&reading.mistakes) && is_sorted(&reading.ignored),
            "seed {seed}"
        );
    }
    assert!(
        taken > 300 && refused > 100,
        "{taken} taken, {refused} refused"
    );
}
