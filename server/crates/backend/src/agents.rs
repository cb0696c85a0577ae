//! Fleets of agents, as they report themselves: by watched files, over HTTP, as metrics, and as the telemetry of Claude Code.
//!
//! What reports mean, how an agent stands and how healthy it is, says the crate `agents`. All agents are in memory
//! (`fleet.rs`); what has changed is written every few seconds, new agents, spans of states and events at once.

mod claude;
mod files;
mod fleet;
mod metrics;
mod picture;
mod record;
mod run;
mod series;
mod store;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use db::Db;
use model::{Clock, TimestampMs};
use wire::{
    AgentDetail, AgentPicture, AgentSourceKind, AgentSpan, AgentState, AgentsTaken, Caller, Code,
    Problem, Role, TimeRange,
};

use crate::error::database_problem;
use crate::events::EventLog;
use crate::metrics::SampleLog;
use crate::reload::Current;
use files::Files;
use fleet::{Fleet, Known, Now, Source};
use series::Sampled;

/// The stretch of a timeline where none is asked for.
const DAY_MS: i64 = 86_400_000;

/// What the service is made of.
pub(crate) struct AgentParts {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) samples: Arc<SampleLog>,
    pub(crate) events: Arc<EventLog>,
    pub(crate) config: Current,
}

/// The agents there are.
pub(crate) struct AgentService {
    parts: AgentParts,
    fleet: Mutex<Fleet>,
    files: Arc<Mutex<Files>>,
    sampled: Mutex<Sampled>,
    opened_ms: TimestampMs,
    /// Who writes: in the order in which things happen.
    writing: tokio::sync::Mutex<()>,
}

impl AgentService {
    /// With what is on disk.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn open(parts: AgentParts) -> Result<Arc<Self>, db::Error> {
        let now_ms = parts.clock.now_ms();
        let mut fleet = Fleet::default();
        let last = store::last_spans(&parts.db).await?;
        for (id, record) in store::all(&parts.db).await? {
            match Known::of_record(&record, last.get(&id), now_ms) {
                Ok(known) => {
                    fleet.agents.insert(id, known);
                }
                Err(error) => tracing::error!(id, %error, "an agent on disk cannot be read"),
            }
        }
        Ok(Arc::new(Self {
            parts,
            fleet: Mutex::new(fleet),
            files: Arc::default(),
            sampled: Mutex::default(),
            opened_ms: now_ms,
            writing: tokio::sync::Mutex::default(),
        }))
    }

    fn fleet(&self) -> MutexGuard<'_, Fleet> {
        self.fleet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Now {
        Now {
            ms: self.parts.clock.now_ms(),
            patience: self.parts.config.borrow().agents.patience,
        }
    }

    /// Takes a report in, as somebody sends it over HTTP.
    ///
    /// # Errors
    /// Why nothing of it can be taken.
    pub(crate) fn take(&self, text: &str, sender: &str) -> Result<AgentsTaken, String> {
        let now = self.now();
        let source = Source {
            kind: AgentSourceKind::Http,
            name: sender,
            arrived_ms: now.ms,
        };
        let read = agents::read(text);
        let mut fleet = self.fleet();
        match read {
            Ok(reading) => Ok(fleet.told(source, reading, now)),
            Err(why) => {
                fleet.refused(source, why.0.clone());
                Err(why.0)
            }
        }
    }

    /// Takes events of Claude Code in.
    pub(crate) fn happened(&self, records: &[agents::Record], sender: &str) {
        if !records.is_empty() {
            let all = records.iter().map(agents::happened).collect();
            self.fleet().happened(sender, all, self.now());
        }
    }

    /// Writes what has changed; everything, or only what cannot wait.
    async fn write(&self, with_all: bool) -> Result<(), db::Error> {
        let _one = self.writing.lock().await;
        let change = self.fleet().take_unwritten(with_all);
        if change.is_empty() {
            return Ok(());
        }
        let written = store::write(&self.parts.db, &change).await;
        if written.is_err() {
            self.fleet().pending.put_back(change);
        }
        written
    }
}

/// Spans between two times, the last of which goes on.
fn timeline(
    mut spans: Vec<AgentSpan>,
    last: AgentSpan,
    from_ms: i64,
    to_ms: i64,
) -> Vec<AgentSpan> {
    spans.retain(|it| it.from_ms != last.from_ms);
    spans.push(last);
    spans.retain(|it| it.to_ms >= from_ms && it.from_ms <= to_ms);
    for it in &mut spans {
        it.from_ms = it.from_ms.max(from_ms);
        it.to_ms = it.to_ms.min(to_ms);
    }
    spans
}

fn unknown(id: &str) -> Problem {
    Problem::not_found(format!("there is no agent {id:?}"))
}

#[async_trait]
impl wire::Agents for AgentService {
    async fn agents(&self, caller: &Caller) -> Result<AgentPicture, Problem> {
        caller.require(Role::Viewer)?;
        Ok(self.fleet().picture())
    }

    async fn agent(
        &self,
        caller: &Caller,
        id: &str,
        range: Option<TimeRange>,
    ) -> Result<AgentDetail, Problem> {
        caller.require(Role::Viewer)?;
        let now_ms = self.now().ms;
        let range = range.unwrap_or(TimeRange::Last(DAY_MS));
        let (from_ms, to_ms) = range.ends(now_ms);
        let failed = |error| database_problem("reading an agent", &error);
        self.write(false).await.map_err(failed)?;
        let found = self.fleet().detail(id);
        let (mut detail, mut last) = found.ok_or_else(|| unknown(id))?;
        last.to_ms = now_ms;
        let db = &self.parts.db;
        let spans = store::spans(db, id, (from_ms, to_ms))
            .await
            .map_err(failed)?;
        detail.spans = timeline(spans, last, from_ms, to_ms);
        detail.events = store::events(db, id, (from_ms, to_ms))
            .await
            .map_err(failed)?;
        Ok(detail)
    }

    async fn forget(&self, caller: &Caller, id: &str) -> Result<(), Problem> {
        caller.require(Role::Operator)?;
        {
            let mut fleet = self.fleet();
            match fleet.state(id) {
                None => return Err(unknown(id)),
                Some(AgentState::Dead | AgentState::Stopped) => fleet.forget(id),
                Some(state) => {
                    let state = state.as_str();
                    let message = format!(
                        "agent {id:?} is {state}; only what is dead or stopped can be forgotten"
                    );
                    return Err(Problem::new(Code::Conflict, message));
                }
            }
        }
        let written = self.write(false).await;
        written.map_err(|error| database_problem("forgetting an agent", &error))
    }
}

#[cfg(test)]
mod tests;
