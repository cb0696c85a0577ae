//! What both sides speak: serialised types and one `dyn`-safe trait per area.
//!
//! `app` and `ui` know nothing of the host beyond this crate; `backend` implements the traits.
//! Times are milliseconds UTC (`_ms`), durations seconds (`_seconds`), sizes bytes.

mod agent;
mod alert;
mod alert_life;
mod alert_open;
mod benchmark;
mod build;
mod caller;
mod check;
mod configuration;
mod definition;
mod dependency;
mod event;
mod explore;
mod glance;
mod health;
mod launcher;
mod live;
mod metrics;
mod natural;
mod notify;
mod panel;
mod path;
mod performance;
mod problem;
mod process;
mod rank;
mod record;
mod rule;
mod server;
mod silence;
mod slo;
mod span;
mod table;
mod target;
mod traffic;
mod tree;
mod window;
mod words;

use std::sync::Arc;

pub use agent::{
    Agent, AgentDetail, AgentEvent, AgentFact, AgentFactor, AgentFigures, AgentKind, AgentPicture,
    AgentSource, AgentSourceKind, AgentSpan, AgentState, AgentUse, Agents, AgentsTaken,
};
pub use alert::{
    Acknowledgement, Alert, AlertChange, AlertState, Alerts, Decision, Note, Resolution, Severity,
};
pub use alert_life::{
    AlertAction, AlertDetail, AlertDraft, AlertEvent, AlertNote, AlertStep, HistoryPage,
    HistoryQuery, HistoryRow, QuietReason, RelatedAlert,
};
pub use alert_open::{
    AlertGroup, AlertGroups, AlertRow, AlertTotals, MOST_AT_ONCE, MOST_LIVE_ALERTS, OpenPage,
    OpenQuery, WorkedAlerts, WorstAlerts,
};
pub use benchmark::{
    Benchmark, BenchmarkDetail, BenchmarkFile, BenchmarkPicture, BenchmarkPoint, BenchmarkRun,
    BenchmarkStanding, BenchmarkTaken, BenchmarkVerdict, Benchmarks, ModuleCompared, Rival,
    RivalKind, SpeedUpDay,
};
pub use build::{
    Build, BuildBinary, BuildCount, BuildCrate, BuildDetail, BuildMessage, BuildPair, BuildPicture,
    BuildProject, BuildQuery, BuildSize, BuildSlower, BuildState, BuildUnit, Builds, MOST_BUILDS,
};
pub use caller::{Caller, Role, Via};
pub use check::{CheckState, Checks};
pub use configuration::{ConfigFile, Configuration, ConfiguredServer, Finding, ValueOrigin};
pub use definition::{
    ChangeClass, ChangeDecision, ChangeQuery, ChangeState, ChangeVerdict, Definition,
    DefinitionChange, DefinitionCount, DefinitionKind, DefinitionPicture, Definitions, FieldChange,
    PieceSide, RefusedDecision, SeveralDecided, Suspicion, TextPiece,
};
pub use dependency::{Dependencies, DependencyPicture, MOST_CLIENTS, MapCalls, MapNode, NodeKind};
pub use event::{Event, EventKind, Events, Mark, MarkDraft, MarkQuery};
pub use explore::{
    Evaluation, Explore, FoundMetrics, FoundNames, FunctionInfo, FunctionKind, MOST_QUERIES,
    MetricInfo, Mistake,
};
pub use glance::{Glance, GlanceLine};
pub use health::{Level, StateSpan, Verdict};
pub use launcher::{
    LaunchCourse, LaunchCourses, LaunchExit, LaunchOrder, LaunchPhase, LaunchState, LaunchStretch,
    Launched, Launcher, Served,
};
pub use live::{Frame, Live, LiveQuery, Points, Snapshot, Subscribe, Subscription, Topic, Update};
pub use metrics::{Aggregate, Metrics, Percentiles, Point, RangeQuery, Series};
pub use natural::natural;
pub use notify::{
    AlertWhy, ChannelHealth, Notifier, Receiver, ReceiverChannel, Rota, RotaOverride, RouteMatch,
    RouteNode, RouteTest, Routes, RoutesDraft, RoutesMistake, RoutesOrigin, RoutesVersion,
    SendReason, Sent, SentAlert, SentPage, SentQuery, SentState, TemplateDraft, TemplatePreview,
    TestAnswer, TestSend, Turn, WhyRoute,
};
pub use panel::{
    Board, BoardData, BoardLink, Boards, Kind, Matrix, MetricPanel, Outcome, PanelQuery, Placed,
    Row, Section, Threshold, Unit,
};
pub use path::path_segment;
pub use performance::{
    Direction, HealthFactor, HealthScore, Pattern, Performance, Performances, StepPerformance,
    Trend,
};
pub use problem::{Code, Problem};
pub use process::{EndedProcess, HostProcess, HostProcesses, ProcessKind, Processes};
pub use rank::rank;
pub use record::{Read, read};
pub use rule::{
    Origin, RemovedRule, RuleChange, RuleDetail, RuleDraft, RuleEdit, RuleFiring, RuleInfo,
    RuleKind, RuleList, RuleMatch, RuleMistake, RulePreview, RuleSaved, RuleState, RuleVersion,
    Rules,
};
pub use server::{
    Admin, HistoryEntry, Identity, ProcessInfo, Server, ServerDetail, Servers, StepTiming, Tool,
    Transport,
};
pub use silence::{Silence, SilenceDraft, SilencePhase, Silences};
pub use slo::{
    Budget, BudgetPoint, BudgetWindow, Burn, BurnLine, GapRule, Incident, IndicatorKind,
    Measurement, Objective, ObjectiveDetail, ObjectiveDraft, ObjectiveEdit, ObjectiveFile,
    ObjectivePreview, ObjectiveState, ObjectiveVersion, Objectives, Report, ReportChange,
    ReportKept, ReportQuery, ReportRow, ReportSchedule, ReportScope, ReportTool, Reports,
    ServiceLevels, SpentPart, TargetGuess,
};
pub use span::{Span, TimeRange};
pub use table::{Cell, Column, Exports, SeriesQuery, Table, TableName, TableQuery};
pub use target::{DroppedTarget, Refusal, Target, TargetHealth, TargetPicture, Targets, Trouble};
pub use traffic::{
    CallDetail, CallFrame, CallOutcome, CallPage, CallQuery, FrameKind, MOST_OF_A_FILE, SeenCall,
    SeenSign, ServerTraffic, SignKind, Traffic, TrafficSession, TrafficSummary, Usage,
    filter_token,
};
pub use tree::{Misread, quoted};
pub use window::{
    LeftOut, MaintenanceWindow, QuietKind, QuietPicture, QuietSpan, QuietTime, WindowDraft,
    WindowEnd, WindowPhase, WindowPreview, Windows,
};

/// Everything that doors (server functions, REST, live socket, the product's own MCP server) may call.
#[derive(Clone)]
pub struct Services {
    /// What is watched and how it is.
    pub servers: Arc<dyn Servers>,
    /// Alerts that nobody is told of for a while.
    pub silences: Arc<dyn Silences>,
    /// The same at times that are known before.
    pub windows: Arc<dyn Windows>,
    /// What makes alerts and series.
    pub rules: Arc<dyn Rules>,
    /// Who is told of alerts.
    pub notifier: Arc<dyn Notifier>,
    /// Objectives, their budgets, and reports.
    pub levels: Arc<dyn ServiceLevels>,
    /// Fleets of agents and how they do.
    pub agents: Arc<dyn Agents>,
    /// Benchmarks and what changed in them.
    pub benchmarks: Arc<dyn Benchmarks>,
    /// Those of them that the product starts.
    pub launcher: Arc<dyn Launcher>,
    /// MCP servers among the processes of this machine.
    pub processes: Arc<dyn Processes>,
    /// Alerts and what people do with them.
    pub alerts: Arc<dyn Alerts>,
    /// Checks and what they say.
    pub checks: Arc<dyn Checks>,
    /// What hangs on what.
    pub dependencies: Arc<dyn Dependencies>,
    /// What servers list about themselves, and what changed in it.
    pub definitions: Arc<dyn Definitions>,
    /// Samples over time.
    pub metrics: Arc<dyn Metrics>,
    /// How servers have done, analysed.
    pub performances: Arc<dyn Performances>,
    /// Panels over metrics, and boards of them.
    pub boards: Arc<dyn Boards>,
    /// The files that servers come from.
    pub configuration: Arc<dyn Configuration>,
    /// What is scraped, and what is not.
    pub targets: Arc<dyn Targets>,
    /// Real traffic, call by call.
    pub traffic: Arc<dyn Traffic>,
    /// Builds of Rust programs.
    pub builds: Arc<dyn Builds>,
    /// PromQL, for people who write it.
    pub explore: Arc<dyn Explore>,
    /// Marks on the time axis.
    pub events: Arc<dyn Events>,
    /// Tables for export.
    pub exports: Arc<dyn Exports>,
    /// What changes, as it changes.
    pub live: Arc<dyn Live>,
}
