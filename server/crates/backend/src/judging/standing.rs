//! How groups and rules stand: what came of their last evaluation.

use std::collections::{BTreeMap, HashSet};

use model::{Labels, TimestampMs};

/// How a group stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupStanding {
    /// When it was evaluated last; never where missing.
    pub(crate) evaluated_ms: Option<TimestampMs>,
    /// How long that took.
    pub(crate) seconds: f64,
    /// How many series its rules made then.
    pub(crate) samples: usize,
    /// Evaluations that were due.
    pub(crate) iterations: u64,
    /// Those of them that were left out, because one before them took too long.
    pub(crate) missed: u64,
    /// Evaluations of its rules.
    pub(crate) evaluations: u64,
    /// Those that failed.
    pub(crate) failures: u64,
    /// Time that all evaluations took.
    pub(crate) total_seconds: f64,
}

/// Whether a rule can be evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Health {
    /// It has not been evaluated yet.
    #[default]
    Unknown,
    Ok,
    Err,
}

impl Health {
    /// The word of Prometheus.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Err => "err",
        }
    }
}

/// How a rule stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleStanding {
    pub(crate) health: Health,
    /// Why the last evaluation failed, or which template did.
    pub(crate) last_error: String,
    pub(crate) evaluated_ms: Option<TimestampMs>,
    pub(crate) seconds: f64,
    /// The series that it made last, the name of the metric included.
    pub(super) series: HashSet<Labels>,
    /// Whether it asks something else than a rule of its name did before, and has not been answered yet.
    pub(super) asks_anew: bool,
    /// Series of its expression and when they were there last, where missing ones are an alert; `None` before the first
    /// answer.
    pub(super) seen: Option<BTreeMap<Labels, TimestampMs>>,
}
