//! The configuration for people to look at: its files as they were read last.

use async_trait::async_trait;
use tokio::sync::watch;
use wire::{Caller, ConfigFile, Problem, Role};

use crate::reload::Current;

/// The files that were read last, where they could not be used: they are in no configuration then.
pub(crate) type Refused = watch::Receiver<Vec<ConfigFile>>;

/// What is said of the configuration.
#[derive(Clone)]
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

    /// How many mistakes there were when the files were read last.
    pub(crate) fn errors(&self) -> usize {
        self.read_last().iter().map(ConfigFile::errors).sum()
    }
}

#[async_trait]
impl wire::Configuration for ConfigurationService {
    async fn files(&self, caller: &Caller) -> Result<Vec<ConfigFile>, Problem> {
        caller.require(Role::Viewer)?;
        Ok(self.read_last())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wire::{Configuration as _, Finding, Severity};

    use super::*;
    use crate::config::Config;

    fn file(source: &str, findings: usize) -> ConfigFile {
        let finding = Finding {
            severity: Severity::Error,
            path: "a".to_owned(),
            message: "is wrong".to_owned(),
            instead: String::new(),
        };
        ConfigFile {
            source: source.to_owned(),
            dialect: "Cursor".to_owned(),
            servers: Vec::new(),
            findings: vec![finding; findings],
        }
    }

    #[tokio::test]
    async fn what_was_refused_is_shown_until_it_is_right() {
        let config = Config {
            files: vec![file("used", 0), file("other", 1)],
            ..Config::default()
        };
        let (_in_use, config) = watch::channel(Arc::new(config));
        let (refuse, refused) = watch::channel(Vec::new());
        let service = ConfigurationService { config, refused };
        let seen = async || {
            let files = service
                .files(&Caller::local(wire::Via::Browser))
                .await
                .unwrap();
            let counts = files.iter().map(|it| (it.source.clone(), it.errors()));
            counts.collect::<Vec<_>>()
        };
        let of = |counts: &[(&str, usize)]| {
            let owned = counts
                .iter()
                .map(|(name, count)| ((*name).to_owned(), *count));
            owned.collect::<Vec<_>>()
        };
        assert_eq!(seen().await, of(&[("used", 0), ("other", 1)]));
        refuse.send_replace(vec![file("used", 2), file("new", 1)]);
        assert_eq!(seen().await, of(&[("used", 2), ("other", 1), ("new", 1)]));
        assert_eq!(service.errors(), 4);
        refuse.send_replace(Vec::new());
        assert_eq!(seen().await, of(&[("used", 0), ("other", 1)]));
    }
}
