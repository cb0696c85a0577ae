//! The MCP servers among the processes of this machine: whose they are, what they use, and their end.
//!
//! Only what looks like an MCP server can be ended here, and only as the process that somebody saw: by its id
//! and the time at which it started.

mod clients;
mod matching;
mod owners;
mod survey;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use model::{Clock, Labels, Sample};
use supervisor::{EndError, Seen};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::{
    Caller, Code, EndedProcess, EventKind, HostProcess, HostProcesses, Problem, ProcessKind, Role,
};

use crate::config::Endpoint;
use crate::error::fault;
use crate::events::EventLog;
use crate::launcher::Book;
use crate::metrics::SampleLog;
use crate::reload::Current;
use owners::Owners;
use survey::Survey;

/// How often they are counted.
const INTERVAL: Duration = Duration::from_secs(30);
/// How long a process may take to end after SIGTERM, before SIGKILL.
const GRACE: Duration = Duration::from_secs(5);
/// Shortest distance of two looks between which the use of processors is told.
const SHORTEST: Duration = Duration::from_secs(1);
/// Characters of a command line in a mark.
const MOST_CHARS: usize = 120;

/// The processes, for people.
pub(crate) struct ProcessService {
    clock: Arc<dyn Clock>,
    config: Current,
    launches: Arc<Book>,
    samples: Arc<SampleLog>,
    events: Arc<EventLog>,
    /// What processes had used of the processors at an earlier look.
    earlier: Arc<Mutex<Earlier>>,
}

/// Processor time by process, and when that was.
#[derive(Default)]
struct Earlier {
    at: Option<Instant>,
    cpu_ms: HashMap<(u32, u64), u64>,
}

impl ProcessService {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        config: Current,
        launches: Arc<Book>,
        samples: Arc<SampleLog>,
        events: Arc<EventLog>,
    ) -> Self {
        Self {
            clock,
            config,
            launches,
            samples,
            events,
            earlier: Arc::default(),
        }
    }

    /// Counts them until told to stop.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        loop {
            match self.look().await {
                Ok(Some(found)) => self.samples.push(self.count(&found)),
                Ok(None) => return,
                // It is in the log.
                Err(_) => {}
            }
            let pause = tokio::time::sleep(INTERVAL);
            if stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "processes of a machine")]
    fn count(&self, found: &[HostProcess]) -> Vec<Sample> {
        let at_ms = self.clock.now_ms();
        let sample = |kind: &ProcessKind| Sample {
            name: "mcp_host_processes".to_owned(),
            labels: Labels::new().with("kind", kind.as_str()),
            at_ms,
            value: found.iter().filter(|it| it.kind == *kind).count() as f64,
        };
        ProcessKind::ALL.iter().map(sample).collect()
    }

    /// Looks at all processes; `None` where the system does not let anybody.
    async fn look(&self) -> Result<Option<Vec<HostProcess>>, Problem> {
        let ours = self.launches.processes();
        let known = self.known();
        let earlier = self.earlier.clone();
        let now_ms = self.clock.now_ms();
        let looked = tokio::task::spawn_blocking(move || {
            let census = supervisor::census()?;
            let mut earlier = earlier.lock().unwrap_or_else(PoisonError::into_inner);
            let owners = Owners::read();
            let survey = Survey {
                own: std::process::id(),
                ours: &ours,
                known: &known,
                owner: &|uid| owners.name(uid),
                cpu_percent: &|seen| earlier.percent(seen, now_ms),
            };
            let found = survey.of(&census);
            earlier.remember(&census);
            Some(found)
        });
        looked
            .await
            .map_err(|error| fault("looking at processes", &error))
    }

    /// The commands of servers, as configured: somebody else may run them too.
    fn known(&self) -> Vec<Vec<String>> {
        let config = self.config.borrow();
        let commands = config.servers.iter().filter_map(|it| match &it.endpoint {
            Endpoint::Stdio { command, .. } => {
                let words = std::iter::once(&command.program).chain(&command.args);
                Some(words.cloned().collect())
            }
            Endpoint::Http { .. } => None,
        });
        commands.collect()
    }
}

impl Earlier {
    /// What a process has used since the earlier look, or since it started: 100 is one processor.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds fit")]
    fn percent(&self, seen: &Seen, now_ms: i64) -> f64 {
        let before = self.cpu_ms.get(&(seen.pid, seen.start_ticks));
        let (used, within_ms) = match (before, self.at) {
            (Some(before), Some(at)) => (
                seen.cpu_ms.saturating_sub(*before),
                at.elapsed().as_secs_f64() * 1e3,
            ),
            _ => (seen.cpu_ms, (now_ms - seen.started_ms) as f64),
        };
        // Ticks are coarse: over a moment they say nothing.
        100.0 * used as f64 / within_ms.max(100.0)
    }

    fn remember(&mut self, census: &[Seen]) {
        if self.at.is_some_and(|at| at.elapsed() < SHORTEST) {
            return;
        }
        self.at = Some(Instant::now());
        let used = census
            .iter()
            .map(|it| ((it.pid, it.start_ticks), it.cpu_ms));
        self.cpu_ms = used.collect();
    }
}

#[async_trait]
impl wire::Processes for ProcessService {
    async fn list(&self, caller: &Caller) -> Result<HostProcesses, Problem> {
        caller.require(Role::Viewer)?;
        let found = self.look().await?;
        Ok(HostProcesses {
            is_supported: found.is_some(),
            processes: found.unwrap_or_default(),
        })
    }

    async fn end(
        &self,
        caller: &Caller,
        pid: u32,
        start_ticks: u64,
    ) -> Result<EndedProcess, Problem> {
        caller.require(Role::Admin)?;
        let found = self.look().await?.ok_or_else(|| {
            let message = "processes cannot be looked at on this system, only on Linux";
            Problem::new(Code::Unavailable, message)
        })?;
        let found = found.into_iter().find(|it| it.pid == pid);
        let process = found.ok_or_else(|| {
            Problem::not_found(format!(
                "process {pid} is no MCP server; it may have ended. Only those can be ended here"
            ))
        })?;
        let conflict = |message: String| Err(Problem::new(Code::Conflict, message));
        if process.start_ticks != start_ticks {
            return conflict(format!(
                "process {pid} is another one by now: {}. Look at the list again",
                process.command
            ));
        }
        if process.kind == ProcessKind::Ours {
            return conflict(format!(
                "process {pid} is that of {}; stop that instead, or it is started again",
                process.server
            ));
        }
        // What started the product may look like a server: npm, or a shell of somebody's.
        let family = supervisor::families(&[pid]);
        if family
            .iter()
            .flatten()
            .any(|own| *own == std::process::id())
        {
            return conflict(format!(
                "process {pid} has started this product, which would end with it"
            ));
        }
        let ended = supervisor::end(pid, start_ticks, GRACE).await;
        let ended = ended.map_err(|error| {
            let code = match error {
                EndError::Denied { .. } => Code::Forbidden,
                EndError::Gone { .. } | EndError::Stays { .. } => Code::Conflict,
            };
            Problem::new(code, format!("{error} (it runs as {})", process.owner))
        })?;
        let command: String = process.command.chars().take(MOST_CHARS).collect();
        let title = format!("Process {pid} ({command}) was ended by {}", caller.name);
        self.events
            .record(EventKind::Stop, "", title, "/launcher".to_owned())
            .await;
        Ok(EndedProcess {
            ended: ended.ended,
            killed: ended.killed,
        })
    }
}
