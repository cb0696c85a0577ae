//! `build`: runs a build, or reads what one says, and tells the product of it.

mod about;
mod command;
mod recorder;
mod send;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use builds::{BuildState, End, Seen};
use clap::Args;
use model::Exit;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use supervisor::Held;

use super::complain;
use super::held::{self, Failed, keeper};
use super::running::{KEY, Running};
use super::telling::spool_folder;
use command::Plan;
use recorder::Recorder;
use send::{Sender, Sending};

/// The exit code of cargo for a build that failed.
const FAILED: u8 = 101;
/// How long a build may take to end after this was killed.
const KILL_GRACE: Duration = Duration::from_secs(2);
/// How long is waited for what is still in pipes when the build has ended: longer only if somebody outlives it.
const LAST_BYTES: Duration = Duration::from_secs(2);

/// Which build, and whom to tell.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Write it before the command of a build, or let it read what one says:
  mcp-observatory build -- cargo build --release
  cargo build --message-format=json | mcp-observatory build --stdin
  cargo watch -x check 2>&1 | mcp-observatory build --stdin

Output and exit code are those of the command. Cargo is asked for its list of what was made and for its timings
(--message-format=json-render-diagnostics, --timings), which are not printed; a command that has either already
is run as it is written. Of a command that is no cargo only times and end are told. While the product is not
there, that waits in a folder. Where keys are wanted, it has to be an operator's; the build does not see
OBSERVATORY_KEY.

With --stdin the exit code is 0 for a build that succeeded, 101 for one that failed, 1 for one without an end.")]
pub(super) struct Options {
    #[command(flatten)]
    running: Running,
    /// What is built [default: the folder of the workspace].
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// The commit [default: from the pipeline's environment, or of the checkout].
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,
    /// The branch [default: likewise].
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Read what a build says instead of running one.
    #[arg(long, conflicts_with = "command")]
    stdin: bool,
    /// Do not ask cargo for its timings.
    #[arg(long)]
    no_timings: bool,
    /// Where to keep what the product does not take now
    /// [default: mcp-observatory/spool in $XDG_STATE_HOME or ~/.local/state].
    #[arg(long, value_name = "FOLDER", env = "OBSERVATORY_SPOOL")]
    spool: Option<PathBuf>,
    /// The command that builds.
    #[arg(
        required_unless_present = "stdin",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    command: Vec<OsString>,
}

pub(super) fn run(options: Options) -> ExitCode {
    let url = options.running.url();
    let spool = spool_folder(options.spool.clone(), &url);
    let sending = Sending {
        url,
        key: options.running.key().map(str::to_owned),
        // Apart from what taps put away, which goes elsewhere.
        spool: spool.map(|folder| folder.join("builds")),
    };
    if options.stdin {
        return read(&options, sending);
    }
    held::ended(built(&options, sending), "the build cannot be run")
}

/// Runs a build.
fn built(options: &Options, sending: Sending) -> Result<Exit, Failed> {
    // Those that come before the build runs are for it as well.
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT])?;
    let plan = Plan::of(
        &options.command,
        !options.no_timings,
        command::Screen::here(),
    );
    let about = about::about(options, &options.command);
    let (program, args) = held::program(&plan.command)?;
    let (from_build, their_stdout) = piped(plan.reads_stdout, io::stdout().as_fd())?;
    let (from_errors, their_stderr) = piped(plan.reads_stderr, io::stderr().as_fd())?;
    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    let streams = [stdin, their_stdout, their_stderr];
    let keeper = keeper()?;
    let recorder = Recorder::begin(about);
    // Our key is not for the build.
    let held = Held::start(&keeper, program, args, streams, &[KEY], KILL_GRACE);
    let held = held.map_err(Failed::Start)?;
    let sender = Sender::begin(sending, recorder.clone())?;
    let (say, said) = mpsc::channel();
    for (pipe, is_stdout) in [(from_build, true), (from_errors, false)] {
        let Some(pipe) = pipe else { continue };
        let (recorder, say) = (recorder.clone(), say.clone());
        let hides = if is_stdout {
            plan.hides_json
        } else {
            plan.hides_timings
        };
        thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || {
                match is_stdout {
                    true => pump(File::from(pipe), &mut io::stdout(), &recorder, hides),
                    false => pump(File::from(pipe), &mut io::stderr(), &recorder, hides),
                }
                // Nobody waits any more if this fails.
                let _ = say.send(());
            })?;
    }
    drop(say);
    let tell = held.signals();
    thread::spawn(move || signals.forever().for_each(tell));
    let exit = held.wait();
    // Each says that it is done, or is gone.
    while said.recv_timeout(LAST_BYTES).is_ok() {}
    let end = match exit {
        Exit::Code(code) => End::Code(code),
        Exit::Signal(signal) => End::Signal(signal),
        Exit::Unknown => End::Signal(0),
    };
    let report = recorder.end(end, plan.hides_timings);
    sender.end(report);
    Ok(exit)
}

/// A pipe and its other end, or a stream of ours as it is.
fn piped(
    is_read: bool,
    ours: std::os::fd::BorrowedFd<'_>,
) -> io::Result<(Option<OwnedFd>, OwnedFd)> {
    if !is_read {
        return Ok((None, ours.try_clone_to_owned()?));
    }
    let (from, theirs) = io::pipe()?;
    Ok((Some(from.into()), theirs.into()))
}

/// Hands on what comes, line by line, but for what is hidden: it was not asked for by whoever runs the build.
fn pump(mut from: impl Read, to: &mut impl Write, recorder: &Recorder, hides: bool) {
    let mut buffer = vec![0; 64 << 10];
    let mut begun = Vec::new();
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for piece in buffer[..read].split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            begun.extend_from_slice(piece);
            let is_whole = matches!(piece.last(), Some(b'\n' | b'\r'));
            // What is too long for a line of cargo is not held back.
            if is_whole || begun.len() > command::LONGEST_LINE {
                hand_on(&begun, to, recorder, hides);
                begun.clear();
            }
        }
        // Whoever read it is gone; the build is not stopped by that.
        let _ = to.flush();
    }
    hand_on(&begun, to, recorder, hides);
    let _ = to.flush();
}

fn hand_on(line: &[u8], to: &mut impl Write, recorder: &Recorder, hides: bool) {
    if line.is_empty() {
        return;
    }
    let text = String::from_utf8_lossy(line);
    let seen = recorder.line(text.trim_end_matches(['\n', '\r']));
    if !hides || seen == Seen::Text {
        let _ = to.write_all(line);
    }
}

/// Reads what a build says, or one after the other.
fn read(options: &Options, sending: Sending) -> ExitCode {
    let recorder = Recorder::listen(about::about(options, &[]));
    let sender = match Sender::begin(sending, recorder.clone()) {
        Ok(sender) => sender,
        Err(error) => {
            complain(&format!("builds cannot be told: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let shows_messages = io::stdout().is_terminal();
    let mut begun = Vec::new();
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        for piece in buffer[..read].split_inclusive(|byte| *byte == b'\n') {
            begun.extend_from_slice(piece);
            if piece.last() != Some(&b'\n') && begun.len() < command::LONGEST_LINE {
                continue;
            }
            let line = String::from_utf8_lossy(&begun);
            let seen = recorder.heard(line.trim_end(), &sender);
            let shown = match seen {
                // JSON is for programs; a person sees what the compiler wrote.
                Seen::Json if shows_messages => command::rendered(&line).into_bytes(),
                _ => std::mem::take(&mut begun),
            };
            let _ = to.write_all(&shown);
            begun.clear();
        }
        let _ = to.flush();
    }
    let _ = to.write_all(&begun);
    if !begun.is_empty() {
        recorder.heard(String::from_utf8_lossy(&begun).trim_end(), &sender);
    }
    let Some(report) = recorder.end_heard() else {
        sender.stop();
        return match recorder.last_state() {
            None | Some(BuildState::Success) => ExitCode::SUCCESS,
            Some(BuildState::Failure) => ExitCode::from(FAILED),
            Some(_) => ExitCode::FAILURE,
        };
    };
    let state = report.state;
    sender.end(report);
    match state {
        BuildState::Success => ExitCode::SUCCESS,
        BuildState::Failure => ExitCode::from(FAILED),
        BuildState::Running | BuildState::Interrupted => ExitCode::FAILURE,
    }
}
