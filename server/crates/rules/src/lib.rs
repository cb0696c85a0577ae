//! Recording and alerting rules, their templates, and the alert state machine.
//!
//! A [`Group`] of rules is data, in the format of Prometheus rule files ([`read`]). [`Alert`] is one value
//! of the state machine: every step is a pure function from one value to the next. [`Book`] keeps the
//! alerts in memory and on disk, disk first.

mod alert;
mod book;
mod file;
mod history;
mod rule;
mod store;
mod template;

pub use self::template::{Ask, Base, Found, Scope, Template};
pub use alert::{Alert, Change, Decision, Posted, Raised, Refusal, Sent, State, Told, What};
pub use book::{Answer, Book, Decided, Error, Judgement, Known, Received, Taken};
pub use file::{CheckExpression, Mistake, read};
pub use history::{Entry as Step, Found as Steps, Past, Search};
pub use rule::{Entry, Group, NO_DATA, NoData, Recording, Rule};
pub use yaml::Place;
