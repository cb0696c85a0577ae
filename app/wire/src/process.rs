//! Processes of this machine that look like MCP servers, whoever started them.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Problem};

words! {
    /// Whose a process is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum ProcessKind {
        /// Who started it is gone, and nobody else uses it.
        Orphan = "orphan",
        /// The product started it.
        Ours = "ours",
        /// Somebody else has it.
        Other = "other",
    }
}

record! {
    /// A process, with all that it started.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct HostProcess {
        /// Process id.
        pub pid: u32,
        /// When it started, in the kernel's ticks since the machine did: with the id it names one process for ever.
        pub start_ticks: u64,
        /// When it started.
        pub started_ms: i64,
        /// The user it runs as.
        pub owner: String,
        /// Its command line; what looks like a secret is hidden.
        pub command: String,
        /// Whose it is.
        pub kind: ProcessKind,
        /// The server of ours; empty for others.
        pub server: String,
        /// The client or shell above it; empty where none is.
        pub client: String,
        /// Why it counts as an orphan; empty where it does not.
        pub why: String,
        /// How many processes it is with all that it started.
        pub processes: u32,
        /// The memory of all of them.
        pub memory_bytes: u64,
        /// What all of them use of the processors since they were last looked at: 100 is one processor.
        pub cpu_percent: f64,
    }
}

record! {
    /// What was found.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct HostProcesses {
        /// Whether processes can be looked at on this system.
        pub is_supported: bool,
        /// Orphans first, then the largest.
        pub processes: Vec<HostProcess>,
    }
}

record! {
    /// What became of a process that was ended.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct EndedProcess {
        /// How many processes ended with it, itself included.
        pub ended: u32,
        /// How many of them had to be killed.
        pub killed: u32,
    }
}

/// The MCP servers among the processes of this machine.
#[async_trait]
pub trait Processes: Send + Sync {
    /// All of them.
    async fn list(&self, caller: &Caller) -> Result<HostProcesses, Problem>;
    /// Ends one and all that it started, if it is still the one that started then.
    async fn end(
        &self,
        caller: &Caller,
        pid: u32,
        start_ticks: u64,
    ) -> Result<EndedProcess, Problem>;
}
