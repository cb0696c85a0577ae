//! What is taken in, and what is refused with a reason. One refused sample never takes others with it.

use std::ops::RangeInclusive;

use hashbrown::{HashMap, HashSet};
use model::{Labels, Refusal, SeriesSamples, TimestampMs};

use crate::Config;

/// The label that names a target.
pub(crate) const TARGET: &str = "instance";

impl Config {
    /// The stretch of time from which samples are taken, where what is older than `forgotten` has been
    /// deleted.
    pub(crate) fn window(
        &self,
        now: TimestampMs,
        forgotten: TimestampMs,
    ) -> RangeInclusive<TimestampMs> {
        let oldest = match self.retention.as_millis() {
            0 => TimestampMs::MIN,
            ms => now.saturating_sub(i64::try_from(ms).unwrap_or(i64::MAX)),
        };
        let ahead = i64::try_from(self.ahead.as_millis()).unwrap_or(i64::MAX);
        oldest.max(forgotten)..=now.saturating_add(ahead)
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

/// How many samples have come lately, in all and by target.
#[derive(Default)]
pub(crate) struct Rates {
    all: Bucket,
    of_target: HashMap<String, Bucket>,
    swept_ms: TimestampMs,
}

/// What of one append comes too fast. An append is judged as a whole, because it is sent again as one.
#[derive(Default)]
pub(crate) struct TooFast {
    all: bool,
    targets: HashSet<String>,
}

/// Targets that are remembered; those that send nothing are forgotten then.
const MOST_TARGETS: usize = 100_000;

impl Rates {
    /// Takes an append out of the buckets, or says which are empty.
    pub(crate) fn take(
        &mut self,
        config: &Config,
        series: &[SeriesSamples],
        now: TimestampMs,
    ) -> TooFast {
        let limits = &config.limits;
        let mut too_fast = TooFast::default();
        let rate = limits.samples_per_second;
        if rate > 0.0 {
            let samples: usize = series.iter().map(SeriesSamples::len).sum();
            too_fast.all = !self.all.take(rate, samples, now);
        }
        let rate = limits.samples_per_second_of_target;
        if rate > 0.0 && !too_fast.all {
            let mut samples: HashMap<&str, usize> = HashMap::new();
            for series in series {
                *samples.entry(series.labels.get(TARGET)).or_default() += series.len();
            }
            for (target, samples) in samples {
                if !self.take_of_target(target, rate, samples, now) {
                    too_fast.targets.insert(target.to_owned());
                }
            }
        }
        too_fast
    }

    fn take_of_target(
        &mut self,
        target: &str,
        rate: f64,
        samples: usize,
        now: TimestampMs,
    ) -> bool {
        if self.of_target.len() >= MOST_TARGETS && self.swept_ms != now {
            self.swept_ms = now;
            self.of_target
                .retain(|_, bucket| bucket.left_over(rate, now) > 0.0);
        }
        if self.of_target.len() >= MOST_TARGETS && !self.of_target.contains_key(target) {
            return false;
        }
        let bucket = self.of_target.entry_ref(target).or_default();
        bucket.take(rate, samples, now)
    }
}

impl TooFast {
    /// Whether a series comes too fast, and by which limit.
    pub(crate) fn check(&self, labels: &Labels) -> Result<(), Refusal> {
        if self.all {
            return Err(Refusal::TooManySamples);
        }
        match !self.targets.is_empty() && self.targets.contains(labels.get(TARGET)) {
            true => Err(Refusal::TooManySamplesOfTarget),
            false => Ok(()),
        }
    }
}

/// A bucket that fills at a rate and holds a second's worth. Who finds it not empty takes all that it
/// needs, and others wait until the debt is paid: so an append of any size gets through at some time.
#[derive(Default)]
struct Bucket {
    spent: f64,
    at_ms: TimestampMs,
}

impl Bucket {
    fn take(&mut self, rate: f64, samples: usize, now: TimestampMs) -> bool {
        self.spent = self.left_over(rate, now);
        self.at_ms = now;
        let is_open = self.spent < rate;
        if is_open {
            #[expect(clippy::cast_precision_loss)]
            let samples = samples as f64;
            self.spent += samples;
        }
        is_open
    }

    fn left_over(&self, rate: f64, now: TimestampMs) -> f64 {
        #[expect(clippy::cast_precision_loss)]
        let seconds = now.saturating_sub(self.at_ms).max(0) as f64 / 1000.0;
        (self.spent - rate * seconds).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_refills() {
        let mut config = Config::default();
        config.limits.samples_per_second_of_target = 10.0;
        config.limits.samples_per_second = 100.0;
        let mut rates = Rates::default();
        let mut take = |name: &str, samples, now| {
            let series = SeriesSamples::floats(
                Labels::new().with(TARGET, name),
                vec![now; samples],
                vec![1.0; samples],
            );
            let too_fast = rates.take(&config, std::slice::from_ref(&series), now);
            too_fast.check(&series.labels)
        };
        assert_eq!(take("a", 25, 1000), Ok(()), "more than fits gets through");
        assert_eq!(take("a", 1, 1000), Err(Refusal::TooManySamplesOfTarget));
        assert_eq!(take("b", 1, 1000), Ok(()));
        assert_eq!(
            take("a", 1, 2000),
            Err(Refusal::TooManySamplesOfTarget),
            "the debt is not paid"
        );
        assert_eq!(take("a", 1, 2600), Ok(()));
        assert_eq!(
            take("a", 1, 500),
            Err(Refusal::TooManySamplesOfTarget),
            "a clock set back gives nothing"
        );
        assert_eq!(take("c", 200, 2600), Ok(()));
        assert_eq!(take("d", 1, 2600), Err(Refusal::TooManySamples));
    }
}
