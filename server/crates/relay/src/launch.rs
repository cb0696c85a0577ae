//! Stands between a child and the host: what starts it, and its streams.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use model::{Exit, Launch, LaunchError, Process, Streams};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, duplex};
use tokio::sync::{mpsc, watch};

use crate::{Relay, lines};

/// Lines that wait for a child that does not read.
const INPUT: usize = 256;

/// Bytes that wait for the host.
const PIPE: usize = 64 << 10;

/// Starts the same children, and lets clients speak with them.
pub(crate) struct Relayed {
    pub(crate) relay: Arc<Relay>,
    pub(crate) inner: Arc<dyn Launch>,
}

#[async_trait]
impl Launch for Relayed {
    async fn launch(&self) -> Result<Box<dyn Process>, LaunchError> {
        let mut process = self.inner.launch().await?;
        let streams = process.take_streams();
        let pipes = streams.map(|streams| self.relay.join(streams));
        Ok(Box::new(Shared {
            inner: process,
            pipes,
        }))
    }
}

/// A child whose streams the host shares with clients.
struct Shared {
    inner: Box<dyn Process>,
    /// What the host reads, and what it writes.
    pipes: Option<(DuplexStream, DuplexStream)>,
}

#[async_trait]
impl Process for Shared {
    fn pid(&self) -> u32 {
        self.inner.pid()
    }

    fn take_streams(&mut self) -> Option<Streams> {
        let (reader, writer) = self.pipes.take()?;
        Some(Streams {
            reader: Box::pin(reader),
            writer: Box::pin(writer),
        })
    }

    fn exit(&self) -> watch::Receiver<Option<Exit>> {
        self.inner.exit()
    }

    fn stderr_tail(&self) -> Vec<String> {
        self.inner.stderr_tail()
    }

    async fn stop(self: Box<Self>) -> Exit {
        let Self { inner, pipes } = *self;
        drop(pipes);
        inner.stop().await
    }
}

type Reader = Pin<Box<dyn AsyncRead + Send>>;
type Writer = Pin<Box<dyn AsyncWrite + Send>>;

impl Relay {
    /// Takes the streams of a child; the pipes that the host gets instead, to read and to write. All ends when the child closes its output, or
    /// the host lets go of both of its streams.
    fn join(self: &Arc<Self>, streams: Streams) -> (DuplexStream, DuplexStream) {
        let (to_child, from_host) = duplex(PIPE);
        let (to_host, from_child) = duplex(PIPE);
        let (input, lines) = mpsc::channel(INPUT);
        let run = self.state().begin(input.clone());
        tokio::spawn(write(lines, streams.writer));
        tokio::spawn(self.clone().hear_host(run, from_host, input));
        tokio::spawn(self.clone().hear_child(run, streams.reader, to_host));
        (from_child, to_child)
    }

    /// Passes on what the host says.
    async fn hear_host(self: Arc<Self>, run: u64, from: DuplexStream, input: mpsc::Sender<String>) {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while let Ok(true) = lines::read(&mut from, &mut line).await {
            self.host_says(run, &line);
            let text = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
            if input.send(text).await.is_err() {
                break;
            }
        }
        self.ended(run);
    }

    /// Passes on what the child says.
    async fn hear_child(self: Arc<Self>, run: u64, from: Reader, mut to_host: DuplexStream) {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while let Ok(true) = lines::read(&mut from, &mut line).await {
            if self.child_says(run, &line) && to_host.write_all(&line).await.is_err() {
                break;
            }
        }
        self.ended(run);
    }
}

/// Writes lines until nobody has any more to say; then the child's standard input closes.
async fn write(mut lines: mpsc::Receiver<String>, mut to: Writer) {
    while let Some(mut line) = lines.recv().await {
        line.push('\n');
        let written = to.write_all(line.as_bytes()).await;
        if written.is_err() || to.flush().await.is_err() {
            // It reads no more; its output says when it is over.
            return;
        }
    }
}
