//! What became of each start: kept in memory, bounded, for as long as the product runs.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp::{Observation, Step};
use model::{Clock, TimestampMs};
use tokio::sync::Notify;
use wire::{LaunchExit, LaunchPhase};

/// Runs that are remembered of a server.
const MOST_EXITS: usize = 10;
/// Crashes that are counted of a server.
const MOST_CRASHES: usize = 1000;

/// Reads what a process has said so far on standard error.
pub(super) type Said = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// What is known of the starts of all servers.
pub(crate) struct Book {
    clock: Arc<dyn Clock>,
    records: Mutex<BTreeMap<String, Record>>,
    changed: Notify,
}

/// What is known of the starts of one server.
#[derive(Clone, Default)]
pub(super) struct Record {
    /// Starts, whatever became of them.
    pub(super) attempts: u64,
    /// Processes that were started.
    pub(super) launched: u64,
    /// Starts that came to no process, or to one that ended before it had listed its tools.
    pub(super) failed: u64,
    /// The process that runs.
    pub(super) run: Option<Run>,
    /// Runs that are over, newest first.
    pub(super) exits: VecDeque<LaunchExit>,
    /// How many that were, also of those that are remembered no more.
    pub(super) ended: u64,
    /// When it ended without being told to, since a person last began it.
    pub(super) crashes: VecDeque<TimestampMs>,
    /// The phases of the newest start that was looked at.
    pub(super) phases: Vec<LaunchPhase>,
    /// How long the newest start took that came to a listing.
    pub(super) launch_seconds: Option<f64>,
    /// What the newest run listed.
    pub(super) listed: Option<Listed>,
    /// How many tools the run before that listed, where those were more.
    pub(super) listed_before: Option<u32>,
    /// When the newest start showed a first sign of life.
    first_output_seconds: Option<f64>,
}

/// How many tools a run listed.
#[derive(Clone, Copy)]
pub(super) struct Listed {
    run: u64,
    pub(super) tools: u32,
}

/// A start that is not over.
#[derive(Clone)]
pub(super) struct Run {
    /// The number of the start.
    id: u64,
    pub(super) started_ms: TimestampMs,
    /// Its process, once there is one.
    pub(super) pid: Option<u32>,
    /// When it had listed its tools.
    pub(super) ready_ms: Option<TimestampMs>,
    /// What it has said.
    pub(super) said: Said,
}

/// How a run ended.
pub(super) struct End {
    pub(super) how: String,
    /// Whether the watch over it was left: somebody wanted its end.
    pub(super) was_asked: bool,
    pub(super) stderr: Vec<String>,
}

impl Book {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            records: Mutex::default(),
            changed: Notify::new(),
        }
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<String, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when something has become of a start since it returned last.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// What is known of a server's starts.
    pub(super) fn of(&self, server: &str) -> Record {
        self.records().get(server).cloned().unwrap_or_default()
    }

    /// What is known of the starts of all servers.
    pub(super) fn all(&self) -> Vec<(String, Record)> {
        let records = self.records();
        let all = records.iter();
        all.map(|(name, record)| (name.clone(), record.clone()))
            .collect()
    }

    /// The processes that run, by the names of their servers: from the moment they were started.
    pub(crate) fn processes(&self) -> Vec<(String, u32)> {
        let records = self.records();
        let running = records.iter().filter_map(|(name, record)| {
            let run = record.run.as_ref()?;
            Some((name.clone(), run.pid?))
        });
        running.collect()
    }

    /// Forgets servers that are configured no more.
    pub(crate) fn keep(&self, is_known: impl Fn(&str) -> bool) {
        self.records().retain(|name, _| is_known(name));
    }

    /// A person begins it: what happened before counts no more.
    pub(super) fn forgive(&self, server: &str) {
        if let Some(record) = self.records().get_mut(server) {
            record.crashes.clear();
        }
    }

    /// A start begins; its number.
    pub(super) fn begins(&self, server: &str) -> u64 {
        let started_ms = self.clock.now_ms();
        let mut records = self.records();
        let record = records.entry(server.to_owned()).or_default();
        record.attempts += 1;
        record.first_output_seconds = None;
        record.run = Some(Run {
            id: record.attempts,
            started_ms,
            pid: None,
            ready_ms: None,
            said: Arc::new(Vec::new),
        });
        self.changed.notify_one();
        record.attempts
    }

    /// It came to a process.
    pub(super) fn runs(&self, server: &str, id: u64, pid: u32, said: Said) {
        let mut records = self.records();
        let Some(record) = records.get_mut(server) else {
            return;
        };
        record.launched += 1;
        if let Some(run) = record.run.as_mut().filter(|run| run.id == id) {
            (run.pid, run.said) = (Some(pid), said);
        }
    }

    /// Its process wrote something for the first time.
    pub(super) fn speaks(&self, server: &str, id: u64, after_seconds: f64) {
        let mut records = self.records();
        if let Some(record) = records.get_mut(server)
            && record.attempts == id
        {
            record.first_output_seconds = Some(after_seconds);
        }
    }

    /// It is over.
    pub(super) fn ends(&self, server: &str, id: u64, end: End) {
        let ended_ms = self.clock.now_ms();
        let mut records = self.records();
        let Some(record) = records.get_mut(server) else {
            return;
        };
        let Some(run) = record.run.take_if(|run| run.id == id) else {
            return;
        };
        if !end.was_asked {
            record.crashes.push_front(ended_ms);
            record.crashes.truncate(MOST_CRASHES);
            if run.ready_ms.is_none() {
                record.failed += 1;
            }
        }
        record.exits.push_front(LaunchExit {
            started_ms: run.started_ms,
            ended_ms,
            pid: run.pid,
            how: end.how,
            was_asked: end.was_asked,
            stderr: end.stderr,
        });
        record.exits.truncate(MOST_EXITS);
        record.ended += 1;
        self.changed.notify_one();
    }

    /// Takes in what a probe saw of a server.
    pub(crate) fn observe(&self, observation: &Observation) {
        let mut records = self.records();
        let Some(record) = records.get_mut(&observation.server) else {
            return;
        };
        if observation.steps.iter().any(|it| it.step == Step::Process) {
            record.phases = phases(observation, record.first_output_seconds);
        }
        let pid = observation.process.map(|process| process.pid);
        let (Some(tools), Some(run)) = (&observation.tools, &mut record.run) else {
            return;
        };
        if run.pid.is_none() || run.pid != pid {
            return;
        }
        if run.ready_ms.is_none() {
            run.ready_ms = Some(self.clock.now_ms());
            self.changed.notify_one();
            let ends = record.phases.iter().map(|it| it.from_seconds + it.seconds);
            record.launch_seconds = ends.reduce(f64::max).or(record.launch_seconds);
        }
        let tools = u32::try_from(tools.len()).unwrap_or(u32::MAX);
        let before = match record.listed {
            Some(before) if before.run == run.id => record.listed_before,
            Some(before) => Some(before.tools.max(record.listed_before.unwrap_or_default())),
            None => None,
        };
        record.listed_before = before.filter(|before| *before > tools);
        record.listed = Some(Listed { run: run.id, tools });
    }
}

/// The stretches of a start, one after the other.
fn phases(observation: &Observation, first_output_seconds: Option<f64>) -> Vec<LaunchPhase> {
    let mut phases = Vec::new();
    let mut push = |name: &str, from_seconds: f64, to_seconds: f64| {
        phases.push(LaunchPhase {
            name: name.to_owned(),
            from_seconds,
            seconds: (to_seconds - from_seconds).max(0.0),
        });
    };
    let mut at = 0.0;
    for step in &observation.steps {
        let end = at + step.duration_seconds;
        match step.step {
            Step::Process => push("spawn", at, end),
            Step::Handshake => {
                let mut from = at;
                if let Some(spoke) = first_output_seconds.filter(|spoke| (at..end).contains(spoke))
                {
                    push("first output", at, spoke);
                    from = spoke;
                }
                push("handshake", from, end);
            }
            Step::ListTools => push("tools listed", at, end),
            _ => {}
        }
        at = end;
    }
    phases
}

#[cfg(test)]
mod tests {
    use mcp::{Level, ProcessInfo, Reason, StepResult, Tool, Verdict};
    use model::SystemClock;

    use super::*;

    fn observation(pid: u32, steps: &[(Step, f64)], tools: Option<usize>) -> Observation {
        let steps = steps.iter().map(|(step, duration_seconds)| StepResult {
            step: *step,
            outcome: Ok(()),
            duration_seconds: *duration_seconds,
            kept: None,
        });
        let tool = |n: usize| Tool {
            name: format!("t{n}"),
            title: None,
            description: None,
            input_schema: serde_json::Value::Null,
            output_schema: None,
            annotations: None,
            cut: None,
        };
        Observation {
            server: "fs".to_owned(),
            at_ms: 1,
            steps: steps.collect(),
            verdict: Verdict {
                level: Level::Healthy,
                reason: Reason::Ok,
                summary: String::new(),
                action: String::new(),
            },
            identity: None,
            tools: tools.map(|tools| (0..tools).map(tool).collect()),
            listed: Vec::new(),
            process: Some(ProcessInfo {
                pid,
                started_at_ms: 1,
            }),
            restarts: 0,
            checks: Vec::new(),
            next_probe_at_ms: 2,
        }
    }

    fn end(was_asked: bool) -> End {
        End {
            how: "exit code 1".to_owned(),
            was_asked,
            stderr: Vec::new(),
        }
    }

    #[test]
    fn a_start_that_comes_to_a_listing() {
        let book = Book::new(Arc::new(SystemClock));
        let id = book.begins("fs");
        assert!(book.processes().is_empty());
        book.runs("fs", id, 7, Arc::new(Vec::new));
        assert_eq!(book.processes(), [("fs".to_owned(), 7)]);
        book.speaks("fs", id, 0.25);
        let steps = [
            (Step::Process, 0.125),
            (Step::Handshake, 0.25),
            (Step::Ping, 0.125),
            (Step::ListTools, 0.5),
        ];
        // Of another process: nothing is known of this one by it.
        book.observe(&observation(8, &steps, Some(3)));
        assert!(book.of("fs").run.unwrap().ready_ms.is_none());
        book.observe(&observation(7, &steps, Some(3)));
        let record = book.of("fs");
        assert!(record.run.unwrap().ready_ms.is_some());
        assert_eq!(record.launch_seconds, Some(1.0));
        let phases = record.phases.iter();
        let phases: Vec<_> = phases
            .map(|it| (it.name.as_str(), it.from_seconds, it.seconds))
            .collect();
        assert_eq!(
            phases,
            [
                ("spawn", 0.0, 0.125),
                ("first output", 0.125, 0.125),
                ("handshake", 0.25, 0.125),
                ("tools listed", 0.5, 0.5),
            ]
        );
    }

    #[test]
    fn fewer_tools_than_before_are_told_until_they_are_back() {
        let book = Book::new(Arc::new(SystemClock));
        let mut pid = 0;
        let mut check = |is_new: bool, tools: usize, expected: Option<u32>| {
            if is_new {
                pid += 1;
                let id = book.begins("fs");
                book.runs("fs", id, pid, Arc::new(Vec::new));
            }
            book.observe(&observation(pid, &[(Step::ListTools, 0.1)], Some(tools)));
            assert_eq!(book.of("fs").listed_before, expected, "{is_new} {tools}");
        };
        check(true, 5, None);
        check(false, 3, None);
        check(false, 5, None);
        check(true, 3, Some(5));
        check(false, 4, Some(5));
        check(true, 4, Some(5));
        check(false, 5, None);
        check(true, 6, None);
    }

    #[test]
    fn only_who_was_not_asked_has_crashed() {
        let book = Book::new(Arc::new(SystemClock));
        for was_asked in [false, true, false] {
            let id = book.begins("fs");
            book.ends("fs", id, end(was_asked));
            // Told twice is one end.
            book.ends("fs", id, end(was_asked));
        }
        let record = book.of("fs");
        assert_eq!((record.attempts, record.launched, record.failed), (3, 0, 2));
        assert_eq!((record.crashes.len(), record.exits.len()), (2, 3));
        book.forgive("fs");
        assert!(book.of("fs").crashes.is_empty());
        for _ in 0..50 {
            let id = book.begins("fs");
            book.ends("fs", id, end(false));
        }
        assert_eq!(book.of("fs").exits.len(), MOST_EXITS);
        book.keep(|name| name != "fs");
        assert_eq!(book.of("fs").attempts, 0);
    }
}
