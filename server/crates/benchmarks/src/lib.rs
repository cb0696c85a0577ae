//! Results of benchmarks: what tools write is read ([`read`]), one run is held against those before it ([`compare`]),
//! and two ways to do the same against each other ([`speed_up`]). Pure: nothing here knows a clock, a store or a page.

mod compare;
mod mend;
mod read;
mod result;
mod speed_up;
mod statistics;

pub use compare::{
    Comparison, FALSE_DISCOVERIES, MOST_PAST, Method, SMALLEST, UNKNOWN_NOISE, Verdict, compare,
    corrected, verdict,
};
pub use read::{MOST_RESULTS, Nothing, Reading, read};
pub use result::{About, Measured, Percentiles};
pub use speed_up::{Rivalry, SpeedUp, rivals, speed_up};
