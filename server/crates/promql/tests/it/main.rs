//! Queries over samples in memory, and what they yield.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod differential;
mod fuzz;
mod limits;
mod memory;
mod notation;
mod random;
mod script;
mod windows;
