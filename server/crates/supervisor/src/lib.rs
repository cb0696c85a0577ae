//! Owns every child process of the product, so that none outlives it and none hides how it ended.
//!
//! A command is never started directly. The product executes its own binary once more as a small
//! *keeper* ([`keeper_main`]), gives it one end of a socket pair and, over it, the pipes that
//! become the command's standard streams. From then on:
//!
//! - the other end of the socket pair, which only the product holds, is the lifeline: when it
//!   closes, the keeper ends the command and everything the command started;
//! - the keeper reports over the same socket that the command runs, why it could not be started,
//!   and how it ended;
//! - the bytes of the command pass through nobody: the keeper closes its copies of the pipes.
//!
//! Keeper and command are in process groups of their own, so Ctrl-C in a terminal reaches the
//! product alone, which then stops its children in order.
//!
//! # How far "everything the command started" goes
//!
//! On Linux the keeper is the subreaper of its descendants: also those that left the group or the
//! session come back to it, and it ends them. Elsewhere (macOS) it ends the process group; a
//! grandchild that called `setsid` survives. That gap is known.
//!
//! When somebody kills the keeper alone, the product notices at once, ends the group and the
//! descendants that it still finds, and calls the exit [`model::Exit::Unknown`]. When product and
//! keeper are killed at the same moment, the command lives on until it notices that its standard
//! input is closed.

mod census;
mod child;
mod config;
mod errand;
mod held;
mod keeper;
mod launcher;
mod lost;
mod report;
mod stderr;
mod tree;
mod watcher;

pub use census::{EndError, Ended, Seen, Stdin, census, end};
pub use config::{CommandSpec, Config, KeeperCommand};
pub use held::Held;
pub use keeper::keeper_main;
pub use launcher::Supervisor;
pub use tree::families;
