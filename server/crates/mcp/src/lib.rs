//! MCP client: one long-lived session per server, probes over it, and a verdict for each probe.
//!
//! A [`Watch`] owns the session of one [`Target`] and sends an [`Observation`] after each probe.
//! It starts no process itself: a stdio server comes as a [`model::Launch`].

mod advice;
mod assess;
mod backoff;
mod check;
mod classify;
mod config;
mod door;
mod era;
mod events;
mod handshake;
mod hash;
mod http;
mod inspect;
mod line;
mod metadata;
mod oauth;
mod observation;
mod prober;
mod reason;
mod running;
mod schedule;
mod session;
mod sse;
mod starts;
mod stdio;
mod text;
mod tool;
mod verdict;
mod watch;
mod witness;

pub use check::{Arguments, Check, Expect, Path, Pattern, Wanted};
pub use config::{Config, Endpoint, OAuth, Protocol, Target, Transport};
pub use hash::definition_hash;
pub use line::{Line, Undone};
pub use observation::{
    CheckResult, Era, Failure, Identity, Listing, Observation, ProcessInfo, Step, StepResult,
};
pub use reason::Reason;
pub use starts::Starts;
pub use text::public_url;
pub use tool::{MAX_TOOLS, Tool};
pub use verdict::{Level, Verdict};
pub use watch::Watch;
