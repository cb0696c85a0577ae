//! What an objective is.

use std::collections::BTreeMap;

/// What somebody promises about a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// What it is about: `mcp`.
    pub service: String,
    /// Its name within the service.
    pub name: String,
    /// What it promises, in words.
    pub description: String,
    /// Who answers for it.
    pub owner: String,
    /// What happens when it is missed, in words.
    pub consequence: String,
    /// Labels of its rules' series and alerts.
    pub labels: BTreeMap<String, String>,
    /// What is measured.
    pub indicator: Indicator,
    /// The part that has to be good, between 0 and 1 without either: 0.999.
    pub target: f64,
    /// The time over which it has to be met.
    pub window: Window,
    /// The zone of calendar windows and of days in reports.
    pub zone: String,
    /// What minutes without data count as.
    pub gaps: Gaps,
    /// Whether maintenance windows are left out.
    pub excludes_maintenance: bool,
    /// Labels by which what was spent is told apart.
    pub parts: Vec<String>,
    /// What both alerts are called; empty for names of their own (`ShopOpenBurnsFast`, `ShopOpenBurnsSlowly`).
    pub alert_name: String,
    /// Labels of the alert that calls somebody when it burns fast; nobody is called where missing.
    pub page: Option<BTreeMap<String, String>>,
    /// Labels of the alert that tells somebody when it burns slowly; nobody is told where missing.
    pub ticket: Option<BTreeMap<String, String>>,
    /// Annotations of both.
    pub annotations: BTreeMap<String, String>,
    /// Whether it is evaluated.
    pub enabled: bool,
}

impl Objective {
    /// `service-name`, as Sloth's label `sloth_id`.
    pub fn id(&self) -> String {
        format!("{}-{}", self.service, self.name)
    }
}

/// Which events a query of a ratio counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Good ones.
    Good,
    /// Bad ones.
    Bad,
}

/// What an objective measures. Queries are PromQL; `{{.window}}` in them is the range.
#[derive(Clone, Debug, PartialEq)]
pub enum Indicator {
    /// Events of one kind of all events, each a rate a second.
    Events {
        /// Which events `query` counts.
        counted: Counted,
        /// These.
        query: String,
        /// All of them.
        total: String,
    },
    /// The part that is bad, from 0 to 1, as one query (Sloth's `raw`). Minutes are counted, each by its part.
    Raw {
        /// The part that is bad.
        error_ratio: String,
    },
    /// Requests of a classic or native histogram that took no longer than a threshold.
    Latency {
        /// A selector of the histogram, without `_bucket`: `mcp_request_duration_seconds{server="a"}`.
        histogram: String,
        /// The threshold, in seconds.
        threshold: f64,
    },
    /// Minutes in which a condition holds: a comparison in PromQL.
    Slices {
        /// The condition. A minute is good where it returns something, bad where only its operands do, and without data else.
        condition: String,
    },
    /// Probes that found what they look at available.
    Availability {
        /// A selector of series that are 1 where it is and 0 where it is not: `mcp_server_up`.
        metric: String,
    },
    /// Minutes in which the newest sample is young enough.
    Freshness {
        /// A selector of series.
        metric: String,
        /// The age up to which it is, in seconds.
        max_age: f64,
    },
    /// What people or programs report; no query.
    Measured,
}

/// The time over which an objective has to be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The last so many days.
    Rolling(u32),
    /// The calendar month.
    Month,
    /// The calendar quarter.
    Quarter,
}

/// What minutes without data count as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// Nothing: they are left out.
    Ignored,
    /// They were good.
    Good,
    /// They were bad.
    Bad,
}
