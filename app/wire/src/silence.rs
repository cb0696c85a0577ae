//! Silences: alerts that nobody is told of for a while.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Alert, Caller, Problem};

words! {
    /// Where a silence stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum SilencePhase {
        /// It will begin.
        Pending = "pending",
        /// It holds.
        Active = "active",
        /// It is over.
        Expired = "expired",
    }
}

record! {
    /// A silence.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Silence {
        /// UUIDv7.
        pub id: String,
        /// Which alerts, in Alertmanager's syntax: `alertname="MCPServerDown", server="files"`.
        pub matchers: String,
        /// From then on.
        pub starts_ms: i64,
        /// Until then.
        pub ends_ms: i64,
        /// Who said so.
        pub by: String,
        /// Why.
        pub comment: String,
        /// When it was said.
        pub created_ms: i64,
        /// Who ended it before its time.
        pub ended_by: Option<String>,
        /// Where it stands.
        pub phase: SilencePhase,
        /// How many open alerts it is about.
        pub alerts: u64,
    }
}

/// What somebody wants to be silent.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SilenceDraft {
    /// Which alerts, in Alertmanager's syntax: `alertname="MCPServerDown", server=~"files|web"`.
    pub matchers: String,
    /// From then on, in milliseconds UTC; now where missing.
    #[serde(default)]
    pub starts_ms: Option<i64>,
    /// Until then; this or `lasts_ms` is needed.
    #[serde(default)]
    pub ends_ms: Option<i64>,
    /// How long, from its begin.
    #[serde(default)]
    pub lasts_ms: Option<i64>,
    /// Who; the caller's name where empty.
    #[serde(default)]
    pub by: String,
    /// Why.
    #[serde(default)]
    pub comment: String,
}

/// Silences.
#[async_trait]
pub trait Silences: Send + Sync {
    /// All that are kept: active ones, those to come, then those that are over, newest first.
    async fn list(&self, caller: &Caller) -> Result<Vec<Silence>, Problem>;
    /// The open alerts that matchers are about.
    async fn preview(&self, caller: &Caller, matchers: &str) -> Result<Vec<Alert>, Problem>;
    /// One more.
    async fn add(&self, caller: &Caller, draft: SilenceDraft) -> Result<Silence, Problem>;
    /// Ends one before its time; what still fires comes back at once.
    async fn end(&self, caller: &Caller, id: &str, by: &str) -> Result<Silence, Problem>;
}
