//! The configuration for people to look at: its files as they were read last.

use async_trait::async_trait;
use tokio::sync::watch;
use wire::{Caller, ConfigFile, Problem, Role};

use crate::reload::Current;

/// The files that were read last, where they could not be used: they are in no configuration then.
pub(crate) type Refused = watch::Receiver<Vec<ConfigFile>>;

/// What is said of the configuration.
pub(crate) struct ConfigurationService {
    pub(crate) config: Current,
    pub(crate) refused: Refused,
}

impl ConfigurationService {
    /// The files in use; where a later reading was refused, with what was wrong then.
    fn read_last(&self) -> Vec<ConfigFile> {
        let mut files = self.config.borrow().files.clone();
        for refused in self.refused.borrow().iter() {
            match files.iter_mut().find(|file| file.source == refused.source) {
                Some(file) => file.findings.clone_from(&refused.findings),
                None => files.push(refused.clone()),
            }
        }
        files
    }
}

#[async_trait]
impl wire::Configuration for ConfigurationService {
    async fn files(&self, caller: &Caller) -> Result<Vec<ConfigFile>, Problem> {
        caller.require(Role::Viewer)?;
        Ok(self.read_last())
    }
}
