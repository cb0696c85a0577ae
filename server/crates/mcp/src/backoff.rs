//! How long to wait before a lost server is tried again.

use std::time::Duration;

use model::Labels;

use crate::Config;

/// Doubles the wait with each failure; forgets them only after sustained uptime, so that a server
/// which starts well and dies within seconds is not restarted at full speed for ever.
#[derive(Debug)]
pub(crate) struct Backoff {
    /// Of the server: those that failed together do not come back together.
    name: String,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            failures: 0,
        }
    }

    /// The wait after one failure more.
    pub(crate) fn fail(&mut self, config: &Config) -> Duration {
        let limit = config.backoff_max.min(config.interval);
        let doubled = config
            .backoff_min
            .saturating_mul(1 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        if config.spread {
            // Half of it to one and a half, also at the limit, which is never exceeded.
            let middle = doubled.min(limit.mul_f64(2.0 / 3.0));
            middle.mul_f64(0.5 + self.share())
        } else {
            doubled.min(limit)
        }
    }

    /// Takes note that the server has been up for so long.
    pub(crate) fn up_for(&mut self, uptime: Duration, config: &Config) {
        if uptime >= config.stable_after {
            self.failures = 0;
        }
    }

    /// From 0 to 1, the same for the same name and the same number of failures.
    fn share(&self) -> f64 {
        let labels = Labels::new()
            .with("server", &self.name)
            .with("failures", self.failures.to_string());
        let part = u32::try_from(labels.fingerprint() % 1000).unwrap_or_default();
        f64::from(part) / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn together() -> Config {
        Config {
            spread: false,
            ..Config::default()
        }
    }

    #[test]
    fn doubles_up_to_the_limit_and_resets_after_sustained_uptime() {
        let config = together();
        let mut backoff = Backoff::new("fs");
        let seconds = |backoff: &mut Backoff| backoff.fail(&config).as_secs();
        let waits: Vec<_> = (0..7).map(|_| seconds(&mut backoff)).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 16, 16]);

        backoff.up_for(Duration::from_secs(299), &config);
        assert_eq!(seconds(&mut backoff), 16);
        backoff.up_for(Duration::from_secs(300), &config);
        assert_eq!(seconds(&mut backoff), 1);
    }

    #[test]
    fn never_waits_longer_than_the_interval() {
        let config = Config {
            interval: Duration::from_secs(3),
            ..together()
        };
        let mut backoff = Backoff::new("fs");
        let waits: Vec<_> = (0..100).map(|_| backoff.fail(&config).as_secs()).collect();
        assert_eq!(waits[..3], [1, 2, 3]);
        assert!(waits[3..].iter().all(|wait| *wait == 3));
    }

    #[test]
    fn those_that_fail_together_do_not_come_back_together() {
        let config = Config::default();
        let mut all: Vec<_> = (0..100)
            .map(|n| Backoff::new(&format!("server-{n}")))
            .collect();
        for limit_ms in [1_500, 3_000, 6_000, 12_000, 16_000, 16_000] {
            let waits = all.iter_mut().map(|one| one.fail(&config).as_millis());
            let waits: Vec<_> = waits.collect();
            // A tenth of the time that they can take holds no quarter of them.
            let tenth = limit_ms / 10;
            for from in (0..10).map(|n| n * tenth) {
                let within = waits
                    .iter()
                    .filter(|wait| (from..from + tenth).contains(*wait));
                assert!(within.count() <= 25, "{limit_ms} ms: {waits:?}");
            }
            assert!(waits.iter().all(|wait| *wait <= limit_ms), "{waits:?}");
        }
    }
}
