//! What travels over the live socket: one socket a tab, several topics.
//!
//! A topic begins with a snapshot; changes follow. A client that reads too slowly gets a fresh
//! snapshot instead of a backlog.

use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{Alert, Caller, Event, Problem, Series, Server};

words! {
    /// What can be subscribed to.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Topic {
        /// The status table.
        Servers = "servers",
        /// Open alerts, and changes of any.
        Alerts = "alerts",
        /// Marks.
        Events = "events",
        /// Samples as they are taken.
        Samples = "samples",
    }
}

/// What a client says: the topics it wants from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribe {
    /// Replaces the topics of an earlier message.
    pub subscribe: Vec<Topic>,
}

/// A snapshot, or what changed since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Update<T> {
    /// All there is: replaces what the client has.
    Snapshot(Vec<T>),
    /// New or changed entries.
    Changed(Vec<T>),
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// Rows of the status table.
    Servers(Update<Server>),
    /// Alerts.
    Alerts(Update<Alert>),
    /// Marks.
    Events(Update<Event>),
    /// New points. A snapshot of this topic is empty and means: ask again for what is shown.
    Samples(Update<Series>),
    /// Still here; the time of the server. Sent every 5 s.
    Beat(i64),
}

/// All that the first paint needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The time of the server.
    pub now_ms: i64,
    /// The product's version.
    pub version: String,
    /// Who looks: the name of [`Caller`].
    pub caller: String,
    /// The status table.
    pub servers: Vec<Server>,
    /// Open alerts.
    pub alerts: Vec<Alert>,
    /// The newest marks.
    pub events: Vec<Event>,
}

/// What changes, as it changes.
#[async_trait::async_trait]
pub trait Live: Send + Sync {
    /// All that the first paint needs.
    async fn snapshot(&self, caller: &Caller) -> Result<Snapshot, Problem>;
    /// Opens a subscription without topics.
    fn subscribe(&self, caller: &Caller) -> Box<dyn Subscription>;
}

/// One client's view of what changes.
#[async_trait::async_trait]
pub trait Subscription: Send {
    /// Replaces the topics; a snapshot of each new one follows.
    fn want(&mut self, topics: &[Topic]);
    /// The next frame; `None` when the product stops.
    async fn next(&mut self) -> Option<Frame>;
}
