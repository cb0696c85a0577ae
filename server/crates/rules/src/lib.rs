//! Alerting rules and the alert state machine.
//!
//! A [`Rule`] is data, in the format of Prometheus rule files. [`Alert`] is one value of the state
//! machine: every step is a pure function from one value to the next. [`Book`] keeps the alerts
//! in memory and on disk, disk first.

mod alert;
mod book;
mod rule;
mod store;
mod template;

pub use alert::{Alert, Change, Decision, Refusal, State};
pub use book::{Answer, Book, Error, Known};
pub use rule::{Rule, RuleError, parse_rules};
