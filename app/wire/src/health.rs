//! The verdict on a server: one level, why, and what to do.

use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;

words! {
    /// How a thing is; a later level is worse, apart from `unknown`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum Level {
        /// Works.
        Healthy = "healthy",
        /// Works, but something is wrong.
        Degraded = "degraded",
        /// Does not work.
        Unhealthy = "unhealthy",
        /// Nobody knows yet.
        #[default]
        Unknown = "unknown",
    }
}

impl Level {
    /// All levels, worst first.
    pub const WORST_FIRST: [Self; 4] = [
        Self::Unhealthy,
        Self::Degraded,
        Self::Unknown,
        Self::Healthy,
    ];
}

record! {
    /// What is known of a server's health, computed once, by the backend.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct Verdict {
        /// How it is.
        pub level: Level,
        /// Why, as one word of a closed list (`ok`, `refused`, `exit_early`, …).
        pub reason: String,
        /// Why, as a sentence.
        pub summary: String,
        /// What to do about it; empty when nothing.
        pub action: String,
        /// Since when level and reason are what they are.
        pub since_ms: i64,
        /// When everything last worked.
        pub last_success_ms: Option<i64>,
        /// When it is looked at next.
        pub next_probe_ms: Option<i64>,
    }
}

record! {
    /// A stretch of time in one level.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct StateSpan {
        /// Begin, inclusive.
        pub from_ms: i64,
        /// End, exclusive.
        pub to_ms: i64,
        /// The level meanwhile; `unknown` where nobody looked.
        pub level: Level,
    }
}
