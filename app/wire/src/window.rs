//! Maintenance windows: alerts that nobody is told of at times that are known before.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Alert, Caller, Problem};

words! {
    /// Where a window stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum WindowPhase {
        /// It holds.
        Running = "running",
        /// It will.
        Waiting = "waiting",
        /// It will not any more.
        Over = "over",
    }
}

words! {
    /// What holds alerts back at known times.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum QuietKind {
        /// A maintenance window.
        Window = "window",
        /// A silence.
        Silence = "silence",
    }
}

record! {
    /// A stretch of time.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct QuietSpan {
        /// From then on.
        pub from_ms: i64,
        /// Until then.
        pub to_ms: i64,
    }
}

record! {
    /// An occurrence that somebody ended before its time.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct LeftOut {
        /// From then on.
        pub from_ms: i64,
        /// Until then.
        pub to_ms: i64,
        /// Who said so.
        pub by: String,
    }
}

record! {
    /// A maintenance window.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct MaintenanceWindow {
        /// UUIDv7.
        pub id: String,
        /// What people call it.
        pub name: String,
        /// Which alerts, in Alertmanager's syntax.
        pub matchers: String,
        /// When, in one line: `mon:fri 22:00-06:00 Europe/Berlin`, or `once`.
        pub rule: String,
        /// Where it stands.
        pub phase: WindowPhase,
        /// What runs now, and what comes next: at most five within two years; one where the next is later.
        pub next: Vec<QuietSpan>,
        /// Occurrences that somebody ended before their time.
        pub left_out: Vec<LeftOut>,
        /// How many open alerts it is about.
        pub alerts: u64,
        /// Why.
        pub comment: String,
        /// Who made it.
        pub by: String,
        /// When.
        pub created_ms: i64,
        /// Who changed it last.
        pub changed_by: Option<String>,
        /// When.
        pub changed_ms: Option<i64>,
        /// Who ended it for good.
        pub ended_by: Option<String>,
        /// When.
        pub ended_ms: Option<i64>,
        /// Where it is once: from then on.
        pub starts_ms: Option<i64>,
        /// Where it is once: until then.
        pub ends_ms: Option<i64>,
        /// Where it is by a calendar: times of day, `22:00-06:00, 12:00 for 30m`; here and below, empty is every one.
        pub times: String,
        /// Days of the week, `mon:fri, sun`.
        pub weekdays: String,
        /// Days of the month, `1:7, -1`.
        pub days_of_month: String,
        /// Months, `jan:mar, dec`.
        pub months: String,
        /// Years, `2026:2027`.
        pub years: String,
        /// The first day on which it begins, `2026-12-01`.
        pub first: String,
        /// The last one.
        pub last: String,
        /// The time zone; UTC where empty.
        pub zone: String,
    }
}

record! {
    /// What a window would do.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct WindowPreview {
        /// When, in one line.
        pub rule: String,
        /// What comes next.
        pub next: Vec<QuietSpan>,
        /// The open alerts that it is about.
        pub alerts: Vec<Alert>,
    }
}

record! {
    /// A stretch in which something holds alerts back.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct QuietTime {
        /// What does.
        pub kind: QuietKind,
        /// Its id.
        pub id: String,
        /// What a window is called; the matchers of a silence.
        pub name: String,
        /// From then on.
        pub from_ms: i64,
        /// Until then.
        pub to_ms: i64,
    }
}

record! {
    /// Everything that holds alerts back at known times.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct QuietPicture {
        /// All windows: those that run, those to come, then those that are over.
        pub windows: Vec<MaintenanceWindow>,
        /// What holds back in the time asked for, by begin.
        pub times: Vec<QuietTime>,
        /// The begin of that time.
        pub from_ms: i64,
        /// Its end.
        pub to_ms: i64,
        /// What the window that is being written would do.
        pub preview: Option<WindowPreview>,
        /// What is wrong with it.
        pub problem: Option<String>,
    }
}

/// What somebody wants a window to be: once, with `starts` and `ends`, or by a calendar, whose empty lists are every one.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WindowDraft {
    /// What people call it.
    pub name: String,
    /// Which alerts, in Alertmanager's syntax, or `server files, web`.
    pub matchers: String,
    /// Why.
    pub comment: String,
    /// Who; the caller's name where empty.
    pub by: String,
    /// Once, from then on, in milliseconds UTC.
    pub starts_ms: Option<i64>,
    /// Until then.
    pub ends_ms: Option<i64>,
    /// Once, from then on: `2026-12-01T22:00` in the zone, or `2026-12-01T22:00:00Z`; now where only `ends` is written.
    pub starts: String,
    /// Until then.
    pub ends: String,
    /// Times of day: `22:00-06:00`, which passes midnight, or `02:30 for 90m`.
    pub times: String,
    /// Days of the week: `mon:fri, sun`.
    pub weekdays: String,
    /// Days of the month: `1:7, -1`, where the last day is -1.
    pub days_of_month: String,
    /// Months: `jan:mar, 12`.
    pub months: String,
    /// Years: `2026:2027`.
    pub years: String,
    /// The first day on which it begins: `2026-12-01`.
    pub first: String,
    /// The last one.
    pub last: String,
    /// The time zone, as in `Europe/Berlin`; UTC where empty.
    pub zone: String,
}

/// How somebody ends a window before its time.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WindowEnd {
    /// Who; the caller's name where empty.
    pub by: String,
    /// Only what runs now; it comes again. Otherwise for good.
    pub occurrence: bool,
}

/// Maintenance windows.
#[async_trait]
pub trait Windows: Send + Sync {
    /// All windows, and what holds back in a stretch of at most 100 days: from yesterday for 16 days where nothing is
    /// said.
    async fn picture(
        &self,
        caller: &Caller,
        from_ms: Option<i64>,
        to_ms: Option<i64>,
    ) -> Result<QuietPicture, Problem>;
    /// What one would do.
    async fn preview(&self, caller: &Caller, draft: WindowDraft) -> Result<WindowPreview, Problem>;
    /// One more.
    async fn add(&self, caller: &Caller, draft: WindowDraft) -> Result<MaintenanceWindow, Problem>;
    /// Changes one.
    async fn change(
        &self,
        caller: &Caller,
        id: &str,
        draft: WindowDraft,
    ) -> Result<MaintenanceWindow, Problem>;
    /// Ends one before its time; what still fires comes back at once.
    async fn end(
        &self,
        caller: &Caller,
        id: &str,
        how: WindowEnd,
    ) -> Result<MaintenanceWindow, Problem>;
    /// Deletes one; as it was.
    async fn delete(
        &self,
        caller: &Caller,
        id: &str,
        by: &str,
    ) -> Result<MaintenanceWindow, Problem>;
}
