//! Who is told of an alert, and who is not.
//!
//! A [`Matcher`] says something of one label, in the syntax of Alertmanager. A [`Silence`] holds back the alerts that
//! all of its matchers match, from one time to another. [`Silences`] keeps them, disk first.

mod matcher;
mod silence;
mod silences;
mod store;

pub use matcher::{Matcher, Op, Wrong, parse_matchers};
pub use silence::{Draft, Phase, Refusal, Silence, holding, next_change};
pub use silences::{Error, Silences};
