//! Checks of what servers depend on, as they are now: takes outcomes in, tells everybody who needs to know.

mod run;
mod store;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use checks::Outcome;
use db::Db;
use model::{Clock, Labels, Sample, TimestampMs};
use tokio::sync::Notify;
use wire::{Caller, CheckState, EventKind, Level, Problem, Role};

use crate::config::CheckConfig;
use crate::events::EventLog;
use crate::fleet::shown;
use crate::metrics::SampleLog;

pub(crate) use run::Runs;

/// Where the page says more about a check.
pub(crate) fn check_link(name: &str) -> String {
    format!("/dependencies#check-{}", wire::path_segment(name))
}

/// All checks.
pub(crate) struct CheckService {
    db: Db,
    clock: Arc<dyn Clock>,
    samples: Arc<SampleLog>,
    events: Arc<EventLog>,
    states: RwLock<BTreeMap<String, State>>,
    /// Told when a check's level changes, so that rules need not wait for their turn.
    level_changed: Arc<Notify>,
}

/// What is known of one check.
struct State {
    row: CheckState,
    level: Level,
    /// How it was in an earlier run of the product, until it is first run in this one.
    earlier: Option<(Level, TimestampMs)>,
    run_now: Arc<Notify>,
}

/// How a check is, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) level: Level,
    pub(crate) since_ms: TimestampMs,
}

impl CheckService {
    pub(crate) fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        samples: Arc<SampleLog>,
        events: Arc<EventLog>,
        level_changed: Arc<Notify>,
    ) -> Self {
        Self {
            db,
            clock,
            samples,
            events,
            states: RwLock::default(),
            level_changed,
        }
    }

    /// How all checks are.
    pub(crate) fn standings(&self) -> BTreeMap<String, Standing> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        let standings = states.iter().map(|(name, state)| {
            let standing = Standing {
                level: state.level,
                since_ms: state.row.since_ms,
            };
            (name.clone(), standing)
        });
        standings.collect()
    }

    /// Whether there is a check of this name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        states.contains_key(name)
    }

    /// All checks as they are now.
    pub(crate) fn rows(&self) -> Vec<CheckState> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        states.values().map(|state| state.row.clone()).collect()
    }

    /// Takes in a check that is new or configured otherwise; what tells it to run at once. `server` is the one
    /// that it belongs to.
    async fn put(
        &self,
        config: &CheckConfig,
        server: Option<String>,
    ) -> Result<Arc<Notify>, db::Error> {
        let earlier = store::remembered(&self.db, &config.name).await?;
        let run_now = Arc::<Notify>::default();
        let row = CheckState {
            name: config.name.clone(),
            server,
            kind: config.spec.kind().to_owned(),
            ok: None,
            summary: "It has not been run yet.".to_owned(),
            action: String::new(),
            seconds: None,
            value: None,
            since_ms: self.clock.now_ms(),
            updated_ms: None,
            next_ms: None,
        };
        let state = State {
            row,
            level: Level::Unknown,
            earlier,
            run_now: run_now.clone(),
        };
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        states.insert(config.name.clone(), state);
        Ok(run_now)
    }

    /// Forgets a check that is configured no more.
    async fn remove(&self, name: &str) {
        {
            let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
            states.remove(name);
        }
        if let Err(error) = store::forget(&self.db, name).await {
            tracing::error!(error = %error, check = name, "a former check could not be forgotten");
        }
    }

    /// Takes in what a look saw.
    async fn observe(&self, name: &str, outcome: &Outcome, next_ms: TimestampMs) {
        let now = self.clock.now_ms();
        let Some((row, level, from)) = self.apply(name, outcome, now, next_ms) else {
            return;
        };
        self.samples.push(samples_of(&row, level, now));
        if level == from {
            return;
        }
        self.level_changed.notify_one();
        if let Err(error) = store::remember(&self.db, name, level, row.since_ms).await {
            tracing::error!(error = %error, check = name, "how a check is could not be written");
        }
        // The first look is no change, unless something is wrong.
        if from != Level::Unknown || level == Level::Unhealthy {
            let title = format!("check {name} is {}: {}", level.as_str(), row.summary);
            let server = row.server.as_deref().unwrap_or_default();
            let events = &self.events;
            events
                .record(EventKind::Health, server, title, check_link(name))
                .await;
        }
    }

    fn apply(
        &self,
        name: &str,
        outcome: &Outcome,
        now: TimestampMs,
        next_ms: TimestampMs,
    ) -> Option<(CheckState, Level, Level)> {
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        let state = states.get_mut(name)?;
        let level = wire_level(outcome.level);
        let before = match state.earlier.take() {
            Some((earlier, since_ms)) if state.level == Level::Unknown && earlier == level => {
                state.row.since_ms = since_ms;
                earlier
            }
            _ => state.level,
        };
        if before != level {
            state.row.since_ms = now;
        }
        state.level = level;
        let row = &mut state.row;
        row.ok = Some(level != Level::Unhealthy);
        row.summary = shown(&outcome.summary);
        row.action.clone_from(&outcome.action);
        row.seconds = Some(outcome.seconds);
        row.value = outcome.value;
        row.updated_ms = Some(now);
        row.next_ms = Some(next_ms);
        Some((row.clone(), level, before))
    }
}

#[async_trait]
impl wire::Checks for CheckService {
    async fn list(&self, caller: &Caller) -> Result<Vec<CheckState>, Problem> {
        caller.require(Role::Viewer)?;
        Ok(self.rows())
    }

    async fn run_now(&self, caller: &Caller, name: &str) -> Result<(), Problem> {
        caller.require(Role::Operator)?;
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = states.get(name) else {
            let known: Vec<_> = states.keys().map(String::as_str).take(20).collect();
            let known = match known.as_slice() {
                [] => "none is configured".to_owned(),
                some => format!("there are: {}", some.join(", ")),
            };
            return Err(Problem::not_found(format!(
                "there is no check {name:?}; {known}"
            )));
        };
        state.run_now.notify_one();
        Ok(())
    }
}

fn wire_level(level: checks::Level) -> Level {
    match level {
        checks::Level::Healthy => Level::Healthy,
        checks::Level::Degraded => Level::Degraded,
        checks::Level::Unhealthy => Level::Unhealthy,
    }
}

fn samples_of(row: &CheckState, level: Level, at_ms: TimestampMs) -> Vec<Sample> {
    // A label `server` would make it one of the tool checks of that server.
    let labels = Labels::new().with("check", &row.name);
    let flag = |is: bool| Some(if is { 1.0 } else { 0.0 });
    let numbers = [
        ("mcp_check_degraded", flag(level == Level::Degraded)),
        ("mcp_check_duration_seconds", row.seconds),
        ("mcp_check_success", flag(level != Level::Unhealthy)),
        ("mcp_check_value", row.value),
    ];
    let sample = |(name, value): (&str, Option<f64>)| {
        Some(Sample {
            name: name.to_owned(),
            labels: labels.clone(),
            at_ms,
            value: value?,
        })
    };
    numbers.into_iter().filter_map(sample).collect()
}
