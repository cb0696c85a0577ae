//! The handle to a running child.

use std::time::Duration;

use async_trait::async_trait;
use model::{Exit, Process, Streams};
use tokio::net::unix::pipe;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::stderr::Tail;

/// Holds no process, only the means to ask its [`Watcher`](crate::watcher::Watcher).
pub(crate) struct Child {
    pub(crate) pid: u32,
    /// What the child writes, and what it reads.
    pub(crate) streams: Option<(pipe::Receiver, pipe::Sender)>,
    pub(crate) exit: watch::Receiver<Option<Exit>>,
    pub(crate) stderr: Tail,
    pub(crate) stop_grace: Duration,
    /// Dropped, also together with the handle, it tells the watcher to end the child.
    pub(crate) end: oneshot::Sender<()>,
    pub(crate) watcher: JoinHandle<()>,
}

#[async_trait]
impl Process for Child {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn take_streams(&mut self) -> Option<Streams> {
        let (reader, writer) = self.streams.take()?;
        Some(Streams {
            reader: Box::pin(reader),
            writer: Box::pin(writer),
        })
    }

    fn exit(&self) -> watch::Receiver<Option<Exit>> {
        self.exit.clone()
    }

    fn stderr_tail(&self) -> Vec<String> {
        self.stderr.lines()
    }

    async fn stop(self: Box<Self>) -> Exit {
        let Self {
            mut exit,
            streams,
            stop_grace,
            end,
            watcher,
            ..
        } = *self;
        drop(streams);
        let _ = timeout(stop_grace, exit.wait_for(Option::is_some)).await;
        drop(end);
        // Bounded: each step of the watcher is. It fails only when the runtime shuts down, and then
        // the lifeline has closed.
        let _ = watcher.await;
        let how = *exit.borrow();
        how.unwrap_or(Exit::Unknown)
    }
}
