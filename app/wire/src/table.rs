//! Tables for export: what a table or chart shows, as columns and rows.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{Caller, Problem, TimeRange};

words! {
    /// What can be exported.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum TableName {
        /// The status table.
        Servers = "servers",
        /// All alerts.
        Alerts = "alerts",
        /// Open alerts, those that have some words where `text` says which.
        OpenAlerts = "open-alerts",
        /// Marks.
        Events = "events",
        /// Checks, with what depends on them; of one server: its tools that are called on a schedule.
        Checks = "checks",
        /// Tools of one server.
        Tools = "tools",
        /// Changes of the verdict of one server.
        History = "history",
        /// How long the steps of one server's probes took, and where that goes.
        Performance = "performance",
        /// Targets that are scraped.
        Targets = "targets",
        /// What was not taken lately of what others send or expose.
        Refusals = "refusals",
        /// Changes of definitions, of one server where one is named.
        DefinitionChanges = "definition-changes",
        /// Rules, and how they stand.
        Rules = "rules",
        /// Silences.
        Silences = "silences",
        /// Every step of every alert, of one server where one is named.
        AlertHistory = "alert-history",
        /// Maintenance windows.
        Windows = "windows",
        /// What was sent of alerts, to whom, and what became of it.
        Notifications = "notifications",
        /// Channels of receivers, and how they do.
        Receivers = "receivers",
        /// Who is on call when.
        OnCall = "on-call",
        /// Signs of attacks and secrets in real traffic, of one server where one is named.
        Signs = "signs",
        /// Objectives, what they promise and how they do.
        Objectives = "objectives",
        /// Agents and what they measure of themselves.
        Agents = "agents",
        /// Agents by type.
        AgentKinds = "agent-types",
        /// Benchmarks and their newest runs.
        Benchmarks = "benchmarks",
        /// Two ways to do the same, as they were measured last.
        SpeedUps = "speed-ups",
        /// Speed-ups by day.
        SpeedUpDays = "speed-up-days",
        /// Rust beside Python over seven days.
        Modules = "modules",
        /// Files of benchmarks that were imported.
        BenchmarkRuns = "benchmark-runs",
        /// The numbers of their budgets, with burn rates.
        Budgets = "budgets",
        /// Builds of Rust programs.
        Builds = "builds",
        /// Their crates, the slowest first.
        BuildCrates = "build-crates",
    }
}

/// Which part of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableQuery {
    /// Which table.
    pub table: TableName,
    /// Of which server; needed by `tools`, `history` and `performance`.
    #[serde(default)]
    pub server: Option<String>,
    /// How long the stretch is, where the table has times and no begin is given; an hour where missing.
    #[serde(default)]
    pub last_ms: Option<i64>,
    /// Begin.
    #[serde(default)]
    pub from_ms: Option<i64>,
    /// End; now where missing.
    #[serde(default)]
    pub to_ms: Option<i64>,
    /// Of which kinds, with commas between; of `events`.
    #[serde(default)]
    pub kinds: Option<String>,
    /// Words that rows have, in any order and case; of `open-alerts` and `notifications`.
    #[serde(default)]
    pub text: Option<String>,
    /// To whom; of `notifications`, like the two below.
    #[serde(default)]
    pub receiver: Option<String>,
    /// What became of it.
    #[serde(default)]
    pub state: Option<String>,
    /// Why it was sent.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What queries yield, as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesQuery {
    /// What is asked, in PromQL.
    pub queries: Vec<String>,
    /// Over which time.
    pub range: TimeRange,
    /// The distance of two points; what fits a chart where missing.
    pub step_ms: Option<i64>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Header and JSON key, units included: `ping_seconds`.
    pub name: String,
}

/// A value of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
}

/// Columns and rows; each row has as many cells as there are columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Vec<Cell>>,
}

/// Tables for export.
#[async_trait]
pub trait Exports: Send + Sync {
    /// One table.
    async fn table(&self, caller: &Caller, query: TableQuery) -> Result<Table, Problem>;
    /// What queries yield: a row a value, with its time and the labels of its series as columns.
    async fn series(&self, caller: &Caller, query: SeriesQuery) -> Result<Table, Problem>;
}
