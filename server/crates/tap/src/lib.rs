//! Stands between an MCP client and a server, and tells a product what passed by.
//!
//! Whoever hands bytes on ([`pipes`], [`http`]) does nothing else that can take time: a copy goes into a queue that has
//! bounds and is never waited for. What does not fit there is counted and told. A thread makes records of the copies
//! ([`traffic`]), another sends them: to the product, or into a folder until the product is there again ([`spool`]).

mod copies;
mod http;
mod out;
mod pipes;
mod post;
mod seen;
mod spool;

use std::io;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use out::Give;
use traffic::{Batch, Payloads};

pub use http::{Origin, Passing, Proxy, Watch, Watcher, WrongOrigin};
pub use pipes::{Pipes, Tap, take_stdio};
pub use spool::{LARGEST as LARGEST_SPOOL, Spool};

/// Batches that wait for being sent; more are left out and counted.
const BATCHES: usize = 64;
/// How long an end is kept back at most while the last records are put away.
const LAST_WORDS: Duration = Duration::from_millis(2_500);

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

/// What makes records of copies and sends them.
#[derive(Debug)]
struct Telling(mpsc::Receiver<()>);

impl Telling {
    /// Begins both. `see` gives batches until nothing comes any more.
    fn begin(settings: Settings, see: impl FnOnce(&Give) + Send + 'static) -> io::Result<Self> {
        let (batches, to_send) = mpsc::sync_channel(BATCHES);
        let (tell, told) = mpsc::channel();
        let give = move |batch| {
            let given = batches.try_send(batch);
            given.map_err(|full: mpsc::TrySendError<Batch>| match full {
                mpsc::TrySendError::Full(batch) | mpsc::TrySendError::Disconnected(batch) => batch,
            })
        };
        spawn("seen", move || see(&give))?;
        spawn("post", move || {
            post::run(settings, &to_send);
            // Nobody waits any more if this fails.
            let _ = tell.send(());
        })?;
        Ok(Self(told))
    }

    /// Waits until the last records are put away, if it does not take long.
    fn end(&self) {
        let _ = self.0.recv_timeout(LAST_WORDS);
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map(|_| ())
}
