//! The session of a watched server, for calls that somebody wants made beside the probes.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rmcp::service::ServiceError;
use serde_json::{Map, Value};

use crate::assess::Answer;
use crate::handshake::rpc_words;
use crate::session::{Asks, Session};
use crate::text::Secrets;

/// A way to a server over the session of its [`Watch`](crate::Watch): open while there is one.
#[derive(Clone, Default)]
pub struct Line(Arc<RwLock<Option<Open>>>);

#[derive(Clone)]
struct Open {
    asks: Asks,
    secrets: Secrets,
}

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// There is no session at the moment.
    NotConnected,
    /// No answer came within the limit.
    Late,
    /// The session ended.
    Lost,
    /// The server answers that this is no call that it can make.
    Refused(String),
    /// The tool answers that it could not do it.
    Failed(String),
}

impl fmt::Display for Undone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("there is no session with the server at the moment"),
            Self::Late => f.write_str("the tool did not answer in time"),
            Self::Lost => f.write_str("the session with the server ended before the tool answered"),
            Self::Refused(what) => write!(f, "the server refuses the call: {what}"),
            Self::Failed(what) => write!(f, "the tool failed: {what}"),
        }
    }
}

impl std::error::Error for Undone {}

impl Line {
    /// Leads over a session from now on, or nowhere.
    pub(crate) fn lead(&self, session: Option<&Session>) {
        let open = session.map(|session| Open {
            asks: session.asks(),
            secrets: session.secrets(),
        });
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = open;
    }

    /// Calls a tool; returns the texts of its answer, secrets of the server hidden.
    ///
    /// # Errors
    /// Why it came to nothing.
    pub async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        limit: Duration,
    ) -> Result<String, Undone> {
        let open = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Open { asks, secrets } = open.ok_or(Undone::NotConnected)?;
        let result = asks.call_tool(tool, arguments, limit).await;
        let result = result.map_err(|error| match error {
            ServiceError::Timeout { .. } => Undone::Late,
            ServiceError::McpError(error) => Undone::Refused(rpc_words(&error, &secrets)),
            ServiceError::TransportSend(_) | ServiceError::TransportClosed => Undone::Lost,
            error => Undone::Refused(secrets.hide(&error.to_string())),
        })?;
        let answer = Answer::of(&result)
            .ok_or_else(|| Undone::Refused("what it answers is no result of a tool".to_owned()))?;
        let text = secrets.hide(answer.text());
        match answer.is_error() {
            true => Err(Undone::Failed(text)),
            false => Ok(text),
        }
    }
}
