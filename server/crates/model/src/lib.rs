//! Labels, samples, time and processes: what engines exchange, and the traits they meet at.
//!
//! Engines of one layer never import each other; they know these types, and `backend` joins them.

mod labels;
mod process;
mod sample;
mod time;

pub use labels::Labels;
pub use process::{Exit, Launch, LaunchError, Process, Streams};
pub use sample::Sample;
pub use time::{Clock, ManualClock, SystemClock, TimestampMs};
