//! The keeper: a process of our own binary that starts one command and answers for it to the end.
//!
//! It is synchronous, has one thread and next to no memory, because there is one for each child. It
//! must never die before its command does, so it handles the signals that would end it.

mod descendants;
mod start;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::Duration;

use model::Exit;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use crate::errand::{Errand, receive_streams};
use crate::report::Report;
use descendants::Descendants;
pub(crate) use descendants::KILL_LIMIT;

/// Exit code for "that is no way to call me".
const USAGE: u8 = 64;

/// Runs as a keeper; `args` are `--`, the program and its arguments, as the supervisor passes them.
///
/// The binary that [`KeeperCommand`](crate::KeeperCommand) names calls this before anything else:
/// before it starts a thread or a runtime, and before it opens files.
pub fn keeper_main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let mut args = args.peekable();
    let _ = args.next_if(|arg| arg == "--");
    let (Some(program), Ok(control)) = (args.next(), take_control()) else {
        eprintln!("keeper: the product starts this itself; it is of no use by hand");
        return ExitCode::from(USAGE);
    };
    match keep(control, &program, args) {
        Ok(()) => ExitCode::SUCCESS,
        // The closed socket says it to the product; nobody else is there to hear it.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Standard input is the socket to the product. It moves away from there, so that nothing we start
/// can inherit it.
fn take_control() -> io::Result<UnixStream> {
    let control = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    control.peer_addr()?;
    rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
    Ok(control)
}

fn keep(
    mut control: UnixStream,
    program: &OsString,
    args: impl Iterator<Item = OsString>,
) -> io::Result<()> {
    let streams = receive_streams(&control)?;
    let errand = Errand::read(&control)?;
    let end = bell(&[SIGTERM, SIGINT, SIGHUP, SIGQUIT])?;
    let mut descendants = Descendants::adopt()?;

    let command = match start::start(program, args, &errand, streams) {
        Ok(command) => command,
        Err((failure, errno)) => {
            return control.write_all(Report::Failed(failure, errno).line().as_bytes());
        }
    };
    descendants.lead(command);
    let started = Report::Started(command.as_raw_nonzero().get());
    // If this fails, the product is gone, and the lifeline says so in a moment.
    let _ = control.write_all(started.line().as_bytes());

    while !descendants.command_ended() {
        let waited = wait_for(&[&control, &end, descendants.bell()], None);
        if waited.is_err() || is_asked_to_end(&control) || rung(&end) {
            break;
        }
    }
    descendants.end(errand.kill_grace);
    let exit = descendants.exit().unwrap_or(Exit::Unknown);
    control.write_all(Report::Ended(exit).line().as_bytes())
}

/// Whether the product closed its end, or is gone.
fn is_asked_to_end(control: &UnixStream) -> bool {
    match recv(control, &mut [0; 64], RecvFlags::DONTWAIT) {
        Ok((read, _)) => read == 0,
        Err(error) => !matches!(error, Errno::AGAIN | Errno::INTR),
    }
}

/// Sleeps until one of these can be read, or the time is over.
fn wait_for(sockets: &[&UnixStream], limit: Option<Duration>) -> io::Result<()> {
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    let mut fds: Vec<PollFd<'_>> = sockets
        .iter()
        .map(|socket| PollFd::new(*socket, PollFlags::IN))
        .collect();
    match poll(&mut fds, limit.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A socket that can be read once one of these signals has come. A command starts without it:
/// `exec` resets signals that are handled (ignored ones would stay ignored).
fn bell(signals: &[i32]) -> io::Result<UnixStream> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    for signal in signals {
        signal_hook::low_level::pipe::register(*signal, theirs.try_clone()?)?;
    }
    Ok(ours)
}

/// Whether the signal came since the last call.
fn rung(mut bell: &UnixStream) -> bool {
    let mut came = false;
    while let Ok(1..) = bell.read(&mut [0; 64]) {
        came = true;
    }
    came
}
