//! `check rules`: everything that is wrong with files of rules.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::super::{BAD_CONFIGURATION, complain};
use crate::config::{self, Mistakes};
use crate::performance::count;

#[derive(Debug, Args)]
pub(in crate::cli) struct Options {
    /// Files of rules, in the format of Prometheus.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let mut is_wrong = false;
    for path in &options.files {
        let mut mistakes = Mistakes::default();
        let groups = config::read_rules(path, &mut mistakes);
        mistakes.iter().for_each(|mistake| complain(mistake));
        if mistakes.errors() > 0 {
            is_wrong = true;
            continue;
        }
        let rules: usize = groups.iter().map(|group| group.rules.len()).sum();
        println!(
            "ok: {}: {} in {}",
            path.display(),
            count(rules, "rule"),
            count(groups.len(), "group")
        );
    }
    match is_wrong {
        true => ExitCode::from(BAD_CONFIGURATION),
        false => ExitCode::SUCCESS,
    }
}
