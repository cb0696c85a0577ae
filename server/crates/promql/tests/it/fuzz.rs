//! Texts that nobody would write: whatever is asked, there is an answer or an error, in little time.

use std::time::{Duration, Instant};

use crate::memory::Memory;
use crate::random::Random;
use model::{Labels, METRIC_NAME};
use promql::{Limits, Query, evaluate_instant, evaluate_range};

/// Parts that queries are made of, and some that they are not.
const TOKENS: &[&str] = &[
    "m",
    "n",
    "le",
    "sum",
    "avg",
    "count_values",
    "quantile",
    "topk",
    "limitk",
    "group",
    "stddev",
    "rate",
    "deriv",
    "predict_linear",
    "sum_over_time",
    "quantile_over_time",
    "histogram_quantile",
    "histogram_fraction",
    "label_replace",
    "label_join",
    "absent",
    "absent_over_time",
    "scalar",
    "vector",
    "time",
    "timestamp",
    "sort",
    "round",
    "clamp",
    "day_of_year",
    "info",
    "(",
    ")",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "[5m]",
    "[1m:]",
    "[1h:7s]",
    "[1d:1ms]",
    "[0s]",
    ",",
    ":",
    "=",
    "==",
    "!=",
    "=~",
    "!~",
    "<",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "atan2",
    "and",
    "or",
    "unless",
    "on",
    "ignoring",
    "by",
    "without",
    "bool",
    "group_left",
    "group_right",
    "fill",
    "offset",
    "@",
    "start()",
    "end()",
    "0",
    "1",
    "-1",
    "1e308",
    "0x1p-2",
    "NaN",
    "Inf",
    "1_000",
    "5m",
    "1y2w",
    "99999999999999999999y",
    "\"a\"",
    "'\\x00'",
    "`b`",
    "\"",
    "'",
    "\\",
    "\"(.*)\"",
    "\"$1\"",
    "{__name__=~\".+\"}",
    "{\"m\"}",
    "#",
    "\n",
    "é",
    "\u{202e}",
    "\u{0}",
    "🦀",
    "\u{feff}",
];

/// What one query may take; the deadline is not the point, it is there for whoever hangs.
fn limits() -> Limits {
    Limits {
        most_samples: 20_000,
        most_series: 100,
        deadline: Some(Instant::now() + Duration::from_secs(2)),
        ..Limits::default()
    }
}

fn store() -> Memory {
    let mut store = Memory::default();
    for (number, le) in ["0.1", "1", "+Inf", "x"].iter().enumerate() {
        for name in ["m", "n"] {
            let labels = [(METRIC_NAME, name), ("le", le), ("a", "ü\"\\\n")];
            let values = [1.0, -1.0, f64::NAN, f64::INFINITY, model::STALE, 1e308, 0.0];
            let point = |i: usize| (i as i64 * 20_000, values[i * (number + 1) % values.len()]);
            let labels: Labels = labels.into_iter().collect();
            store.put(labels, (0..60).map(point).collect());
        }
    }
    store
}

/// Parses and evaluates in both ways. It must return, and soon.
fn survive(store: &Memory, text: &str) -> bool {
    let begun = Instant::now();
    let parsed = Query::parse(text);
    if let Ok(query) = &parsed {
        let _ = evaluate_instant(query, store, 600_000, &limits());
        let _ = evaluate_range(query, store, 300_000, 900_000, 30_000, &limits());
        let _ = query.selector();
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}: {text}");
    parsed.is_ok()
}

/// The queries of the case files.
fn known() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut files: Vec<_> = (std::fs::read_dir(folder).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap());
    texts
        .flat_map(|text| crate::script::commands(&text))
        .filter_map(|command| match command {
            crate::script::Command::Evaluate(case) => Some(case.query),
            _ => None,
        })
        .collect()
}

/// Some letters or tokens less, more, twice, or elsewhere.
fn mutated(random: &mut Random, texts: &[String]) -> String {
    let mut letters: Vec<char> = texts[random.below(texts.len())].chars().collect();
    for _ in 0..=random.below(3) {
        let at = random.below(letters.len() + 1);
        let to = (at + random.below(12)).min(letters.len());
        match random.below(5) {
            0 => drop(letters.drain(at..to)),
            1 => drop(letters.splice(at..at, random.of(TOKENS).chars())),
            2 => drop(letters.splice(at..to, random.of(TOKENS).chars())),
            3 => {
                let again = letters[at..to].to_vec();
                letters.extend(again);
            }
            _ => {
                let other = &texts[random.below(texts.len())];
                let wrapped: Vec<char> = format!("({other})").chars().collect();
                drop(letters.splice(at..to, wrapped));
            }
        }
    }
    letters.into_iter().collect()
}

#[test]
fn soup_is_survived() {
    let (mut random, store) = (Random::new(3), store());
    for _ in 0..4000 {
        let space = random.of(&["", " "]);
        let tokens: Vec<&str> = (0..random.below(14)).map(|_| random.of(TOKENS)).collect();
        survive(&store, &tokens.join(space));
    }
}

#[test]
fn mutations_are_survived() {
    let (mut random, store, texts) = (Random::new(4), store(), known());
    assert!(texts.len() > 400);
    let understood = (0..3000).filter(|_| survive(&store, &mutated(&mut random, &texts)));
    let understood = understood.count();
    assert!(understood > 300, "only {understood} had a meaning at all");
}

#[test]
fn depth_is_survived() {
    let store = store();
    for (open, close) in [
        ("(", ")"),
        ("-", ""),
        ("sum(", ")"),
        ("abs(", ")"),
        ("max_over_time(", "[1m:1m])"),
        ("m + on (a) (", ")"),
        ("m offset ", "1m"),
        ("{a=~\"", "\"}"),
        ("label_replace(", ", \"a\", \"$1\", \"b\", \"(.*)\")"),
        ("1 + ", ""),
        ("\"\\", "\""),
    ] {
        for depth in [3, 30, 300, 1500] {
            survive(
                &store,
                &format!("{}m{}", open.repeat(depth), close.repeat(depth)),
            );
            survive(&store, &open.repeat(depth));
            survive(&store, &close.repeat(depth));
        }
    }
}
