//! A client with a session.

use std::collections::HashSet;
use std::sync::Arc;
use std::task::{Context, Poll};

use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::Relay;
use crate::level::Level;
use crate::message::Message;
use crate::object::Object;
use crate::relay::{Refused, State};

/// Notifications that wait for a client whose stream is not open, or that reads slowly; more are left out.
const WAITING: usize = 256;

/// A session, as it stands.
#[derive(Debug)]
pub(crate) struct Guest {
    /// Who began it; nobody else gets in.
    pub(crate) caller: String,
    /// How the client introduced itself.
    pub(crate) client: Option<Box<RawValue>>,
    /// From which level on it wants log messages.
    pub(crate) level: Option<Level>,
    /// Addresses of resources whose changes it wants to know.
    pub(crate) subscribed: HashSet<String>,
    notices: mpsc::Sender<String>,
    /// The other end, while no stream is open.
    stream: Option<mpsc::Receiver<String>>,
    used: Instant,
}

impl Guest {
    /// Says something that belongs to no request.
    pub(crate) fn notify(&self, line: &str) {
        // Who does not listen for so long has missed something.
        let _ = self.notices.try_send(line.to_owned());
    }

    /// Whether it wants to know that this resource has changed: it, or what it is a part of.
    pub(crate) fn wants(&self, uri: &str) -> bool {
        let covers = |known: &String| {
            let rest = uri.strip_prefix(known.as_str());
            rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('/') || known.ends_with('/')
            })
        };
        self.subscribed.iter().any(covers)
    }
}

impl Relay {
    /// Begins a session for a client; its id, and the answer to `initialize`.
    ///
    /// # Errors
    /// When no child is ready, there are too many sessions, or the request is not complete.
    pub fn initialize(&self, caller: &str, request: &Message) -> Result<(String, String), Refused> {
        let params = request.params();
        let asked: String = params
            .read("protocolVersion")
            .ok_or(Refused::Missing("protocolVersion"))?;
        let id = request.id().ok_or(Refused::Missing("id"))?;
        let mut state = self.state();
        self.end_idle(&mut state, Instant::now());
        let (_, hello) = state.ready()?;
        let (result, _) = hello.introduce(&asked);
        if state.guests.len() >= self.limits.sessions {
            return Err(Refused::TooManySessions(self.limits.sessions));
        }
        let (notices, stream) = mpsc::channel(WAITING);
        let guest = Guest {
            caller: caller.to_owned(),
            client: params.get("clientInfo").map(RawValue::to_owned),
            level: None,
            subscribed: HashSet::new(),
            notices,
            stream: Some(stream),
            used: Instant::now(),
        };
        let session = uuid::Uuid::new_v4().to_string();
        state.guests.insert(session.clone(), guest);
        state.requests += 1;
        Ok((session, crate::message::success(id, &result)))
    }

    /// The stream of what is said in a session to nobody's request. There is one at a time; what is said while there is
    /// none waits for it.
    ///
    /// # Errors
    /// When there is no such session, or its stream is open.
    pub fn listen(self: &Arc<Self>, caller: &str, session: &str) -> Result<Listener, Refused> {
        let mut state = self.state();
        let guest = state.guest(caller, session)?;
        let stream = guest.stream.take().ok_or(Refused::StreamIsOpen)?;
        Ok(Listener {
            relay: self.clone(),
            session: session.to_owned(),
            stream: Some(stream),
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When there is none.
    pub fn leave(&self, caller: &str, session: &str) -> Result<(), Refused> {
        let mut state = self.state();
        state.guest(caller, session)?;
        state.end_session(session);
        Ok(())
    }

    /// Ends sessions that nobody has used for long.
    pub(crate) fn end_idle(&self, state: &mut State, now: Instant) {
        let is_idle = |(session, guest): (&String, &Guest)| {
            let is_left = now.saturating_duration_since(guest.used) >= self.limits.idle;
            let mut open = state.open.values();
            let is_waiting = open.any(|open| open.session.as_ref() == Some(session));
            (is_left && guest.stream.is_some() && !is_waiting).then(|| session.clone())
        };
        let idle: Vec<String> = state.guests.iter().filter_map(is_idle).collect();
        idle.iter().for_each(|session| state.end_session(session));
    }
}

impl State {
    /// A session of this caller, which is used now.
    pub(crate) fn guest(&mut self, caller: &str, session: &str) -> Result<&mut Guest, Refused> {
        let guest = self.guests.get_mut(session);
        let guest = guest.filter(|guest| guest.caller == caller);
        let guest = guest.ok_or(Refused::NoSession)?;
        guest.used = Instant::now();
        Ok(guest)
    }

    /// The level that reaches all that sessions want; none where none has said one.
    pub(crate) fn lowest_level(&self) -> Option<Level> {
        let said = self.guests.values().filter_map(|guest| guest.level).min()?;
        let is_silent = |guest: &Guest| guest.level.is_none();
        match self.guests.values().any(is_silent) {
            true => Some(said.min(Level::USUAL)),
            false => Some(said),
        }
    }

    /// Passes a change of a resource on.
    pub(crate) fn updated(&self, params: &Object, line: &str) {
        let uri: String = params.read("uri").unwrap_or_default();
        let wanting = self.guests.values().filter(|guest| guest.wants(&uri));
        wanting.for_each(|guest| guest.notify(line));
    }
}

/// What is said in a session to nobody's request.
#[derive(Debug)]
pub struct Listener {
    relay: Arc<Relay>,
    session: String,
    stream: Option<mpsc::Receiver<String>>,
}

impl Listener {
    /// What is said next, as a message on one line; `None` when the session has ended.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<String>> {
        match &mut self.stream {
            Some(stream) => stream.poll_recv(context),
            None => Poll::Ready(None),
        }
    }
}

impl Drop for Listener {
    /// The session goes on, and its stream can be opened again.
    fn drop(&mut self) {
        if let Some(guest) = self.relay.state().guests.get_mut(&self.session) {
            guest.stream = self.stream.take();
            guest.used = Instant::now();
        }
    }
}
