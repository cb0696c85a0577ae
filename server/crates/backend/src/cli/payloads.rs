//! Options by which a tap tells what is said, and what of it is hidden.

use clap::Args;
use traffic::{Payloads, Redaction, WrongRule};

/// What is told of what is said.
#[derive(Clone, Debug, Args)]
pub(super) struct PayloadOptions {
    /// Tells arguments and results as well. What may be secret is hidden before it leaves: fields whose names contain
    /// password, token, secret, key, authorization, cookie or credential, and what looks like a key, a token or a
    /// password in an address.
    #[arg(long)]
    payloads: bool,
    /// How much of each message is told, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 4_096, requires = "payloads",
          value_parser = clap::value_parser!(u32).range(..=65_536))]
    payload_bytes: u32,
    /// Hides fields whose names contain this as well; may be given several times.
    #[arg(long, value_name = "WORD", requires = "payloads")]
    redact_key: Vec<String>,
    /// Hides what matches this regular expression as well.
    #[arg(long, value_name = "REGEX", requires = "payloads")]
    redact_value: Vec<String>,
    /// Hides what is at this JSON path of a message as well, such as $.params.arguments.note.
    #[arg(long, value_name = "PATH", requires = "payloads")]
    redact_path: Vec<String>,
}

impl PayloadOptions {
    /// What they ask for; nothing where they do not.
    ///
    /// # Errors
    /// When a rule cannot be read.
    pub(super) fn read(&self) -> Result<Option<Payloads>, WrongRule> {
        let redaction = Redaction::new(&self.redact_key, &self.redact_value, &self.redact_path)?;
        Ok(self.payloads.then_some(Payloads {
            redaction,
            most_bytes: self.payload_bytes as usize,
        }))
    }
}
