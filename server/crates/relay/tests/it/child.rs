//! A child by hand, and the host that has started it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use model::{Exit, Launch, LaunchError, Process, Streams};
use relay::Relay;
use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, duplex,
};
use tokio::sync::watch;

/// The child: its standard input and output.
pub(crate) struct Child {
    input: BufReader<DuplexStream>,
    output: DuplexStream,
}

/// The host, and what it holds.
pub(crate) struct Host {
    reader: BufReader<std::pin::Pin<Box<dyn AsyncRead + Send>>>,
    writer: std::pin::Pin<Box<dyn AsyncWrite + Send>>,
    _process: Box<dyn Process>,
}

struct Prepared(Mutex<Option<(DuplexStream, DuplexStream)>>);

struct Made(
    Option<(DuplexStream, DuplexStream)>,
    watch::Receiver<Option<Exit>>,
);

#[async_trait]
impl Launch for Prepared {
    async fn launch(&self) -> Result<Box<dyn Process>, LaunchError> {
        let (_, exit) = watch::channel(None);
        Ok(Box::new(Made(self.0.lock().unwrap().take(), exit)))
    }
}

#[async_trait]
impl Process for Made {
    fn pid(&self) -> u32 {
        7
    }

    fn take_streams(&mut self) -> Option<Streams> {
        let (reader, writer) = self.0.take()?;
        Some(Streams {
            reader: Box::pin(reader),
            writer: Box::pin(writer),
        })
    }

    fn exit(&self) -> watch::Receiver<Option<Exit>> {
        self.1.clone()
    }

    fn stderr_tail(&self) -> Vec<String> {
        Vec::new()
    }

    async fn stop(self: Box<Self>) -> Exit {
        Exit::Code(0)
    }
}

/// Starts a child through a relay.
pub(crate) async fn start(relay: &Arc<Relay>) -> (Child, Host) {
    let (ours, input) = duplex(1 << 10);
    let (output, theirs) = duplex(1 << 10);
    let launch = relay.between(Arc::new(Prepared(Mutex::new(Some((theirs, ours))))));
    let mut process = launch.launch().await.unwrap();
    let streams = process.take_streams().unwrap();
    assert!(process.take_streams().is_none() && process.pid() == 7);
    let child = Child {
        input: BufReader::new(input),
        output,
    };
    let host = Host {
        reader: BufReader::new(streams.reader),
        writer: streams.writer,
        _process: process,
    };
    (child, host)
}

impl Child {
    pub(crate) async fn say(&mut self, message: &Value) {
        self.say_text(&message.to_string()).await;
    }

    pub(crate) async fn say_text(&mut self, line: &str) {
        let line = format!("{line}\n");
        self.output.write_all(line.as_bytes()).await.unwrap();
    }

    /// The next message, which is of this method.
    pub(crate) async fn hears(&mut self, method: &str) -> Value {
        let mut line = String::new();
        self.input.read_line(&mut line).await.unwrap();
        let message: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(message["method"], method, "{message}");
        message
    }

    pub(crate) async fn input_ends(&mut self) -> bool {
        let mut rest = String::new();
        self.input.read_line(&mut rest).await.unwrap() == 0
    }
}

impl Host {
    pub(crate) async fn say(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.writer.write_all(line.as_bytes()).await.unwrap();
    }

    pub(crate) async fn hears(&mut self) -> Value {
        let line = self.hears_text().await;
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"))
    }

    pub(crate) async fn hears_text(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).await.unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) async fn output_ends(&mut self) -> bool {
        self.hears_text().await.is_empty()
    }
}
