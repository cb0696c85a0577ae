//! One alert closely, what people do with it beyond the first decisions, and the history of all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Alert, AlertState, Event, Severity, Threshold};

words! {
    /// What happened to an alert.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum AlertEvent {
        /// Its condition has begun to hold.
        Begun = "pending",
        /// It has held for long enough.
        Fired = "firing",
        /// A person or a program has raised it.
        Raised = "raised",
        /// Somebody took it.
        Acknowledged = "acknowledged",
        /// The time for which somebody had taken it is over.
        Lapsed = "lapsed",
        /// Somebody was named who is to see to it.
        Assigned = "assigned",
        /// Something was said.
        Commented = "commented",
        /// It is over.
        Resolved = "resolved",
        /// A person took its end back.
        Reopened = "reopened",
    }
}

words! {
    /// What somebody does with an alert.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum AlertAction {
        /// Takes it, until some time perhaps.
        Acknowledge = "acknowledge",
        /// Names who is to see to it.
        Assign = "assign",
        /// Says something.
        Comment = "comment",
        /// Declares it over.
        Resolve = "resolve",
        /// Takes a resolution back.
        Reopen = "reopen",
    }
}

/// What is said with an action.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertNote {
    /// Who; the caller's name where empty.
    pub by: String,
    /// What they say.
    pub comment: String,
    /// Who is to have it: who acts where an acknowledgement does not say, nobody where an assignment does not.
    pub owner: String,
    /// Until when it is acknowledged; then it fires again. Until its end where neither this nor `lasts_ms` is given.
    pub until_ms: Option<i64>,
    /// For how long, in milliseconds from now.
    pub lasts_ms: Option<i64>,
}

/// An alert that a person or a program raises. The same name, severity, server and labels are the same alert.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertDraft {
    /// What it is called, such as `BackupFailed`.
    pub name: String,
    /// One of `info`, `warning`, `error`, `critical`, `emergency`; `warning` where empty.
    pub severity: String,
    /// One line: what is wrong.
    pub summary: String,
    /// More: why, and what to do.
    pub description: String,
    /// The server concerned, if one is.
    pub server: String,
    /// Further labels.
    pub labels: BTreeMap<String, String>,
    /// Who raises it; the caller's name where empty.
    pub by: String,
    /// When it ends by itself; never where neither this nor `lasts_ms` is given.
    pub ends_ms: Option<i64>,
    /// For how long, in milliseconds from now.
    pub lasts_ms: Option<i64>,
}

record! {
    /// A step of an alert's life.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct AlertStep {
        /// When.
        pub at_ms: i64,
        /// What happened.
        pub what: AlertEvent,
        /// The state before; missing for the first step.
        pub was: Option<AlertState>,
        /// The state from then on.
        pub state: AlertState,
        /// Who did it; `rule` or `clock` where nobody did.
        pub by: String,
        /// What was said.
        pub comment: String,
        /// Who has it from then on; empty where nobody does.
        pub owner: String,
        /// Until when it is acknowledged from then on.
        pub until_ms: Option<i64>,
    }
}

record! {
    /// Why somebody is called for an alert, or nobody is.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct QuietReason {
        /// In words.
        pub text: String,
        /// Where to read or change it; empty where nowhere.
        pub link: String,
    }
}

record! {
    /// An alert that has something to do with another.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RelatedAlert {
        /// Its id.
        pub id: String,
        /// What it says.
        pub summary: String,
        /// Its rule.
        pub rule: String,
        /// The server concerned.
        pub server: String,
        /// How bad.
        pub severity: Severity,
        /// Where it stands.
        pub state: AlertState,
        /// Since when it fires.
        pub firing_ms: i64,
        /// What they have in common.
        pub why: String,
    }
}

record! {
    /// Everything that is known of an alert.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct AlertDetail {
        /// The alert.
        pub alert: Alert,
        /// Its rule's expression; empty where no rule is there.
        pub expr: String,
        /// The same without its filters, so that it is also there while the condition does not hold; empty where that cannot
        /// be said.
        pub watched: String,
        /// What that is compared with, where it is a number.
        pub limit: Option<Threshold>,
        /// Labels of its series: among those of the expression, the one that it is about.
        pub series: BTreeMap<String, String>,
        /// The value of the expression when it last held.
        pub value: f64,
        /// Its texts: `summary`, `description` and what else its rule says.
        pub annotations: BTreeMap<String, String>,
        /// Until when it is acknowledged.
        pub until_ms: Option<i64>,
        /// Whether a person or a program raised it, and no rule.
        pub is_raised: bool,
        /// When an alert that was raised ends by itself.
        pub ends_ms: Option<i64>,
        /// Where an alert that others send comes from, as its sender says; empty where nobody does.
        #[serde(default)]
        pub generator_url: String,
        /// Since when such an alert fires, as its sender says.
        #[serde(default)]
        pub starts_ms: Option<i64>,
        /// Everything that happened to it, oldest first.
        pub steps: Vec<AlertStep>,
        /// Whether somebody is called for it.
        pub is_quiet: bool,
        /// Why, or why not.
        pub quiet: Vec<QuietReason>,
        /// Alerts of the same time about the same server, a server that depends on it or the other way round, or of
        /// the same rule.
        pub related: Vec<RelatedAlert>,
        /// What happened in the half hour before it fired, newest first.
        pub before: Vec<Event>,
        /// How often an alert with these labels has begun to fire in the last 30 days, this one included.
        pub fired_30d: u64,
    }
}

/// What is looked for in the history; an empty text asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryQuery {
    /// Words that rule, server, summary or comment have, in any order and case.
    pub text: String,
    /// The server concerned.
    pub server: String,
    /// A severity.
    pub severity: String,
    /// What happened: a word of [`AlertEvent`].
    pub what: String,
    /// The state from then on.
    pub state: String,
    /// Who did it or had it: a part of the name.
    pub person: String,
    /// One alert, by its id.
    pub alert: String,
    /// Not before.
    pub from_ms: Option<i64>,
    /// Not after.
    pub to_ms: Option<i64>,
    /// Where the page begins, as the page before says it in `next`.
    pub after: String,
    /// The most rows; 100 where missing.
    pub limit: u32,
}

impl Default for HistoryQuery {
    fn default() -> Self {
        let text = String::new;
        Self {
            text: text(),
            server: text(),
            severity: text(),
            what: text(),
            state: text(),
            person: text(),
            alert: text(),
            from_ms: None,
            to_ms: None,
            after: text(),
            limit: 100,
        }
    }
}

record! {
    /// A step of some alert, with what was known of the alert then.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct HistoryRow {
        /// Its number among all steps.
        pub seq: i64,
        /// The alert's id.
        pub alert: String,
        /// The rule's name.
        pub rule: String,
        /// The server concerned; empty where none is.
        pub server: String,
        /// How bad, as its label says.
        pub severity: String,
        /// One line: what was wrong.
        pub summary: String,
        /// What happened.
        pub step: AlertStep,
    }

    /// A page of the history, newest first.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct HistoryPage {
        /// The steps.
        pub rows: Vec<HistoryRow>,
        /// Where the next page begins; empty where there is none.
        pub next: String,
    }
}
