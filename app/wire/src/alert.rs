//! Alerts and what people do with them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{
    AlertAction, AlertDetail, AlertDraft, AlertGroups, AlertNote, Caller, HistoryPage,
    HistoryQuery, OpenPage, OpenQuery, Problem, WorkedAlerts, WorstAlerts,
};

words! {
    /// How bad an alert is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Severity {
        /// Good to know.
        Info = "info",
        /// Will become a problem.
        Warning = "warning",
        /// A service is degraded.
        Error = "error",
        /// A service has failed.
        Critical = "critical",
        /// The whole system has failed.
        Emergency = "emergency",
    }
}

words! {
    /// Where an alert stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum AlertState {
        /// The condition holds, but not for long enough yet.
        Pending = "pending",
        /// It holds, and nobody has it.
        Firing = "firing",
        /// Somebody has it.
        Acknowledged = "acknowledged",
        /// Over.
        Resolved = "resolved",
    }
}

record! {
    /// Who has an alert.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Acknowledgement {
        /// The name given; as claimed where nobody signs in.
        pub by: String,
        /// When.
        pub at_ms: i64,
        /// What they said.
        pub comment: String,
    }
}

record! {
    /// How an alert ended.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Resolution {
        /// Who resolved it; `None` when the condition cleared by itself.
        pub by: Option<String>,
        /// When.
        pub at_ms: i64,
        /// What they said, or why it ended.
        pub comment: String,
    }
}

record! {
    /// One step of an alert's life.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct AlertChange {
        /// When.
        pub at_ms: i64,
        /// The state from then on.
        pub state: AlertState,
        /// Who did it; the rule itself is `rule`.
        pub by: String,
        /// What was said.
        pub comment: String,
    }
}

record! {
    /// An alert.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Alert {
        /// UUIDv7.
        pub id: String,
        /// Hash of the labels, hexadecimal: the same for every alert of one rule and target.
        pub fingerprint: String,
        /// The rule's name.
        pub rule: String,
        /// The server concerned; empty where none is.
        pub server: String,
        /// How bad.
        pub severity: Severity,
        /// Where it stands.
        pub state: AlertState,
        /// One line: what is wrong.
        pub summary: String,
        /// More: why, and what to do.
        pub description: String,
        /// All labels.
        pub labels: BTreeMap<String, String>,
        /// Since when the condition holds.
        pub pending_ms: i64,
        /// Since when it fires.
        pub firing_ms: Option<i64>,
        /// Who has it.
        pub acknowledged: Option<Acknowledgement>,
        /// How it ended.
        pub resolved: Option<Resolution>,
        /// Its whole life, oldest first.
        pub changes: Vec<AlertChange>,
        /// Why nobody is called for it now: what its server depends on fails, a silence, a maintenance window, another
        /// alert. Empty where it is not held.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub held: String,
        /// Who sees to it; empty where nobody does.
        #[serde(default)]
        pub owner: String,
        /// The page that shows more of that.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub held_link: String,
        /// Who sends it or has raised it; empty where a rule says it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub source: String,
        /// The page that its rule names with the annotation `link`: a path of the product; empty where it names none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub link: String,
    }
}

impl Alert {
    /// Whether it still needs somebody.
    pub fn is_open(&self) -> bool {
        self.state != AlertState::Resolved
    }

    /// Whether it is nobody's turn to act on it.
    pub fn is_held(&self) -> bool {
        !self.held.is_empty()
    }
}

words! {
    /// What somebody decides about an alert.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Decision {
        /// Takes it.
        Acknowledge = "acknowledge",
        /// Declares it over.
        Resolve = "resolve",
        /// Takes a resolution back.
        Reopen = "reopen",
    }
}

/// What is said with a decision.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Who; the caller's name where empty.
    #[serde(default)]
    pub by: String,
    /// What they say.
    #[serde(default)]
    pub comment: String,
}

/// Alerts and what people do with them.
#[async_trait]
pub trait Alerts: Send + Sync {
    /// Open alerts, and resolved ones back to a limit; newest first.
    async fn list(&self, caller: &Caller, open_only: bool) -> Result<Vec<Alert>, Problem>;
    /// The last alerts that had fired and are over; newest end first.
    async fn resolved(&self, caller: &Caller) -> Result<Vec<Alert>, Problem>;
    /// The worst open alerts, and how many there are.
    async fn worst(&self, caller: &Caller) -> Result<WorstAlerts, Problem>;
    /// Some of the open alerts, in an order.
    async fn open(&self, caller: &Caller, query: OpenQuery) -> Result<OpenPage, Problem>;
    /// The ids of all open alerts that a query finds, whatever part of them it asks for.
    async fn open_ids(&self, caller: &Caller, query: OpenQuery) -> Result<Vec<String>, Problem>;
    /// All open alerts that a query finds, in groups by its label; of the one of its value, some alerts.
    async fn groups(&self, caller: &Caller, query: OpenQuery) -> Result<AlertGroups, Problem>;
    /// Somebody does something with some alerts at once.
    async fn act_on_many(
        &self,
        caller: &Caller,
        ids: Vec<String>,
        action: AlertAction,
        note: AlertNote,
    ) -> Result<WorkedAlerts, Problem>;
    /// Somebody decides about an alert.
    async fn decide(
        &self,
        caller: &Caller,
        id: &str,
        decision: Decision,
        note: Note,
    ) -> Result<Alert, Problem>;
    /// Everything that is known of one alert.
    async fn detail(&self, caller: &Caller, id: &str) -> Result<AlertDetail, Problem>;
    /// Somebody does something with an alert.
    async fn act(
        &self,
        caller: &Caller,
        id: &str,
        action: AlertAction,
        note: AlertNote,
    ) -> Result<Alert, Problem>;
    /// Raises an alert, or says once more what one with the same labels says.
    async fn raise(&self, caller: &Caller, draft: AlertDraft) -> Result<Alert, Problem>;
    /// Finds steps in the history of all alerts, newest first.
    async fn history(&self, caller: &Caller, query: HistoryQuery) -> Result<HistoryPage, Problem>;
}
