//! Benchmarks at a glance: how many changed with their newest runs, and the worst with its sentence.

use ui::format;
use wire::{Benchmark, BenchmarkStanding, Caller, Glance, GlanceLine, Problem, Services};

use crate::benchmarks::words;

/// More are on their own page.
const MOST: usize = 3;

pub(super) async fn glance(services: &Services, caller: &Caller) -> Result<Glance, Problem> {
    let standing = services.benchmarks.standing(caller).await?;
    let now_ms = services.live.snapshot(caller).await?.now_ms;
    Ok(said(&standing, now_ms))
}

fn said(standing: &BenchmarkStanding, now_ms: i64) -> Glance {
    let measured = standing.newest_ms.map_or_else(String::new, |at_ms| {
        format!("; measured last {}", format::ago(at_ms, now_ms))
    });
    let all = format::count(
        usize::try_from(standing.all).unwrap_or(usize::MAX),
        "benchmark",
    );
    let words = match (standing.all, standing.worse, standing.better) {
        (0, ..) => {
            "No benchmark yet. \"mcp-observatory bench import FILE\" reads what Criterion, hyperfine and others wrote.".to_owned()
        }
        (_, 0, 0) => format!("None of {all} changed with its newest run{measured}"),
        (_, 0, better) => format!("{better} of {all} became better, none worse{measured}"),
        (_, worse, 0) => format!("{worse} of {all} became worse{measured}"),
        (_, worse, better) => {
            format!("{worse} of {all} became worse, {better} better{measured}")
        }
    };
    Glance {
        words,
        lines: standing.changed.iter().take(MOST).map(line).collect(),
    }
}

fn line(benchmark: &Benchmark) -> GlanceLine {
    let newest = &benchmark.newest;
    GlanceLine {
        path: format!("/benchmarks/{}", benchmark.id),
        name: words::called(benchmark),
        about: newest.sentence.clone(),
        level: words::level(newest.verdict),
        state: newest.verdict.as_str().to_owned(),
        figure: newest.change.map_or_else(|| "–".to_owned(), words::change),
    }
}

#[cfg(test)]
mod tests {
    use wire::{BenchmarkPoint, BenchmarkVerdict};

    use super::*;

    fn standing(all: u64, worse: u64, better: u64) -> BenchmarkStanding {
        BenchmarkStanding {
            all,
            worse,
            better,
            newest_ms: (all > 0).then_some(60_000),
            changed: Vec::new(),
        }
    }

    #[test]
    fn sentences() {
        for (standing, expected) in [
            (
                standing(12, 0, 0),
                "None of 12 benchmarks changed with its newest run; measured last 2 min ago",
            ),
            (
                standing(12, 0, 1),
                "1 of 12 benchmarks became better, none worse; measured last 2 min ago",
            ),
            (
                standing(12, 3, 0),
                "3 of 12 benchmarks became worse; measured last 2 min ago",
            ),
            (
                standing(12, 3, 1),
                "3 of 12 benchmarks became worse, 1 better; measured last 2 min ago",
            ),
        ] {
            assert_eq!(said(&standing, 180_000).words, expected);
        }
        let nothing = said(&standing(0, 0, 0), 180_000);
        assert!(
            nothing
                .words
                .starts_with("No benchmark yet. \"mcp-observatory bench import")
        );
    }

    #[test]
    fn what_changed_says_how() {
        let mut changed = standing(1, 1, 0);
        changed.changed.push(Benchmark {
            id: 7,
            suite: "core".to_owned(),
            key: "parse".to_owned(),
            name: "parse".to_owned(),
            parameters: "rows=10".to_owned(),
            language: String::new(),
            approach: String::new(),
            unit: "seconds".to_owned(),
            more_is_better: false,
            tool: String::new(),
            runs: 3,
            newest: BenchmarkPoint {
                run: 3,
                at_ms: 60_000,
                commit: String::new(),
                branch: String::new(),
                host: String::new(),
                n: 9,
                value: 1.0,
                mean: 1.0,
                low: None,
                high: None,
                p50: None,
                p95: None,
                p99: None,
                verdict: BenchmarkVerdict::Worse,
                change: Some(0.34),
                change_low: None,
                change_high: None,
                p: Some(0.001),
                sentence: "slower than 5 runs before".to_owned(),
            },
            past: Vec::new(),
        });
        let glance = said(&changed, 180_000);
        let line = &glance.lines[0];
        assert_eq!(line.path, "/benchmarks/7");
        assert_eq!(
            [&*line.name, &*line.state, &*line.figure, &*line.about],
            [
                "parse (rows=10)",
                "worse",
                "+34 %",
                "slower than 5 runs before"
            ]
        );
    }
}
