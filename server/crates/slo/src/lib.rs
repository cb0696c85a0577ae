//! Service level objectives: files, rules made of them, and the arithmetic of their budgets. Pure: nothing
//! here knows a clock, a store or how a query is evaluated.
//!
//! What is measured is kept a row a minute ([`Minute`]), and added up ([`Sums`]). [`budget`] makes of sums what
//! people want to know, [`sentence`], [`caution`] and [`arithmetic`] say it.

mod budget;
mod check;
mod emit;
mod file;
mod incident;
mod measured;
mod minute;
mod objective;
mod query;
mod rules;
mod sums;
mod window;
mod words;
mod write;

pub use budget::{Budget, Part, State, budget, parts_of, spent_at, state};
pub use file::{Mistake, Reading, read};
pub use incident::{Incident, incidents};
pub use measured::{Measured, overlay};
pub use minute::{Ask, Kind, MINUTE_MS, Minute, minute};
pub use objective::{Counted, Gaps, Indicator, Objective, Window};
pub use rules::{rules, rules_of};
pub use sums::{Sums, burn_rate};
pub use window::{AlertWindow, Severity, alert_windows, period, zone};
pub use words::{arithmetic, caution, sentence};
pub use write::write;
