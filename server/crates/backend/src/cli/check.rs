//! `check`: everything that is wrong with a configuration, at once; whether metrics can be read.

mod metrics;
mod rules;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use super::{BAD_CONFIGURATION, complain};
use crate::config::{self, Mistakes, Sources};
use crate::performance::count;

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Check observatory.toml, a prometheus.yml, and mcpServers files.
    Config {
        /// The TOML file [default: observatory.toml in this folder, if it is there], a prometheus.yml, or the
        /// JSON file of a client.
        file: Option<PathBuf>,
        /// The file of an MCP client; may be given several times, with its client: cursor:FILE.
        #[arg(long, value_name = "FILE")]
        mcp_config: Vec<PathBuf>,
        /// Print every setting with its default and what it means, and check nothing.
        #[arg(long)]
        example: bool,
    },
    /// Check what a program exposes, from standard input.
    Metrics(metrics::Options),
    /// Check files of Prometheus rules.
    Rules(rules::Options),
}

pub(super) fn run(what: &What) -> ExitCode {
    let (file, mcp_config, example) = match what {
        What::Metrics(options) => return metrics::run(options),
        What::Rules(options) => return rules::run(options),
        What::Config {
            file,
            mcp_config,
            example,
        } => (file, mcp_config, example),
    };
    if *example {
        print!("{}", config::EXAMPLE);
        return ExitCode::SUCCESS;
    }
    if let Some(path) = file
        && path
            .extension()
            .is_some_and(|end| end == "yml" || end == "yaml")
    {
        return prometheus(path);
    }
    let is_json = |path: &&PathBuf| path.extension().is_some_and(|end| end == "json");
    let client = file.as_ref().filter(is_json);
    let sources = Sources {
        config: file.clone().filter(|_| client.is_none()),
        mcp_configs: client.into_iter().chain(mcp_config).cloned().collect(),
        folder: PathBuf::from("."),
        yes: false,
    };
    match config::load(&sources, &|name| std::env::var(name).ok()) {
        Ok(config) => {
            let findings = config.mistakes();
            // A file that was only found keeps nothing from starting, but it is wrong.
            if findings.errors() > 0 {
                complain(&findings);
                return ExitCode::from(BAD_CONFIGURATION);
            }
            println!("ok: {}", count(config.servers.len(), "server"));
            for server in &config.servers {
                let consent = if server.needs_approval {
                    " (asks before it is started)"
                } else {
                    ""
                };
                println!("  {} from {}{consent}", server.name, server.source);
            }
            let groups = &config.rules.groups;
            if !groups.is_empty() {
                let rules: usize = groups.iter().map(|group| group.rules.len()).sum();
                println!(
                    "  {} in {}",
                    count(rules, "rule"),
                    count(groups.len(), "group")
                );
            }
            let jobs = &config.scraping.jobs;
            if !jobs.is_empty() {
                println!("  {} to scrape", count(jobs.len(), "job"));
            }
            for finding in findings.iter() {
                complain(finding);
            }
            ExitCode::SUCCESS
        }
        Err(mistakes) => {
            complain(&mistakes);
            ExitCode::from(BAD_CONFIGURATION)
        }
    }
}

/// Checks a `prometheus.yml` by itself.
fn prometheus(path: &Path) -> ExitCode {
    let mut mistakes = Mistakes::default();
    let scraping = config::read_prometheus(path, &mut mistakes);
    if mistakes.errors() > 0 {
        complain(&mistakes);
        return ExitCode::from(BAD_CONFIGURATION);
    }
    let jobs = scraping.map(|it| it.jobs).unwrap_or_default();
    println!("ok: {} jobs", jobs.len());
    for job in &jobs {
        println!("  {}", job.name);
    }
    mistakes.iter().for_each(|one| complain(one));
    ExitCode::SUCCESS
}
