//! Verdicts, as a table.

use super::*;
use crate::Failure;

fn step(step: Step, outcome: Result<(), (Reason, Level)>, seconds: f64) -> StepResult {
    let outcome = outcome.map_err(|(reason, level)| Failure {
        reason,
        level,
        message: format!("{} failed.", step.title()),
        action: "Mend it.".to_owned(),
    });
    StepResult {
        step,
        outcome,
        duration_seconds: seconds,
        kept: None,
    }
}

#[test]
fn verdicts() {
    use Level::{Degraded, Healthy, Unhealthy};
    let ok = |s| step(s, Ok(()), 0.003);
    let slow = |s| step(s, Ok(()), 2.5);
    let bad = |s, reason, level| step(s, Err((reason, level)), 0.1);
    let quiet = Findings::default();
    let noisy = Findings {
        noise: Some("hello".to_owned()),
        invalid: None,
    };
    let invalid = Findings {
        noise: None,
        invalid: Some("42".to_owned()),
    };
    // steps, tools listed, tools offered, standard output → level, reason, words
    let table = [
        (
            vec![ok(Step::Ping), ok(Step::ListTools)],
            Some(13),
            true,
            &quiet,
            Healthy,
            Reason::Ok,
            "Ping was answered in 3 ms and 13 tools are listed.",
        ),
        (
            vec![ok(Step::Discover), ok(Step::ListTools)],
            Some(1),
            true,
            &quiet,
            Healthy,
            Reason::Ok,
            "Discovery was answered in 3 ms and 1 tool is listed.",
        ),
        (
            vec![ok(Step::Ping)],
            Some(0),
            false,
            &quiet,
            Healthy,
            Reason::Ok,
            "Ping was answered in 3 ms and 0 tools are listed.",
        ),
        (
            vec![ok(Step::Ping), ok(Step::ListTools)],
            Some(0),
            true,
            &quiet,
            Degraded,
            Reason::ToolsEmpty,
            "lists none",
        ),
        (
            vec![ok(Step::Ping), ok(Step::ListTools)],
            Some(2),
            true,
            &noisy,
            Degraded,
            Reason::StdoutNoise,
            "“hello”",
        ),
        (
            vec![ok(Step::Ping), ok(Step::ListTools)],
            Some(2),
            true,
            &invalid,
            Degraded,
            Reason::InvalidFrame,
            "“42”",
        ),
        (
            vec![ok(Step::Ping), slow(Step::ListTools)],
            Some(2),
            true,
            &quiet,
            Degraded,
            Reason::Slow,
            "Listing the tools took 2.5 s, more than the limit of 2.0 s.",
        ),
        (
            vec![ok(Step::Process), slow(Step::Handshake), ok(Step::Ping)],
            Some(2),
            true,
            &quiet,
            Healthy,
            Reason::Ok,
            "2 tools",
        ),
        (
            vec![ok(Step::Transport), slow(Step::Handshake), ok(Step::Ping)],
            Some(2),
            true,
            &quiet,
            Degraded,
            Reason::Slow,
            "The handshake took",
        ),
        (
            vec![slow(Step::Ping), ok(Step::ListTools)],
            Some(0),
            true,
            &noisy,
            Degraded,
            Reason::ToolsEmpty,
            "lists none",
        ),
        (
            vec![
                ok(Step::Ping),
                bad(Step::ListTools, Reason::JsonrpcError, Degraded),
            ],
            None,
            true,
            &noisy,
            Degraded,
            Reason::JsonrpcError,
            "Listing the tools failed.",
        ),
        (
            vec![bad(Step::Transport, Reason::Refused, Unhealthy)],
            None,
            false,
            &quiet,
            Unhealthy,
            Reason::Refused,
            "failed",
        ),
        (
            vec![bad(Step::Transport, Reason::AuthRequired, Degraded)],
            None,
            false,
            &quiet,
            Degraded,
            Reason::AuthRequired,
            "failed",
        ),
        (
            vec![
                bad(Step::Ping, Reason::JsonrpcError, Degraded),
                bad(Step::ListTools, Reason::Timeout, Unhealthy),
            ],
            None,
            true,
            &quiet,
            Unhealthy,
            Reason::Timeout,
            "Listing the tools failed.",
        ),
        (
            vec![
                bad(Step::Ping, Reason::JsonrpcError, Degraded),
                bad(Step::ListTools, Reason::InvalidFrame, Degraded),
            ],
            None,
            true,
            &quiet,
            Degraded,
            Reason::JsonrpcError,
            "Ping failed.",
        ),
    ];
    for (steps, tools, offers_tools, findings, level, reason, words) in table {
        let slow = Duration::from_secs(2);
        let facts = Facts {
            steps: &steps,
            canaries: Vec::new(),
            tools,
            offers_tools,
            findings,
            slow,
        };
        let verdict = judge(&facts);
        assert_eq!(
            (verdict.level, verdict.reason),
            (level, reason),
            "{steps:?}"
        );
        assert!(verdict.summary.contains(words), "{verdict:?}");
        assert_eq!(verdict.action.is_empty(), level == Healthy, "{verdict:?}");
    }
}

#[test]
fn levels_are_ordered() {
    assert!(Level::Healthy < Level::Unknown && Level::Unknown < Level::Degraded);
    assert!(Level::Degraded < Level::Unhealthy);
}
