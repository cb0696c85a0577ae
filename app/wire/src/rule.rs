//! Rules: what is judged, and what people change of it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Alert, Caller, Note, Problem, StateSpan};

words! {
    /// Where a rule or an objective comes from.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Origin {
        /// It comes with the product.
        BuiltIn = "built-in",
        /// It comes with the product, and somebody has changed it.
        Changed = "changed",
        /// A file has it.
        File = "file",
        /// Somebody made it here.
        Made = "made here",
    }
}

words! {
    /// What a rule makes.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum RuleKind {
        /// Alerts.
        #[default]
        Alert = "alert",
        /// Series.
        Record = "record",
    }
}

words! {
    /// How a rule stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum RuleState {
        /// An alert of it fires.
        Firing = "firing",
        /// An alert of it waits.
        Pending = "pending",
        /// It has no alert, or makes series.
        Inactive = "inactive",
        /// It is not evaluated.
        Off = "off",
    }
}

words! {
    /// What a version of a rule did.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum RuleEdit {
        /// It came into being.
        Created = "created",
        /// It became another.
        Changed = "changed",
        /// It went; of a built-in rule: it is as built in again.
        Removed = "removed",
        /// An older version came back.
        Undone = "undone",
    }
}

record! {
    /// A rule as people write it. Texts are as in a Prometheus rule file.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct RuleDraft {
        /// The group that it is evaluated in.
        pub group: String,
        /// How often its group is evaluated (`30s`); as configured where empty.
        pub interval: String,
        /// What it makes.
        pub kind: RuleKind,
        /// The name of the alert, or of the metric.
        pub name: String,
        /// PromQL: each series it returns is an alert.
        pub expr: String,
        /// How long it has to hold before the alert fires (`5m`), `for` in files; at once where empty.
        #[serde(alias = "for")]
        pub hold: String,
        /// How long an alert fires on after its end; not at all where empty.
        pub keep_firing_for: String,
        /// `severity` and others; texts may be templates.
        pub labels: BTreeMap<String, String>,
        /// `summary`, `description`, `link` and others; texts may be templates.
        pub annotations: BTreeMap<String, String>,
        /// What becomes of an alert whose series is not reported: `ok`, `keep`, `alert`, `resolve after 15m`; as
        /// configured where empty.
        pub no_data: String,
        /// Whether it is evaluated.
        pub enabled: bool,
    }
}

impl Default for RuleDraft {
    fn default() -> Self {
        let text = String::new;
        Self {
            group: text(),
            interval: text(),
            kind: RuleKind::Alert,
            name: text(),
            expr: text(),
            hold: text(),
            keep_firing_for: text(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            no_data: text(),
            enabled: true,
        }
    }
}

record! {
    /// What is wrong with a draft.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RuleMistake {
        /// The field of [`RuleDraft`].
        pub field: String,
        /// What, where in it, and what to write instead.
        pub message: String,
    }

    /// A rule and how it stands.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct RuleInfo {
        /// It stays, whatever the rule is changed to.
        pub id: String,
        /// Where it comes from.
        pub origin: Origin,
        /// The file it is from; a pack of the product where it is built in.
        pub file: String,
        /// What it says now.
        pub draft: RuleDraft,
        /// The number of the version that holds; 0 where nobody has changed it here.
        pub version: u32,
        /// How it stands.
        pub state: RuleState,
        /// Why it is not evaluated; empty where it is.
        pub off: String,
        /// `ok`, `err`, or `unknown` before the first evaluation.
        pub health: String,
        /// Why the last evaluation failed, or which template did.
        pub error: String,
        /// When it was evaluated last.
        pub evaluated_ms: Option<i64>,
        /// How long that took.
        pub evaluation_seconds: f64,
        /// How often it is evaluated.
        pub interval_seconds: f64,
        /// Open alerts of it.
        pub alerts: u64,
        /// The number that its expression ends with, after `<`, `<=`, `>` or `>=`.
        pub threshold: Option<f64>,
    }

    /// A rule that was made here and is no more.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RemovedRule {
        /// Its id.
        pub id: String,
        /// Its group.
        pub group: String,
        /// Its name.
        pub name: String,
        /// When it was removed.
        pub at_ms: i64,
        /// By whom.
        pub by: String,
        /// The version that would bring it back.
        pub version: u32,
    }

    /// All rules.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct RuleList {
        /// In the order of their evaluation.
        pub rules: Vec<RuleInfo>,
        /// Those that were made here and are no more, the newest first.
        pub removed: Vec<RemovedRule>,
        /// What was wrong when files were read last: then the rules from before are kept.
        pub refused: Vec<String>,
    }

    /// What a rule was from some time on.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RuleVersion {
        /// From 1; 0 is what is built in.
        pub version: u32,
        /// When.
        pub at_ms: i64,
        /// Who.
        pub by: String,
        /// Why.
        pub comment: String,
        /// What it did.
        pub edit: RuleEdit,
        /// What it said; nothing where it was removed.
        pub draft: Option<RuleDraft>,
        /// What was other than before, in words.
        pub changes: Vec<String>,
    }

    /// A rule with all that is known of it.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct RuleDetail {
        /// It.
        pub rule: RuleInfo,
        /// What is built in, where somebody has changed that.
        pub built_in: Option<RuleDraft>,
        /// Its open alerts.
        pub alerts: Vec<Alert>,
        /// The ids of those that lead somewhere, and where.
        pub links: Vec<(String, String)>,
        /// Its versions, the newest first.
        pub history: Vec<RuleVersion>,
    }

    /// When a rule would have fired for a series.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RuleFiring {
        /// The labels of the alert.
        pub labels: String,
        /// Since when it would have waited.
        pub pending_ms: i64,
        /// Since when it would have fired; never where missing.
        pub firing_ms: Option<i64>,
        /// When it would have been over; still open where missing.
        pub ended_ms: Option<i64>,
    }

    /// What a rule finds now.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RuleMatch {
        /// The labels of the alert or series.
        pub labels: String,
        /// The value.
        pub value: String,
        /// Its texts, templates filled in.
        pub annotations: BTreeMap<String, String>,
    }

    /// What a rule would do, by what is stored.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct RulePreview {
        /// What is wrong with it; then nothing else is known.
        pub mistakes: Vec<RuleMistake>,
        /// Why there is no answer, or only part of one; empty where there is a whole one.
        pub trouble: String,
        /// The first time that it was asked for.
        pub from_ms: i64,
        /// The last one.
        pub to_ms: i64,
        /// How far they are apart.
        pub step_ms: i64,
        /// How many alerts would have fired.
        pub fired: u64,
        /// How many would only have waited.
        pub only_pending: u64,
        /// Unhealthy while an alert fires, degraded while one waits.
        pub timeline: Vec<StateSpan>,
        /// Them, the newest first; at most some hundreds.
        pub firings: Vec<RuleFiring>,
        /// How many series it finds now.
        pub found: u64,
        /// Some of them.
        pub matches: Vec<RuleMatch>,
        /// What failed in templates.
        pub errors: Vec<String>,
    }

    /// What became of a change that somebody wanted.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct RuleSaved {
        /// What is wrong with it; then nothing has changed.
        pub mistakes: Vec<RuleMistake>,
        /// The rules that it was about, as they are now.
        pub rules: Vec<RuleInfo>,
    }
}

/// What a rule is to be.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    /// What it is to say.
    pub rule: RuleDraft,
    /// The version that was changed: another one meanwhile is not written over.
    #[serde(default)]
    pub version: Option<u32>,
    /// Who; the caller's name where empty.
    #[serde(default)]
    pub by: String,
    /// Why.
    #[serde(default)]
    pub comment: String,
}

/// Rules, and what people change of them.
#[async_trait]
pub trait Rules: Send + Sync {
    /// All.
    async fn list(&self, caller: &Caller) -> Result<RuleList, Problem>;
    /// One.
    async fn one(&self, caller: &Caller, id: &str) -> Result<RuleDetail, Problem>;
    /// What a draft would have done over the last `last_ms`, and finds now; in place of the rule `id`, if one is named.
    async fn preview(
        &self,
        caller: &Caller,
        id: Option<&str>,
        draft: RuleDraft,
        last_ms: Option<i64>,
    ) -> Result<RulePreview, Problem>;
    /// Makes a rule, or changes the one named.
    async fn save(
        &self,
        caller: &Caller,
        id: Option<&str>,
        change: RuleChange,
    ) -> Result<RuleSaved, Problem>;
    /// Changes the rule of the draft's name, or makes it.
    async fn configure(&self, caller: &Caller, change: RuleChange) -> Result<RuleSaved, Problem>;
    /// Switches a rule on or off.
    async fn switch(
        &self,
        caller: &Caller,
        id: &str,
        enabled: bool,
        note: Note,
    ) -> Result<RuleSaved, Problem>;
    /// Another number in place of the one that its expression ends with.
    async fn set_threshold(
        &self,
        caller: &Caller,
        id: &str,
        threshold: f64,
        note: Note,
    ) -> Result<RuleSaved, Problem>;
    /// Removes a rule that was made here; of a built-in one what was changed.
    async fn remove(&self, caller: &Caller, id: &str, note: Note) -> Result<(), Problem>;
    /// Makes an older version the newest; 0 is what is built in.
    async fn undo(
        &self,
        caller: &Caller,
        id: &str,
        version: u32,
        note: Note,
    ) -> Result<RuleSaved, Problem>;
    /// One rule, or all that were made or changed here, as a Prometheus rule file.
    async fn file(&self, caller: &Caller, id: Option<&str>) -> Result<String, Problem>;
    /// Makes the rules of a file; all or none.
    async fn import(&self, caller: &Caller, text: &str, note: Note) -> Result<RuleSaved, Problem>;
}
