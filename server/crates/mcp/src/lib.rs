//! MCP client: one long-lived session per server, probes over it, and a verdict for each probe.
//!
//! A [`Watch`] owns the session of one [`Target`] and sends an [`Observation`] after each probe.
//! It starts no process itself: a stdio server comes as a [`model::Launch`].

mod advice;
mod backoff;
mod classify;
mod config;
mod door;
mod era;
mod handshake;
mod hash;
mod http;
mod inspect;
mod observation;
mod prober;
mod reason;
mod running;
mod session;
mod stdio;
mod text;
mod tool;
mod verdict;
mod watch;

pub use config::{Config, Endpoint, Protocol, Target};
pub use hash::definition_hash;
pub use observation::{Era, Failure, Identity, Observation, ProcessInfo, Step, StepResult};
pub use reason::Reason;
pub use text::public_url;
pub use tool::{MAX_TOOLS, Tool};
pub use verdict::{Level, Verdict};
pub use watch::Watch;
