//! What one probe saw: the only thing that leaves this crate.

use model::TimestampMs;

use crate::{Level, Reason, Tool, Verdict};

/// The result of one probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Name of the target.
    pub server: String,
    /// When the probe began.
    pub at_ms: TimestampMs,
    /// The steps taken, in order; the last one failed if the probe did not get through.
    pub steps: Vec<StepResult>,
    /// What it comes to.
    pub verdict: Verdict,
    /// Who answered; `None` while there is no session.
    pub identity: Option<Identity>,
    /// Tools as listed this time; `None` when they could not be listed.
    pub tools: Option<Vec<Tool>>,
    /// The process behind a stdio server; `None` over HTTP and while none runs.
    pub process: Option<ProcessInfo>,
    /// How often the session (over stdio: the process) had to be set up again since the watch
    /// began.
    pub restarts: u32,
    /// When the next probe is due; a process that ends earlier is reported at once.
    pub next_probe_at_ms: TimestampMs,
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
}

/// The layers that a probe goes through, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Starting the process (stdio).
    Process,
    /// Reaching the server at all (HTTP): name, connection, TLS, an HTTP answer.
    Transport,
    /// `initialize` or the first `server/discover`; only when there was no session yet.
    Handshake,
    /// `ping` (legacy era).
    Ping,
    /// `server/discover` (modern era, which has no `ping`).
    Discover,
    /// `tools/list`, all pages.
    ListTools,
}

impl Step {
    /// The name used in sentences.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Process => "Starting the process",
            Self::Transport => "The connection",
            Self::Handshake => "The handshake",
            Self::Ping => "Ping",
            Self::Discover => "Discovery",
            Self::ListTools => "Listing the tools",
        }
    }

    /// The name used in labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Transport => "transport",
            Self::Handshake => "handshake",
            Self::Ping => "ping",
            Self::Discover => "discover",
            Self::ListTools => "list_tools",
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
    /// What the server tells models about itself.
    pub instructions: Option<String>,
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
