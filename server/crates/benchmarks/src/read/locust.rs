//! Locust: `--json`, and the `_stats.csv` of `--csv`. Times are in milliseconds.

use serde_json::Value;

use super::Taken;
use super::fields::{number, text};
use crate::result::{Measured, Percentiles};

const MS: f64 = 1e-3;

/// What `--json` writes: an entry a request, with how many took how long, in whole milliseconds (two digits from 100 on).
pub(super) fn read(all: &[Value]) -> Taken {
    let mut taken = Taken::default();
    let started = all.iter().filter_map(|it| number(it, "start_time"));
    let seconds = started.fold(f64::INFINITY, f64::min);
    taken.about.at_ms = seconds.is_finite().then_some((seconds * 1000.0) as i64);
    for one in all {
        let name = format!("{} {}", text(one, "method"), text(one, "name"));
        let name = name.trim();
        let count = number(one, "num_requests").unwrap_or(0.0);
        let mut times = Vec::new();
        for (ms, count) in one["response_times"].as_object().into_iter().flatten() {
            let (Ok(ms), Some(count)) = (ms.parse::<f64>(), count.as_u64()) else {
                continue;
            };
            // As many as could be: a test of days has millions.
            let count = usize::try_from(count).unwrap_or(usize::MAX).min(100_000);
            times.extend(std::iter::repeat_n(ms * MS, count));
        }
        let total = number(one, "total_response_time").filter(|_| count > 0.0);
        let measured = Measured::of_samples(name, "seconds", times).map(|it| Measured {
            mean: total.map_or(it.mean, |total| total / count * MS),
            n: count as u64,
            ..it
        });
        taken.push(name, measured);
        let ends = number(one, "last_request_timestamp").zip(number(one, "start_time"));
        let length = ends.map_or(0.0, |(last, first)| last - first);
        if length > 0.0 {
            rates(
                &mut taken,
                name,
                count / length,
                (count > 0.0).then(|| number(one, "num_failures").unwrap_or(0.0) / count),
            );
        }
    }
    taken
}

fn rates(taken: &mut Taken, name: &str, rate: f64, failed: Option<f64>) {
    let requests = format!("{name} (requests)");
    let measured = Measured {
        more_is_better: true,
        ..Measured::value(&requests, "1/s", rate)
    };
    taken.push(&requests, Some(measured));
    if let Some(failed) = failed {
        let failures = format!("{name} (failed)");
        taken.push(&failures, Some(Measured::value(&failures, "ratio", failed)));
    }
}

/// The `_stats.csv`.
pub(super) fn table(text: &str) -> Taken {
    let mut taken = Taken::default();
    let mut lines = text.lines();
    let columns = cells(lines.next().unwrap_or_default());
    for (place, line) in lines.enumerate() {
        let cells = cells(line);
        if cells.len() != columns.len() {
            let note = format!("line {} is not whole and is left out", place + 2);
            taken.notes.push(note);
            continue;
        }
        let named = |name: &str| {
            let place = columns.iter().position(|column| column == name)?;
            Some(cells[place].as_str())
        };
        let value = |name: &str| named(name)?.parse::<f64>().ok();
        let name = format!(
            "{} {}",
            named("Type").unwrap_or_default(),
            named("Name").unwrap_or_default()
        );
        let name = name.trim();
        let count = value("Request Count").unwrap_or(0.0);
        let ms = |name: &str| value(name).map(|it| it * MS);
        let (p50, p95, p99) = (ms("50%"), ms("95%"), ms("99%"));
        let measured = ms("Average Response Time").filter(|_| count > 0.0);
        let measured = measured.map(|mean| Measured {
            n: count as u64,
            median: p50,
            percentiles: p50.zip(p95).map(|(p50, p95)| Percentiles {
                p50,
                p95,
                p99: p99.unwrap_or(p95),
            }),
            ..Measured::value(name, "seconds", mean)
        });
        taken.push(name, measured);
        let failed = value("Failure Count").filter(|_| count > 0.0);
        if let Some(rate) = value("Requests/s") {
            rates(&mut taken, name, rate, failed.map(|failed| failed / count));
        }
    }
    taken
}

/// The cells of a line as RFC 4180 has them; none of Locust's has a line break.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    let mut all = line.chars().peekable();
    while let Some(c) = all.next() {
        match c {
            '"' if quoted && all.peek() == Some(&'"') => {
                all.next();
                push(&mut cells, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => push(&mut cells, c),
        }
    }
    cells
}

fn push(cells: &mut [String], c: char) {
    if let Some(last) = cells.last_mut() {
        last.push(c);
    }
}
