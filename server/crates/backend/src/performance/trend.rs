//! Where a series goes: a line that outliers do not bend.
//!
//! The slope is Theil's and Sen's: the median of the slopes between all pairs (P. K. Sen, "Estimates of the
//! Regression Coefficient Based on Kendall's Tau", JASA 63, 1968), over the medians of equal stretches, so that
//! it costs the same for an hour and for a month. Scatter is the median absolute deviation from the line times
//! 1.4826, which estimates the standard deviation of normal errors (Rousseeuw and Croux, JASA 88, 1993).

use model::TimestampMs;
use wire::{Direction, Trend};

/// Samples without which nothing is said.
pub(super) const LEAST_SAMPLES: usize = 30;
/// Stretches that a range is cut into.
const BUCKETS: usize = 24;
/// Stretches with samples without which nothing is said.
const LEAST_BUCKETS: usize = 8;
/// Changes that matter to nobody, in percent and in seconds.
const LEAST_PERCENT: f64 = 10.0;
const LEAST_SECONDS: f64 = 0.001;
/// How many times its scatter a change has to be.
const CLEAR: f64 = 2.0;
/// Estimates a standard deviation from a median absolute deviation.
const NORMAL: f64 = 1.4826;

/// A time and a value.
pub(super) type Samples = [(TimestampMs, f64)];

/// The value in the middle; between two, their mean.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(match values.len() % 2 {
        1 => upper,
        _ => f64::midpoint(values[middle - 1], upper),
    })
}

/// The median distance from a value, as a standard deviation.
pub(super) fn scatter(values: impl Iterator<Item = f64>, around: f64) -> f64 {
    let mut distances: Vec<_> = values.map(|value| (value - around).abs()).collect();
    median(&mut distances).unwrap_or(0.0) * NORMAL
}

/// Why nothing is said of so few samples.
pub(super) fn too_little(count: usize) -> String {
    format!(
        "Too little to tell: {}, at least {LEAST_SAMPLES} needed.",
        super::words::count(count, "sample")
    )
}

/// Where seconds go, from the first sample to the last. Samples are in the order of time.
pub(super) fn trend(samples: &Samples) -> Trend {
    let unknown = |evidence| Trend {
        evidence,
        ..Trend::default()
    };
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return unknown(too_little(0));
    };
    if samples.len() < LEAST_SAMPLES {
        return unknown(too_little(samples.len()));
    }
    let points = medians(samples, first.0, last.0);
    if points.len() < LEAST_BUCKETS {
        return unknown(format!(
            "Too little to tell: samples lie in {} of {BUCKETS} stretches of the range, at least {LEAST_BUCKETS} \
             needed.",
            points.len()
        ));
    }
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (index, (x, y)) in points.iter().enumerate() {
        let later = points[index + 1..].iter();
        slopes.extend(later.map(|(later_x, later_y)| (later_y - y) / (later_x - x)));
    }
    let slope = median(&mut slopes).unwrap_or(0.0);
    let mut starts: Vec<_> = points.iter().map(|(x, y)| y - slope * x).collect();
    let start = median(&mut starts).unwrap_or(0.0);
    let off = scatter(points.iter().map(|(x, y)| y - slope * x), start);
    // Of 1 in x: the whole range. A line may begin at or below nothing; the share is of what can be divided by.
    let base = start.max(LEAST_SECONDS / 10.0);
    let (change_percent, scatter_percent) = (slope / base * 100.0, off / base * 100.0);
    let clear = slope.abs() >= LEAST_SECONDS
        && change_percent.abs() >= LEAST_PERCENT
        && slope.abs() > CLEAR * off;
    let direction = match (clear, slope > 0.0) {
        (false, _) => Direction::Stable,
        (true, true) => Direction::Degrading,
        (true, false) => Direction::Improving,
    };
    Trend {
        direction,
        change_percent: Some(change_percent),
        scatter_percent: Some(scatter_percent),
        evidence: format!(
            "{change_percent:+.0} % over the range, with a scatter of {scatter_percent:.0} %, from {}.",
            super::words::count(samples.len(), "sample")
        ),
    }
}

/// The median of each stretch that has samples, at its middle: 0 is the begin, 1 the end.
#[expect(clippy::cast_precision_loss, reason = "times of a range")]
fn medians(samples: &Samples, from_ms: TimestampMs, to_ms: TimestampMs) -> Vec<(f64, f64)> {
    let length = (to_ms - from_ms).max(1) as f64;
    let mut buckets = vec![Vec::new(); BUCKETS];
    for (at_ms, value) in samples {
        let share = (at_ms - from_ms) as f64 / length;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let bucket = ((share * BUCKETS as f64) as usize).min(BUCKETS - 1);
        buckets[bucket].push(*value);
    }
    let placed = buckets.iter_mut().enumerate();
    placed
        .filter_map(|(place, values)| {
            Some(((place as f64 + 0.5) / BUCKETS as f64, median(values)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(count: i64, value: impl Fn(i64) -> f64) -> Vec<(i64, f64)> {
        (0..count).map(|n| (n * 30_000, value(n))).collect()
    }

    #[test]
    fn directions() {
        let check = |count, value: &dyn Fn(i64) -> f64, expected: Direction, percent: f64| {
            let found = trend(&series(count, value));
            assert_eq!(found.direction, expected, "{found:?}");
            let change = found.change_percent.unwrap();
            assert!((change - percent).abs() < 8.0, "{percent}: {found:?}");
        };
        let noise = |n: i64| f64::from(u8::try_from(n * 7919 % 101).unwrap()) / 1000.0 - 0.05;
        check(120, &|_| 0.1, Direction::Stable, 0.0);
        check(
            120,
            &|n| 0.1 + n as f64 / 1200.0,
            Direction::Degrading,
            100.0,
        );
        check(
            120,
            &|n| 0.2 - n as f64 / 1200.0,
            Direction::Improving,
            -50.0,
        );
        // What is far off bends nothing.
        check(
            120,
            &|n| if n > 110 { 30.0 } else { 0.1 },
            Direction::Stable,
            0.0,
        );
        check(2000, &|n| 1.0 + noise(n), Direction::Stable, 0.0);
        check(
            2000,
            &|n| 1.0 + noise(n) + n as f64 / 4000.0,
            Direction::Degrading,
            50.0,
        );
        // Three times nearly nothing is nothing.
        check(
            120,
            &|n| 0.000_1 + n as f64 / 600_000.0,
            Direction::Stable,
            200.0,
        );
    }

    #[test]
    fn too_few_say_nothing() {
        for (samples, words) in [
            (Vec::new(), "0 samples, at least 30"),
            (series(29, |_| 1.0), "29 samples, at least 30"),
            (vec![(5, 1.0); 40], "1 of 24 stretches"),
        ] {
            let found = trend(&samples);
            assert_eq!(
                (found.direction, found.change_percent),
                (Direction::Unknown, None)
            );
            assert!(found.evidence.contains(words), "{}", found.evidence);
        }
    }

    #[test]
    fn medians_of_few() {
        for (values, expected) in [
            (&mut [][..], None),
            (&mut [3.0], Some(3.0)),
            (&mut [4.0, 1.0], Some(2.5)),
            (&mut [9.0, 1.0, 2.0], Some(2.0)),
        ] {
            assert_eq!(median(values), expected);
        }
    }
}
