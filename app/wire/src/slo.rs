//! Service levels: objectives, how they do, what spent their budgets, and reports.

mod drafts;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Origin, Problem};

pub use drafts::{Measurement, ObjectiveDraft, ObjectiveFile, ReportQuery, ReportSchedule};

words! {
    /// What an objective measures.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum IndicatorKind {
        /// Good (or bad) events of all events.
        #[default]
        Ratio = "ratio",
        /// Requests of a histogram that took no longer than a threshold.
        Latency = "latency",
        /// Minutes in which a condition held.
        Slices = "good minutes",
        /// Probes that found their server available.
        Availability = "availability",
        /// Minutes in which the newest sample was young enough.
        Freshness = "freshness",
        /// What people or programs report.
        Measured = "measured",
    }
}

words! {
    /// The time over which an objective is to be met.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum BudgetWindow {
        /// The last so many days.
        #[default]
        Rolling = "rolling",
        /// The calendar month.
        Month = "month",
        /// The calendar quarter.
        Quarter = "quarter",
    }
}

words! {
    /// What minutes without data count as.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum GapRule {
        /// They are left out.
        #[default]
        Ignore = "leave out",
        /// They were good.
        Good = "count as good",
        /// They were bad.
        Bad = "count as bad",
    }
}

words! {
    /// How an objective does.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ObjectiveState {
        /// Its budget is spent.
        Missed = "missed",
        /// At the present rate its budget is spent before its window ends.
        AtRisk = "at risk",
        /// It is met.
        Met = "met",
        /// Nothing was measured.
        Unknown = "no data",
    }
}

words! {
    /// What a version of an objective did.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ObjectiveEdit {
        /// It came into being.
        Created = "created",
        /// It became another.
        Changed = "changed",
        /// It went; of a built-in one: it is as built in again.
        Removed = "removed",
    }
}

words! {
    /// What reports are about.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum ReportScope {
        /// All objectives.
        #[default]
        All = "all",
        /// One objective, by its id.
        Objective = "objective",
        /// Objectives and parts of one server.
        Server = "server",
        /// Objectives of one owner.
        Owner = "owner",
    }
}

record! {
    /// How much of a budget there is, over one stretch of time. A budget is what may be bad: minutes where
    /// minutes are counted, events otherwise.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Budget {
        /// Begin of the stretch.
        pub from_ms: i64,
        /// Its end: now where it is rolling, the end of the month or quarter otherwise.
        pub to_ms: i64,
        /// What was good.
        pub good: f64,
        /// What was counted.
        pub total: f64,
        /// `good / total`; missing where nothing was counted.
        pub compliance: Option<f64>,
        /// What may be bad in the whole stretch: of the present window for as much in its minutes that are not known or still to come as the known ones had.
        pub allowed: f64,
        /// What was bad.
        pub spent: f64,
        /// The part of the budget that is left: 1 is all, 0 none, below 0 more than all was spent; missing where nothing was counted.
        pub left: Option<f64>,
        /// The time that everything may still be bad, in minutes, at the present number of events; 0 where none is left.
        pub left_minutes: f64,
        /// Minutes of which something was measured.
        pub minutes: u64,
        /// Minutes without data.
        pub gap_minutes: u64,
        /// Minutes that maintenance windows leave out.
        pub excluded_minutes: u64,
        /// Minutes in which more was bad than the target allows.
        pub bad_minutes: u64,
    }

    /// How fast a budget is spent over one window: 1 spends it exactly by the end.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Burn {
        /// The window, as PromQL writes it: `5m`, `1h`.
        pub window: String,
        /// Missing where nothing was counted in it.
        pub rate: Option<f64>,
        /// At what rate somebody is called for it; missing where nobody is.
        pub limit: Option<f64>,
    }

    /// A number at a time.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BudgetPoint {
        /// When.
        pub at_ms: i64,
        /// Missing where nothing was measured.
        pub value: Option<f64>,
    }

    /// An objective and how it does.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Objective {
        /// `service-name`, as Sloth's `sloth_id`; it is part of addresses.
        pub id: String,
        /// As it is written.
        pub draft: ObjectiveDraft,
        /// Where it comes from.
        pub origin: Origin,
        /// The file; empty where it is in none.
        pub path: String,
        /// How it does.
        pub state: ObjectiveState,
        /// In a sentence: what was kept, what is left, by when it is spent.
        pub sentence: String,
        /// What is to be known before these numbers are believed (few events, gaps, a window longer than what is known); empty where nothing is.
        pub caution: String,
        /// The budget of the present window.
        pub budget: Budget,
        /// Burn rates, the shortest window first.
        pub burn: Vec<Burn>,
        /// When the budget is spent at the rate of the last hours; missing where it is not spent before the window ends, or is spent.
        pub spent_at_ms: Option<i64>,
        /// What is left over the present window, some points.
        pub spark: Vec<BudgetPoint>,
        /// Open alerts of it.
        pub alerts: u64,
        /// Since when something is known.
        pub known_from_ms: Option<i64>,
        /// Whether who asks may change it.
        pub can_edit: bool,
    }

    /// All objectives, the worst first.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Objectives {
        /// Them.
        pub rows: Vec<Objective>,
        /// What is wrong with files of objectives, with their places.
        pub mistakes: Vec<String>,
        /// What files say that is not supported, one by one.
        pub ignored: Vec<String>,
        /// Whether who asks may make one.
        pub can_edit: bool,
    }

    /// A part of what was spent: a server, a tool, a class of errors.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct SpentPart {
        /// Its labels; empty is what no part has.
        pub labels: BTreeMap<String, String>,
        /// What of it was bad.
        pub spent: f64,
        /// Of all that was spent: from 0 to 1.
        pub share: f64,
    }

    /// A stretch of time that cost budget.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Incident {
        /// The objective.
        pub objective: String,
        /// Its first bad minute.
        pub from_ms: i64,
        /// The end of its last one; missing while it goes on.
        pub to_ms: Option<i64>,
        /// Bad minutes in it.
        pub bad_minutes: u64,
        /// What was bad.
        pub spent: f64,
        /// The part of the window's budget that it cost.
        pub share: f64,
        /// Alerts that fired in it: ids, as in `/alerts/ID`.
        pub alerts: Vec<String>,
        /// What these alerts were called.
        pub titles: Vec<String>,
    }

    /// A version of an objective.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ObjectiveVersion {
        /// From 1.
        pub version: u32,
        /// When.
        pub at_ms: i64,
        /// Who.
        pub by: String,
        /// What it did.
        pub edit: ObjectiveEdit,
        /// What is different from the version before, in words.
        pub changes: Vec<String>,
    }

    /// One objective in detail.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ObjectiveDetail {
        /// It, and how it does.
        pub objective: Objective,
        /// How the numbers come about, step by step, in words.
        pub arithmetic: Vec<String>,
        /// What is left of the budget over the window that is asked for.
        pub burn_down: Vec<BudgetPoint>,
        /// The part that was bad, step by step.
        pub error_ratio: Vec<BudgetPoint>,
        /// Burn rates over time, a line a window.
        pub burn_rates: Vec<BurnLine>,
        /// What spent it, the most first.
        pub parts: Vec<SpentPart>,
        /// What cost most, the most first.
        pub incidents: Vec<Incident>,
        /// Its rules, in the format of a Prometheus rule file.
        pub rules: String,
        /// What was changed, newest first.
        pub versions: Vec<ObjectiveVersion>,
        /// What was reported by hand or API, newest first.
        pub measurements: Vec<Measurement>,
    }

    /// Burn rates of one window over time.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BurnLine {
        /// The window.
        pub window: String,
        /// Its rates.
        pub points: Vec<BudgetPoint>,
    }

    /// What an objective would have been over stored data.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ObjectivePreview {
        /// In a sentence.
        pub sentence: String,
        /// What is to be known before it is believed; empty where nothing is.
        pub caution: String,
        /// The budget.
        pub budget: Budget,
        /// What is left over time.
        pub burn_down: Vec<BudgetPoint>,
        /// Targets and what of the budget each would have left: what could be promised.
        pub targets: Vec<TargetGuess>,
        /// Its rules.
        pub rules: String,
    }

    /// What another target would have meant.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct TargetGuess {
        /// In per cent.
        pub target_percent: f64,
        /// The part of the budget that would be left; missing where nothing was counted.
        pub left: Option<f64>,
    }

    /// An objective in a report.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ReportRow {
        /// Its id.
        pub id: String,
        /// As it was when the report was made.
        pub draft: ObjectiveDraft,
        /// How it did.
        pub state: ObjectiveState,
        /// In a sentence.
        pub sentence: String,
        /// What is to be known before it is believed.
        pub caution: String,
        /// Its budget over the time of the report.
        pub budget: Budget,
        /// A point a day: the part that was good.
        pub days: Vec<BudgetPoint>,
        /// What spent it.
        pub parts: Vec<SpentPart>,
        /// What cost most.
        pub incidents: Vec<Incident>,
        /// What was changed of it in that time.
        pub versions: Vec<ObjectiveVersion>,
    }

    /// A report.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Report {
        /// Its number; 0 where it is not kept.
        pub id: i64,
        /// What it is about, in words.
        pub title: String,
        /// What it is about.
        pub scope: ReportScope,
        /// The objective, server or owner; empty where it is about all.
        pub of: String,
        /// Begin.
        pub from_ms: i64,
        /// End.
        pub to_ms: i64,
        /// The zone of its days and months.
        pub zone: String,
        /// When it was made: what is known later changes nothing of it.
        pub made_ms: i64,
        /// In a few sentences.
        pub summary: Vec<String>,
        /// Objectives, the worst first.
        pub rows: Vec<ReportRow>,
        /// The tools that failed most or were slowest in that time.
        pub worst_tools: Vec<ReportTool>,
        /// Restarts, definition changes, deploys and edits of rules in that time, newest first; at most 50.
        pub changes: Vec<ReportChange>,
    }

    /// A tool in a report.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ReportTool {
        /// Its server.
        pub server: String,
        /// It.
        pub tool: String,
        /// Calls.
        pub calls: f64,
        /// Calls that failed.
        pub failed: f64,
        /// The 95th percentile of their durations; missing where it is not known.
        pub p95_seconds: Option<f64>,
    }

    /// Something that changed.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ReportChange {
        /// When.
        pub at_ms: i64,
        /// Of what; empty where it is of nothing in particular.
        pub server: String,
        /// What.
        pub text: String,
    }

    /// A report that is kept.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ReportKept {
        /// Its number.
        pub id: i64,
        /// What it is about, in words.
        pub title: String,
        /// Begin.
        pub from_ms: i64,
        /// End.
        pub to_ms: i64,
        /// When it was made.
        pub made_ms: i64,
        /// Who asked for it; the name of the schedule that did.
        pub by: String,
    }

    /// Reports: what is kept and what is planned.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Reports {
        /// Kept ones, newest first.
        pub kept: Vec<ReportKept>,
        /// Schedules.
        pub schedules: Vec<ReportSchedule>,
        /// Receivers that a schedule can name.
        pub receivers: Vec<String>,
        /// Whether who asks may change schedules.
        pub can_edit: bool,
    }
}

/// Objectives, budgets and reports.
#[async_trait]
pub trait ServiceLevels: Send + Sync {
    /// All objectives and how they do.
    async fn objectives(&self, caller: &Caller) -> Result<Objectives, Problem>;
    /// One in detail, over a stretch of time; over its present window where both are 0.
    async fn objective(
        &self,
        caller: &Caller,
        id: &str,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<ObjectiveDetail, Problem>;
    /// What it would have been over stored data, without keeping it.
    async fn preview(
        &self,
        caller: &Caller,
        draft: ObjectiveDraft,
    ) -> Result<ObjectivePreview, Problem>;
    /// Makes one where `id` is empty, changes one otherwise.
    async fn save(
        &self,
        caller: &Caller,
        id: &str,
        draft: ObjectiveDraft,
    ) -> Result<Objective, Problem>;
    /// Removes one that was made here; brings a built-in one back as it was built in.
    async fn remove(&self, caller: &Caller, id: &str, by: &str) -> Result<(), Problem>;
    /// Reads a file of objectives (own short form, OpenSLO or Sloth) and makes those that it has.
    /// What is not supported of it comes back, one by one.
    async fn import(&self, caller: &Caller, text: &str, by: &str) -> Result<Vec<String>, Problem>;
    /// Objectives as a file; one where `id` is not empty.
    async fn file(&self, caller: &Caller, id: &str, what: ObjectiveFile)
    -> Result<String, Problem>;
    /// Notes what was measured elsewhere.
    async fn measure(
        &self,
        caller: &Caller,
        measurement: Measurement,
    ) -> Result<Measurement, Problem>;
    /// Makes a report, and keeps it if asked.
    async fn report(&self, caller: &Caller, query: ReportQuery) -> Result<Report, Problem>;
    /// One that was kept.
    async fn kept_report(&self, caller: &Caller, id: i64) -> Result<Report, Problem>;
    /// What is kept and what is planned.
    async fn reports(&self, caller: &Caller) -> Result<Reports, Problem>;
    /// Makes or changes a schedule, by its name.
    async fn schedule(&self, caller: &Caller, schedule: ReportSchedule) -> Result<(), Problem>;
    /// Ends a schedule.
    async fn unschedule(&self, caller: &Caller, name: &str) -> Result<(), Problem>;
}
