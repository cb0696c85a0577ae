//! What hangs on what: servers and checks as a map.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, CheckState, Level, Problem};

/// The most clients on the map: the busiest of the last five minutes.
pub const MOST_CLIENTS: usize = 20;

words! {
    /// What stands on the map.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum NodeKind {
        /// A watched server.
        Server = "server",
        /// A check.
        Check = "check",
        /// A client program that calls servers.
        Client = "client",
    }
}

record! {
    /// How often a client calls a server.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct MapCalls {
        /// The server.
        pub to: String,
        /// Calls a second, over the last five minutes.
        pub per_second: f64,
        /// The share of them that failed, 0 to 1.
        pub failing: f64,
    }
}

record! {
    /// A server, a check or a client on the map.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct MapNode {
        /// Its name; servers and checks share one list of names, clients are called as they say themselves.
        pub name: String,
        /// What it is.
        pub kind: NodeKind,
        /// More closely: the kind of the check, the transport of the server.
        pub what: String,
        /// How it is.
        pub level: Level,
        /// The sentence behind the level.
        pub summary: String,
        /// Since when it is so.
        pub since_ms: i64,
        /// What fails of that on which it depends, at the root of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub affected_by: Vec<String>,
        /// What it depends on directly.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub depends_on: Vec<String>,
        /// What a client calls.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub calls: Vec<MapCalls>,
        /// The token by which a client's calls are found; empty where none does.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub find: String,
    }
}

record! {
    /// All that the page of dependencies shows.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct DependencyPicture {
        /// Servers and checks by name, then clients.
        pub nodes: Vec<MapNode>,
        /// The checks once more, with what they measure.
        pub checks: Vec<CheckState>,
    }
}

/// What hangs on what.
#[async_trait]
pub trait Dependencies: Send + Sync {
    /// All servers and checks by name, then the busiest clients.
    async fn map(&self, caller: &Caller) -> Result<Vec<MapNode>, Problem>;
}
