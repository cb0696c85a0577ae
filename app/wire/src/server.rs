//! The servers that are watched.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, CheckState, Event, Level, Percentiles, Problem, StateSpan, Verdict};

words! {
    /// How a server is spoken to.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Transport {
        /// A child process, over standard input and output.
        Stdio = "stdio",
        /// Streamable HTTP.
        Http = "http",
    }
}

words! {
    /// Whether a server is watched at all.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Admin {
        /// It is probed.
        Enabled = "enabled",
        /// It was found in a file of the working directory; starting it runs a command, so somebody has to agree.
        AwaitingApproval = "awaiting_approval",
        /// Somebody stopped it; it stays so until somebody starts it.
        Stopped = "stopped",
    }
}

record! {
    /// What a server says of itself.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Identity {
        /// Its own name (not the one in the configuration).
        pub name: String,
        /// Its version.
        pub version: String,
        /// The protocol revision spoken with it.
        pub protocol_version: String,
    }
}

record! {
    /// The process behind a stdio server.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ProcessInfo {
        /// Process id.
        pub pid: u32,
        /// When it was started.
        pub started_ms: i64,
        /// How often it has been started again since the product runs.
        pub restarts: u32,
    }
}

record! {
    /// How one step went, the last time it was taken.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct StepTiming {
        /// `handshake`, `ping`, `list_tools`, …
        pub step: String,
        /// Whether it succeeded.
        pub ok: bool,
        /// Its duration.
        pub seconds: f64,
        /// What went wrong; empty when nothing.
        pub error: String,
        /// What else is to be known: that it was not asked again, and why; mostly empty.
        pub note: String,
    }
}

record! {
    /// One watched server: a row of the status table.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Server {
        /// Its name in the configuration, which is its id.
        pub name: String,
        /// How it is spoken to.
        pub transport: Transport,
        /// Address or command line, without secrets.
        pub endpoint: String,
        /// Where it was configured.
        pub source: String,
        /// Whether it is watched.
        pub admin: Admin,
        /// How it is.
        pub verdict: Verdict,
        /// What it says of itself, once it has said it.
        pub identity: Option<Identity>,
        /// How many tools it lists, once it has listed them.
        pub tools: Option<u32>,
        /// The newest result of each step: of the set-up of its session, of the last probe, of the last
        /// call of a canary.
        pub steps: Vec<StepTiming>,
        /// Share of the last 24 hours, as far as observed, in which it was not unhealthy: 0 to 1.
        pub availability: Option<f64>,
        /// The last hour, oldest first.
        pub timeline: Vec<StateSpan>,
        /// Its process.
        pub process: Option<ProcessInfo>,
        /// When it was last looked at.
        pub updated_ms: Option<i64>,
        /// What fails of that on which it depends, at the root of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub affected_by: Vec<String>,
        /// Since when the first of them fails.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub affected_since_ms: Option<i64>,
    }
}

impl Server {
    /// The duration of a step of the last probe, where it succeeded.
    pub fn step_seconds(&self, step: &str) -> Option<f64> {
        let timing = self.steps.iter().find(|t| t.step == step && t.ok)?;
        Some(timing.seconds)
    }
}

record! {
    /// A tool as its server describes it. The texts are the server's and trusted by nobody.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Tool {
        /// Name.
        pub name: String,
        /// Title; empty where none is given.
        pub title: String,
        /// Description; empty where none is given.
        pub description: String,
        /// JSON Schema of the arguments, as text.
        pub input_schema: String,
        /// When this definition was first seen.
        pub since_ms: i64,
    }
}

record! {
    /// A stretch in which the verdict did not change.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct HistoryEntry {
        /// When it began.
        pub at_ms: i64,
        /// The level from then on.
        pub level: Level,
        /// The reason word.
        pub reason: String,
        /// The sentence.
        pub summary: String,
    }
}

record! {
    /// Everything the page of one server shows.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ServerDetail {
        /// The row.
        pub server: Server,
        /// Its tools, by name.
        pub tools: Vec<Tool>,
        /// Changes of the verdict, newest first.
        pub history: Vec<HistoryEntry>,
        /// Percentiles of each step over the last hour.
        pub percentiles: Vec<Percentiles>,
        /// Its tools that are called on a schedule, by name.
        pub checks: Vec<CheckState>,
        /// What happened to it, newest first.
        pub events: Vec<Event>,
    }
}

/// The servers and their health.
#[async_trait]
pub trait Servers: Send + Sync {
    /// All servers, by name.
    async fn list(&self, caller: &Caller) -> Result<Vec<Server>, Problem>;
    /// One server with its tools and its history.
    async fn detail(&self, caller: &Caller, name: &str) -> Result<ServerDetail, Problem>;
    /// Looks at a server now instead of at its next turn.
    async fn probe_now(&self, caller: &Caller, name: &str) -> Result<(), Problem>;
    /// Agrees to start a server that was found and not asked for.
    async fn approve(&self, caller: &Caller, name: &str) -> Result<(), Problem>;
}
