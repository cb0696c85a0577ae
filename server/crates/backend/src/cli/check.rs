//! `check config`: everything that is wrong with a configuration, at once.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::{BAD_CONFIGURATION, complain};
use crate::config::{self, Sources};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Check observatory.toml and mcpServers files.
    Config {
        /// The TOML file [default: observatory.toml in this folder, if it is there].
        file: Option<PathBuf>,
        /// An mcpServers JSON file; may be given several times.
        #[arg(long, value_name = "FILE")]
        mcp_config: Vec<PathBuf>,
        /// Print every setting with its default and what it means, and check nothing.
        #[arg(long)]
        example: bool,
    },
}

pub(super) fn run(what: &What) -> ExitCode {
    let What::Config {
        file,
        mcp_config,
        example,
    } = what;
    if *example {
        print!("{}", config::EXAMPLE);
        return ExitCode::SUCCESS;
    }
    let sources = Sources {
        config: file.clone(),
        mcp_configs: mcp_config.clone(),
        folder: PathBuf::from("."),
        yes: false,
    };
    match config::load(&sources, &|name| std::env::var(name).ok()) {
        Ok(config) => {
            println!("ok: {} servers", config.servers.len());
            for server in &config.servers {
                let consent = if server.needs_approval {
                    " (asks before it is started)"
                } else {
                    ""
                };
                println!("  {} from {}{consent}", server.name, server.source);
            }
            ExitCode::SUCCESS
        }
        Err(mistakes) => {
            complain(&mistakes);
            ExitCode::from(BAD_CONFIGURATION)
        }
    }
}
