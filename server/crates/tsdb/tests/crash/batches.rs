//! What is sent, as a function of a number: whoever knows the number knows the samples.

use std::hash::{DefaultHasher, Hash, Hasher};

use model::{Labels, STALE, SeriesSamples};

pub(crate) const HOUR: i64 = 3_600_000;
const START: i64 = 1_795_233_900_000;
const STEP: i64 = 15_000;
/// Series that are always sent.
const STEADY: i64 = 6;
/// Batches that a series of the others lives for.
const LIFE: i64 = 25;

#[derive(Clone, Copy)]
pub(crate) struct Batches {
    pub(crate) seed: u32,
}

impl Batches {
    /// The clock at a batch.
    pub(crate) fn at_ms(self, n: i64) -> i64 {
        START + n * STEP
    }

    /// In order, late, twice, and new series all the time.
    pub(crate) fn get(self, n: i64) -> Vec<SeriesSamples> {
        let at = self.at_ms(n);
        let steady = |k: i64, at: i64| self.series(&[("m", "steady"), ("k", &k.to_string())], at);
        let mut all = Vec::new();
        for k in 0..STEADY {
            all.push(steady(k, at));
            all.push(steady(k, at + STEP / 2));
        }
        if n >= 7 {
            all.push(steady(n % STEADY, self.at_ms(n - 7)));
        }
        let life = (n / LIFE).to_string();
        all.push(self.series(&[("m", "short"), ("life", &life)], at));
        let late_ms = self.hash(&("late", n)) % (3 * HOUR.unsigned_abs());
        let late = at - i64::try_from(late_ms).unwrap();
        all.push(self.series(&[("m", "late"), ("k", &(n % 3).to_string())], late));
        all
    }

    /// What has been taken already, with other values, which must not count.
    pub(crate) fn otherwise(self, n: i64) -> Vec<SeriesSamples> {
        let mut all = self.get(n);
        for series in &mut all {
            series.values.iter_mut().for_each(|value| *value = 0.123);
        }
        all
    }

    /// The value of a series at a time.
    pub(crate) fn value(self, series: &str, at_ms: i64) -> f64 {
        let hash = self.hash(&(series, at_ms));
        let number = (hash >> 40) as f64;
        match hash % 16 {
            0 => STALE,
            1 => f64::NAN,
            2 => f64::from_bits(0xfff8_0000_0000_0001),
            3 => -0.0,
            4 => f64::NEG_INFINITY,
            5 => number / 7.0,
            6 => f64::MIN_POSITIVE,
            _ => number,
        }
    }

    fn series(self, labels: &[(&str, &str)], at_ms: i64) -> SeriesSamples {
        let labels: Labels = labels.iter().copied().collect();
        let value = self.value(&labels.to_string(), at_ms);
        SeriesSamples::floats(labels, vec![at_ms], vec![value])
    }

    fn hash(self, what: &impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, what).hash(&mut hasher);
        hasher.finish()
    }
}
