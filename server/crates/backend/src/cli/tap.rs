//! `tap`: stands between an MCP client and the server it starts, and tells the product what passes by.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use model::{Exit, LaunchError};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use supervisor::{Held, KeeperCommand};
use tap::{Pipes, Settings, Tap};
use traffic::Payloads;

use super::payloads::PayloadOptions;
use super::{BAD_CONFIGURATION, complain};

/// Exit codes of shells for a command that cannot be started.
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;
/// What shells add to the number of the signal that ended a command.
const BY_SIGNAL: i32 = 128;
/// How long a server may take to end after the tap was killed.
const KILL_GRACE: Duration = Duration::from_secs(2);

/// The variable that holds our key.
const KEY: &str = "OBSERVATORY_KEY";

/// Which server, and whom to tell.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Write it before the command of a server in the file of your MCP client:
  mcp-observatory tap --name fs -- npx -y @modelcontextprotocol/server-filesystem /data

What client and server say to each other is handed on as it is, and at once. Told is which methods and tools
are called, how long they take, how large they are and what comes of them; arguments and results only with
--payloads, and then without what may be secret. While the product is not there, that waits in a folder.

The exit code is that of the command; 128 and the number of a signal that ended it; 127 when there is no such
command, 126 when it cannot be executed.")]
pub(super) struct Options {
    /// The name of the server.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Where the product is.
    #[arg(
        long,
        value_name = "URL",
        env = "OBSERVATORY_URL",
        default_value = "http://127.0.0.1:10204"
    )]
    url: String,
    /// The API key, where it wants one; the role has to be operator. The server does not see the variable.
    #[arg(
        long,
        value_name = "KEY",
        env = KEY,
        hide_env_values = true
    )]
    key: Option<String>,
    /// Where to keep what the product does not take now
    /// [default: mcp-observatory/spool in $XDG_STATE_HOME or ~/.local/state].
    #[arg(long, value_name = "FOLDER", env = "OBSERVATORY_SPOOL")]
    spool: Option<PathBuf>,
    /// How large that folder may become, in bytes; then the oldest goes.
    #[arg(long, value_name = "BYTES", default_value_t = tap::LARGEST_SPOOL)]
    spool_bytes: u64,
    #[command(flatten)]
    payloads: PayloadOptions,
    /// The command of the server.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub(super) fn run(options: Options) -> ExitCode {
    if options.name.trim().is_empty() || options.name.chars().count() > 128 {
        complain(&"--name: a server has a name of 1 to 128 letters");
        return ExitCode::from(BAD_CONFIGURATION);
    }
    let payloads = match options.payloads.read() {
        Ok(payloads) => payloads,
        Err(error) => {
            complain(&error);
            return ExitCode::from(BAD_CONFIGURATION);
        }
    };
    match tapped(options, payloads) {
        Ok(code) => code,
        Err(Failed::Start(error)) => {
            complain(&error);
            ExitCode::from(match error {
                LaunchError::NotFound { .. } => NOT_FOUND,
                _ => NOT_EXECUTABLE,
            })
        }
        Err(Failed::System(error)) => {
            complain(&format!("the server cannot be tapped: {error}"));
            ExitCode::from(NOT_EXECUTABLE)
        }
    }
}

enum Failed {
    Start(LaunchError),
    System(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

fn tapped(options: Options, payloads: Option<Payloads>) -> Result<ExitCode, Failed> {
    // Those that come before the server runs are for it as well.
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT])?;
    let (their_stdin, to_server) = io::pipe()?;
    let (from_server, their_stdout) = io::pipe()?;
    let stderr = io::stderr().as_fd().try_clone_to_owned()?;
    let streams = [their_stdin.into(), their_stdout.into(), stderr];
    let keeper = keeper()?;
    let (program, args) = options.command.split_first().ok_or_else(|| {
        let message = "there is no command".to_owned();
        Failed::System(io::Error::other(message))
    })?;
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
    let tap = Tap::begin(settings(options, payloads), pipes)?;
    let tell = held.signals();
    std::thread::spawn(move || signals.forever().for_each(tell));
    let exit = held.wait();
    tap.end();
    Ok(code(exit))
}

/// Our own binary, as it runs: an upgrade may have replaced the file.
fn keeper() -> io::Result<KeeperCommand> {
    let running = Path::new("/proc/self/exe");
    let program = match running.exists() {
        true => running.to_owned(),
        false => std::env::current_exe()?,
    };
    Ok(KeeperCommand {
        program,
        args: vec!["keeper".to_owned()],
    })
}

fn settings(options: Options, payloads: Option<Payloads>) -> Settings {
    let url = match options.url.contains("://") {
        true => options.url,
        false => format!("http://{}", options.url),
    };
    // What is meant for one product is not delivered to another.
    let of_url = |folder: PathBuf| folder.join(folder_name(&url));
    Settings {
        name: options.name,
        spool: options.spool.or_else(default_spool).map(of_url),
        key: options.key.filter(|key| !key.is_empty()),
        spool_bytes: options.spool_bytes,
        payloads,
        url,
    }
}

fn folder_name(url: &str) -> String {
    let plain = |letter: char| match letter.is_ascii_alphanumeric() || letter == '.' {
        true => letter,
        false => '-',
    };
    // A password in the address does not belong into the name of a folder.
    let url = match url.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, host)) => format!("{scheme}://{host}"),
            None => url.to_owned(),
        },
        None => url.to_owned(),
    };
    url.trim_end_matches('/')
        .chars()
        .map(plain)
        .take(200)
        .collect()
}

fn default_spool() -> Option<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
    Some(state?.join("mcp-observatory/spool"))
}

fn code(exit: Exit) -> ExitCode {
    let code = match exit {
        Exit::Code(code) => code,
        Exit::Signal(signal) => BY_SIGNAL + signal,
        Exit::Unknown => 1,
    };
    ExitCode::from(u8::try_from(code & 0xff).unwrap_or(1))
}
