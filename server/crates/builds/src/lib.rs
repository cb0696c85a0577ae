//! What cargo says while it builds, as a record of a build.
//!
//! A [`Reader`] is fed lines, of what cargo prints for people and of its JSON messages alike, and keeps a [`Report`]
//! of bounded size: what is left out is counted and said. How long a crate took is cargo's own measurement
//! ([`timings`]); without it nothing is guessed.

mod critical;
mod kind;
mod line;
mod reader;
mod report;
mod slower;
mod timings;

pub use critical::critical_path;
pub use kind::ErrorKind;
pub use line::Lines;
pub use reader::{End, MOST_MESSAGES, MOST_UNITS, Reader, Seen};
pub use report::{Binary, BuildState, Counted, Message, Report, Unit};
pub use slower::{Change, slower};
pub use timings::{Timings, timings};
