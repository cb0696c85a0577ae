//! The product without its user interface: configuration, services, tasks, doors.

mod agents;
mod alerts;
mod asked;
mod auth;
mod benchmarks;
mod boards;
mod builds;
mod catalogue;
mod checks;
pub mod cli;
mod condition;
pub mod config;
mod configuration;
mod definitions;
mod dependencies;
mod doors;
mod error;
mod events;
mod explore;
mod exports;
mod fleet;
mod health;
mod hidden;
mod host;
mod judging;
mod launcher;
mod live;
mod made;
mod metrics;
mod notify;
mod performance;
mod processes;
mod product;
mod pushed;
mod refusals;
mod reload;
mod retention;
mod scraping;
mod slo;
mod tasks;
mod telemetry;
mod traffic;
mod watches;

pub use auth::hash_password;
pub use product::{Product, Settings, StartError};
pub use reload::{Reload, Reread};
pub use supervisor::{KeeperCommand, keeper_main};

/// The name under which the product watches itself.
pub const SELF_NAME: &str = "observatory";
