//! Checks: of what servers depend on, and of servers themselves.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::{Caller, Problem};

record! {
    /// A check as it is now.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct CheckState {
        /// Its name in the configuration.
        pub name: String,
        /// The server that it belongs to, where it belongs to one.
        pub server: Option<String>,
        /// The word for its kind: `tool`, `http`, `postgres`, …
        pub kind: String,
        /// Whether it passed when it was last run; a degraded one has. `None` before the first time.
        pub ok: Option<bool>,
        /// What was seen or went wrong, in a sentence.
        pub summary: String,
        /// What to do about it; empty where nothing is to be done.
        pub action: String,
        /// How long it took.
        pub seconds: Option<f64>,
        /// The number that it is about: days left, free percent, …
        pub value: Option<f64>,
        /// Since when it is so.
        pub since_ms: i64,
        /// When it was last run.
        pub updated_ms: Option<i64>,
        /// When it will be run next.
        pub next_ms: Option<i64>,
    }
}

/// Checks and what they say.
#[async_trait]
pub trait Checks: Send + Sync {
    /// All checks, by name.
    async fn list(&self, caller: &Caller) -> Result<Vec<CheckState>, Problem>;
    /// Runs a check now instead of at its next turn.
    async fn run_now(&self, caller: &Caller, name: &str) -> Result<(), Problem>;
}
