//! Between an MCP client and a server over pipes.
//!
//! Two threads hand bytes on, and do nothing else that can take time. Who starts the server, and what becomes of it,
//! is somebody else's business.

mod forward;
mod seen;
mod stdio;

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc;
use std::time::Duration;

use traffic::{Side, Transport};

use crate::copies::{self, Clock, Copies};
use crate::out::Out;
use crate::{Settings, Telling, spawn};
use forward::pump;
use seen::{Nothing, Seen};
pub use stdio::take as take_stdio;

/// How long what a server said last may take to arrive after its end.
const LAST_BYTES: Duration = Duration::from_secs(5);

/// The four ends of the pipes.
#[derive(Debug)]
pub struct Pipes {
    /// What the client says.
    pub from_client: OwnedFd,
    /// Where the client listens.
    pub to_client: OwnedFd,
    /// What the server says.
    pub from_server: OwnedFd,
    /// Where the server listens.
    pub to_server: OwnedFd,
}

/// A tap that runs.
#[derive(Debug)]
pub struct Tap {
    said: mpsc::Receiver<()>,
    copies: Copies<Nothing>,
    telling: Telling,
}

impl Tap {
    /// Begins to hand on.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn begin(settings: Settings, pipes: Pipes) -> io::Result<Self> {
        let clock = Clock::begin();
        let (copies, copied) = copies::queue();
        let (say, said) = mpsc::channel();

        let asked = copies.way(Side::Client, 0);
        let (from, to) = (File::from(pipes.from_client), File::from(pipes.to_server));
        spawn("from client", move || pump(from, to, clock, asked))?;
        let answered = copies.way(Side::Server, 0);
        let (from, to) = (File::from(pipes.from_server), File::from(pipes.to_client));
        spawn("from server", move || {
            pump(from, to, clock, answered);
            // Nobody waits any more if this fails.
            let _ = say.send(());
        })?;
        let name = settings.name.clone();
        let payloads = settings.payloads.clone();
        let telling = Telling::begin(settings, move |give| {
            let mut seen = Seen::new(payloads, clock.now_us());
            crate::seen::run(
                &mut seen,
                clock,
                &copied,
                Out::new(&name, Transport::Stdio, give),
            );
        })?;
        Ok(Self {
            said,
            copies,
            telling,
        })
    }

    /// The server has ended: what it said last goes to the client, and what was seen last is put away.
    pub fn end(self) {
        // Longer only if somebody outlives it who holds its end of the pipe.
        let _ = self.said.recv_timeout(LAST_BYTES);
        self.copies.end();
        self.telling.end();
    }
}
