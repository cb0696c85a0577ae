//! `test`: unit tests of rules, in the format of `promtool`.

mod file;
mod notation;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::{BAD_CONFIGURATION, complain};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Run unit tests of rules, as `promtool test rules` does.
    Rules {
        /// Files of tests.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

pub(super) fn run(what: &What) -> ExitCode {
    let What::Rules { files } = what;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("no runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let mut code = 0;
    for path in files {
        match runtime.block_on(run::file(path)) {
            Ok(outcome) if outcome.failures.is_empty() => {
                println!("ok: {}: {} tests", path.display(), outcome.tests);
                outcome.notes.iter().for_each(|note| complain(note));
            }
            Ok(outcome) => {
                code = code.max(1);
                println!("failed: {}", path.display());
                outcome
                    .failures
                    .iter()
                    .for_each(|failure| complain(failure));
            }
            Err(mistakes) => {
                code = BAD_CONFIGURATION;
                mistakes.iter().for_each(|mistake| complain(mistake));
            }
        }
    }
    ExitCode::from(code)
}
