//! How long to wait before a lost server is tried again.

use std::time::Duration;

use crate::Config;

/// Doubles the wait with each failure; forgets them only after sustained uptime, so that a server
/// which starts well and dies within seconds is not restarted at full speed for ever.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after one failure more.
    pub(crate) fn fail(&mut self, config: &Config) -> Duration {
        let doubled = config
            .backoff_min
            .saturating_mul(1 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        doubled.min(config.backoff_max).min(config.interval)
    }

    /// Takes note that the server has been up for so long.
    pub(crate) fn up_for(&mut self, uptime: Duration, config: &Config) {
        if uptime >= config.stable_after {
            self.failures = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_limit_and_resets_after_sustained_uptime() {
        let config = Config::default();
        let mut backoff = Backoff::default();
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
            ..Config::default()
        };
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..100).map(|_| backoff.fail(&config).as_secs()).collect();
        assert_eq!(waits[..3], [1, 2, 3]);
        assert!(waits[3..].iter().all(|wait| *wait == 3));
    }
}
