//! The watched servers as they are now: takes observations in, tells everybody who needs to know.

mod history;
mod members;
mod service;
mod store;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use db::Db;
use model::{Clock, Labels, Sample, TimestampMs};
use tokio::sync::Notify;
use wire::{Admin, EventKind, Frame, Level, Server, StepTiming, Update, Verdict};

use crate::checks::Standing;
use crate::config::ServerConfig;
use crate::dependencies::Affected;
use crate::events::{EventLog, server_link};
use crate::live::Hub;
use crate::metrics::SampleLog;
use history::History;
pub(crate) use members::Signals;
pub(crate) use text::shown;

/// Why nobody looked before a start.
const NOT_RUNNING: &str = "MCP Observatory was not running.";
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// All watched servers.
pub(crate) struct Fleet {
    db: Db,
    clock: Arc<dyn Clock>,
    hub: Hub,
    samples: Arc<SampleLog>,
    events: Arc<EventLog>,
    states: RwLock<BTreeMap<String, State>>,
    /// Told when a server's level changed, so that rules need not wait for their turn.
    pub(crate) level_changed: Arc<Notify>,
}

/// What is known of one server.
struct State {
    row: Server,
    history: History,
    restarts: u32,
    /// The verdict of an earlier run, until the first probe of this one: a server that was down
    /// before the product was restarted and is down now has been down since then.
    earlier: Option<(Level, String, TimestampMs)>,
    /// Hash of each tool's definition; `None` before the first listing ever.
    tools: Option<HashMap<String, String>>,
    signals: Signals,
    config: ServerConfig,
}

/// What observing changed.
struct Change {
    row: Server,
    level_from: Level,
    restarted: bool,
    new_verdict: bool,
    tools: Option<ToolChange>,
}

/// How the tools differ from what was known.
struct ToolChange {
    hashes: HashMap<String, String>,
    /// One sentence for each difference; empty at the first listing.
    marks: Vec<String>,
}

impl Fleet {
    /// The fleet as configured, with what is remembered of each server.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub(crate) async fn open(
        db: Db,
        clock: Arc<dyn Clock>,
        hub: Hub,
        samples: Arc<SampleLog>,
        events: Arc<EventLog>,
        servers: impl Iterator<Item = &ServerConfig>,
    ) -> Result<Self, db::Error> {
        let now = clock.now_ms();
        let mut states = BTreeMap::new();
        for config in servers {
            states.insert(
                config.name.clone(),
                members::state(&db, config, Some(NOT_RUNNING), now).await?,
            );
        }
        Ok(Self {
            db,
            clock,
            hub,
            samples,
            events,
            states: RwLock::new(states),
            level_changed: Arc::default(),
        })
    }

    /// How all servers are.
    pub(crate) fn standings(&self) -> BTreeMap<String, Standing> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        let standing = |state: &State| Standing {
            level: state.row.verdict.level,
            since_ms: state.row.verdict.since_ms,
        };
        let standings = states
            .iter()
            .map(|(name, state)| (name.clone(), standing(state)));
        standings.collect()
    }

    /// Marks the servers that failures reach, and only those; whoever looks is told what changed.
    pub(crate) fn affect(&self, affected: &BTreeMap<String, Affected>) {
        let now = self.clock.now_ms();
        let mut changed = Vec::new();
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        for (name, state) in states.iter_mut() {
            let (by, since_ms) = match affected.get(name) {
                Some(why) => (why.by.as_slice(), Some(why.since_ms)),
                None => (&[][..], None),
            };
            let row = &mut state.row;
            if row.affected_by != by || row.affected_since_ms != since_ms {
                row.affected_by = by.to_vec();
                row.affected_since_ms = since_ms;
                changed.push(state.current_row(now));
            }
        }
        drop(states);
        if !changed.is_empty() {
            self.hub.publish(Frame::Servers(Update::Changed(changed)));
        }
    }

    /// Takes in what a probe saw.
    pub(crate) async fn observe(&self, observation: mcp::Observation) {
        let now = self.clock.now_ms();
        let Some(change) = self.apply(&observation, now) else {
            tracing::debug!(
                server = observation.server,
                "an observation of a server that is configured no more"
            );
            return;
        };
        self.samples.push(samples_of(&observation));
        self.hub
            .publish(Frame::Servers(Update::Changed(vec![change.row.clone()])));
        let listed = observation.tools.as_deref().unwrap_or_default();
        let tools = change.tools.as_ref().map(|change| (listed, &change.hashes));
        let written = store::save(&self.db, &change.row, change.new_verdict, tools, now).await;
        if let Err(error) = written {
            tracing::error!(error = %error, server = change.row.name, "an observation could not be written");
        }
        if change.row.verdict.level != change.level_from {
            self.level_changed.notify_one();
        }
        self.mark(&change).await;
    }

    async fn mark(&self, change: &Change) {
        let row = &change.row;
        let link = server_link(&row.name);
        let (from, to) = (change.level_from, row.verdict.level);
        // The first look at a server is no change of it.
        if from != to && from != Level::Unknown {
            let title = format!("{} is {}: {}", row.name, to.as_str(), row.verdict.summary);
            self.events
                .record(EventKind::Health, &row.name, title, link.clone())
                .await;
        }
        if change.restarted {
            let title = format!("{} was connected anew", row.name);
            self.events
                .record(EventKind::Restart, &row.name, title, link.clone())
                .await;
        }
        for mark in change.tools.iter().flat_map(|change| &change.marks) {
            let title = format!("{}: {mark}", row.name);
            self.events
                .record(EventKind::Definition, &row.name, title, link.clone())
                .await;
        }
    }

    fn apply(&self, observation: &mcp::Observation, now: TimestampMs) -> Option<Change> {
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        let state = states.get_mut(&observation.server)?;
        // Nothing of it runs: this is about what was configured before under this name.
        if state.row.admin == Admin::AwaitingApproval {
            return None;
        }
        let level_from = state.row.verdict.level;
        let level = wire_level(observation.verdict.level);
        let reason = observation.verdict.reason.as_str();
        let new_verdict = level != level_from || reason != state.row.verdict.reason;
        let restarted = observation.restarts > state.restarts && observation.identity.is_some();
        if observation.identity.is_some() {
            state.restarts = observation.restarts;
        }
        state.history.push(now, level);
        state.history.prune(now - DAY_MS);
        let since_ms = match state.earlier.take() {
            Some((earlier, why, since_ms)) if earlier == level && why == reason => since_ms,
            _ if new_verdict => now,
            _ => state.row.verdict.since_ms,
        };
        let row = &mut state.row;
        row.admin = Admin::Enabled;
        row.verdict = Verdict {
            level,
            reason: reason.to_owned(),
            summary: shown(&observation.verdict.summary),
            action: shown(&observation.verdict.action),
            since_ms,
            last_success_ms: if level == Level::Healthy {
                Some(now)
            } else {
                row.verdict.last_success_ms
            },
            next_probe_ms: Some(observation.next_probe_at_ms),
        };
        row.steps = observation.steps.iter().map(step_timing).collect();
        if let Some(identity) = &observation.identity {
            row.identity = Some(wire::Identity {
                name: shown(&identity.name),
                version: shown(&identity.version),
                protocol_version: shown(&identity.protocol_version),
            });
        }
        row.process = observation.process.map(|process| wire::ProcessInfo {
            pid: process.pid,
            started_ms: process.started_at_ms,
            restarts: observation.restarts,
        });
        row.updated_ms = Some(now);
        let tools = observation.tools.as_deref().and_then(|listed| {
            row.tools = Some(u32::try_from(listed.len()).unwrap_or(u32::MAX));
            tool_change(state.tools.as_ref(), listed)
        });
        if let Some(change) = &tools {
            state.tools = Some(change.hashes.clone());
        }
        Some(Change {
            row: state.current_row(now),
            level_from,
            restarted,
            new_verdict,
            tools,
        })
    }
}

impl State {
    /// The row with what depends on the time.
    fn current_row(&self, now: TimestampMs) -> Server {
        Server {
            availability: self.history.availability(now - DAY_MS, now),
            timeline: self.history.spans(now - HOUR_MS, now),
            ..self.row.clone()
        }
    }
}

fn wire_level(level: mcp::Level) -> Level {
    match level {
        mcp::Level::Healthy => Level::Healthy,
        mcp::Level::Degraded => Level::Degraded,
        mcp::Level::Unhealthy => Level::Unhealthy,
        mcp::Level::Unknown => Level::Unknown,
    }
}

fn step_timing(step: &mcp::StepResult) -> StepTiming {
    StepTiming {
        step: step.step.as_str().to_owned(),
        ok: step.outcome.is_ok(),
        seconds: step.duration_seconds,
        error: step
            .outcome
            .as_ref()
            .err()
            .map_or_else(String::new, |failure| shown(&failure.message)),
    }
}

/// How a listing differs from what is known; `None` when it does not.
fn tool_change(
    known: Option<&HashMap<String, String>>,
    listed: &[mcp::Tool],
) -> Option<ToolChange> {
    let hashes: HashMap<_, _> = listed
        .iter()
        .map(|tool| (tool.name.clone(), mcp::definition_hash(tool)))
        .collect();
    let Some(known) = known else {
        return Some(ToolChange {
            hashes,
            marks: Vec::new(),
        });
    };
    if *known == hashes {
        return None;
    }
    let mut marks = Vec::new();
    for (name, hash) in &hashes {
        match known.get(name) {
            None => marks.push(format!("tool {} is new", shown(name))),
            Some(old) if old != hash => {
                marks.push(format!("tool {} changed its definition", shown(name)))
            }
            Some(_) => {}
        }
    }
    let gone = known.keys().filter(|name| !hashes.contains_key(*name));
    marks.extend(gone.map(|name| format!("tool {} is gone", shown(name))));
    marks.sort();
    // A server that swaps its whole list is one thing that happened, not ten thousand.
    if marks.len() > 20 {
        marks = vec![format!("{} tool definitions changed", marks.len())];
    }
    Some(ToolChange { hashes, marks })
}

fn samples_of(observation: &mcp::Observation) -> Vec<Sample> {
    let server = Labels::new().with("server", &observation.server);
    let sample = |name: &str, labels: &Labels, value: f64| Sample {
        name: name.to_owned(),
        labels: labels.clone(),
        at_ms: observation.at_ms,
        value,
    };
    let flag = |is: bool| if is { 1.0 } else { 0.0 };
    let mut samples = Vec::new();
    for step in &observation.steps {
        let labels = server.clone().with("step", step.step.as_str());
        samples.push(sample(
            "mcp_probe_success",
            &labels,
            flag(step.outcome.is_ok()),
        ));
        if step.outcome.is_ok() {
            samples.push(sample(
                "mcp_probe_duration_seconds",
                &labels,
                step.duration_seconds,
            ));
        }
    }
    if observation.verdict.level != mcp::Level::Unknown {
        let up = observation.verdict.level != mcp::Level::Unhealthy;
        samples.push(sample("mcp_server_up", &server, flag(up)));
    }
    if let Some(tools) = &observation.tools {
        #[expect(clippy::cast_precision_loss, reason = "a count of tools")]
        samples.push(sample("mcp_server_tools", &server, tools.len() as f64));
    }
    samples
}
