//! Samples of two hours: counters, gauges and classic histograms of a few instances.

use model::{Labels, METRIC_NAME, TimestampMs};

use crate::random::Random;

/// A full hour in November 2023.
pub const BEGIN_MS: TimestampMs = 1_699_999_200_000;

const EVERY_MS: i64 = 15_000;
const SAMPLES: i64 = 480;

/// The bounds of the buckets.
const BOUNDS: [&str; 6] = ["0.1", "0.5", "1", "2.5", "10", "+Inf"];

/// A series and its samples.
pub type Series = (Labels, Vec<(TimestampMs, f64)>);

/// All series; the metrics are those that `queries.rs` asks for.
pub fn generated(random: &mut Random) -> Vec<Series> {
    let mut all = Vec::new();
    for (job, instances) in [("api", 3), ("db", 2)] {
        for number in 0..instances {
            let instance = format!("host-{number}:90{number}0");
            let named = |name: &str| {
                let labels = [(METRIC_NAME, name), ("instance", &*instance), ("job", job)];
                labels.into_iter().collect::<Labels>()
            };
            for code in ["200", "404", "500"] {
                let labels = named("requests_total").with("code", code);
                all.push((labels, counter(random)));
            }
            all.push((named("errors_total"), counter(random)));
            all.push((named("temperature"), gauge(random, 40.0)));
            all.push((named("memory_bytes"), gauge(random, 3e9)));
            let mut odd = gauge(random, 1.0);
            odd.iter_mut()
                .filter(|_| random.one_in(40))
                .for_each(|point| point.1 = f64::NAN);
            all.push((named("ratio"), odd));
            let mut levels = gauge(random, 1.0);
            levels
                .iter_mut()
                .for_each(|point| point.1 = (point.1 * 4.0).floor());
            all.push((named("level"), levels));
            let version = format!("1.{}", number % 2);
            let info = gauge(random, 1.0)
                .iter()
                .map(|(at_ms, _)| (*at_ms, 1.0))
                .collect();
            all.push((named("build_info").with("version", version), info));
            all.extend(histogram(random, &named));
        }
    }
    all
}

/// Times with jitter and gaps, never on a whole second.
fn times(random: &mut Random) -> Vec<TimestampMs> {
    let shift_ms = random.below(14_000) as i64;
    let mut times = Vec::new();
    let mut is_gap = false;
    for i in 0..SAMPLES {
        is_gap = match is_gap {
            true => !random.one_in(25),
            false => random.one_in(150),
        };
        let at_ms = BEGIN_MS + i * EVERY_MS + shift_ms + random.below(200) as i64;
        if !is_gap {
            times.push(if at_ms % 1000 == 0 { at_ms + 1 } else { at_ms });
        }
    }
    times
}

/// It starts again with some hundreds rather than with zero.
fn counter(random: &mut Random) -> Vec<(TimestampMs, f64)> {
    let mut value = 5000.0 + random.below(5000) as f64;
    let times = times(random).into_iter();
    let points = times.map(|at_ms| {
        value = match random.one_in(100) {
            true => 2000.0 + random.below(500) as f64,
            false => value + random.below(8) as f64,
        };
        (at_ms, value)
    });
    points.collect()
}

fn gauge(random: &mut Random, mean: f64) -> Vec<(TimestampMs, f64)> {
    let times = times(random).into_iter();
    times
        .map(|at_ms| (at_ms, mean * (0.2 + 1.6 * random.share())))
        .collect()
}

/// Buckets, sum and count, which have their times in common.
fn histogram(random: &mut Random, named: &dyn Fn(&str) -> Labels) -> Vec<Series> {
    let times = times(random);
    let mut counts = [1000.0; BOUNDS.len()];
    let mut sum = 4000.0;
    let mut series: Vec<Series> = (BOUNDS.iter())
        .map(|bound| {
            (
                named("latency_seconds_bucket").with("le", *bound),
                Vec::new(),
            )
        })
        .collect();
    series.push((named("latency_seconds_sum"), Vec::new()));
    series.push((named("latency_seconds_count"), Vec::new()));
    for at_ms in times {
        let bucket = random.below(BOUNDS.len());
        let observed = 1.0 + random.below(9) as f64;
        counts
            .iter_mut()
            .skip(bucket)
            .for_each(|count| *count += observed);
        sum += observed * random.share();
        let values = counts.iter().chain([&sum, &counts[BOUNDS.len() - 1]]);
        for ((_, points), value) in series.iter_mut().zip(values) {
            points.push((at_ms, *value));
        }
    }
    series
}
