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
        /// Somebody brought out another version of something.
        Deploy = "deploy",
        /// Somebody changed a rule, an objective, a route or a maintenance window.
        Edit = "edit",
        /// A benchmark became slower, or better, by more than chance explains.
        Regression = "regression",
        /// What somebody noted.
        Note = "note",
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

impl EventKind {
    /// Whether people and programs outside may tell of it; of the others the product tells itself.
    pub fn is_told(self) -> bool {
        matches!(
            self,
            Self::Deploy | Self::Edit | Self::Regression | Self::Note | Self::Restart | Self::Stop
        )
    }

    /// Whether charts show it: what may be why a curve goes another way.
    pub fn is_on_charts(self) -> bool {
        !matches!(self, Self::Health | Self::Start | Self::Reload)
    }
}

record! {
    /// A mark with all that is known of it.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Mark {
        /// Rising number.
        pub id: i64,
        /// When it happened.
        pub at_ms: i64,
        /// What kind.
        pub kind: EventKind,
        /// The server concerned; empty where none is.
        pub server: String,
        /// What happened, in one line.
        pub title: String,
        /// Where to read more: a path of the UI, or an address that begins with `https://` or `http://`.
        pub link: String,
        /// More about it.
        pub text: String,
        /// Words to find it by.
        pub tags: Vec<String>,
        /// Who told of it; empty where the product saw it itself.
        pub by: String,
    }

    /// Which marks.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    pub struct MarkQuery {
        /// Of which server; of all where empty.
        pub server: String,
        /// Of which kinds, with commas between; of all where empty.
        pub kinds: String,
        /// With this tag.
        pub tag: String,
        /// Words that title, text, tags or server have, in any case.
        pub text: String,
        /// Begin, included.
        pub from_ms: i64,
        /// End, included; now where 0.
        pub to_ms: i64,
        /// At most so many; 500 where 0.
        pub limit: u32,
    }
}

/// What somebody tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkDraft {
    /// When it happened; now where missing.
    pub at_ms: Option<i64>,
    /// What kind, as its word.
    pub kind: String,
    /// The server concerned; empty where none is.
    pub server: String,
    /// What happened, in one line.
    pub title: String,
    /// Where to read more.
    pub link: String,
    /// More about it.
    pub text: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The same key again is the same mark; empty where there is none.
    pub key: String,
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

    /// Marks with all that is known of them, newest first.
    async fn marks(&self, caller: &Caller, query: MarkQuery) -> Result<Vec<Mark>, Problem>;

    /// Takes what somebody tells of; what was told before under the same key is answered as it is.
    async fn tell(&self, caller: &Caller, draft: MarkDraft) -> Result<Mark, Problem>;
}
