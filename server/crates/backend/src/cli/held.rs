//! Commands that are run under a keeper, for `build` and `tap`: how they begin, and the exit code in the end.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use model::{Exit, LaunchError};
use supervisor::KeeperCommand;

use super::complain;

/// Exit codes of shells for a command that cannot be started.
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;
/// What shells add to the number of the signal that ended a command.
const BY_SIGNAL: i32 = 128;

/// Why a command was not run.
pub(super) enum Failed {
    /// It cannot be started.
    Start(LaunchError),
    /// Something that it needs is not to be had.
    System(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// The program of a command, and what it is given.
pub(super) fn program(command: &[OsString]) -> Result<(&OsString, &[OsString]), Failed> {
    command
        .split_first()
        .ok_or_else(|| Failed::System(io::Error::other("there is no command")))
}

/// The exit code of a command, or that of a shell where it was not run; `what` could not be done then.
pub(super) fn ended(run: Result<Exit, Failed>, what: &str) -> ExitCode {
    match run {
        Ok(exit) => code(exit),
        Err(Failed::Start(error)) => {
            complain(&error);
            ExitCode::from(match error {
                LaunchError::NotFound { .. } => NOT_FOUND,
                _ => NOT_EXECUTABLE,
            })
        }
        Err(Failed::System(error)) => {
            complain(&format!("{what}: {error}"));
            ExitCode::from(NOT_EXECUTABLE)
        }
    }
}

/// Our own binary, as it runs: an upgrade may have replaced the file.
pub(super) fn keeper() -> io::Result<KeeperCommand> {
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

/// The code with which a shell would say so.
fn code(exit: Exit) -> ExitCode {
    let code = match exit {
        Exit::Code(code) => code,
        Exit::Signal(signal) => BY_SIGNAL + signal,
        Exit::Unknown => 1,
    };
    ExitCode::from(u8::try_from(code & 0xff).unwrap_or(1))
}
