//! What one probe saw: the only thing that leaves this crate.

use std::time::Duration;

use drift::{Definition, Kind};
use model::TimestampMs;

use crate::{Level, Reason, Tool, Verdict};

/// The result of one probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Name of the target.
    pub server: String,
    /// When the probe began.
    pub at_ms: TimestampMs,
    /// The steps taken, in order; the last one failed if the probe did not get through. Between two
    /// probes, when only a check was made: the call of a canary, else none.
    pub steps: Vec<StepResult>,
    /// What it comes to.
    pub verdict: Verdict,
    /// Who answered; `None` while there is no session.
    pub identity: Option<Identity>,
    /// Tools as listed this time; `None` when they could not be listed, or the last list still holds.
    pub tools: Option<Vec<Tool>>,
    /// What else was listed to its end this time; a kind that was not asked for, or not answered, is missing.
    pub listed: Vec<Listing>,
    /// The process behind a stdio server; `None` over HTTP and while none runs.
    pub process: Option<ProcessInfo>,
    /// How often the session (over stdio: the process) had to be set up again since the watch
    /// began.
    pub restarts: u32,
    /// When the next probe is due; a process that ends earlier is reported at once.
    pub next_probe_at_ms: TimestampMs,
    /// The checks that were made.
    pub checks: Vec<CheckResult>,
}

impl Observation {
    /// Whether this is of a probe, and not of a check between two probes.
    pub fn is_probe(&self) -> bool {
        self.checks.is_empty()
    }
}

/// All that a server lists of one kind besides tools.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// What was listed.
    pub kind: Kind,
    /// In the server's order; none where the server says that it has nothing of the kind.
    pub definitions: Vec<Definition>,
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckResult {
    /// Name of the check.
    pub name: String,
    /// When the tool was called.
    pub at_ms: TimestampMs,
    /// Whether all was as expected.
    pub outcome: Result<(), Failure>,
    /// How long the answer took.
    pub duration_seconds: f64,
    /// The size of the answer as JSON; 0 where none came.
    pub bytes: u64,
    /// The number that is to be recorded, where one is.
    pub value: Option<f64>,
    /// When the tool is called again.
    pub next_at_ms: TimestampMs,
}

/// One step of a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct StepResult {
    /// Which step.
    pub step: Step,
    /// How it ended.
    pub outcome: Result<(), Failure>,
    /// How long it took.
    pub duration_seconds: f64,
    /// When nothing was asked, because the server lets an earlier answer be kept: for how much
    /// longer.
    pub kept: Option<Duration>,
}

/// The layers that a probe goes through, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Starting the process (stdio).
    Process,
    /// Reaching the server at all (HTTP): name, connection, TLS, an HTTP answer.
    Transport,
    /// Signing in (HTTP): getting a token, or having the configured credentials accepted.
    Authentication,
    /// `initialize` or the first `server/discover`; only when there was no session yet.
    Handshake,
    /// `ping` (legacy era).
    Ping,
    /// `server/discover` (modern era, which has no `ping`).
    Discover,
    /// `tools/list`, all pages.
    ListTools,
    /// `tools/call` of a canary.
    Canary,
}

impl Step {
    /// The name used in sentences.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Process => "Starting the process",
            Self::Transport => "The connection",
            Self::Authentication => "Signing in",
            Self::Handshake => "The handshake",
            Self::Ping => "Ping",
            Self::Discover => "Discovery",
            Self::ListTools => "Listing the tools",
            Self::Canary => "The canary call",
        }
    }

    /// The name used in labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Transport => "transport",
            Self::Authentication => "authentication",
            Self::Handshake => "handshake",
            Self::Ping => "ping",
            Self::Discover => "discover",
            Self::ListTools => "list_tools",
            Self::Canary => "canary",
        }
    }
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The class of failure.
    pub reason: Reason,
    /// How bad it is.
    pub level: Level,
    /// What happened, as a sentence; free of secrets and control characters.
    pub message: String,
    /// What to do about it, as a sentence.
    pub action: String,
}

impl Failure {
    pub(crate) fn new(
        level: Level,
        reason: Reason,
        message: impl Into<String>,
        action: impl Into<String>,
    ) -> Self {
        Self {
            reason,
            level,
            message: message.into(),
            action: action.into(),
        }
    }

    /// A failure that makes the server unusable.
    pub(crate) fn unhealthy(
        reason: Reason,
        message: impl Into<String>,
        action: impl Into<String>,
    ) -> Self {
        Self::new(Level::Unhealthy, reason, message, action)
    }
}

/// Who answered the handshake, in the server's own (untrusted) words, cut to sane sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Name that the server gives itself; empty if it gives none.
    pub name: String,
    /// Version that the server gives itself.
    pub version: String,
    /// Name for display, if the server has one.
    pub title: Option<String>,
    /// Protocol revision in use, for instance `2025-11-25`.
    pub protocol_version: String,
    /// Era of that revision.
    pub era: Era,
    /// What the server tells models about itself; at most 16 KiB.
    pub instructions: Option<String>,
    /// When that was cut: the SHA-256 of the whole, so that a change in the part that was cut off is noticed too.
    pub instructions_cut: Option<String>,
}

/// The two eras of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Era {
    /// With handshake, session and `ping`: up to revision 2025-11-25.
    Legacy,
    /// Stateless: from revision 2026-07-28.
    Modern,
}

impl Era {
    /// The name used in labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Modern => "modern",
        }
    }
}

/// The process behind a stdio server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessInfo {
    /// Process id of the command itself.
    pub pid: u32,
    /// When it was started.
    pub started_at_ms: TimestampMs,
}
