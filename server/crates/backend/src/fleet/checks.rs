//! The tool checks of a server as they are now: what their results mean for rows, samples and marks.

use std::collections::BTreeMap;

use model::{Labels, Sample, TimestampMs};
use wire::CheckState;

use super::text::shown;
use crate::config::ServerConfig;

/// All tool checks of one server, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks(BTreeMap<String, CheckState>);

impl Checks {
    /// As configured; none has been made yet.
    pub(super) fn of(config: &ServerConfig, now: TimestampMs) -> Self {
        let state = |check: &mcp::Check| CheckState {
            name: check.name.clone(),
            server: Some(config.name.clone()),
            kind: "tool".to_owned(),
            ok: None,
            summary: format!("The tool {} has not been called yet.", shown(&check.tool)),
            action: String::new(),
            seconds: None,
            value: None,
            since_ms: now,
            updated_ms: None,
            next_ms: None,
        };
        let named = config
            .checks
            .iter()
            .map(|check| (check.name.clone(), state(check)));
        Self(named.collect())
    }

    /// All of them, by name.
    pub(super) fn list(&self) -> Vec<CheckState> {
        self.0.values().cloned().collect()
    }

    /// Takes results in; a sentence for each check that changed its state.
    pub(super) fn renew(&mut self, results: &[mcp::CheckResult], now: TimestampMs) -> Vec<String> {
        let mut marks = Vec::new();
        for result in results {
            let Some(state) = self.0.get_mut(&result.name) else {
                continue;
            };
            let ok = result.outcome.is_ok();
            (state.summary, state.action) = match &result.outcome {
                Ok(()) => ("The answer is as expected.".to_owned(), String::new()),
                Err(failure) => (shown(&failure.message), shown(&failure.action)),
            };
            if state.ok != Some(ok) {
                // The first look at a check is no change of it.
                match (state.ok, ok) {
                    (Some(_), true) => marks.push(format!("check {} passes again", result.name)),
                    (Some(_), false) => {
                        marks.push(format!("check {} fails: {}", result.name, state.summary));
                    }
                    (None, _) => {}
                }
                state.ok = Some(ok);
                state.since_ms = now;
            }
            state.seconds = Some(result.duration_seconds);
            state.value = result.value;
            state.updated_ms = Some(now);
            state.next_ms = Some(result.next_at_ms);
        }
        marks
    }
}

/// What is kept of results over time.
pub(super) fn samples(observation: &mcp::Observation) -> Vec<Sample> {
    let mut samples = Vec::new();
    for result in &observation.checks {
        let labels = Labels::new()
            .with("server", &observation.server)
            .with("check", &result.name);
        let mut push = |name: &str, value: f64| {
            samples.push(Sample {
                name: name.to_owned(),
                labels: labels.clone(),
                at_ms: result.at_ms,
                value,
            });
        };
        let ok = result.outcome.is_ok();
        push("mcp_check_success", if ok { 1.0 } else { 0.0 });
        push("mcp_check_duration_seconds", result.duration_seconds);
        if let Some(value) = result.value {
            push("mcp_check_value", value);
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(at_ms: TimestampMs, wrong: Option<&str>, value: Option<f64>) -> mcp::CheckResult {
        let failure = |message: &str| mcp::Failure {
            reason: mcp::Reason::ToolError,
            level: mcp::Level::Unhealthy,
            message: message.to_owned(),
            action: "Mend it.".to_owned(),
        };
        mcp::CheckResult {
            name: "queue".to_owned(),
            at_ms,
            outcome: wrong.map_or(Ok(()), |message| Err(failure(message))),
            duration_seconds: 0.5,
            bytes: 10,
            value,
            next_at_ms: at_ms + 60_000,
        }
    }

    #[test]
    fn a_mark_for_each_change_and_none_for_the_first_look() {
        let state = CheckState {
            name: "queue".to_owned(),
            server: None,
            kind: "tool".to_owned(),
            ok: None,
            summary: String::new(),
            action: String::new(),
            seconds: None,
            value: None,
            since_ms: 0,
            updated_ms: None,
            next_ms: None,
        };
        let mut checks = Checks([("queue".to_owned(), state)].into());
        for (now, wrong, expected, since_ms) in [
            (1, None, None, 1),
            (
                2,
                Some("It is full."),
                Some("check queue fails: It is full."),
                2,
            ),
            (3, Some("It is\u{0} fuller."), None, 2),
            (4, None, Some("check queue passes again"), 4),
        ] {
            let marks = checks.renew(&[result(now, wrong, Some(7.0))], now);
            assert_eq!(marks.first().map(String::as_str), expected, "{now}");
            let state = &checks.list()[0];
            assert_eq!(
                (state.ok, state.since_ms),
                (Some(wrong.is_none()), since_ms)
            );
            assert_eq!(state.action.is_empty(), wrong.is_none());
            assert!(!state.summary.contains('\0'));
            assert_eq!(
                (state.value, state.next_ms),
                (Some(7.0), Some(now + 60_000))
            );
        }
        let other = mcp::CheckResult {
            name: "left".to_owned(),
            ..result(5, None, None)
        };
        assert!(checks.renew(&[other], 5).is_empty(), "configured no more");
    }
}
