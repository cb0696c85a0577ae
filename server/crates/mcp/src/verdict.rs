//! From what happened to what it means: the health verdict of a probe.

use std::time::Duration;

use crate::inspect::Findings;
use crate::{Failure, Reason, Step, StepResult};

/// The verdict of one probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How bad it is.
    pub level: Level,
    /// The class of what happened.
    pub reason: Reason,
    /// One sentence: what happened, for which server or input.
    pub summary: String,
    /// One sentence: what to do; empty when nothing needs doing.
    pub action: String,
}

/// How well a server is, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Everything answered.
    Healthy,
    /// Not known (yet).
    Unknown,
    /// It answers, with something amiss.
    Degraded,
    /// It cannot be used.
    Unhealthy,
}

impl Level {
    /// The name used in labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

impl Verdict {
    /// Before the first probe is through.
    pub fn starting() -> Self {
        Self {
            level: Level::Unknown,
            reason: Reason::Starting,
            summary: "The first probe is not through yet.".to_owned(),
            action: String::new(),
        }
    }

    fn degraded(reason: Reason, summary: String, action: &str) -> Self {
        Self {
            level: Level::Degraded,
            reason,
            summary,
            action: action.to_owned(),
        }
    }
}

/// Everything that a verdict is made of.
#[derive(Clone, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) steps: &'a [StepResult],
    /// The canaries whose newest call failed, each with the name of its check.
    pub(crate) canaries: Vec<(&'a str, &'a Failure)>,
    /// How many tools were listed, if they were.
    pub(crate) tools: Option<usize>,
    /// Whether the server says that it has tools.
    pub(crate) offers_tools: bool,
    pub(crate) findings: &'a Findings,
    pub(crate) slow: Duration,
}

/// The verdict: the worst failure, else the first thing amiss, else healthy.
pub(crate) fn judge(facts: &Facts<'_>) -> Verdict {
    let failures = facts
        .steps
        .iter()
        .filter_map(|step| step.outcome.as_ref().err());
    let of_probe = failures.map(|failure| ("", failure));
    let all: Vec<_> = of_probe.chain(facts.canaries.iter().copied()).collect();
    // Of equally bad ones the first: the later ones follow from it.
    if let Some((canary, worst)) = all.iter().rev().max_by_key(|(_, failure)| failure.level) {
        let summary = match *canary {
            "" => worst.message.clone(),
            canary => format!("Canary {canary}: {}", worst.message),
        };
        return Verdict {
            level: worst.level,
            reason: worst.reason,
            summary,
            action: worst.action.clone(),
        };
    }
    if facts.offers_tools && facts.tools == Some(0) {
        return Verdict::degraded(
            Reason::ToolsEmpty,
            "The server says that it offers tools, and lists none.".to_owned(),
            "Look into the server's own log: a tool module or a back end it needs may be missing.",
        );
    }
    if let Some(line) = &facts.findings.noise {
        return Verdict::degraded(
            Reason::StdoutNoise,
            format!("The server prints other text than MCP messages to standard output: “{line}”."),
            "Make the server log to standard error: stricter clients break on such lines.",
        );
    }
    if let Some(line) = &facts.findings.invalid {
        return Verdict::degraded(
            Reason::InvalidFrame,
            format!("The server sends JSON that is no JSON-RPC message: “{line}”."),
            "Report it to the server's maintainers: stricter clients break on such messages.",
        );
    }
    if let Some(step) = slowest(facts) {
        return Verdict::degraded(
            Reason::Slow,
            format!(
                "{} took {:.1} s, more than the limit of {:.1} s.",
                step.step.title(),
                step.duration_seconds,
                facts.slow.as_secs_f64()
            ),
            "Look at the load of the server and of what it depends on.",
        );
    }
    Verdict {
        level: Level::Healthy,
        reason: Reason::Ok,
        summary: healthy(facts),
        action: String::new(),
    }
}

/// The slowest step over the limit. How long a process takes to start and to answer first is its
/// own matter (it may be fetched over the network first) and has a limit of its own.
fn slowest<'a>(facts: &Facts<'a>) -> Option<&'a StepResult> {
    let fresh = facts.steps.iter().any(|step| step.step == Step::Process);
    let counts = |step: &&StepResult| {
        !(fresh && matches!(step.step, Step::Process | Step::Handshake))
            && step.duration_seconds > facts.slow.as_secs_f64()
    };
    let longer =
        |a: &&StepResult, b: &&StepResult| a.duration_seconds.total_cmp(&b.duration_seconds);
    facts.steps.iter().filter(counts).max_by(longer)
}

fn healthy(facts: &Facts<'_>) -> String {
    let answered = facts.steps.iter().find_map(|step| match step.step {
        Step::Ping | Step::Discover => Some((step.step.title(), step.duration_seconds)),
        _ => None,
    });
    let tools = match facts.tools {
        Some(1) => " and 1 tool is listed".to_owned(),
        Some(count) => format!(" and {count} tools are listed"),
        None => String::new(),
    };
    match answered {
        Some((title, seconds)) => {
            format!("{title} was answered in {:.0} ms{tools}.", seconds * 1000.0)
        }
        None => "Every step was answered.".to_owned(),
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
