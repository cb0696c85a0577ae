//! The section `retention`: how long things are kept, and how much.

use std::time::Duration;

use serde::Deserialize;
use tsdb::Rollups;

use super::samples::parse_size;
use super::{Mistakes, file};

/// How long things are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Retention {
    /// Samples, verdicts, marks and resolved alerts; zero keeps for ever.
    pub history: Duration,
    /// What samples came to in windows of time.
    pub rollups: Rollups,
    /// How large the database of samples may become, in bytes; zero is no bound.
    pub size: u64,
    /// Alerts that are over, with their history, and silences; zero keeps them for ever.
    pub alerts: Duration,
    /// Single calls of real traffic; zero keeps them until there are too many.
    pub calls: Duration,
    /// What was said in them, where taps tell it; nothing is kept where missing.
    pub payloads: Option<Duration>,
    /// The most calls that are kept; zero keeps none.
    pub most_calls: u32,
    /// Builds of Rust programs; zero keeps them until there are too many.
    pub builds: Duration,
    /// The most builds that are kept; zero keeps none.
    pub most_builds: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            history: Duration::from_secs(7 * 86_400),
            rollups: Rollups::default(),
            size: 0,
            alerts: Duration::from_secs(365 * 86_400),
            calls: Duration::from_secs(7 * 86_400),
            payloads: Some(Duration::from_secs(86_400)),
            most_calls: 200_000,
            builds: Duration::from_secs(365 * 86_400),
            most_builds: 10_000,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawRetention {
    history: Option<String>,
    rollups_5m: Option<String>,
    rollups_1h: Option<String>,
    size: Option<String>,
    alerts: Option<String>,
    calls: Option<String>,
    payloads: Option<String>,
    most_calls: Option<u32>,
    builds: Option<String>,
    most_builds: Option<u32>,
}

pub(super) const KEYS: &[&str] = &[
    "history",
    "rollups_5m",
    "rollups_1h",
    "size",
    "alerts",
    "calls",
    "payloads",
    "most_calls",
    "builds",
    "most_builds",
];

impl RawRetention {
    pub(super) fn into_config(self, mistakes: &mut Mistakes) -> Retention {
        let mut retention = Retention::default();
        let history = file::duration("retention.history", self.history.as_ref(), mistakes);
        retention.history = history.unwrap_or(retention.history);
        let alerts = file::duration("retention.alerts", self.alerts.as_ref(), mistakes);
        retention.alerts = alerts.unwrap_or(retention.alerts);
        let calls = file::duration("retention.calls", self.calls.as_ref(), mistakes);
        retention.calls = calls.unwrap_or(retention.calls);
        let builds = file::duration("retention.builds", self.builds.as_ref(), mistakes);
        retention.builds = builds.unwrap_or(retention.builds);
        retention.most_builds = self.most_builds.unwrap_or(retention.most_builds);
        let mut kept = |path: &str, text: Option<&String>, value: &mut Option<Duration>| match text
            .map(|text| parse_kept(text))
        {
            None => {}
            Some(Ok(kept)) => *value = kept.0,
            Some(Err(message)) => mistakes.push(path, message),
        };
        kept(
            "retention.payloads",
            self.payloads.as_ref(),
            &mut retention.payloads,
        );
        let rollups = &mut retention.rollups;
        let (five_minutes, hours) = (self.rollups_5m.as_ref(), self.rollups_1h.as_ref());
        kept(
            "retention.rollups_5m",
            five_minutes,
            &mut rollups.five_minutes,
        );
        kept("retention.rollups_1h", hours, &mut rollups.hours);
        if let Some(size) = &self.size {
            match parse_size(size) {
                Ok(size) => retention.size = size,
                Err(message) => mistakes.push("retention.size", message),
            }
        }
        retention.most_calls = self.most_calls.unwrap_or(retention.most_calls);
        retention
    }
}

/// How long rollups are kept; `None` is not at all, zero is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptFor(pub Option<Duration>);

/// Reads how long rollups are kept, for instance `90d`, or `off`.
///
/// # Errors
/// Why it is none, in words for whoever wrote it.
pub fn parse_kept(text: &str) -> Result<KeptFor, String> {
    match text {
        "off" => Ok(KeptFor(None)),
        text => match model::parse_duration(text) {
            Ok(kept) => Ok(KeptFor(Some(kept))),
            Err(message) => Err(format!("{message}, or off")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rollups_are_kept_for_a_time_for_ever_or_not_at_all() {
        let day = Duration::from_secs(86_400);
        for (text, expected) in [
            ("90d", Some(90 * day)),
            ("0", Some(Duration::ZERO)),
            ("off", None),
        ] {
            assert_eq!(parse_kept(text), Ok(KeptFor(expected)), "{text}");
        }
        let message = parse_kept("never").unwrap_err();
        assert!(
            message.contains("\"never\"") && message.ends_with("off"),
            "{message}"
        );
    }
}
