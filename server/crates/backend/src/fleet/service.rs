//! The fleet as others see it: the service behind every door.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use async_trait::async_trait;
use model::TimestampMs;
use wire::{
    Admin, Caller, CheckState, Code, Events as _, Frame, Problem, Role, Server, ServerDetail,
    Servers, Update,
};

use super::members::command_hash;
use super::{DAY_MS, Fleet, HOUR_MS, store};
use crate::error::database_problem;
use crate::launcher::forget_stop;

const MOST_VERDICTS: u32 = 200;
const MOST_EVENTS: u32 = 50;

impl Fleet {
    /// Deletes older verdicts; how many.
    pub(crate) async fn forget(&self, before_ms: TimestampMs) -> Result<u64, db::Error> {
        store::forget(&self.db, before_ms).await
    }

    pub(super) fn row(&self, name: &str) -> Result<Server, Problem> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        let state = states
            .get(name)
            .ok_or_else(|| self.no_such(name, states.keys()))?;
        Ok(state.current_row(self.clock.now_ms()))
    }

    fn checks(&self, name: &str) -> Vec<CheckState> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        let state = states.get(name);
        state.map_or_else(Vec::new, |state| state.checks.list())
    }

    fn no_such<'a>(&self, name: &str, known: impl Iterator<Item = &'a String>) -> Problem {
        let known: Vec<_> = known.map(String::as_str).take(20).collect();
        Problem::not_found(format!(
            "there is no server {name:?}; watched are: {}",
            known.join(", ")
        ))
    }
}

#[async_trait]
impl Servers for Fleet {
    async fn list(&self, caller: &Caller) -> Result<Vec<Server>, Problem> {
        caller.require(Role::Viewer)?;
        let now = self.clock.now_ms();
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        Ok(states
            .values()
            .map(|state| state.current_row(now))
            .collect())
    }

    async fn detail(&self, caller: &Caller, name: &str) -> Result<ServerDetail, Problem> {
        caller.require(Role::Viewer)?;
        let server = self.row(name)?;
        let checks = self.checks(name);
        let now = self.clock.now_ms();
        let labels = BTreeMap::from([("server".to_owned(), name.to_owned())]);
        let durations = "mcp_probe_duration_seconds";
        let database = |error: db::Error| database_problem("reading a server's history", &error);
        Ok(ServerDetail {
            server,
            checks,
            tools: store::tools(&self.db, name).await.map_err(database)?,
            history: store::verdicts(&self.db, name, MOST_VERDICTS)
                .await
                .map_err(database)?,
            percentiles: self
                .samples
                .percentiles(durations, &labels, now - HOUR_MS, now)
                .await?,
            events: self
                .events
                .list(caller, Some(name), now - 7 * DAY_MS, now, MOST_EVENTS)
                .await?,
        })
    }

    async fn probe_now(&self, caller: &Caller, name: &str) -> Result<(), Problem> {
        caller.require(Role::Operator)?;
        if self.row(name)?.admin == Admin::AwaitingApproval {
            let message = format!("{name} has not been started yet; start it first");
            return Err(Problem::new(Code::Conflict, message));
        }
        if self.is_stopped(name) {
            let message = format!("{name} is stopped; start it first");
            return Err(Problem::new(Code::Conflict, message));
        }
        if let Some((signals, _)) = self.signals(name) {
            signals.probe_now.notify_one();
        }
        Ok(())
    }

    async fn approve(&self, caller: &Caller, name: &str) -> Result<(), Problem> {
        caller.require(Role::Admin)?;
        if self.row(name)?.admin != Admin::AwaitingApproval {
            let message = format!("{name} is watched already; there is nothing to agree to");
            return Err(Problem::new(Code::Conflict, message));
        }
        let command = {
            let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
            states
                .get(name)
                .map(|state| command_hash(&state.config))
                .unwrap_or_default()
        };
        store::approve(&self.db, name, &command, &caller.name, self.clock.now_ms())
            .await
            .map_err(|error| database_problem("noting a consent", &error))?;
        // Who agrees wants it to run, whoever stopped another command of this name.
        forget_stop(&self.db, name)
            .await
            .map_err(|error| database_problem("noting a start", &error))?;
        tracing::info!(
            server = name,
            by = caller.name,
            "consent to start a found server"
        );
        let row = {
            let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
            self.decided(&mut states);
            let state = states.get_mut(name);
            let Some(state) = state.filter(|state| command_hash(&state.config) == command) else {
                let message = format!("{name} is configured otherwise now; look at it again");
                return Err(Problem::new(Code::Conflict, message));
            };
            state.row.admin = Admin::Enabled;
            "starting".clone_into(&mut state.row.verdict.reason);
            "The first probe is under way.".clone_into(&mut state.row.verdict.summary);
            state.row.verdict.action.clear();
            state.signals.approved.notify_one();
            state.current_row(self.clock.now_ms())
        };
        self.hub.publish(Frame::Servers(Update::Changed(vec![row])));
        Ok(())
    }
}
