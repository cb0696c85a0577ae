//! How long typical queries take, over samples in memory: `cargo run --release -p promql --example speed`.
//!
//! It prints the median of some runs in milliseconds, and how much of it the store took for handing
//! over its samples. Words behind `--` choose the queries that contain one of them.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use model::{Labels, METRIC_NAME, ReadError, ReadSamples, Selection, SeriesSamples, TimestampMs};
use promql::{Limits, Query, QueryError, evaluate_instant, evaluate_range};

const SERIES: usize = 2000;
const SAMPLES: i64 = 5760;
const EVERY_MS: i64 = 15_000;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Some time in 2023, from which on there are samples for a day.
const BEGIN_MS: TimestampMs = 1_700_000_000_000;
const END_MS: TimestampMs = BEGIN_MS + SAMPLES * EVERY_MS;

/// A query, the hours up to the end over which it is asked, and the step; an instant without hours.
const QUERIES: &[(&str, i64, i64)] = &[
    ("m{n=\"7\"}", 0, 0),
    ("sum by (instance) (m)", 0, 0),
    ("sum by (instance) (rate(m[5m]))", 0, 0),
    ("count_over_time(m[1h])", 0, 0),
    ("m{instance=\"host-0\"}", 1, 15_000),
    ("m", 6, MINUTE_MS),
    ("sum by (instance) (m)", 6, MINUTE_MS),
    ("sum by (instance) (m > 10)", 6, MINUTE_MS),
    ("sum by (instance) (rate(m[5m]))", 6, MINUTE_MS),
    ("topk(5, m)", 6, MINUTE_MS),
    ("quantile by (instance) (0.9, m)", 6, MINUTE_MS),
    ("m / on (n) group_left () m{le=\"1\"}", 6, MINUTE_MS),
    ("count_over_time(m[1h])", 6, MINUTE_MS),
    (
        "histogram_quantile(0.9, sum by (le) (rate(m[5m])))",
        6,
        MINUTE_MS,
    ),
    (
        "histogram_quantile(0.9, sum by (n, le) (rate(m[5m])))",
        6,
        MINUTE_MS,
    ),
    ("sum_over_time(m{half=\"0\"}[1d])", 24, MINUTE_MS),
    ("avg_over_time(m{half=\"0\"}[1d])", 24, MINUTE_MS),
    ("max_over_time(m{half=\"0\"}[1d])", 24, MINUTE_MS),
    ("stddev_over_time(m{half=\"0\"}[1d])", 24, MINUTE_MS),
    ("increase(m{half=\"0\"}[1d])", 24, MINUTE_MS),
    ("changes(m{half=\"0\"}[1d])", 24, MINUTE_MS),
    ("deriv(m{half=\"0\"}[1d])", 24, MINUTE_MS),
    (
        "max_over_time(rate(m{half=\"0\"}[5m])[1h:1m])",
        6,
        MINUTE_MS,
    ),
    ("sum(m) / sum(m @ end())", 6, MINUTE_MS),
];

/// Counters in memory, with the time it took to hand them over.
struct Memory {
    series: Vec<SeriesSamples>,
    spent: Mutex<Duration>,
}

impl Memory {
    fn generated() -> Self {
        let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut next = move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let series = (0..SERIES).map(|number| {
            let mut value = 0.0;
            let mut samples = SeriesSamples::floats(labels(number), Vec::new(), Vec::new());
            for i in 1..=SAMPLES {
                let random = next();
                let jitter_ms = (random % 400) as i64;
                value = match random >> 52 {
                    // A process has started again.
                    0 => 0.0,
                    _ => value + (random >> 32 & 15) as f64,
                };
                samples.at_ms.push(BEGIN_MS + i * EVERY_MS - jitter_ms);
                samples.values.push(value);
            }
            samples
        });
        Self {
            series: series.collect(),
            spent: Mutex::default(),
        }
    }

    fn take_spent(&self) -> Duration {
        let mut spent = self.spent.lock().unwrap_or_else(|lock| lock.into_inner());
        std::mem::take(&mut *spent)
    }
}

/// A hundred series for each of twenty instances, ten with the same `n` the buckets of a histogram.
fn labels(number: usize) -> Labels {
    let place = number % 100;
    let bound = match place % 10 {
        9 => "+Inf".to_owned(),
        bound => (1 << bound).to_string(),
    };
    [
        (METRIC_NAME, "m".to_owned()),
        ("half", (number * 2 / SERIES).to_string()),
        ("instance", format!("host-{}", number / 100)),
        ("job", "speed".to_owned()),
        ("le", bound),
        ("n", (number / 10).to_string()),
        ("region", format!("region-{}", number % 3)),
    ]
    .into_iter()
    .collect()
}

impl ReadSamples for Memory {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let (begun, away) = (Instant::now(), Cell::new(Duration::ZERO));
        for series in &self.series {
            if !(selection.matchers.iter()).all(|one| one.matches(&series.labels)) {
                continue;
            }
            let from = (series.at_ms).partition_point(|at_ms| *at_ms < selection.from_ms);
            let to = (series.at_ms).partition_point(|at_ms| *at_ms <= selection.to_ms);
            let samples = SeriesSamples::floats(
                series.labels.clone(),
                series.at_ms[from..to].to_vec(),
                series.values[from..to].to_vec(),
            );
            let left = Instant::now();
            let flow = each(samples);
            away.set(away.get() + left.elapsed());
            if flow.is_break() {
                break;
            }
        }
        let mut spent = self.spent.lock().unwrap_or_else(|lock| lock.into_inner());
        *spent += begun.elapsed().saturating_sub(away.get());
        Ok(())
    }

    fn series(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.select(selection, &mut |series| each(&series.labels))
    }
}

fn main() -> Result<(), QueryError> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let store = Memory::generated();
    println!("{:>9} {:>9}", "median", "of which");
    println!("{:>9} {:>9}", "ms", "store");
    for (text, hours, step_ms) in QUERIES {
        if !(wanted.is_empty() || wanted.iter().any(|word| text.contains(word.as_str()))) {
            continue;
        }
        let query = Query::parse(text)?;
        let mut runs = Vec::new();
        let begun = Instant::now();
        // Half a second for each, but never less than three runs.
        while runs.len() < 3 || begun.elapsed() < Duration::from_millis(500) {
            let one = Instant::now();
            let limits = Limits::default();
            let answer = match hours {
                0 => evaluate_instant(&query, &store, END_MS, &limits)?,
                _ => {
                    let from_ms = END_MS - hours * HOUR_MS;
                    evaluate_range(&query, &store, from_ms, END_MS, *step_ms, &limits)?
                }
            };
            std::hint::black_box(answer);
            runs.push((one.elapsed(), store.take_spent()));
        }
        runs.sort();
        let (median, in_store) = runs[runs.len() / 2];
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
        let over = match hours {
            0 => String::new(),
            _ => format!("   {hours} h at {} s", step_ms / 1000),
        };
        println!(
            "{:9.2} {:9.2}   {text}{over}",
            milliseconds(median),
            milliseconds(in_store)
        );
    }
    Ok(())
}
