//! What travels over the live socket: one socket a tab, several topics.
//!
//! A topic begins with a snapshot; changes follow. A client that reads too slowly gets a fresh
//! snapshot instead of a backlog.

use serde::{Deserialize, Serialize};

use crate::record::{Fields, Misread, Read, Tree, misread, record};
use crate::words::words;
use crate::{Alert, Caller, Event, Matrix, Outcome, Problem, Server};

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
    }
}

/// What a client says: what it wants from now on. It replaces what an earlier message said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribe {
    /// Topics.
    pub subscribe: Vec<Topic>,
    /// Queries whose new points it wants.
    #[serde(default)]
    pub queries: Vec<LiveQuery>,
}

/// A query that is asked again at every step; who asks the same shares the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveQuery {
    /// The client's number for it, which its points carry.
    pub id: u32,
    /// What is asked, in PromQL.
    pub expr: String,
    /// The distance of two points; points are at its multiples.
    pub step_ms: i64,
    /// The newest point that the client has: what came later is sent at once.
    pub after_ms: i64,
}

record! {
    /// New points of a query.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Points {
        /// The client's number for the query.
        pub id: u32,
        /// Whole steps. They replace what the client has at their times, because what is late can still
        /// change them.
        pub outcome: Outcome,
        /// How it is at this moment, between two steps: a column that the next points replace.
        pub tip: Option<Matrix>,
    }
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

impl<T: Read> Read for Update<T> {
    fn read(tree: Tree) -> Result<Self, Misread> {
        let (case, tree) = Fields::of(tree)?.only()?;
        match case.as_str() {
            "snapshot" => Read::read(tree).map(Self::Snapshot),
            "changed" => Read::read(tree).map(Self::Changed),
            _ => misread("update"),
        }
    }
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
    /// New points of a query.
    Points(Points),
    /// Still here; the time of the server. Sent every 5 s.
    Beat(i64),
}

impl Read for Frame {
    fn read(tree: Tree) -> Result<Self, Misread> {
        let (case, tree) = Fields::of(tree)?.only()?;
        match case.as_str() {
            "servers" => Read::read(tree).map(Self::Servers),
            "alerts" => Read::read(tree).map(Self::Alerts),
            "events" => Read::read(tree).map(Self::Events),
            "points" => Read::read(tree).map(Self::Points),
            "beat" => Read::read(tree).map(Self::Beat),
            _ => misread("frame"),
        }
    }
}

record! {
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
    /// Replaces topics and queries; a snapshot of each new topic and the newest points of each new
    /// query follow.
    fn want(&mut self, wanted: Subscribe);
    /// The next frame; `None` when the product stops.
    async fn next(&mut self) -> Option<Frame>;
}
