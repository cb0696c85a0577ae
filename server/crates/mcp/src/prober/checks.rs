//! Checks between the probes, over the same session.

use std::time::Duration;

use model::TimestampMs;
use rmcp::service::ServiceError;
use tokio::time::Instant;

use super::{Prober, millis};
use crate::Level;
use crate::assess::{Answer, assess, failure};
use crate::check::Check;
use crate::handshake::rpc_words;
use crate::observation::{CheckResult, Failure, Observation, Step, StepResult};
use crate::session::Session;
use crate::text::Secrets;

/// How one call went.
struct Call {
    outcome: Result<(), Failure>,
    bytes: u64,
    value: Option<f64>,
    /// Whether the session went with it.
    lost: bool,
}

impl Prober {
    /// Which check begins next and when, if one may before the probe at `probe_at`.
    /// `right_after` says that nothing has run since the last probe.
    pub(crate) fn next_check(
        &self,
        probe_at: Instant,
        right_after: bool,
    ) -> Option<(usize, Instant)> {
        self.session.as_ref()?;
        self.checks.next(probe_at, right_after)
    }

    /// Makes a check; also says whether the next probe should come at once, because the session
    /// seems to be over.
    pub(crate) async fn check(
        &mut self,
        place: usize,
        probe_at: Instant,
    ) -> Option<(Observation, bool)> {
        let at_ms = self.clock.now_ms();
        let began = Instant::now();
        let check = self.checks.check(place)?;
        let session = self.session.as_ref()?;
        let call = call(session, check).await;
        let duration_seconds = began.elapsed().as_secs_f64();
        let (name, canary) = (check.name.clone(), check.canary);
        let until_next = self.checks.done(place, began, call.outcome.clone().err());
        let now_ms = self.clock.now_ms();
        let steps = canary.then(|| StepResult {
            step: Step::Canary,
            outcome: call.outcome.clone(),
            duration_seconds,
            kept: None,
        });
        let result = CheckResult {
            name,
            at_ms,
            outcome: call.outcome,
            duration_seconds,
            bytes: call.bytes,
            value: call.value,
            next_at_ms: now_ms.saturating_add(millis(until_next)),
        };
        let wait = match call.lost {
            true => Duration::ZERO,
            false => probe_at.saturating_duration_since(Instant::now()),
        };
        let steps = steps.into_iter().collect();
        let observation = self.observation(at_ms, wait, steps, None, vec![result]);
        Some((observation, call.lost))
    }

    /// The time of the clock after a wait.
    pub(super) fn after(&self, wait: Duration) -> TimestampMs {
        self.clock.now_ms().saturating_add(millis(wait))
    }
}

async fn call(session: &Session, check: &Check) -> Call {
    let began = Instant::now();
    let arguments = &check.arguments;
    let secrets = session
        .secrets()
        .and(arguments.secrets.iter().map(String::as_str));
    let answered = session
        .call_tool(&check.tool, arguments.values.clone(), check.timeout)
        .await;
    let seconds = began.elapsed().as_secs_f64();
    match answered {
        Ok(result) => match Answer::of(&result) {
            Some(answer) => {
                let (outcome, value) = assess(check, &answer, seconds, &secrets);
                Call {
                    outcome,
                    bytes: answer.bytes,
                    value,
                    lost: false,
                }
            }
            None => broken(check, "answered with something that is no result", false),
        },
        Err(error) => unanswered(session, check, error, &secrets).await,
    }
}

async fn unanswered(
    session: &Session,
    check: &Check,
    error: ServiceError,
    secrets: &Secrets,
) -> Call {
    let limit = check.timeout;
    match error {
        ServiceError::Timeout { .. } => {
            let what = format!("did not answer within {:.1} s", limit.as_secs_f64());
            broken(check, &what, false)
        }
        ServiceError::McpError(error) => {
            let what = format!("got an error for an answer: {}", rpc_words(&error, secrets));
            broken(check, &what, false)
        }
        ServiceError::TransportSend(_) | ServiceError::TransportClosed => {
            let trouble = session.trouble(Step::Canary, error, limit).await;
            let message = secrets.hide(trouble.failure.message.trim_end_matches('.'));
            let what = format!("did not answer: {message}");
            broken(check, &what, trouble.lost)
        }
        _ => broken(check, "answered with something that is no result", false),
    }
}

fn broken(check: &Check, what: &str, lost: bool) -> Call {
    Call {
        outcome: Err(failure(check, Level::Unhealthy, what)),
        bytes: 0,
        value: None,
        lost,
    }
}
