//! The command line: a file a command.

mod agents;
mod bench;
mod build;
mod check;
mod event;
mod hash_password;
mod held;
mod payloads;
mod proxy;
mod query;
mod replay;
mod report;
mod running;
mod serve;
mod tap;
mod telling;
mod test;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use axum::Router;
use clap::{Parser, Subcommand};
use wire::Services;

/// Exit code of a configuration that cannot be used (`EX_USAGE` of sysexits.h).
const BAD_CONFIGURATION: u8 = 64;

/// Watches MCP servers: which work, which tool is slow or failing, why, and what changed.
#[derive(Debug, Parser)]
#[command(name = "mcp-observatory", version, disable_help_subcommand = true)]
#[command(after_help = "\
Started without a configuration it watches itself and its machine.
Add servers with --mcp-config FILE (the mcpServers JSON of any MCP client)
or in observatory.toml; `mcp-observatory check config --example` prints every setting.
Then open http://127.0.0.1:10204 in a browser.")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch servers and serve the dashboard (the default).
    Serve(serve::Options),
    /// Check a configuration without starting anything.
    Check {
        #[command(subcommand)]
        what: check::What,
    },
    /// Run unit tests without starting anything.
    Test {
        #[command(subcommand)]
        what: test::What,
    },
    /// Ask a running product in PromQL.
    Query(query::Options),
    /// Say when rules would have fired, by what a running product has stored.
    Replay(replay::Options),
    /// Write a report of service levels, by what a running product knows.
    Report(report::Options),
    /// Tell a running product of a deploy or of something else that happened.
    Event(event::Options),
    /// List the agents that a running product knows, or watch them.
    Agents(agents::Options),
    /// Work with results of benchmarks.
    Bench {
        #[command(subcommand)]
        what: bench::What,
    },
    /// Run a build, or read what one says, and tell the product of it.
    Build(build::Options),
    /// Stand before a server that an MCP client starts, and tell the product what passes by.
    Tap(tap::Options),
    /// Stand before a server over HTTP, and tell the product what passes by.
    Proxy(proxy::Options),
    /// Read a password from standard input and print its hash for auth.password_hash.
    HashPassword,
    /// Print the version.
    Version,
    /// Keep one child process (used by the product itself).
    #[command(hide = true)]
    Keeper {
        /// Program and arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<OsString>,
    },
}

/// What the pages need to know at start.
#[derive(Clone, Debug)]
pub struct Site {
    /// The folder with the web files; `None` when there is none.
    pub folder: Option<std::path::PathBuf>,
}

/// Makes the pages from the services and the web files.
pub type Pages = fn(Services, Site) -> Router;

/// Runs the command line.
pub fn run(pages: Pages) -> ExitCode {
    // The keeper comes first: it must stay small, and its arguments are somebody else's.
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == "keeper") {
        return supervisor::keeper_main(words);
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Asking for help is no mistake.
            let code = if error.use_stderr() {
                BAD_CONFIGURATION
            } else {
                0
            };
            return match error.print() {
                Ok(()) => ExitCode::from(code),
                Err(_) => ExitCode::FAILURE,
            };
        }
    };
    match arguments.command {
        None => serve::run(arguments.serve, pages),
        Some(Command::Serve(options)) => serve::run(options, pages),
        Some(Command::Check { what }) => check::run(&what),
        Some(Command::Test { what }) => test::run(&what),
        Some(Command::Replay(options)) => replay::run(&options),
        Some(Command::Report(options)) => report::run(&options),
        Some(Command::Bench { what }) => bench::run(&what),
        Some(Command::Agents(options)) => agents::run(&options),
        Some(Command::Event(options)) => event::run(&options),
        Some(Command::Query(options)) => query::run(&options),
        Some(Command::Build(options)) => build::run(options),
        Some(Command::Tap(options)) => tap::run(options),
        Some(Command::Proxy(options)) => proxy::run(options),
        Some(Command::HashPassword) => hash_password::run(),
        Some(Command::Version) => {
            println!("mcp-observatory {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Some(Command::Keeper { .. }) => supervisor::keeper_main(std::iter::empty()),
    }
}

/// Says what is wrong on standard error.
fn complain(message: &dyn std::fmt::Display) {
    // Where standard error is gone there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "mcp-observatory: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn bare_is_serve() {
        let bare = Arguments::try_parse_from(["x", "--listen", "127.0.0.1:1"]).unwrap();
        assert!(bare.command.is_none());
        let named = Arguments::try_parse_from(["x", "serve", "--data", "d"]).unwrap();
        assert!(matches!(named.command, Some(Command::Serve(_))));
    }
}
