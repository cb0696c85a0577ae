//! How steadily a server answers: the first of flapping, drifting, periodic, spikes that holds, else steady.
//!
//! - flapping: at least 6 changes between answered and failed, in at least a tenth of all pairs of probes;
//! - drifting: the trend is clear (`trend.rs`);
//! - periodic: the autocorrelation of ranks (Box and Jenkins, "Time Series Analysis", chapter 2, on ranks so that
//!   few large values decide nothing) falls below 0.2 and rises to a peak above 0.5;
//! - spikes: answers that take more than twice the median and lie more than 6 scatters above it, up to a tenth of
//!   all; more than that is how it is.

use model::TimestampMs;
use wire::{Direction, Pattern, Trend};

use super::trend::{LEAST_SAMPLES, Samples, median, scatter, too_little};
use super::words;

const LEAST_CHANGES: usize = 6;
/// Stretches in which regular times are looked for.
const STRETCHES: usize = 240;
/// Samples without which regular times cannot be told.
const LEAST_REGULAR: usize = 48;
const PEAK: f64 = 0.5;
const VALLEY: f64 = 0.2;
/// An answer that differs by less is no spike.
const LEAST_SECONDS: f64 = 0.005;

/// The pattern and what it is said from.
pub(super) fn pattern(
    answered: &[(TimestampMs, bool)],
    answers: &Samples,
    trend: &Trend,
) -> (Pattern, String) {
    if answered.len() < LEAST_SAMPLES {
        return (Pattern::Unknown, too_little(answered.len()));
    }
    let changes = answered
        .windows(2)
        .filter(|pair| pair[0].1 != pair[1].1)
        .count();
    if changes >= LEAST_CHANGES && changes * 10 >= answered.len() {
        let probes = words::count(answered.len(), "probe");
        let evidence = format!("{changes} changes between answered and failed in {probes}");
        return (Pattern::Flapping, evidence);
    }
    if answers.len() < LEAST_SAMPLES {
        return (Pattern::Unknown, too_little(answers.len()));
    }
    if matches!(trend.direction, Direction::Improving | Direction::Degrading) {
        return (Pattern::Drifting, trend.evidence.clone());
    }
    let mut values: Vec<_> = answers.iter().map(|(_, value)| *value).collect();
    let usual = median(&mut values).unwrap_or(0.0);
    if let Some((period_ms, strength)) = period(answers) {
        let every = words::seconds(period_ms as f64 / 1000.0);
        let evidence =
            format!("slower about every {every}, with an autocorrelation of {strength:.2}");
        return (Pattern::Periodic, evidence);
    }
    let off = scatter(values.iter().copied(), usual);
    let limit = usual + (6.0 * off).max(usual).max(LEAST_SECONDS);
    let spikes = values.iter().filter(|value| **value > limit).count();
    let seen = words::count(values.len(), "answer");
    if spikes > 0 && spikes * 10 <= values.len() {
        let (limit, usual) = (words::seconds(limit), words::seconds(usual));
        let evidence = format!("{spikes} of {seen} took more than {limit}, the median is {usual}");
        return (Pattern::Spikes, evidence);
    }
    let evidence = format!(
        "the median of {seen} is {}, with a scatter of {}",
        words::seconds(usual),
        words::seconds(off)
    );
    (Pattern::Steady, evidence)
}

/// The distance of regular slow times, and how regular they are.
#[expect(
    clippy::cast_precision_loss,
    reason = "at most a few hundred stretches"
)]
fn period(samples: &Samples) -> Option<(TimestampMs, f64)> {
    let (first, last) = (samples.first()?.0, samples.last()?.0);
    if samples.len() < LEAST_REGULAR || last <= first {
        return None;
    }
    // No shorter than samples lie apart, or most stretches would be empty.
    let stretches = samples.len().min(STRETCHES);
    let width = ((last - first) / i64::try_from(stretches - 1).ok()?).max(1);
    let mut means = vec![(0.0, 0.0); stretches + 1];
    for (at_ms, value) in samples {
        let place = usize::try_from((at_ms - first) / width)
            .ok()?
            .min(stretches);
        means[place].0 += value;
        means[place].1 += 1.0;
    }
    let means = means
        .into_iter()
        .map(|(sum, count)| (count > 0.0).then(|| sum / count));
    let ranks = centred_ranks(&means.collect::<Vec<_>>());
    let power: f64 = ranks.iter().map(|rank| rank * rank).sum::<f64>() / ranks.len() as f64;
    if power == 0.0 {
        return None;
    }
    let at = |lag: usize| {
        let pairs = ranks.len() - lag;
        let products = ranks.iter().zip(&ranks[lag..]).map(|(a, b)| a * b);
        products.sum::<f64>() / pairs as f64 / power
    };
    let correlations: Vec<_> = (1..ranks.len() / 3).map(at).collect();
    let valley = correlations.iter().position(|value| *value < VALLEY)?;
    let beyond = &correlations[valley..];
    let strength = beyond.iter().copied().max_by(f64::total_cmp)?;
    // Multiples of a period are as regular: the first that is nearly as strong is meant.
    let first = beyond.iter().position(|value| *value >= strength * 0.9)?;
    let lag = valley + first + 1;
    (strength > PEAK && lag >= 3).then(|| (width * lag as i64, strength))
}

/// Ranks around 0, equal values with equal ranks; where there is no value, 0.
#[expect(
    clippy::cast_precision_loss,
    reason = "at most a few hundred stretches"
)]
fn centred_ranks(values: &[Option<f64>]) -> Vec<f64> {
    let mut sorted: Vec<_> = values.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = (sorted.len() as f64 - 1.0) / 2.0;
    let rank = |value: f64| {
        let below = sorted.partition_point(|other| *other < value);
        let upto = sorted.partition_point(|other| *other <= value);
        (below + upto - 1) as f64 / 2.0 - middle
    };
    values.iter().map(|value| value.map_or(0.0, rank)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::performance::trend::trend;

    /// Between 0 and 1, looking random, the same each time.
    fn noise(n: i64) -> f64 {
        let mixed = (n as u64 ^ 0x9E37_79B9).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        ((mixed ^ (mixed >> 32)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn check(
        count: i64,
        up: impl Fn(i64) -> bool,
        value: impl Fn(i64) -> f64,
        expected: Pattern,
        words: &str,
    ) {
        let answered: Vec<_> = (0..count).map(|n| (n * 30_000, up(n))).collect();
        let got = answered.iter().filter(|(_, up)| *up);
        let answers: Vec<_> = got.map(|(at, _)| (*at, value(at / 30_000))).collect();
        let (found, evidence) = pattern(&answered, &answers, &trend(&answers));
        assert_eq!(found, expected, "{evidence}");
        assert!(evidence.contains(words), "{words}: {evidence}");
    }

    #[test]
    fn patterns() {
        let up = |_: i64| true;
        let quick = |n: i64| 0.1 + noise(n) / 50.0;
        check(29, up, quick, Pattern::Unknown, "29 samples, at least 30");
        check(120, |_| false, quick, Pattern::Unknown, "0 samples");
        check(120, up, |_| 0.1, Pattern::Steady, "100 ms");
        check(500, up, quick, Pattern::Steady, "500 answers");
        check(120, |n| n % 5 != 0, quick, Pattern::Flapping, "47 changes");
        // Down once is no flapping.
        check(
            120,
            |n| !(50..60).contains(&n),
            quick,
            Pattern::Steady,
            "110 answers",
        );
        let spiky = |n: i64| {
            if [31, 77, 90].contains(&n) {
                2.0
            } else {
                quick(n)
            }
        };
        check(120, up, spiky, Pattern::Spikes, "3 of 120 answers");
        check(
            120,
            up,
            |n| quick(n) + n as f64 / 600.0,
            Pattern::Drifting,
            "%",
        );
        let regular = |n: i64| quick(n) + if n % 20 < 6 { 0.5 } else { 0.0 };
        check(240, up, regular, Pattern::Periodic, "every 600 s");
    }
}
