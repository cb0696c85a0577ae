//! Marks on the time axis: what happened, shown on charts, alerts and the overview.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Problem};

words! {
    /// What kind of thing happened.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum EventKind {
        /// A server's process was started again, or its session came back.
        Restart = "restart",
        /// A tool appeared, disappeared or changed its definition.
        Definition = "definition",
        /// An alert changed its state.
        Alert = "alert",
        /// A server or a check changed its level.
        Health = "health",
        /// The product itself was started.
        Start = "start",
        /// The product's configuration was replaced while it ran.
        Reload = "reload",
        /// Somebody stopped a server or ended a process.
        Stop = "stop",
        /// A build failed.
        Build = "build",
    }
}

record! {
    /// Something that happened.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Event {
        /// Rising number.
        pub id: i64,
        /// When.
        pub at_ms: i64,
        /// What kind.
        pub kind: EventKind,
        /// The server concerned; empty where none is.
        pub server: String,
        /// What happened, in one line.
        pub title: String,
        /// Where to read more: a path of the UI.
        pub link: String,
    }
}

/// The marks.
#[async_trait]
pub trait Events: Send + Sync {
    /// The newest marks in a range, newest first, at most `limit`; of one server where one is named.
    async fn list(
        &self,
        caller: &Caller,
        server: Option<&str>,
        from_ms: i64,
        to_ms: i64,
        limit: u32,
    ) -> Result<Vec<Event>, Problem>;
}
