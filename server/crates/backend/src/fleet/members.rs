//! Which servers are watched: as configured at the start, and as changed since.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use db::Db;
use model::TimestampMs;
use tokio::sync::Notify;
use wire::{Admin, Frame, Level, Server, Transport, Update, Verdict};

use super::checks::Checks;
use super::flapping::Flapping;
use super::launched::stopped;
use super::text::shown;
use super::{DAY_MS, Fleet, State, store};
use crate::config::{Endpoint, ServerConfig};
use crate::launcher::stop_of;

/// How to reach the watch of a server.
#[derive(Clone, Default)]
pub(crate) struct Signals {
    /// Probes at once.
    pub(crate) probe_now: Arc<Notify>,
    /// Consent has been given.
    pub(crate) approved: Arc<Notify>,
    /// Leads over its session.
    pub(crate) line: mcp::Line,
}

/// A server as it is remembered, and how many decisions that knows of.
struct Remembered {
    state: State,
    decisions: u64,
}

impl Fleet {
    /// How to reach the watch of a server, and whether it has to wait for consent first.
    pub(crate) fn signals(&self, name: &str) -> Option<(Signals, bool)> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        let state = states.get(name)?;
        Some((
            state.signals.clone(),
            state.row.admin == Admin::AwaitingApproval,
        ))
    }

    /// Whether a server of this name is watched.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        states.contains_key(name)
    }

    /// Takes in a server that is new or configured otherwise than before, with what is remembered of it.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub(crate) async fn put(&self, server: &ServerConfig) -> Result<(), db::Error> {
        while let Some(remembered) = self.remember(server).await? {
            if self.adopt(remembered) {
                break;
            }
        }
        Ok(())
    }

    /// What is remembered of a server; `None` where it is watched already as it is configured.
    async fn remember(&self, server: &ServerConfig) -> Result<Option<Remembered>, db::Error> {
        let (known, decisions) = {
            let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
            let known = states.get(&server.name);
            let known = known.map(|state| state.config == *server);
            (known, self.decisions.load(Ordering::Relaxed))
        };
        if known == Some(true) {
            return Ok(None);
        }
        // Until a moment ago somebody looked at what is only replaced.
        let gap = known.is_none().then_some("It was not watched.");
        let state = state(&self.db, server, gap, self.clock.now_ms()).await?;
        Ok(Some(Remembered { state, decisions }))
    }

    /// Takes in what is remembered; whether it still holds. It does not when somebody has stopped, started or agreed
    /// to a server since it was read.
    fn adopt(&self, remembered: Remembered) -> bool {
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        let holds = self.decisions.load(Ordering::Relaxed) == remembered.decisions;
        if holds {
            states.insert(remembered.state.config.name.clone(), remembered.state);
        }
        holds
    }

    /// The names of all that are watched.
    pub(crate) fn names(&self) -> Vec<String> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        states.keys().cloned().collect()
    }

    /// Leaves a server. What is remembered of it stays until retention has its turn.
    pub(crate) fn remove(&self, name: &str) {
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        states.remove(name);
    }

    /// Tells everybody who looks which servers there are.
    pub(crate) fn tell_all(&self) {
        let now = self.clock.now_ms();
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        let rows = states.values().map(|state| state.current_row(now));
        let all = Update::Snapshot(rows.collect());
        self.hub.publish(Frame::Servers(all));
    }
}

/// A server as configured, with what is remembered of it. `gap` says why nobody looked at it until now.
pub(super) async fn state(
    db: &Db,
    config: &ServerConfig,
    gap: Option<&str>,
    now: TimestampMs,
) -> Result<State, db::Error> {
    let remembered = store::remember(db, &config.name, gap, now, now - DAY_MS).await?;
    let waiting = config.needs_approval
        && !store::is_approved(db, &config.name, &command_hash(config)).await?;
    let mut row = first_row(config, waiting, remembered.last_success_ms, now);
    if row.transport == Transport::Stdio
        && !waiting
        && let Some(stop) = stop_of(db, &config.name).await?
    {
        row.admin = Admin::Stopped;
        row.verdict = stopped(&stop.actor, stop.at_ms, remembered.last_success_ms);
    }
    Ok(State {
        row,
        history: remembered.history,
        restarts: 0,
        earlier: remembered.last_verdict,
        tools: remembered.tools,
        signals: Signals::default(),
        checks: Checks::of(config, now),
        flapping: Flapping::default(),
        config: config.clone(),
    })
}

fn first_row(
    config: &ServerConfig,
    waiting: bool,
    last_success_ms: Option<i64>,
    now: TimestampMs,
) -> Server {
    let (transport, endpoint) = match &config.endpoint {
        Endpoint::Http { url, .. } => (Transport::Http, mcp::public_url(url)),
        Endpoint::Stdio { command, .. } => (Transport::Stdio, command.shown()),
    };
    let (reason, summary, action) = if waiting {
        (
            "awaiting_approval",
            format!(
                "{} lists this server. It has not been started: that runs a command.",
                config.source
            ),
            "Read the command, then start it here, or start the product with --yes.".to_owned(),
        )
    } else {
        (
            "starting",
            "The first probe is under way.".to_owned(),
            String::new(),
        )
    };
    Server {
        name: config.name.clone(),
        transport,
        endpoint: shown(&endpoint),
        source: config.source.clone(),
        admin: if waiting {
            Admin::AwaitingApproval
        } else {
            Admin::Enabled
        },
        verdict: Verdict {
            level: Level::Unknown,
            reason: reason.to_owned(),
            summary,
            action,
            since_ms: now,
            last_success_ms,
            next_probe_ms: None,
        },
        identity: None,
        tools: None,
        steps: Vec::new(),
        availability: None,
        timeline: Vec::new(),
        process: None,
        updated_ms: None,
        affected_by: Vec::new(),
        affected_since_ms: None,
    }
}

/// What consent is given to: another command under the same name asks again.
pub(super) fn command_hash(config: &ServerConfig) -> String {
    use sha2::{Digest, Sha256};
    let Endpoint::Stdio { command, .. } = &config.endpoint else {
        return String::new();
    };
    let mut hash = Sha256::new();
    let folder = command.cwd.as_ref().map(|it| it.to_string_lossy());
    let env = command
        .env
        .iter()
        .flat_map(|(name, value)| [name.as_str(), value.expose()]);
    let folder = folder.iter().flat_map(|folder| ["\0folder", folder]);
    let args = command.args.iter().map(String::as_str);
    for word in std::iter::once(command.program.as_str())
        .chain(args)
        .chain(["\0env"])
        .chain(env)
        .chain(folder)
    {
        hash.update(word.as_bytes());
        hash.update([0xff]);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
#[path = "members_tests.rs"]
mod tests;
