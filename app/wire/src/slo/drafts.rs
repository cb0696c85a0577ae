//! Objectives as people write them, and what they ask and report.

use serde::{Deserialize, Serialize};

use super::{BudgetWindow, GapRule, IndicatorKind, ReportScope};
use crate::record::record;
use crate::words::words;

record! {
    /// An objective as people write it. What an indicator does not use is empty or 0.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct ObjectiveDraft {
        /// What it is about: `mcp`, `api`.
        pub service: String,
        /// Its name; together with the service it is its id.
        pub name: String,
        /// What it promises, in words.
        pub description: String,
        /// Who answers for it.
        pub owner: String,
        /// What happens when it is missed, in words.
        pub consequence: String,
        /// What is measured.
        pub kind: IndicatorKind,
        /// Ratio: PromQL of good events a second, with `{{.window}}` as its range. Good minutes: a condition, as a PromQL comparison.
        pub good: String,
        /// Ratio: PromQL of bad events a second, where these are counted instead of good ones.
        pub bad: String,
        /// Ratio: PromQL of all events a second.
        pub total: String,
        /// Latency: the selector of a histogram (`mcp_request_duration_seconds`). Freshness: of a series.
        /// Availability: of `mcp_server_up` or a like one, which is 1 where it is available.
        pub metric: String,
        /// Latency: what takes no longer is good. Freshness: what is younger is good.
        pub threshold_seconds: f64,
        /// In per cent: 99.9.
        pub target_percent: f64,
        /// The time over which it is to be met.
        pub window: BudgetWindow,
        /// Days of a rolling window.
        pub days: u32,
        /// The zone of months, quarters and days in reports.
        pub zone: String,
        /// What minutes without data count as.
        pub gaps: GapRule,
        /// Whether maintenance windows are left out.
        pub excludes_maintenance: bool,
        /// Labels by which what was spent is told apart: `server`, `tool`.
        pub parts: Vec<String>,
        /// Whether somebody is called when it burns fast.
        pub pages: bool,
        /// Whether somebody is told when it burns slowly.
        pub tickets: bool,
        /// Whether it is evaluated.
        pub enabled: bool,
        /// Why it was changed.
        pub comment: String,
        /// Who; the caller's name where empty.
        pub by: String,
    }

    /// What was measured elsewhere, over a stretch of time.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Measurement {
        /// The objective, by its id.
        pub objective: String,
        /// Begin; the minute before `to_ms` where 0.
        pub from_ms: i64,
        /// End; now where 0.
        pub to_ms: i64,
        /// What was good.
        pub good: f64,
        /// What was counted.
        pub total: f64,
        /// Where it is from.
        pub note: String,
        /// Who; the caller's name where empty.
        pub by: String,
    }

    /// When reports are made and who gets them.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct ReportSchedule {
        /// Its name.
        pub name: String,
        /// What they are about.
        pub scope: ReportScope,
        /// The objective, server or owner; empty for all.
        pub of: String,
        /// `week`, `month` or `quarter`: a report when one is over, about it.
        pub every: String,
        /// The zone in which they begin and end.
        pub zone: String,
        /// A receiver of the routes, whose e-mail and webhook channels get them.
        pub receiver: String,
        /// When the next is made.
        pub next_ms: Option<i64>,
        /// What became of the last one, in words; empty before it.
        pub last: String,
    }
}

impl Default for ObjectiveDraft {
    fn default() -> Self {
        let text = String::new;
        Self {
            service: text(),
            name: text(),
            description: text(),
            owner: text(),
            consequence: text(),
            kind: IndicatorKind::Ratio,
            good: text(),
            bad: text(),
            total: text(),
            metric: text(),
            threshold_seconds: 0.0,
            target_percent: 99.9,
            window: BudgetWindow::Rolling,
            days: 30,
            zone: "UTC".to_owned(),
            gaps: GapRule::Ignore,
            excludes_maintenance: false,
            parts: Vec::new(),
            pages: true,
            tickets: true,
            enabled: true,
            comment: text(),
            by: text(),
        }
    }
}

/// Which report.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportQuery {
    /// What it is about.
    pub scope: ReportScope,
    /// The objective, server or owner; empty for all.
    pub of: String,
    /// A month (`2026-10`), quarter (`2026-Q3`) or day (`2026-10-07`); then begin and end are not asked for.
    pub month: String,
    /// Begin.
    pub from_ms: i64,
    /// End; now where 0.
    pub to_ms: i64,
    /// The zone of days and months.
    pub zone: String,
    /// Whether it is kept.
    pub keep: bool,
    /// Who; the caller's name where empty.
    pub by: String,
}

words! {
    /// What a file says of objectives.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ObjectiveFile {
        /// Their rules, in the format of a Prometheus rule file.
        Rules = "rules",
        /// They themselves, in the own short form: read again they are the same.
        Objectives = "objectives",
    }
}
