//! Servers that the product starts itself, and what became of each start.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Problem, TimeRange};

words! {
    /// How it stands with a server that is started.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum LaunchState {
        /// It ended so often lately that it is of no use, whether it runs at this moment or not.
        CrashLoop = "crash_loop",
        /// It cannot be started; that is tried again.
        Failed = "failed",
        /// It ended, or did not answer, and is started again after a pause.
        BackingOff = "backing_off",
        /// Its process runs and has not listed its tools yet.
        Starting = "starting",
        /// It runs and has listed its tools.
        Running = "running",
        /// Somebody stopped it.
        Stopped = "stopped",
        /// It was found and not asked for: somebody has to agree first.
        AwaitingApproval = "awaiting_approval",
    }
}

words! {
    /// What can be done with a server that is started.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum LaunchOrder {
        /// Starts what was stopped.
        Start = "start",
        /// Stops it until somebody starts it again, whatever happens to the product meanwhile.
        Stop = "stop",
        /// Stops it and starts it at once.
        Restart = "restart",
    }
}

record! {
    /// A stretch of a start.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct LaunchPhase {
        /// `spawn`, `first output`, `handshake`, `tools listed`.
        pub name: String,
        /// When it began, since the start did.
        pub from_seconds: f64,
        /// How long it took.
        pub seconds: f64,
    }
}

record! {
    /// A run that is over.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct LaunchExit {
        /// When it was started.
        pub started_ms: i64,
        /// When it ended.
        pub ended_ms: i64,
        /// Its process, if there was one.
        pub pid: Option<u32>,
        /// How it ended: `exit code 1`, `signal 9`, or why it could not be started.
        pub how: String,
        /// Whether it was told to end.
        pub was_asked: bool,
        /// Its last lines on standard error, oldest first. They are the server's and trusted by nobody.
        pub stderr: Vec<String>,
    }
}

record! {
    /// How a server that the product starts is reached over Streamable HTTP.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Served {
        /// The path of its address below that of the product.
        pub path: String,
        /// Sessions that are open. Clients of the stateless era have none.
        pub clients: u32,
        /// Requests that wait for their answer.
        pub open_requests: u32,
        /// Requests since the product runs.
        pub requests: u64,
    }
}

record! {
    /// A server that the product starts.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Launched {
        /// Its name in the configuration.
        pub name: String,
        /// Its command line; what looks like a secret is hidden.
        pub command: String,
        /// Where it was configured.
        pub source: String,
        /// How it stands.
        pub state: LaunchState,
        /// Why, in one sentence.
        pub reason: String,
        /// Its process, while there is one.
        pub pid: Option<u32>,
        /// When that was started.
        pub started_ms: Option<i64>,
        /// How often it has been started again since the product runs.
        pub restarts: u32,
        /// How often it ended without being told to, within the window in which crashes are counted.
        pub crashes: u32,
        /// When it is started next, while it waits for that.
        pub next_start_ms: Option<i64>,
        /// Processor time that it uses with all that it started: 100 is one processor.
        pub cpu_percent: Option<f64>,
        /// Memory that it uses with all that it started.
        pub memory_bytes: Option<f64>,
        /// How clients reach it over HTTP, where it was configured so.
        pub served: Option<Served>,
        /// How many tools it listed after its last start.
        pub tools: Option<u32>,
        /// How many it listed in its run before that, where those were more.
        pub tools_before: Option<u32>,
        /// The phases of its last start.
        pub phases: Vec<LaunchPhase>,
        /// What its process said last on standard error, oldest first.
        pub stderr: Vec<String>,
        /// Runs that are over, newest first.
        pub exits: Vec<LaunchExit>,
    }
}

record! {
    /// A stretch of time in which it stood alike with a server that is started.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct LaunchStretch {
        /// Its begin.
        pub from_ms: i64,
        /// Its end; of one that goes on, now.
        pub to_ms: i64,
        /// How it stood.
        pub state: LaunchState,
    }
}

record! {
    /// How it stood with a server that is started, over a time.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct LaunchCourse {
        /// Its name.
        pub name: String,
        /// Stretches, oldest first. Between them the product did not run, or did not start the server.
        pub stretches: Vec<LaunchStretch>,
        /// Older stretches that are left out, because there are too many.
        pub stretches_left_out: u32,
        /// Runs that ended in this time, newest first.
        pub ends: Vec<LaunchExit>,
        /// Older ends that are left out.
        pub ends_left_out: u32,
    }
}

record! {
    /// How it stood with all servers that are started, over a time.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct LaunchCourses {
        /// Begin of the time.
        pub from_ms: i64,
        /// Its end.
        pub to_ms: i64,
        /// Each server, by name.
        pub rows: Vec<LaunchCourse>,
    }
}

impl LaunchCourse {
    /// A server of which nothing is known.
    pub fn of(name: String) -> Self {
        Self {
            name,
            stretches: Vec::new(),
            stretches_left_out: 0,
            ends: Vec::new(),
            ends_left_out: 0,
        }
    }
}

impl Launched {
    /// How long its last start took until it had listed its tools, or as far as it got.
    pub fn launch_seconds(&self) -> Option<f64> {
        let ends = self.phases.iter().map(|it| it.from_seconds + it.seconds);
        ends.reduce(f64::max)
    }
}

/// The servers that the product starts. Which those are, files say; nobody adds a command here.
#[async_trait]
pub trait Launcher: Send + Sync {
    /// All of them, by name.
    async fn list(&self, caller: &Caller) -> Result<Vec<Launched>, Problem>;
    /// How they stood over a time, and how their runs ended; that outlives the product.
    async fn courses(&self, caller: &Caller, range: TimeRange) -> Result<LaunchCourses, Problem>;
    /// Starts, stops or restarts one. The answer is how it stands right after the order; what becomes
    /// of it is seen in the status table.
    async fn order(
        &self,
        caller: &Caller,
        name: &str,
        order: LaunchOrder,
    ) -> Result<Launched, Problem>;
}
