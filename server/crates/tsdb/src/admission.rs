//! What is taken in, and what is refused with a reason. One refused sample never takes others with it.

use std::ops::RangeInclusive;

use hashbrown::HashMap;
use model::{Labels, Refusal, TimestampMs};

use crate::Config;

/// The label that names a target.
pub(crate) const TARGET: &str = "instance";

impl Config {
    /// The stretch of time from which samples are taken.
    pub(crate) fn window(&self, now: TimestampMs) -> RangeInclusive<TimestampMs> {
        let oldest = match self.retention.as_millis() {
            0 => TimestampMs::MIN,
            ms => now.saturating_sub(i64::try_from(ms).unwrap_or(i64::MAX)),
        };
        let ahead = i64::try_from(self.ahead.as_millis()).unwrap_or(i64::MAX);
        oldest..=now.saturating_add(ahead)
    }

    /// How far behind the newest sample of a series one may be, in milliseconds.
    pub(crate) fn late_ms(&self) -> i64 {
        if self.retention.is_zero() {
            return i64::MAX;
        }
        i64::try_from(self.late.as_millis()).unwrap_or(i64::MAX)
    }

    /// Whether a new series of these labels may be, beside so many in all and of its target.
    pub(crate) fn admit(
        &self,
        labels: &Labels,
        series: usize,
        of_target: usize,
    ) -> Result<(), Refusal> {
        let limits = &self.limits;
        let is_over = |number: usize, most: usize| most > 0 && number > most;
        if labels.is_empty() {
            return Err(Refusal::NoLabels);
        }
        if is_over(labels.iter().count(), limits.labels) {
            return Err(Refusal::TooManyLabels);
        }
        let is_long = |(name, value): (&str, &str)| {
            is_over(name.len(), limits.name_bytes) || is_over(value.len(), limits.value_bytes)
        };
        if labels.iter().any(is_long) {
            return Err(Refusal::LabelTooLong);
        }
        if is_over(of_target + 1, limits.series_of_target) {
            return Err(Refusal::TooManySeriesOfTarget);
        }
        if is_over(series + 1, limits.series) {
            return Err(Refusal::TooManySeries);
        }
        Ok(())
    }
}

/// How many samples have come lately, in all and by target. A bucket holds what may come in a second.
#[derive(Default)]
pub(crate) struct Rates {
    all: Bucket,
    of_target: HashMap<String, Bucket>,
}

/// Targets that are remembered; those that send nothing are forgotten then.
const MOST_TARGETS: usize = 100_000;

impl Rates {
    /// Takes samples out of the buckets, or says which is empty.
    pub(crate) fn take(
        &mut self,
        config: &Config,
        labels: &Labels,
        samples: usize,
        now: TimestampMs,
    ) -> Result<(), Refusal> {
        let limits = &config.limits;
        #[expect(clippy::cast_precision_loss)]
        let samples = samples as f64;
        let rate = limits.samples_per_second_of_target;
        if rate > 0.0 {
            if self.of_target.len() >= MOST_TARGETS {
                self.of_target
                    .retain(|_, bucket| !bucket.is_full(rate, now));
            }
            let target = labels.get(TARGET);
            let bucket = self.of_target.entry_ref(target).or_default();
            if !bucket.take(rate, samples, now) {
                return Err(Refusal::TooManySamplesOfTarget);
            }
        }
        let rate = limits.samples_per_second;
        if rate > 0.0 && !self.all.take(rate, samples, now) {
            return Err(Refusal::TooManySamples);
        }
        Ok(())
    }
}

/// A token bucket that holds one second's worth.
#[derive(Default)]
struct Bucket {
    spent: f64,
    at_ms: TimestampMs,
}

impl Bucket {
    fn take(&mut self, rate: f64, samples: f64, now: TimestampMs) -> bool {
        self.spent = self.left_over(rate, now);
        self.at_ms = now;
        let fits = self.spent + samples <= rate;
        if fits {
            self.spent += samples;
        }
        fits
    }

    fn left_over(&self, rate: f64, now: TimestampMs) -> f64 {
        #[expect(clippy::cast_precision_loss)]
        let seconds = now.saturating_sub(self.at_ms).max(0) as f64 / 1000.0;
        (self.spent - rate * seconds).max(0.0)
    }

    fn is_full(&self, rate: f64, now: TimestampMs) -> bool {
        self.left_over(rate, now) == 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_refills() {
        let mut config = Config::default();
        config.limits.samples_per_second_of_target = 10.0;
        config.limits.samples_per_second = 15.0;
        let mut rates = Rates::default();
        let target = |name| Labels::new().with(TARGET, name);
        let mut take = |name, samples, now| rates.take(&config, &target(name), samples, now);
        assert_eq!(take("a", 8, 1000), Ok(()));
        assert_eq!(take("a", 8, 1000), Err(Refusal::TooManySamplesOfTarget));
        assert_eq!(take("b", 8, 1000), Err(Refusal::TooManySamples));
        assert_eq!(take("a", 8, 1900), Ok(()), "most of it has come back");
        assert_eq!(
            take("a", 8, 500),
            Err(Refusal::TooManySamplesOfTarget),
            "a clock set back"
        );
    }
}
