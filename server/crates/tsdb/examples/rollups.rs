//! What rollups cost: rolling, disk, and looking at a year.
//!
//! ```sh
//! cargo run --release -p tsdb --example rollups -- 1000 28    # series, days of data every 15 s
//! ```
//!
//! A third of the series are counters, a third gauges with decimals, a third counters that hardly move.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that fails says so by panicking"
)]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{Check, Db};
use model::{Coarse, Labels, ReadSamples, Selection, SeriesSamples, Wanted};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tsdb::{Config, Rollups, Storage};

const BEGIN_MS: i64 = 1_795_046_400_000;
const INTERVAL_MS: i64 = 15_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

struct Series {
    labels: Labels,
    value: f64,
}

fn all(count: usize) -> Vec<Series> {
    let one = |n: usize| {
        let (name, n) = (format!("metric_{}", n % 30), n.to_string());
        let pairs = [("__name__", name.as_str()), ("n", n.as_str())];
        Series {
            labels: pairs.into_iter().collect(),
            value: 0.0,
        }
    };
    (0..count).map(one).collect()
}

/// An hour of everything.
fn hour(series: &mut [Series], from_ms: i64, random: &mut StdRng) -> Vec<SeriesSamples> {
    let mut batch = Vec::with_capacity(series.len());
    for (n, one) in series.iter_mut().enumerate() {
        let times = (1..=HOUR_MS / INTERVAL_MS).map(|n| from_ms + n * INTERVAL_MS - 3_000);
        let at_ms: Vec<i64> = times.map(|at| at + random.random_range(-5..=5)).collect();
        let next = |_: &i64| {
            match n % 3 {
                0 => one.value += f64::from(random.random_range(0..100)),
                1 => one.value = (f64::from(random.random_range(0..10_000)) / 100.0).round() / 10.0,
                _ => one.value += f64::from(u8::from(random.random_bool(0.05))),
            }
            one.value
        };
        let values = at_ms.iter().map(next).collect();
        batch.push(SeriesSamples::floats(one.labels.clone(), at_ms, values));
    }
    batch
}

async fn open(folder: &Path, config: &Config) -> Arc<Storage> {
    let file = folder.join("metrics.db");
    let db = Db::open(&file, &db::schema::METRICS, Check::Schema);
    let db = db.await.unwrap();
    Arc::new(Storage::open(db, config.clone()).await.unwrap())
}

/// How long it takes to hand over all series, and how many points that are.
async fn read(storage: &Arc<Storage>, coarse: Option<Coarse>, range: (i64, i64)) -> (f64, usize) {
    let storage = Arc::clone(storage);
    let reading = move || {
        let selection = Selection {
            matchers: Vec::new(),
            from_ms: range.0,
            to_ms: range.1,
        };
        let (begun, mut points) = (Instant::now(), 0);
        match coarse {
            Some(coarse) => storage.select_rolled(&selection, coarse, &mut |found| {
                points += found.series.at_ms.len();
                ControlFlow::Continue(())
            }),
            None => storage.select(&selection, &mut |found| {
                points += found.at_ms.len();
                ControlFlow::Continue(())
            }),
        }
        .unwrap();
        (begun.elapsed().as_secs_f64(), points)
    };
    tokio::task::spawn_blocking(reading).await.unwrap()
}

#[tokio::main]
async fn main() {
    let arguments = std::env::args().skip(1);
    let numbers: Vec<usize> = arguments.filter_map(|text| text.parse().ok()).collect();
    let count = numbers.first().copied().unwrap_or(1_000);
    let days = numbers.get(1).copied().unwrap_or(28) as i64;
    let config = Config {
        retention: Duration::ZERO,
        rollups: Rollups {
            five_minutes: Some(Duration::ZERO),
            hours: Some(Duration::ZERO),
        },
        ..Config::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), &config).await;
    let (mut series, mut random) = (all(count), StdRng::seed_from_u64(1));
    let (mut rolling, mut compacting, mut samples) = (Duration::ZERO, Duration::ZERO, 0_u64);
    for passed in 0..days * 24 {
        let from_ms = BEGIN_MS + passed * HOUR_MS;
        let batch = hour(&mut series, from_ms, &mut random);
        let taken = storage.append(batch, from_ms + HOUR_MS).await.unwrap();
        samples += taken.taken;
        let begun = Instant::now();
        storage.compact().await.unwrap();
        compacting += begun.elapsed();
        let begun = Instant::now();
        storage.roll_up(from_ms + HOUR_MS).await.unwrap();
        rolling += begun.elapsed();
    }
    let end_ms = BEGIN_MS + days * DAY_MS;
    storage.roll_up(end_ms + DAY_MS).await.unwrap();
    let millions = samples as f64 / 1e6;
    println!(
        "{count} series, {days} days, {samples} samples: rolling {:.2} s a million, compacting {:.2} s",
        rolling.as_secs_f64() / millions,
        compacting.as_secs_f64() / millions,
    );
    let windows = [days * 288, days * 24].map(|each| each as f64 * count as f64);
    for (kept, windows) in storage.kept().await.unwrap().iter().zip(windows) {
        println!(
            "{}: {:.1} bytes a window, {:.1} kB a series and day",
            kept.level.as_str(),
            kept.bytes as f64 / windows,
            kept.bytes as f64 / 1e3 / count as f64 / days as f64,
        );
    }
    let range = (BEGIN_MS, end_ms);
    let (seconds, points) = read(&storage, None, range).await;
    println!("samples: {points} in {:.0} ms", seconds * 1e3);
    storage.forget(end_ms).await.unwrap();
    storage.close().await;
    let storage = open(folder.path(), &config).await;
    for (wanted, name) in [
        (Wanted::Most, "max"),
        (Wanted::Edges, "rate"),
        (Wanted::Total, "sum"),
    ] {
        let coarse = Coarse {
            wanted,
            enough_ms: 0,
        };
        let (seconds, points) = read(&storage, Some(coarse), range).await;
        println!("5m, {name}: {points} points in {:.0} ms", seconds * 1e3);
    }
    storage.reconfigure(Config {
        rollups: Rollups {
            five_minutes: None,
            ..config.rollups
        },
        ..config.clone()
    });
    storage.forget_as_configured(end_ms).await.unwrap();
    for (wanted, name) in [
        (Wanted::Most, "max"),
        (Wanted::Edges, "rate"),
        (Wanted::Total, "sum"),
    ] {
        let coarse = Coarse {
            wanted,
            enough_ms: 0,
        };
        let (seconds, points) = read(&storage, Some(coarse), range).await;
        println!("1h, {name}: {points} points in {:.0} ms", seconds * 1e3);
    }
}
