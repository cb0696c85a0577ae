//! Fleets of agents, as they report themselves: by watched files, over HTTP, as metrics, and as the telemetry of Claude Code.
//!
//! What reports mean, how an agent stands and how healthy it is, says the crate `agents`. All agents are in memory
//! (`fleet.rs`); what has changed is written every few seconds, spans of states and new agents at once.

mod fleet;
mod picture;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agents::Patience;
use async_trait::async_trait;
use db::Db;
use model::{Clock, TimestampMs};
use tokio_util::sync::CancellationToken;
use wire::{
    AgentDetail, AgentPicture, AgentSourceKind, AgentState, AgentsTaken, Caller, Code, Problem,
    Role, TimeRange,
};

use crate::events::EventLog;
use crate::metrics::SampleLog;
use crate::reload::Current;
use fleet::{Fleet, From};

/// How often it is looked how agents stand, and at files.
const LOOK: Duration = Duration::from_secs(1);
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
}

impl AgentService {
    /// With what is on disk.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn open(parts: AgentParts) -> Result<Arc<Self>, db::Error> {
        let now_ms = parts.clock.now_ms();
        Ok(Arc::new(Self {
            parts,
            fleet: Mutex::new(Fleet::new(now_ms)),
        }))
    }

    fn now_ms(&self) -> TimestampMs {
        self.parts.clock.now_ms()
    }

    fn fleet(&self) -> MutexGuard<'_, Fleet> {
        self.fleet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long agents may be silent.
    fn patience(&self) -> Patience {
        Patience::default()
    }

    /// Takes a report in, as somebody sends it over HTTP.
    ///
    /// # Errors
    /// When nothing of it can be taken.
    pub(crate) fn take(&self, text: &str, sender: &str) -> Result<AgentsTaken, String> {
        let from = From {
            kind: AgentSourceKind::Http,
            name: sender,
        };
        let (now_ms, patience) = (self.now_ms(), self.patience());
        let mut fleet = self.fleet();
        match agents::read(text) {
            Ok(reading) => Ok(fleet.told(from, reading, now_ms, &patience)),
            Err(why) => {
                fleet.refused(from, why.0.clone());
                Err(why.0)
            }
        }
    }

    /// Looks again and again how agents stand.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut turns = tokio::time::interval(LOOK);
        while stop.run_until_cancelled(turns.tick()).await.is_some() {
            let (now_ms, patience) = (self.now_ms(), self.patience());
            self.fleet().look(now_ms, &patience);
        }
    }
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
        let now_ms = self.now_ms();
        let (from_ms, to_ms) = range.unwrap_or(TimeRange::Last(DAY_MS)).ends(now_ms);
        self.fleet()
            .detail(id, (from_ms, to_ms.min(now_ms)))
            .ok_or_else(|| unknown(id))
    }

    async fn forget(&self, caller: &Caller, id: &str) -> Result<(), Problem> {
        caller.require(Role::Operator)?;
        let mut fleet = self.fleet();
        match fleet.state(id) {
            None => Err(unknown(id)),
            Some(AgentState::Dead | AgentState::Stopped) => {
                fleet.forget(id);
                Ok(())
            }
            Some(state) => Err(Problem::new(
                Code::Conflict,
                format!(
                    "agent {id:?} is {}; only what is dead or stopped can be forgotten",
                    state.as_str()
                ),
            )),
        }
    }
}

fn unknown(id: &str) -> Problem {
    Problem::not_found(format!("there is no agent {id:?}"))
}
