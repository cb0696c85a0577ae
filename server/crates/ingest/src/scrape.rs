//! Scraping, as Prometheus does it: finds targets, asks each at its interval, and reads what it exposes.
//!
//! Behaviour and names are those of <https://prometheus.io/docs/prometheus/latest/configuration/configuration/>.

mod board;
pub mod config;
mod convert;
mod discovery;
mod duration;
mod fetch;
mod known;
mod protocols;
pub mod relabel;
mod run;
mod target;

pub use board::{Board, DroppedTarget, Health, TargetStatus};
pub use config::{Finding, Job, Scraping};
pub use discovery::Group;
pub use protocols::Protocol;
pub use run::{Refused, Scraper, Sink};
pub use target::Dropped;
