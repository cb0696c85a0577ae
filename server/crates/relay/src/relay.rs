//! What is known of a child and its clients at this moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Launch;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::answers::Said;
use crate::guest::Guest;
use crate::hello::{Era, Hello};
use crate::launch::Relayed;
use crate::level::Level;

/// The first number that a client's request gets. The host counts from zero and does not come here; the number still
/// fits into what servers with small integers can hold.
pub(crate) const FIRST: u64 = 1_000_000_000;

/// Code of errors that are made here: one of those that JSON-RPC leaves to servers.
pub(crate) const OURS: i32 = -32000;

/// How much is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sessions at the same time.
    pub sessions: usize,
    /// Requests without an answer, of all clients.
    pub requests: usize,
    /// The same of one session.
    pub requests_of_one: usize,
    /// After so long without a request or a standing stream, a session is over.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 64,
            requests: 256,
            requests_of_one: 64,
            idle: Duration::from_secs(1800),
        }
    }
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no child, or its handshake is not through.
    #[error("the server is not running, or not ready yet")]
    NotRunning,
    /// No such session, or one of somebody else.
    #[error("there is no such session (any more); send initialize to begin another")]
    NoSession,
    /// Requests have to come within a session.
    #[error(
        "send initialize first, and then the Mcp-Session-Id of its answer; only where the server speaks 2026-07-28, requests of that revision need no session"
    )]
    SessionFirst,
    /// As many sessions as there may be.
    #[error("{0} sessions are open, and there may be no more; end one, or try again later")]
    TooManySessions(usize),
    /// As many open requests as there may be.
    #[error("{0} requests wait for their answer, and there may be no more; try again later")]
    TooManyRequests(usize),
    /// The id stands for another request of the same session.
    #[error("this id stands for another request that has no answer yet")]
    SameId,
    /// The standing stream of the session is open.
    #[error("the stream of this session is open already; there is one for each session")]
    StreamIsOpen,
    /// Nobody asked.
    #[error("nothing was asked of the client, so this answers nothing")]
    NotAsked,
    /// Something that is needed is missing.
    #[error("params.{0} is missing, or of a wrong kind")]
    Missing(&'static str),
}

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Sessions that are open.
    pub sessions: usize,
    /// Requests that wait for an answer.
    pub open: usize,
    /// Requests of clients since the product runs.
    pub requests: u64,
    /// Those of them that were answered with an error, or not at all.
    pub failed: u64,
}

/// Stands between one child at a time and its clients.
#[derive(Debug)]
pub struct Relay {
    pub(crate) limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) child: Option<Child>,
    /// Children so far.
    runs: u64,
    pub(crate) guests: HashMap<String, Guest>,
    pub(crate) open: HashMap<u64, Open>,
    last: u64,
    pub(crate) requests: u64,
    pub(crate) failed: u64,
}

/// The child that runs.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) run: u64,
    /// Lines for its standard input.
    pub(crate) input: mpsc::Sender<String>,
    /// Requests of the host whose answers say who the child is.
    pub(crate) asked: Vec<String>,
    pub(crate) hello: Option<Hello>,
    /// Whether its handshake is through.
    pub(crate) is_ready: bool,
}

/// A request of a client that waits for its answer.
#[derive(Debug)]
pub(crate) struct Open {
    /// What the client calls it.
    pub(crate) id: Box<RawValue>,
    /// What the client calls its progress.
    pub(crate) token: Option<Box<RawValue>>,
    pub(crate) session: Option<String>,
    pub(crate) method: String,
    /// From which level on it wants log messages; only requests of the stateless era say that.
    pub(crate) level: Option<Level>,
    /// Whether the client is of the older era and the child of the newer one.
    pub(crate) is_bridged: bool,
    pub(crate) notices: mpsc::Sender<Said>,
    /// Room for the answer.
    pub(crate) room: mpsc::OwnedPermit<Said>,
}

impl Relay {
    /// A relay without a child.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: Mutex::default(),
        }
    }

    /// The same command with this relay between its children and whoever starts them.
    pub fn between(self: &Arc<Self>, launch: Arc<dyn Launch>) -> Arc<dyn Launch> {
        Arc::new(Relayed {
            relay: self.clone(),
            inner: launch,
        })
    }

    /// Which era the child speaks that runs and is ready.
    ///
    /// # Errors
    /// When there is none.
    pub fn era(&self) -> Result<Era, Refused> {
        self.state().ready().map(|(_, hello)| hello.era())
    }

    /// What is counted. Sessions that were left long ago end here.
    pub fn numbers(&self) -> Numbers {
        let mut state = self.state();
        self.end_idle(&mut state, Instant::now());
        Numbers {
            sessions: state.guests.len(),
            open: state.open.len(),
            requests: state.requests,
            failed: state.failed,
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Another child, and its number.
    pub(crate) fn begin(&mut self, input: mpsc::Sender<String>) -> u64 {
        self.runs += 1;
        self.child = Some(Child {
            run: self.runs,
            input,
            asked: Vec::new(),
            hello: None,
            is_ready: false,
        });
        self.runs
    }

    /// The child of this number, if it is still that.
    pub(crate) fn child(&mut self, run: u64) -> Option<&mut Child> {
        self.child.as_mut().filter(|child| child.run == run)
    }

    /// The child, when its handshake is through.
    pub(crate) fn ready(&self) -> Result<(&Child, &Hello), Refused> {
        let child = self.child.as_ref().filter(|child| child.is_ready);
        let child = child.ok_or(Refused::NotRunning)?;
        let hello = child.hello.as_ref().ok_or(Refused::NotRunning)?;
        Ok((child, hello))
    }

    /// A number for a request.
    pub(crate) fn number(&mut self) -> u64 {
        // Nobody asks so often that they come round to one that is still open.
        self.last = (self.last + 1) % FIRST;
        FIRST + self.last
    }

    /// Says something to the child that need not be said: what does not fit into its queue is left out.
    pub(crate) fn mention(&self, line: String) {
        if let Some(child) = &self.child
            && child.input.try_send(line).is_err()
        {
            tracing::debug!("a server that does not read was not told of something");
        }
    }
}
