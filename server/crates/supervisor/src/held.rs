//! A child whose standard streams are not the product's business: who starts it brings them.
//!
//! For small commands that stand between a child and somebody else. Without a runtime, and without a thread.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child as KeeperProcess, Command, Stdio};
use std::time::Duration;

use model::{Exit, LaunchError};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::config::{CommandSpec, KeeperCommand};
use crate::errand::{Errand, send_streams};
use crate::launcher::failed;
use crate::report::Report;

/// A child that runs. When this is dropped, or its process is gone in whatever way, the keeper ends the child and
/// all that it started.
#[derive(Debug)]
pub struct Held {
    command: Pid,
    keeper: KeeperProcess,
    reports: BufReader<UnixStream>,
}

impl Held {
    /// Starts a command under a keeper, with these as its standard streams, in the directory and environment of
    /// this process, without the variables that are `withheld`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(
        keeper: &KeeperCommand,
        program: &OsStr,
        args: &[OsString],
        streams: [OwnedFd; 3],
        withheld: &[&str],
        kill_grace: Duration,
    ) -> Result<Self, LaunchError> {
        let spec = CommandSpec {
            program: program.to_string_lossy().into_owned(),
            ..CommandSpec::default()
        };
        let mut command = Command::new(&keeper.program);
        command.args(&keeper.args).arg("--").arg(program).args(args);
        for name in withheld {
            command.env_remove(name);
        }
        let begun = begin(command, streams, kill_grace);
        let (keeper, socket) =
            begun.map_err(|error| spec.other(format!("its keeper cannot be started: {error}")))?;
        let mut held = Self {
            // Until it is known: a group that nobody can have.
            command: Pid::INIT,
            keeper,
            reports: BufReader::new(socket),
        };
        match held.next() {
            Some(Report::Started(pid)) if Pid::from_raw(pid).is_some() => {
                held.command = Pid::from_raw(pid).unwrap_or(Pid::INIT);
                Ok(held)
            }
            Some(Report::Failed(failure, errno)) => {
                let _ = held.keeper.wait();
                Err(failed(&spec, failure, errno))
            }
            _ => Err(spec.other("its keeper ended before it started the command")),
        }
    }

    /// Process id of the command itself.
    pub fn pid(&self) -> u32 {
        self.command.as_raw_nonzero().get().unsigned_abs()
    }

    /// Something that sends signals to the group of the command.
    pub fn signals(&self) -> impl Fn(i32) + Send + use<> {
        let command = self.command;
        move |number| {
            if let Some(signal) = Signal::from_named_raw(number) {
                // An error says that nobody is left.
                let _ = kill_process_group(command, signal);
            }
        }
    }

    /// Waits until the command has ended, and with it all that it started.
    pub fn wait(mut self) -> Exit {
        let exit = loop {
            match self.next() {
                Some(Report::Ended(exit)) => break exit,
                Some(_) => {}
                None => break Exit::Unknown,
            }
        };
        let _ = self.keeper.wait();
        exit
    }

    fn next(&mut self) -> Option<Report> {
        let mut line = String::new();
        match self.reports.read_line(&mut line) {
            Ok(1..) => Report::parse(&line),
            _ => None,
        }
    }
}

/// Starts a keeper, and tells it what it has to know.
fn begin(
    mut keeper: Command,
    streams: [OwnedFd; 3],
    kill_grace: Duration,
) -> io::Result<(KeeperProcess, UnixStream)> {
    let (mut socket, theirs) = UnixStream::pair()?;
    let keeper = keeper
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    send_streams(&socket, &streams)?;
    let errand = Errand {
        kill_grace,
        ..Errand::default()
    };
    socket.write_all(&errand.encode())?;
    Ok((keeper, socket))
}
