//! The watched servers as they are now: takes observations in, tells everybody who needs to know.

mod checks;
mod flapping;
mod history;
mod launched;
mod layers;
mod members;
mod service;
mod store;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use db::Db;
use model::{Clock, Labels, Sample, TimestampMs};
use tokio::sync::Notify;
use wire::{Admin, EventKind, Frame, Level, Server, Update, Verdict};

use crate::checks::Standing;
use crate::config::ServerConfig;
use crate::dependencies::Affected;
use crate::events::{EventLog, server_link};
use crate::live::Hub;
use crate::metrics::SampleLog;
use checks::Checks;
use flapping::Flapping;
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
    /// How often people have decided about a server; counted under the lock of the states.
    decisions: AtomicU64,
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
    checks: Checks,
    flapping: Flapping,
    config: ServerConfig,
}

/// What observing changed.
struct Change {
    row: Server,
    level_from: Level,
    restarted: bool,
    new_verdict: bool,
    flapping: Flapping,
    tools: Option<HashMap<String, String>>,
    /// One sentence for each check that changed its state.
    checks: Vec<String>,
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
            decisions: AtomicU64::new(0),
            level_changed: Arc::default(),
        })
    }

    /// Says that somebody has decided about a server, and that the decision is on disk: what was read before may
    /// not know it. Asks for the lock of the states.
    fn decided(&self, _: &mut BTreeMap<String, State>) {
        self.decisions.fetch_add(1, Ordering::Relaxed);
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
    pub(crate) async fn observe(&self, observation: &mcp::Observation) {
        let now = self.clock.now_ms();
        let Some(change) = self.apply(observation, now) else {
            tracing::debug!(
                server = observation.server,
                "an observation of a server that is configured no more"
            );
            return;
        };
        self.samples.push(samples_of(observation, change.row.tools));
        self.samples.push(checks::samples(observation));
        self.hub
            .publish(Frame::Servers(Update::Changed(vec![change.row.clone()])));
        let listed = observation.tools.as_deref().unwrap_or_default();
        let tools = change.tools.as_ref().map(|hashes| (listed, hashes));
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
        let title = change
            .flapping
            .mark(&row.name, change.level_from, &row.verdict);
        if let Some(title) = title {
            self.events
                .record(EventKind::Health, &row.name, title, link.clone())
                .await;
        }
        for mark in &change.checks {
            let title = format!("{}: {mark}", row.name);
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
    }

    fn apply(&self, observation: &mcp::Observation, now: TimestampMs) -> Option<Change> {
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        let state = states.get_mut(&observation.server)?;
        // Nothing of it runs: this is about what was configured before under this name, or before
        // somebody stopped it.
        if state.row.admin != Admin::Enabled {
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
        let (flapping, changes) = state.flapping.next(&state.history, now);
        state.flapping = flapping;
        let summary = flapping.summary(shown(&observation.verdict.summary), changes);
        let since_ms = match state.earlier.take() {
            Some((earlier, why, since_ms)) if earlier == level && why == reason => since_ms,
            _ if new_verdict => now,
            _ => state.row.verdict.since_ms,
        };
        let row = &mut state.row;
        row.verdict = Verdict {
            level,
            reason: reason.to_owned(),
            summary,
            action: shown(&observation.verdict.action),
            since_ms,
            last_success_ms: if level == Level::Healthy {
                Some(now)
            } else {
                row.verdict.last_success_ms
            },
            next_probe_ms: Some(observation.next_probe_at_ms),
        };
        layers::renew(&mut row.steps, observation);
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
        if observation.is_probe() {
            row.updated_ms = Some(now);
        }
        let tools = observation.tools.as_deref().and_then(|listed| {
            row.tools = Some(u32::try_from(listed.len()).unwrap_or(u32::MAX));
            new_hashes(state.tools.as_ref(), listed)
        });
        if let Some(hashes) = &tools {
            state.tools = Some(hashes.clone());
        }
        let checks = state.checks.renew(&observation.checks, now);
        Some(Change {
            row: state.current_row(now),
            checks,
            level_from,
            restarted,
            new_verdict,
            flapping,
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

/// The hashes of a listing that differs from what is known; `None` when it does not.
fn new_hashes(
    known: Option<&HashMap<String, String>>,
    listed: &[mcp::Tool],
) -> Option<HashMap<String, String>> {
    let hash = |tool: &mcp::Tool| (tool.name.clone(), mcp::definition_hash(tool));
    let hashes: HashMap<_, _> = listed.iter().map(hash).collect();
    (known != Some(&hashes)).then_some(hashes)
}

/// What is kept of an observation over time. `tools` is how many are known, also from a listing that
/// still holds.
fn samples_of(observation: &mcp::Observation, tools: Option<u32>) -> Vec<Sample> {
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
        if step.outcome.is_ok() && step.kept.is_none() {
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
    let is_kept = observation.steps.iter().any(|step| step.kept.is_some());
    if let Some(tools) = tools.filter(|_| observation.tools.is_some() || is_kept) {
        samples.push(sample("mcp_server_tools", &server, f64::from(tools)));
    }
    samples
}
