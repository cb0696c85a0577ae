//! Options by which a tap tells what is said, and what of it is hidden.

use clap::Args;
use traffic::{Payloads, Redaction, WrongRule};

/// What is told of what is said.
#[derive(Clone, Debug, Args)]
pub(super) struct PayloadOptions {
    /// Tells arguments and results as well. What may be secret is hidden before it leaves: fields whose names contain
    /// password, pwd, token, secret, key, authorization, cookie or credential, and what looks like a key, a token or a
    /// password in an address.
    #[arg(long)]
    payloads: bool,
    /// How much of each message is told, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 4_096, requires = "payloads",
          value_parser = clap::value_parser!(u32).range(1..=65_536))]
    payload_bytes: u32,
    /// Hides fields whose names contain this as well, and what a text has beside such a name; may be given several
    /// times.
    #[arg(long, value_name = "WORD")]
    redact_key: Vec<String>,
    /// Hides what matches this regular expression as well, also in addresses of resources and names of prompts, which
    /// are told without --payloads.
    #[arg(long, value_name = "REGEX")]
    redact_value: Vec<String>,
    /// Hides what is at this JSON path of a message as well, such as $.params.arguments.note.
    #[arg(long, value_name = "PATH")]
    redact_path: Vec<String>,
}

impl PayloadOptions {
    /// What they ask for.
    ///
    /// # Errors
    /// When a rule cannot be read.
    pub(super) fn read(&self) -> Result<Payloads, WrongRule> {
        let redaction = Redaction::new(&self.redact_key, &self.redact_value, &self.redact_path)?;
        let most_bytes = match self.payloads {
            true => self.payload_bytes as usize,
            false => 0,
        };
        Ok(Payloads {
            redaction,
            most_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: PayloadOptions,
    }

    #[test]
    fn what_is_hidden_without_payloads() {
        for (line, most_bytes) in [
            (&["tap"][..], 0),
            (&["tap", "--redact-value", "ann", "--redact-key", "uri"], 0),
            (
                &["tap", "--payloads", "--redact-path", "$.params.uri"],
                4_096,
            ),
            (&["tap", "--payloads", "--payload-bytes", "10"], 10),
        ] {
            let read = Line::try_parse_from(line).unwrap().options.read().unwrap();
            assert_eq!(read.most_bytes, most_bytes, "{line:?}");
        }
        assert!(Line::try_parse_from(["tap", "--payload-bytes", "10"]).is_err());
        let wrong = Line::try_parse_from(["tap", "--redact-value", "("]).unwrap();
        assert!(wrong.options.read().is_err());
    }
}
