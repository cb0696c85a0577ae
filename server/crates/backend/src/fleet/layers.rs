//! The layers of a server: the newest result of each step, over several probes.
//!
//! A session is set up once and asked often, so most probes take only the last steps. What was seen
//! at the set-up holds as long as the session does.

use mcp::Step;
use wire::StepTiming;

use super::text::shown;

/// Brings what is known up to date.
pub(super) fn renew(known: &mut Vec<StepTiming>, observation: &mcp::Observation) {
    let steps = &observation.steps;
    let is_set_up = |step: &mcp::StepResult| !holds_no_longer_than_a_probe(step.step.as_str());
    if steps.iter().any(is_set_up) || observation.identity.is_none() {
        known.clear();
    } else if observation.is_probe() {
        known.retain(|step| !holds_no_longer_than_a_probe(&step.step) || step.step == CANARY);
    }
    let is_new = |step: &StepTiming| steps.iter().any(|new| new.step.as_str() == step.step);
    let canaries = known.iter().position(|step| step.step == CANARY);
    let canary = canaries.map(|place| known.remove(place));
    known.extend(steps.iter().map(timing));
    known.extend(canary.filter(|canary| !is_new(canary)));
}

const CANARY: &str = Step::Canary.as_str();

/// Whether every probe has a result of its own for the step.
fn holds_no_longer_than_a_probe(step: &str) -> bool {
    let each = [Step::Ping, Step::Discover, Step::ListTools, Step::Canary];
    each.iter().any(|it| it.as_str() == step)
}

fn timing(step: &mcp::StepResult) -> StepTiming {
    StepTiming {
        step: step.step.as_str().to_owned(),
        ok: step.outcome.is_ok(),
        seconds: step.duration_seconds,
        error: step
            .outcome
            .as_ref()
            .err()
            .map_or_else(String::new, |failure| shown(&failure.message)),
        note: step.kept.map_or_else(String::new, |left| {
            let seconds = left.as_secs();
            format!("not asked: the server lets its list be kept for {seconds} s more")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::{Canary, Discover, Handshake, ListTools, Ping, Process, Transport};

    fn observation(steps: &[Step], connected: bool) -> mcp::Observation {
        let identity = mcp::Identity {
            name: String::new(),
            version: String::new(),
            title: None,
            protocol_version: String::new(),
            era: mcp::Era::Legacy,
            instructions: None,
            instructions_cut: None,
        };
        let check = mcp::CheckResult {
            name: "c".to_owned(),
            at_ms: 0,
            outcome: Ok(()),
            duration_seconds: 0.1,
            bytes: 0,
            value: None,
            next_at_ms: 0,
        };
        mcp::Observation {
            server: "s".to_owned(),
            at_ms: 0,
            steps: steps
                .iter()
                .map(|step| mcp::StepResult {
                    step: *step,
                    outcome: Ok(()),
                    duration_seconds: 0.1,
                    kept: None,
                })
                .collect(),
            verdict: mcp::Verdict::starting(),
            identity: connected.then_some(identity),
            tools: None,
            listed: Vec::new(),
            process: None,
            restarts: 0,
            next_probe_at_ms: 0,
            checks: (steps.is_empty() || steps == [Canary])
                .then_some(check)
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn what_was_seen_at_the_set_up_holds_as_long_as_the_session() {
        let mut known = Vec::new();
        for (steps, connected, expected) in [
            (
                &[Process, Handshake, Ping, ListTools][..],
                true,
                "process handshake ping list_tools",
            ),
            (&[Canary], true, "process handshake ping list_tools canary"),
            (
                &[Ping, ListTools],
                true,
                "process handshake ping list_tools canary",
            ),
            (&[], true, "process handshake ping list_tools canary"),
            (&[Ping], true, "process handshake ping canary"),
            (&[Ping], false, "ping"),
            (&[Transport], false, "transport"),
            (
                &[Transport, Handshake, Discover],
                true,
                "transport handshake discover",
            ),
        ] {
            renew(&mut known, &observation(steps, connected));
            let names: Vec<_> = known.iter().map(|step| step.step.as_str()).collect();
            assert_eq!(names.join(" "), expected, "{steps:?}");
        }
    }
}
