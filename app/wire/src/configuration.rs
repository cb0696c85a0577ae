//! The configuration as it was read: which files, what they declare, what is wrong, where values come from.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::{Caller, Problem, Severity};

record! {
    /// Something that is wrong in a file, or could be.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Finding {
        /// `error`: it cannot be used; `warning`: it works here, but.
        pub severity: Severity,
        /// Where in the file, for instance `mcpServers.fs.command`; empty for the file as a whole.
        pub path: String,
        /// What is wrong, in a sentence. No value of the file stands in it that could be a secret.
        pub message: String,
        /// What to write instead; empty where the sentence says it.
        pub instead: String,
    }

    /// Where a value comes from; never the value.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ValueOrigin {
        /// Which value: `command`, `args[0]`, `env.TOKEN`, `headers.X-Key`, `url`, `bearer_token`.
        pub path: String,
        /// From where: `written in the file`, `environment variable TOKEN`, `home folder` and so on.
        pub from: String,
    }

    /// A server that a file declares and that can be used.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ConfiguredServer {
        /// Its name.
        pub name: String,
        /// Where its values come from.
        pub origins: Vec<ValueOrigin>,
    }

    /// A file that was read.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ConfigFile {
        /// Its path.
        pub source: String,
        /// Whose format it is read as, such as `VS Code`; empty where it could not be read.
        pub dialect: String,
        /// What it declares.
        pub servers: Vec<ConfiguredServer>,
        /// What is wrong with it, in the order of the file.
        pub findings: Vec<Finding>,
    }
}

impl ConfigFile {
    /// How much of it cannot be used.
    pub fn errors(&self) -> usize {
        let is_error = |finding: &&Finding| finding.severity == Severity::Error;
        self.findings.iter().filter(is_error).count()
    }
}

/// The files that servers come from.
#[async_trait]
pub trait Configuration: Send + Sync {
    /// All files as they were read last, also those whose mistakes kept them from being used.
    async fn files(&self, caller: &Caller) -> Result<Vec<ConfigFile>, Problem>;
}
