//! What is said of benchmarks: values in their units, verdicts, headlines.

use ui::format;
use wire::{Benchmark, BenchmarkPicture, BenchmarkVerdict, Level, ModuleCompared, SpeedUpDay};

use super::list::View;

/// A value in its unit: `3.08 µs`, `1.2 MB`, `1.1 k/s`.
pub(super) fn value(unit: &str, value: f64) -> String {
    match unit {
        "seconds" => match value.abs() {
            v if v == 0.0 || v >= 0.001 => format::seconds(value),
            v if v >= 1e-6 => format!("{} µs", format::number(value * 1e6)),
            _ => format!("{} ns", format::number(value * 1e9)),
        },
        "bytes" => format::bytes(value),
        "percent" => format::percent(value),
        "1/s" => format!("{}/s", format::number(value)),
        "" | "ratio" => format::number(value),
        unit => format!("{} {unit}", format::number(value)),
    }
}

/// How the one does beside the other: `12.4 × faster`, `0.89 × as fast`.
pub(super) fn faster(factor: f64) -> String {
    match factor < 1.0 {
        true => format!("{} as fast", times(factor)),
        false => format!("{} faster", times(factor)),
    }
}

/// How many times faster: `12.4 ×`.
pub(super) fn times(factor: f64) -> String {
    format!("{} ×", format::number(factor))
}

/// A change as a part: `+34 %`.
pub(crate) fn change(part: f64) -> String {
    let sign = if part < 0.0 { "−" } else { "+" };
    format!("{sign}{}", format::percent(part.abs() * 100.0))
}

/// A version in as many letters as people use of it.
pub(super) fn commit(commit: &str) -> String {
    commit.chars().take(10).collect()
}

/// The colour of a verdict: what is better is no more than well.
pub(crate) fn level(verdict: BenchmarkVerdict) -> Level {
    match verdict {
        BenchmarkVerdict::Worse => Level::Degraded,
        BenchmarkVerdict::Better | BenchmarkVerdict::Same => Level::Healthy,
        BenchmarkVerdict::Unknown => Level::Unknown,
    }
}

/// What a benchmark is called, with its parameters, language and approach.
pub(crate) fn called(it: &Benchmark) -> String {
    let mut name = it.name.clone();
    if !it.parameters.is_empty() {
        name.push_str(&format!(" ({})", it.parameters));
    }
    for word in [&it.language, &it.approach] {
        if !word.is_empty() {
            name.push_str(&format!(", {word}"));
        }
    }
    name
}

/// What the page says first.
pub(super) fn headline(picture: &BenchmarkPicture, view: View) -> String {
    if picture.rows.is_empty() {
        return "No benchmark was imported yet".to_owned();
    }
    match view {
        View::All => changes(&picture.rows),
        View::Days => picture.days.first().map_or_else(
            || "Nothing was measured in two ways in the last 90 days".to_owned(),
            speed_up,
        ),
        View::Modules => modules(&picture.modules),
        View::Runs => match picture.runs.first() {
            Some(run) => format!(
                "The last file is of {}, with {}",
                run.tool,
                format::count(run.results as usize, "result")
            ),
            None => "No file was imported yet".to_owned(),
        },
    }
}

fn changes(rows: &[Benchmark]) -> String {
    let count = |verdict| {
        rows.iter()
            .filter(|it| it.newest.verdict == verdict)
            .count()
    };
    let all = format::count(rows.len(), "benchmark");
    match (
        count(BenchmarkVerdict::Worse),
        count(BenchmarkVerdict::Better),
        rows.first(),
    ) {
        (0, 0, _) => format!("{all}, and none changed with its last run"),
        (0, better, _) => format!("{all}, {better} became better with the last run, none worse"),
        (worse, _, Some(first)) => format!(
            "{worse} of {all} became worse, most of all {} ({})",
            called(first),
            first.newest.change.map(change).unwrap_or_default()
        ),
        (worse, _, None) => format!("{worse} of {all} became worse"),
    }
}

fn speed_up(day: &SpeedUpDay) -> String {
    format!(
        "{} on {}: {} on average, {} at most ({})",
        day.kind.as_str(),
        format::date(day.at_ms),
        times(day.average),
        times(day.peak),
        day.peak_of
    )
}

fn modules(modules: &[ModuleCompared]) -> String {
    let all = format::count(modules.len(), "operation");
    let faster = modules.iter().filter(|it| it.factor > 1.0).count();
    match modules.len() {
        0 => "Nothing was measured in Rust and in Python in the last seven days".to_owned(),
        n if n == faster => format!("Rust is faster at all of {all} of the last seven days"),
        _ => format!("Rust is faster at {faster} of {all} of the last seven days"),
    }
}

#[cfg(test)]
mod tests {
    use wire::RivalKind;

    use super::*;

    #[test]
    fn slower_is_not_called_faster() {
        for (factor, expected) in [(0.89, "0.89 × as fast"), (1.45, "1.45 × faster")] {
            assert_eq!(faster(factor), expected);
        }
    }

    #[test]
    fn values() {
        for (unit, number, expected) in [
            ("seconds", 3.08e-6, "3.08 µs"),
            ("seconds", 42e-9, "42 ns"),
            ("seconds", 0.182, "182 ms"),
            ("bytes", 1.2e6, "1.2 MB"),
            ("1/s", 1100.0, "1.1 k/s"),
            ("", 7.0, "7"),
            ("tokens", 5.0, "5 tokens"),
        ] {
            assert_eq!(value(unit, number), expected, "{unit} {number}");
        }
        assert_eq!(
            (change(0.34).as_str(), change(-0.02).as_str()),
            ("+34 %", "−2.0 %")
        );
    }

    #[test]
    fn headlines() {
        let module = |factor: f64| ModuleCompared {
            operation: "a".to_owned(),
            rust_ms: 1.0,
            python_ms: factor,
            factor,
            count: 1,
        };
        assert!(modules(&[]).contains("Nothing was measured"));
        assert_eq!(
            modules(&[module(2.0)]),
            "Rust is faster at all of 1 operation of the last seven days"
        );
        assert!(modules(&[module(2.0), module(0.5)]).contains("at 1 of 2 operations"));
        let day = SpeedUpDay {
            at_ms: 0,
            kind: RivalKind::RustPython,
            average: 12.4,
            peak: 35.0,
            peak_of: "sort".to_owned(),
            count: 2,
        };
        assert_eq!(
            speed_up(&day),
            "Rust against Python on 1970-01-01: 12.4 × on average, 35 × at most (sort)"
        );
        let none = BenchmarkPicture::default();
        assert_eq!(headline(&none, View::Days), "No benchmark was imported yet");
    }
}
