//! Those servers that the product starts, and what a person's stop and start mean for their rows.

use std::sync::PoisonError;

use model::TimestampMs;
use wire::{Admin, Code, Frame, Level, Problem, Server, Transport, Update, Verdict};

use super::{Fleet, store};

/// The verdict about a server that somebody stopped.
pub(super) fn stopped(by: &str, since_ms: TimestampMs, last_success_ms: Option<i64>) -> Verdict {
    Verdict {
        level: Level::Unknown,
        reason: "stopped".to_owned(),
        summary: format!("Stopped by {by}."),
        action: "Start it on the page of the launcher when it is wanted again.".to_owned(),
        since_ms,
        last_success_ms,
        next_probe_ms: None,
    }
}

impl Fleet {
    /// Those that are started, by name.
    pub(crate) fn launched(&self) -> Vec<Server> {
        let now = self.clock.now_ms();
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        let started = states.values().filter(|it| is_launched(&it.row));
        started.map(|state| state.current_row(now)).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// When there is no server of this name, or somebody else starts it.
    pub(crate) fn launched_row(&self, name: &str) -> Result<Server, Problem> {
        let row = self.row(name)?;
        match is_launched(&row) {
            true => Ok(row),
            false => Err(Problem::new(
                Code::Conflict,
                format!("{name} is reached over HTTP; whoever runs it starts and stops it"),
            )),
        }
    }

    /// Whether somebody stopped a server.
    pub(crate) fn is_stopped(&self, name: &str) -> bool {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        states
            .get(name)
            .is_some_and(|state| state.row.admin == Admin::Stopped)
    }

    /// Somebody stops a server: from now on nothing is said of it.
    pub(crate) async fn stop(&self, name: &str, by: &str) {
        let now = self.clock.now_ms();
        let row = {
            let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
            self.decided(&mut states);
            let Some(state) = states.get_mut(name) else {
                return;
            };
            state.row.admin = Admin::Stopped;
            state.row.verdict = stopped(by, now, state.row.verdict.last_success_ms);
            state.row.process = None;
            state.row.steps.clear();
            state.row.updated_ms = Some(now);
            state.history.push(now, Level::Unknown);
            state.current_row(now)
        };
        self.tell(row.clone());
        if let Err(error) = store::save(&self.db, &row, true, None, now).await {
            tracing::error!(%error, server = name, "a stop is missing in its history");
        }
    }

    /// Somebody starts it again.
    pub(crate) fn start(&self, name: &str) {
        let now = self.clock.now_ms();
        let row = {
            let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
            self.decided(&mut states);
            let Some(state) = states.get_mut(name) else {
                return;
            };
            state.row.admin = Admin::Enabled;
            state.row.verdict = Verdict {
                reason: "starting".to_owned(),
                summary: "The first probe is under way.".to_owned(),
                since_ms: now,
                last_success_ms: state.row.verdict.last_success_ms,
                ..Verdict::default()
            };
            state.earlier = None;
            state.restarts = 0;
            state.current_row(now)
        };
        self.tell(row);
    }

    /// A watch over it begins anew: what the former said of its process is over.
    pub(crate) fn begins_anew(&self, name: &str) {
        let now = self.clock.now_ms();
        let row = {
            let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
            let Some(state) = states.get_mut(name) else {
                return;
            };
            state.row.process = None;
            state.restarts = 0;
            state.current_row(now)
        };
        self.tell(row);
    }

    fn tell(&self, row: Server) {
        self.hub.publish(Frame::Servers(Update::Changed(vec![row])));
    }
}

fn is_launched(row: &Server) -> bool {
    row.transport == Transport::Stdio
}
