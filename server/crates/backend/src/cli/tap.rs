//! `tap`: stands between an MCP client and the server it starts, and tells the product what passes by.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use model::Exit;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use supervisor::Held;
use tap::{Pipes, Settings, Tap};

use super::held::{self, Failed, keeper};
use super::running::KEY;
use super::telling::Telling;
use super::{BAD_CONFIGURATION, complain};

/// How long a server may take to end after the tap was killed.
const KILL_GRACE: Duration = Duration::from_secs(2);

/// Which server, and whom to tell.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Write it before the command of a server in the file of your MCP client:
  mcp-observatory tap --name fs -- npx -y @modelcontextprotocol/server-filesystem /data

What client and server say to each other is handed on as it is, and at once. Told is which methods and tools
are called, how long they take, how large they are and what comes of them; arguments and results only with
--payloads, and then without what may be secret. While the product is not there, that waits in a folder.
Where keys are wanted, it has to be an operator's; the server does not see OBSERVATORY_KEY.

The exit code is that of the command; 128 and the number of a signal that ended it; 127 when there is no such
command, 126 when it cannot be executed.")]
pub(super) struct Options {
    #[command(flatten)]
    telling: Telling,
    /// The command of the server.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub(super) fn run(options: Options) -> ExitCode {
    let settings = match options.telling.settings() {
        Ok(settings) => settings,
        Err(wrong) => {
            complain(&wrong);
            return ExitCode::from(BAD_CONFIGURATION);
        }
    };
    let tapped = tapped(settings, &options.command);
    held::ended(tapped, "the server cannot be tapped")
}

fn tapped(settings: Settings, command: &[OsString]) -> Result<Exit, Failed> {
    // Those that come before the server runs are for it as well.
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT])?;
    let (their_stdin, to_server) = io::pipe()?;
    let (from_server, their_stdout) = io::pipe()?;
    let stderr = io::stderr().as_fd().try_clone_to_owned()?;
    let streams = [their_stdin.into(), their_stdout.into(), stderr];
    let keeper = keeper()?;
    let (program, args) = held::program(command)?;
    // Our key is not for the server.
    let held = Held::start(&keeper, program, args, streams, &[KEY], KILL_GRACE);
    let held = held.map_err(Failed::Start)?;
    let (from_client, to_client) = tap::take_stdio()?;
    let pipes = Pipes {
        from_client,
        to_client,
        from_server: from_server.into(),
        to_server: to_server.into(),
    };
    let tap = Tap::begin(settings, pipes)?;
    let tell = held.signals();
    std::thread::spawn(move || signals.forever().for_each(tell));
    let exit = held.wait();
    tap.end();
    Ok(exit)
}
