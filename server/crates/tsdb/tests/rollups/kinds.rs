//! Series of all kinds, from a seed.

use model::{STALE, SeriesSamples};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::common::{HOUR, series};

/// The begin of a day, and of eight days.
pub(crate) const BEGIN: i64 = 1_795_046_400_000;

/// What comes after a value.
type Next = fn(&mut StdRng, f64) -> f64;
type Hours = std::ops::Range<i64>;

/// One series.
pub(crate) struct Kind {
    name: String,
    random: StdRng,
    /// How far samples are apart.
    every_ms: i64,
    value: f64,
    next: Next,
    /// When it is there, in hours.
    there: Hours,
}

/// A few of each kind.
pub(crate) fn all(seed: u64) -> Vec<Kind> {
    let mut random = StdRng::seed_from_u64(seed);
    let counter = |random: &mut StdRng, value: f64| match random.random_range(0..400) {
        0 => 0.0,
        1 => f64::from(random.random_range(0..5)),
        _ => value + f64::from(random.random_range(0..100)),
    };
    let slow = |random: &mut StdRng, value: f64| value + f64::from(random.random_bool(0.01));
    let gauge = |random: &mut StdRng, value: f64| value + random.random_range(-1.0..1.0);
    let odd = |random: &mut StdRng, value: f64| match random.random_range(0..300) {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => f64::NEG_INFINITY,
        _ if value.is_finite() => value + f64::from(random.random_range(-9..9)),
        _ => 5.0,
    };
    let kinds: [(&str, Next, i64, Hours); 8] = [
        ("counter", counter, 15_000, 0..1_000),
        ("slow", slow, 60_000, 0..1_000),
        ("gauge", gauge, 30_000, 0..1_000),
        ("odd", odd, 30_000, 0..1_000),
        ("rare", gauge, 2_500_000, 0..1_000),
        ("short", counter, 15_000, 30..33),
        ("late", counter, 15_000, 70..1_000),
        ("again", gauge, 15_000, 12..90),
    ];
    let kind = |(name, next, every_ms, there)| Kind {
        name: format!("__name__=m kind={name}"),
        random: StdRng::seed_from_u64(random.random()),
        every_ms,
        value: 10.0,
        next,
        there,
    };
    kinds.into_iter().map(kind).collect()
}

/// What they have after a time and up to another.
pub(crate) fn batch(kinds: &mut [Kind], from_ms: i64, to_ms: i64) -> Vec<SeriesSamples> {
    let batch = kinds.iter_mut().map(|kind| {
        let mut samples = Vec::new();
        let first = (from_ms / kind.every_ms + 1) * kind.every_ms;
        let times = (0..).map(|n| first + n * kind.every_ms);
        for at_ms in times.take_while(|at_ms| *at_ms <= to_ms) {
            let jitter = match kind.every_ms {
                15_000 => kind.random.random_range(-5_000..5_000),
                _ => 0,
            };
            let hour = (at_ms - BEGIN) / HOUR;
            kind.value = (kind.next)(&mut kind.random, kind.value);
            if kind.there.contains(&hour) {
                let at_ms = (at_ms + jitter).clamp(from_ms + 1, to_ms);
                samples.push((at_ms, kind.value));
            }
        }
        samples.dedup_by_key(|(at_ms, _)| *at_ms);
        let ends_ms = BEGIN + kind.there.end * HOUR;
        if (from_ms..to_ms).contains(&ends_ms) && kind.name.ends_with("again") {
            samples.push((ends_ms + 6_000, STALE));
        }
        series(&kind.name, &samples)
    });
    batch.filter(|series| !series.at_ms.is_empty()).collect()
}
