//! Between MCP clients and a server over HTTP.
//!
//! Requests and answers go on as they come, piece by piece: method, path, status, bodies, and headers but for those
//! that are about one connection (RFC 9110, section 7.6.1) and `Host`. One thing is changed: where a server of HTTP
//! with server-sent events names its endpoint with its own address in front, clients are given ours, because they
//! would pass us by, or refuse it ([`endpoint`]).
//!
//! A name that an attacker controls can be made to point to this machine, and `Host` is replaced on the way: so it is
//! looked at here ([`head`]). `Origin` goes on, for the server to judge.

mod body;
mod book;
mod cut;
mod endpoint;
mod exchange;
mod forward;
mod head;
mod lent;
mod listen;
mod news;
mod origin;
mod unpack;
mod watcher;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use traffic::Transport;

use crate::copies::{self, Clock, Copies};
use crate::out::Out;
use crate::{Settings, Telling, seen};
pub use body::Passing;
use book::Book;
use forward::Door;
use news::News;
pub use origin::{Origin, WrongOrigin};
pub use watcher::{Watch, Watcher};

/// A proxy that runs.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    copies: Copies<News>,
    telling: Telling,
    runtime: Runtime,
    stop: oneshot::Sender<Duration>,
    done: oneshot::Receiver<()>,
}

impl Proxy {
    /// Begins to answer for a server. `names` are those besides `localhost` and addresses under which clients may ask.
    ///
    /// # Errors
    /// When a thread cannot be started, the listener cannot be used, or, for `https`, the certificates of this machine
    /// cannot be read.
    pub fn begin(
        settings: Settings,
        origin: Origin,
        listener: TcpListener,
        names: Vec<String>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let clock = Clock::begin();
        let (copies, copied) = copies::queue();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("proxy")
            .build()?;
        let door = Door::new(origin.clone(), names, copies.clone(), clock)?;
        listener.set_nonblocking(true)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let (tell, done) = oneshot::channel();
        runtime.spawn(async move {
            listen::run(listener, Arc::new(door), stopped).await;
            // Nobody waits any more if this fails.
            let _ = tell.send(());
        });
        let (name, payloads) = (settings.name.clone(), settings.payloads.clone());
        let telling = Telling::begin(settings, move |give| {
            let mut book = Book::new(origin.path(), payloads);
            seen::run(
                &mut book,
                clock,
                &copied,
                Out::new(&name, Transport::Http, give),
            );
        })?;
        Ok(Self {
            address,
            copies,
            telling,
            runtime,
            stop,
            done,
        })
    }

    /// Where clients come to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, gives those that are open some time, and puts away what was seen last.
    pub fn end(self, grace: Duration) {
        // Who is gone needs not to be told, and is not waited for.
        let _ = self.stop.send(grace);
        let _ = self.done.blocking_recv();
        // What is open now is broken off; that is seen too.
        self.runtime.shutdown_timeout(Duration::from_millis(500));
        self.copies.end();
        self.telling.end();
    }
}
