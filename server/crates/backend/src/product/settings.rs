//! What a product is made of, and why it does not start.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use model::Clock;
use wire::Services;

use crate::config::Config;
use crate::reload::Reread;

/// What a product is made of.
pub struct Settings {
    /// The checked configuration.
    pub config: Config,
    /// Reads it again.
    pub reread: Reread,
    /// The command line as used, by the name of the flag; for whoever asks how the product was started.
    pub flags: BTreeMap<String, String>,
    /// The data folder.
    pub data: PathBuf,
    /// The command that keeps children (our own binary, as a rule).
    pub keeper: supervisor::KeeperCommand,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Makes the pages; they see the product only through the services.
    pub pages: Box<dyn FnOnce(Services) -> Router + Send>,
}

/// Why the product does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A database or its folder.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The samples on disk.
    #[error("the samples cannot be read: {0}")]
    Samples(#[from] tsdb::Error),
    /// The alerts on disk.
    #[error("the alerts cannot be read: {0}")]
    Alerts(#[from] rules::Error),
    /// A built-in rule.
    #[error("{0}")]
    Rules(String),
    /// A built-in panel or board.
    #[error("{0}")]
    Panels(String),
    /// The address.
    #[error("the address listened on is not known: {0}")]
    Address(std::io::Error),
}
