//! Open alerts when there are many: counted, a page at a time, in groups, and worked together.

use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::{Alert, AlertState, Severity};

/// The most open alerts that a page holds by itself: the worst, and of those the newest. Others are asked for.
pub const MOST_LIVE_ALERTS: usize = 200;

/// The most alerts that are worked with one request.
pub const MOST_AT_ONCE: usize = 500;

record! {
    /// How many alerts are open. Those that something holds are counted in `held`, and in none of the others.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct AlertTotals {
        /// All of them.
        pub open: u64,
        /// That wait until their condition has held for long enough.
        pub pending: u64,
        /// That fire, and nobody has taken.
        pub firing: u64,
        /// That somebody has.
        pub acknowledged: u64,
        /// For which nobody is called now.
        pub held: u64,
    }

    /// The worst open alerts, and how many there are.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct WorstAlerts {
        /// At most [`MOST_LIVE_ALERTS`]; the worst first, of those the newest.
        pub alerts: Vec<Alert>,
        /// Of all.
        pub totals: AlertTotals,
    }

    /// An open alert as a row of a table.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct AlertRow {
        /// Its id.
        pub id: String,
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
        /// Since when it fires, or waits.
        pub since_ms: i64,
        /// Who sees to it; empty where nobody does.
        pub owner: String,
        /// Whether nobody is called for it now.
        pub is_held: bool,
    }

    /// Some of the open alerts that were asked for.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct OpenPage {
        /// The place of the first row among those that are found.
        pub from: u64,
        /// The rows.
        pub rows: Vec<AlertRow>,
        /// How many are found.
        pub found: u64,
        /// How many are open.
        pub open: u64,
    }

    /// Open alerts that have the value of a label in common.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct AlertGroup {
        /// The value; empty where they do not have the label.
        pub value: String,
        /// How many there are.
        pub count: u64,
        /// How many of each severity, in the order of [`Severity::ALL`].
        pub severities: Vec<u64>,
        /// How many fire, are not held, and nobody has taken.
        pub firing: u64,
        /// For how many nobody is called now.
        pub held: u64,
        /// Since when the newest of them fires, or waits.
        pub newest_ms: i64,
    }

    /// Open alerts in groups.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct AlertGroups {
        /// The groups with the worst first, and of those the largest.
        pub groups: Vec<AlertGroup>,
        /// How many groups there are besides.
        pub others: u64,
        /// How many alerts are found, in all groups.
        pub found: u64,
        /// How many are open.
        pub open: u64,
        /// Alerts of the group that is asked for, where one is.
        pub rows: Option<OpenPage>,
    }

    /// What became of alerts that were worked together.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct WorkedAlerts {
        /// The ids of those with which it was done.
        pub done: Vec<String>,
        /// With how many it could not be.
        pub refused: u64,
        /// Why not the first of them; empty where all went well.
        pub why: String,
    }
}

/// Which open alerts, and in which order.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenQuery {
    /// Words that a row has, in any order and case.
    pub text: String,
    /// A label, or `rule`, or `severity`: of a group, together with `value`.
    pub by: String,
    /// Its value in the group that is asked for; all groups where missing.
    pub value: Option<String>,
    /// A column, and a minus before it when the largest comes first: `severity`, `rule`, `state`, `server`, `since`,
    /// `who`, `alert`. Where empty, the worst come first, and of those the newest.
    pub sort: String,
    /// How many are left out at the front.
    pub from: u32,
    /// The most rows; 100 where 0.
    pub limit: u32,
}

impl AlertRow {
    /// The words that it is found by, a line each, in the order of its columns.
    pub fn words(&self) -> [String; 6] {
        let state = self.state.as_str();
        [
            self.summary.clone(),
            self.severity.as_str().to_owned(),
            self.rule.clone(),
            match self.is_held {
                true => format!("{state}, held"),
                false => state.to_owned(),
            },
            self.server.clone(),
            self.owner.clone(),
        ]
    }
}

impl From<&Alert> for AlertRow {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id.clone(),
            rule: alert.rule.clone(),
            server: alert.server.clone(),
            severity: alert.severity,
            state: alert.state,
            summary: alert.summary.clone(),
            since_ms: alert.firing_ms.unwrap_or(alert.pending_ms),
            owner: alert.owner.clone(),
            is_held: alert.is_held(),
        }
    }
}

impl AlertTotals {
    /// Counts an open alert.
    pub fn count(&mut self, state: AlertState, is_held: bool) {
        self.open += 1;
        let place = match state {
            _ if is_held => &mut self.held,
            AlertState::Pending => &mut self.pending,
            AlertState::Firing => &mut self.firing,
            AlertState::Acknowledged => &mut self.acknowledged,
            AlertState::Resolved => return,
        };
        *place += 1;
    }

    /// Counts alerts; what is over is none.
    pub fn of<'a>(alerts: impl IntoIterator<Item = &'a Alert>) -> Self {
        let mut totals = Self::default();
        for alert in alerts.into_iter().filter(|alert| alert.is_open()) {
            totals.count(alert.state, alert.is_held());
        }
        totals
    }
}
