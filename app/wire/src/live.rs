//! What travels over the live socket: one socket a tab, several topics.
//!
//! A topic begins with a snapshot; changes follow. A client that reads too slowly gets a fresh
//! snapshot instead of a backlog.

use serde::{Deserialize, Serialize};

use crate::record::{Faults, Read, case, record};
use crate::tree::{Tree, quoted};
use crate::words::words;
use crate::{Alert, AlertTotals, Caller, Event, Matrix, Outcome, Problem, Server, WorstAlerts};

words! {
    /// What can be subscribed to.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Topic {
        /// The status table.
        Servers = "servers",
        /// The worst open alerts, changes of any, and how many are open.
        Alerts = "alerts",
        /// Marks.
        Events = "events",
    }
}

/// What a client says: what it wants from now on. It replaces what an earlier message said.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribe {
    /// Topics.
    pub subscribe: Vec<Topic>,
    /// Queries whose new points it wants.
    #[serde(default)]
    pub queries: Vec<LiveQuery>,
}

impl Subscribe {
    /// It as JSON, as serde writes it.
    pub fn to_json(&self) -> String {
        let topic = |topic: &Topic| quoted(topic.as_str());
        let topics: Vec<_> = self.subscribe.iter().map(topic).collect();
        let queries: Vec<_> = self.queries.iter().map(LiveQuery::to_json).collect();
        let (topics, queries) = (topics.join(","), queries.join(","));
        format!(r#"{{"subscribe":[{topics}],"queries":[{queries}]}}"#)
    }
}

/// A query that is asked again at every step; who asks the same shares the answer.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

impl LiveQuery {
    fn to_json(&self) -> String {
        let Self {
            id,
            expr,
            step_ms,
            after_ms,
        } = self;
        let expr = quoted(expr);
        format!(r#"{{"id":{id},"expr":{expr},"step_ms":{step_ms},"after_ms":{after_ms}}}"#)
    }
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Update<T> {
    /// All there is: replaces what the client has.
    Snapshot(Vec<T>),
    /// New or changed entries.
    Changed(Vec<T>),
}

impl<T: Read> Read for Update<T> {
    fn read(tree: Tree, faults: &mut Faults) -> Self {
        let (case, tree) = case(tree, faults);
        match case.as_str() {
            "snapshot" => Self::Snapshot(Read::read(tree, faults)),
            "changed" => Self::Changed(Read::read(tree, faults)),
            _ => {
                faults.note("no update".to_owned());
                Self::Changed(Vec::new())
            }
        }
    }
}

/// What the server says.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// Rows of the status table.
    Servers(Update<Server>),
    /// Alerts. A snapshot has the worst of those that are open, at most [`MOST_LIVE_ALERTS`](crate::MOST_LIVE_ALERTS);
    /// a change may be of any.
    Alerts(Update<Alert>),
    /// How many alerts are open.
    Open(AlertTotals),
    /// Marks.
    Events(Update<Event>),
    /// New points of a query.
    Points(Points),
    /// Still here; the time of the server. Sent every 5 s.
    Beat(i64),
}

impl Read for Frame {
    fn read(tree: Tree, faults: &mut Faults) -> Self {
        let (case, tree) = case(tree, faults);
        match case.as_str() {
            "servers" => Self::Servers(Read::read(tree, faults)),
            "alerts" => Self::Alerts(Read::read(tree, faults)),
            "open" => Self::Open(Read::read(tree, faults)),
            "events" => Self::Events(Read::read(tree, faults)),
            "points" => Self::Points(Read::read(tree, faults)),
            "beat" => Self::Beat(Read::read(tree, faults)),
            _ => {
                faults.note("no frame".to_owned());
                Self::Beat(0)
            }
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
        /// The worst open alerts, and how many there are.
        pub alerts: WorstAlerts,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_written_as_serde_does() {
        let query = |id, expr: &str| LiveQuery {
            id,
            expr: expr.to_owned(),
            step_ms: 15_000,
            after_ms: -1,
        };
        for queries in [
            Vec::new(),
            vec![query(0, "up")],
            vec![query(7, "up{a=\"\\\\b\"}\n\u{1F980}\t"), query(8, "")],
        ] {
            let subscribe = Subscribe {
                subscribe: Topic::ALL[..queries.len()].to_vec(),
                queries,
            };
            let expected = serde_json::to_string(&subscribe).unwrap();
            assert_eq!(subscribe.to_json(), expected);
        }
    }
}
