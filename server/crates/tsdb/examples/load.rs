//! What the store costs: appends, disk, memory, reopening, reading.
//!
//! ```sh
//! cargo run --release -p tsdb --example load -- 20000 6    # series, hours of data every 15 s
//! ```
//!
//! The data is a mix of counters, gauges and buckets of histograms, scraped from targets of 500 series
//! each with a jitter of a few milliseconds.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that fails says so by panicking"
)]

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{Check, Db};
use model::{Labels, MatchValue, Matcher, ReadSamples, Selection, SeriesSamples};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio_util::sync::CancellationToken;
use tsdb::{Config, Storage};

const START_MS: i64 = 1_795_200_000_000;
const INTERVAL_MS: i64 = 15_000;
const OF_A_TARGET: usize = 500;

struct Target {
    labels: Vec<Labels>,
    values: Vec<f64>,
}

impl Target {
    fn new(number: usize, series: usize) -> Self {
        let labels = (0..series).map(|n| {
            let name = format!("metric_{}_total", n % 50);
            let n = n.to_string();
            let target = format!("host-{number}:9100");
            let pairs = [
                ("__name__", name.as_str()),
                ("instance", target.as_str()),
                ("job", "node"),
                ("region", "eu-west-1"),
                ("n", n.as_str()),
            ];
            pairs.into_iter().collect()
        });
        Self {
            labels: labels.collect(),
            values: vec![0.0; series],
        }
    }

    fn scrape(&mut self, at_ms: i64, random: &mut StdRng) -> Vec<SeriesSamples> {
        for (n, value) in self.values.iter_mut().enumerate() {
            match n % 4 {
                0 => *value += f64::from(random.random_range(0..100)),
                1 => *value += f64::from(random.random_range(0..2)),
                2 => *value = (f64::from(random.random_range(0..10_000)) / 100.0).round() / 10.0,
                _ => *value += f64::from(u8::from(random.random_bool(0.05))),
            }
        }
        let samples = self.labels.iter().zip(&self.values).map(|(labels, value)| {
            SeriesSamples::floats(labels.clone(), vec![at_ms], vec![*value])
        });
        samples.collect()
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|a| a.parse().ok())
        .collect();
    let series = arguments.first().copied().unwrap_or(2_000);
    let hours = arguments.get(1).copied().unwrap_or(6);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metrics.db");
    let open = || async {
        let db = Db::open(&file, &db::schema::METRICS, Check::Schema)
            .await
            .unwrap();
        let config = Config {
            retention: Duration::ZERO,
            ..Config::default()
        };
        Arc::new(Storage::open(db, config).await.unwrap())
    };
    let storage = open().await;
    let compacting = tokio::spawn(Arc::clone(&storage).run(CancellationToken::new()));
    let mut random = StdRng::seed_from_u64(1);
    let mut targets: Vec<Target> = (0..series.div_ceil(OF_A_TARGET))
        .map(|number| Target::new(number, OF_A_TARGET.min(series - number * OF_A_TARGET)))
        .collect();
    let scrapes = hours as i64 * 3_600_000 / INTERVAL_MS;
    let (mut samples, mut busy) = (0_u64, Duration::ZERO);
    for scrape in 0..scrapes {
        let batches: Vec<_> = targets
            .iter_mut()
            .map(|target| {
                let jitter = random.random_range(-5..=5);
                target.scrape(START_MS + scrape * INTERVAL_MS + jitter, &mut random)
            })
            .collect();
        let now = START_MS + scrape * INTERVAL_MS;
        let begun = Instant::now();
        let appends: Vec<_> = batches
            .into_iter()
            .map(|batch| {
                let storage = Arc::clone(&storage);
                tokio::spawn(async move { storage.append(batch, now).await.unwrap().taken })
            })
            .collect();
        for append in appends {
            samples += append.await.unwrap();
        }
        busy += begun.elapsed();
    }
    println!(
        "{samples} samples of {series} series: {:.0} a second, {:.2} CPU seconds a million (all of this program), {:.1} MB resident",
        samples as f64 / busy.as_secs_f64(),
        cpu_seconds() / (samples as f64 / 1e6),
        resident_mb(),
    );
    compacting.abort();
    let _ = compacting.await;
    storage.close().await;
    let begun = Instant::now();
    let storage = open().await;
    println!(
        "opened again in {:.0} ms",
        begun.elapsed().as_secs_f64() * 1e3
    );
    storage.compact().await.unwrap();
    storage.close().await;
    let bytes = std::fs::metadata(&file).unwrap().len();
    println!(
        "{:.2} bytes a sample on disk",
        bytes as f64 / samples as f64
    );

    let storage = open().await;
    let end = START_MS + scrapes * INTERVAL_MS;
    for (what, name, value, span) in [
        (
            "one target, the last hour",
            "instance",
            "host-0:9100",
            3_600_000,
        ),
        (
            "a fiftieth of all series, everything",
            "__name__",
            "metric_7_total",
            i64::MAX / 4,
        ),
    ] {
        let is = MatchValue::Equal(value.to_owned());
        let matchers = vec![Matcher {
            name: name.to_owned(),
            is,
        }];
        let selection = Selection {
            matchers,
            from_ms: end - span,
            to_ms: end,
        };
        let storage = Arc::clone(&storage);
        let read = move || {
            let mut times = Vec::new();
            let mut read = 0;
            for _ in 0..21 {
                read = 0;
                let begun = Instant::now();
                let each = &mut |series: SeriesSamples| {
                    read += series.at_ms.len();
                    ControlFlow::Continue(())
                };
                storage.select(&selection, each).unwrap();
                times.push(begun.elapsed());
            }
            times.sort();
            (read, times[10])
        };
        let (read, taken) = tokio::task::spawn_blocking(read).await.unwrap();
        println!(
            "{what}: {read} samples in {:.1} ms",
            taken.as_secs_f64() * 1e3
        );
    }
}

/// Linux only; elsewhere zero.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Linux only; elsewhere zero.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kb.unwrap_or_default() / 1e3
}
