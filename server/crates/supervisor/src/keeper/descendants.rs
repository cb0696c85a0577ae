//! The command and everything it started: seeing them end, and ending them.
//!
//! On Linux the keeper is the subreaper: whoever loses its parent becomes the keeper's child. So
//! "no children" means "nobody left", and killing one's own children again and again reaches
//! everybody; and since nobody but the keeper takes the exit status of its children, none of those
//! numbers can meanwhile belong to a stranger.

use std::collections::HashSet;
use std::io;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use model::Exit;
use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpgid, kill_process, kill_process_group, wait,
};
use signal_hook::consts::SIGCHLD;

use super::{bell, rung, wait_for};
use crate::tree;

/// How long to insist with SIGKILL. Who is still there then waits in the kernel, or is not ours to
/// kill (`sudo`), and the product should hear how its command ended.
pub(crate) const KILL_LIMIT: Duration = Duration::from_secs(5);

/// How often to look for new children: at first, and at last. Ends of our own children wake us.
const FIRST_LOOK: Duration = Duration::from_millis(10);
const LAST_LOOK: Duration = Duration::from_millis(200);

pub(super) struct Descendants {
    bell: UnixStream,
    command: Option<Pid>,
    exit: Option<Exit>,
    /// Whether we have children, as of the last look.
    any: bool,
}

impl Descendants {
    /// From now on everybody we start, and whom they start, is ours.
    pub(super) fn adopt() -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        // Where that is forbidden, the group is what we have.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        Ok(Self {
            bell: bell(&[SIGCHLD])?,
            command: None,
            exit: None,
            any: false,
        })
    }

    /// Names the command, which leads its process group.
    pub(super) fn lead(&mut self, command: Pid) {
        self.command = Some(command);
    }

    /// Rings when a child has ended.
    pub(super) fn bell(&self) -> &UnixStream {
        &self.bell
    }

    /// How the command ended, if it has.
    pub(super) fn exit(&self) -> Option<Exit> {
        self.exit
    }

    /// Whether the command has ended.
    pub(super) fn command_ended(&mut self) -> bool {
        self.reap();
        self.exit.is_some()
    }

    /// Ends everybody: SIGTERM, the grace time, SIGKILL.
    pub(super) fn end(&mut self, kill_grace: Duration) {
        let deadline = Instant::now() + kill_grace;
        if self.left() {
            self.signal_group(Signal::TERM);
            // Who is stopped would not hear it.
            self.signal_group(Signal::CONT);
        }
        let mut told = HashSet::new();
        let mut look = FIRST_LOOK;
        while self.left() {
            let Some(remaining) = deadline.checked_duration_since(Instant::now()) else {
                break;
            };
            self.sleep(look.min(remaining));
            look = (look * 2).min(LAST_LOOK);
            for child in tree::own_children() {
                if getpgid(Some(child)).ok() != self.command && told.insert(child) {
                    let _ = kill_process(child, Signal::TERM);
                    let _ = kill_process(child, Signal::CONT);
                }
            }
        }

        let deadline = Instant::now() + KILL_LIMIT;
        let mut look = FIRST_LOOK;
        while self.left() && Instant::now() < deadline {
            self.signal_group(Signal::KILL);
            for child in tree::own_children() {
                let _ = kill_process(child, Signal::KILL);
            }
            self.sleep(look);
            look = (look * 2).min(LAST_LOOK);
        }
    }

    /// An error says that nobody is in it any more.
    fn signal_group(&self, signal: Signal) {
        if let Some(command) = self.command {
            let _ = kill_process_group(command, signal);
        }
    }

    /// Whether anybody is left.
    #[cfg(target_os = "linux")]
    fn left(&mut self) -> bool {
        self.reap();
        self.any
    }

    /// Whether anybody is left, as far as can be known: our children, and the group.
    #[cfg(not(target_os = "linux"))]
    fn left(&mut self) -> bool {
        self.reap();
        let group = |command| rustix::process::test_kill_process_group(command).is_ok();
        self.any || self.command.is_some_and(group)
    }

    /// Takes the exit status of all children that have ended.
    fn reap(&mut self) {
        rung(&self.bell);
        self.any = loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if Some(pid) == self.command => {
                    self.exit = Some(exit_of(status));
                }
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
    }

    /// Sleeps so long, or until a child has ended.
    fn sleep(&self, time: Duration) {
        if wait_for(&[&self.bell], Some(time)).is_err() {
            std::thread::sleep(time);
        }
    }
}

fn exit_of(status: WaitStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Unknown,
    }
}
