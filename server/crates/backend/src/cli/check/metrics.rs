//! `check metrics`: whether what a program exposes can be read, and what it could do better.

use std::io::Read as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use ingest::exposition::{self, Format};

use crate::cli::complain;

/// Most that is read.
const MOST: u64 = 256 << 20;

/// How to read it.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  curl -s http://127.0.0.1:9100/metrics | mcp-observatory check metrics

Exit codes: 0 when all is well, 1 when it cannot be read or could be better.")]
pub(in crate::cli) struct Options {
    /// How it is written [default: OpenMetrics where it ends with # EOF, the text format otherwise].
    #[arg(long)]
    format: Option<Written>,
    /// Only whether it can be read.
    #[arg(long)]
    no_lint: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Written {
    /// The text format of Prometheus.
    Text,
    /// OpenMetrics text.
    Openmetrics,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let mut body = Vec::new();
    let read = std::io::stdin()
        .lock()
        .take(MOST + 1)
        .read_to_end(&mut body);
    if let Err(error) = read {
        complain(&format!("standard input cannot be read: {error}"));
        return ExitCode::FAILURE;
    }
    if body.len() as u64 > MOST {
        complain(&format!("standard input is larger than {MOST} bytes"));
        return ExitCode::FAILURE;
    }
    let format = match options.format {
        Some(Written::Text) => Format::Text,
        Some(Written::Openmetrics) => Format::OpenMetrics,
        None if body.trim_ascii_end().ends_with(b"# EOF") => Format::OpenMetrics,
        None => Format::Text,
    };
    match exposition::lint(&body, format) {
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
        Ok(found) if found.is_empty() || options.no_lint => ExitCode::SUCCESS,
        Ok(found) => {
            found.iter().for_each(|one| complain(one));
            ExitCode::FAILURE
        }
    }
}
