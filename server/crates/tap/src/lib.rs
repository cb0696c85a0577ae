//! Stands between an MCP client and a server over pipes, and tells a product what passed by.
//!
//! Two threads hand bytes on, and do nothing else that can take time: a copy goes into a queue that has bounds and
//! is never waited for. What does not fit there is counted and told. A third thread makes records of the copies
//! ([`traffic`]), a fourth sends them: to the product, or into a folder until the product is there again ([`spool`]).
//! Who starts the server, and what becomes of it, is somebody else's business.

mod copies;
mod forward;
mod post;
mod seen;
mod spool;
mod stdio;

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use traffic::{Payloads, Side};

use copies::{Clock, Copies};
use forward::pump;
pub use spool::LARGEST as LARGEST_SPOOL;
pub use stdio::take as take_stdio;

/// Batches that wait for being sent; more are left out and counted.
const BATCHES: usize = 64;
/// How long the end of the server is kept back at most while its last records are put away.
const LAST_WORDS: Duration = Duration::from_millis(2_500);
/// How long what a server said last may take to arrive after its end.
const LAST_BYTES: Duration = Duration::from_secs(5);

/// Whom to tell, and of what.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The name of the server.
    pub name: String,
    /// Where the product is.
    pub url: String,
    /// Its API key, where it wants one.
    pub key: Option<String>,
    /// The folder for what the product does not take now; without one, that is left out.
    pub spool: Option<PathBuf>,
    /// How large that folder may become, in bytes.
    pub spool_bytes: u64,
    /// That what is said is told as well, and what of it is hidden.
    pub payloads: Option<Payloads>,
}

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
    copies: Copies,
    told: mpsc::Receiver<()>,
}

impl Tap {
    /// Begins to hand on.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn begin(settings: Settings, pipes: Pipes) -> io::Result<Self> {
        let clock = Clock::begin();
        let (copies, copied) = copies::queue();
        let (batches, to_send) = mpsc::sync_channel(BATCHES);
        let (tell, told) = mpsc::channel();
        let (say, said) = mpsc::channel();

        let mut asked = copies.clone();
        let (from, to) = (File::from(pipes.from_client), File::from(pipes.to_server));
        spawn("from client", move || {
            pump(from, to, Side::Client, clock, &mut asked)
        })?;
        let mut answered = copies.clone();
        let (from, to) = (File::from(pipes.from_server), File::from(pipes.to_client));
        spawn("from server", move || {
            pump(from, to, Side::Server, clock, &mut answered);
            // Nobody waits any more if this fails.
            let _ = say.send(());
        })?;
        let name = settings.name.clone();
        let payloads = settings.payloads.clone();
        spawn("seen", move || {
            seen::run(&name, payloads, clock, &copied, &batches)
        })?;
        spawn("post", move || {
            post::run(settings, &to_send);
            let _ = tell.send(());
        })?;
        Ok(Self { said, copies, told })
    }

    /// The server has ended: what it said last goes to the client, and what was seen last is put away.
    pub fn end(self) {
        // Longer only if somebody outlives it who holds its end of the pipe.
        let _ = self.said.recv_timeout(LAST_BYTES);
        self.copies.end();
        let _ = self.told.recv_timeout(LAST_WORDS);
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map(|_| ())
}
