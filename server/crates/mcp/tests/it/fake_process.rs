//! Processes made of in-memory pipes, behind the same trait as real ones.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use model::{Exit, Launch, LaunchError, Process, Streams};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::script::Script;

/// What one started process does.
#[derive(Clone)]
pub enum Act {
    /// It cannot be started.
    Fail(LaunchError),
    /// It says the lines on standard error and ends after the wait.
    Die {
        stderr: Vec<&'static str>,
        code: i32,
        after: Duration,
    },
    /// It never says a word.
    Mute,
    /// It prints the text at the start, waits, and then answers by the script.
    Serve {
        first: &'static str,
        wait: Duration,
        script: Script,
    },
    /// It serves and then ends, while something keeps its standard output open.
    Leave { script: Script, after: Duration },
}

impl Act {
    pub fn serve(script: Script) -> Self {
        Self::Serve {
            first: "",
            wait: Duration::ZERO,
            script,
        }
    }
}

/// Starts one act after the other, the last one again and again; keeps a diary.
pub struct Stage {
    acts: Vec<Act>,
    diary: Arc<Mutex<Diary>>,
    secrets: Vec<String>,
}

#[derive(Default)]
pub struct Diary {
    /// How many were started.
    pub launches: usize,
    /// When, since the first one.
    pub times: Vec<tokio::time::Instant>,
    /// How many were stopped properly, with their standard input closed before.
    pub stopped: usize,
    /// Every message that came in.
    pub messages: Vec<Value>,
}

impl Stage {
    pub fn new(acts: Vec<Act>) -> (Arc<Self>, Arc<Mutex<Diary>>) {
        Self::discreet(acts, &[])
    }

    /// The same, where the processes are given secrets.
    pub fn discreet(acts: Vec<Act>, secrets: &[&str]) -> (Arc<Self>, Arc<Mutex<Diary>>) {
        let diary = Arc::new(Mutex::new(Diary::default()));
        (
            Arc::new(Self {
                acts,
                diary: Arc::clone(&diary),
                secrets: secrets.iter().map(|it| (*it).to_owned()).collect(),
            }),
            diary,
        )
    }
}

#[async_trait]
impl Launch for Stage {
    fn secrets(&self) -> Vec<String> {
        self.secrets.clone()
    }

    async fn launch(&self) -> Result<Box<dyn Process>, LaunchError> {
        let act = {
            let mut diary = self.diary.lock().unwrap();
            diary.launches += 1;
            diary.times.push(tokio::time::Instant::now());
            self.acts[(diary.launches - 1).min(self.acts.len() - 1)].clone()
        };
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let (exit, exited) = watch::channel(None);
        let input_closed = Arc::new(tokio::sync::Notify::new());
        let mut stderr = Vec::new();
        let mut held = None;
        match act {
            Act::Fail(error) => return Err(error),
            Act::Die {
                stderr: lines,
                code,
                after,
            } => {
                stderr = lines.iter().map(|line| (*line).to_owned()).collect();
                tokio::spawn(async move {
                    sleep(after).await;
                    drop(theirs);
                    exit.send_replace(Some(Exit::Code(code)));
                });
            }
            Act::Mute => held = Some((theirs, exit)),
            Act::Serve {
                first,
                wait,
                script,
            } => {
                let diary = Arc::clone(&self.diary);
                let closed = Arc::clone(&input_closed);
                tokio::spawn(async move {
                    serve(theirs, first, wait, &script, &diary).await;
                    closed.notify_one();
                    exit.send_replace(Some(Exit::Code(0)));
                });
            }
            Act::Leave { script, after } => {
                let diary = Arc::clone(&self.diary);
                tokio::spawn(async move {
                    let serving = serve(theirs, "", Duration::ZERO, &script, &diary);
                    tokio::pin!(serving);
                    tokio::select! {
                        () = &mut serving => {}
                        () = sleep(after) => {}
                    }
                    exit.send_replace(Some(Exit::Signal(9)));
                    serving.await;
                });
            }
        }
        let (reader, writer) = tokio::io::split(ours);
        let streams = Streams {
            reader: Box::pin(reader),
            writer: Box::pin(writer),
        };
        Ok(Box::new(Actor {
            streams: Mutex::new(Some(streams)),
            exited,
            stderr,
            input_closed,
            diary: Arc::clone(&self.diary),
            _held: held,
        }))
    }
}

struct Actor {
    streams: Mutex<Option<Streams>>,
    exited: watch::Receiver<Option<Exit>>,
    stderr: Vec<String>,
    input_closed: Arc<tokio::sync::Notify>,
    diary: Arc<Mutex<Diary>>,
    _held: Option<(DuplexStream, watch::Sender<Option<Exit>>)>,
}

#[async_trait]
impl Process for Actor {
    fn pid(&self) -> u32 {
        u32::try_from(self.diary.lock().unwrap().launches).unwrap() + 1000
    }

    fn take_streams(&mut self) -> Option<Streams> {
        self.streams.get_mut().unwrap().take()
    }

    fn exit(&self) -> watch::Receiver<Option<Exit>> {
        self.exited.clone()
    }

    fn stderr_tail(&self) -> Vec<String> {
        self.stderr.clone()
    }

    async fn stop(self: Box<Self>) -> Exit {
        let closed = tokio::time::timeout(Duration::from_secs(3), self.input_closed.notified());
        if closed.await.is_ok() {
            self.diary.lock().unwrap().stopped += 1;
        }
        Exit::Code(0)
    }
}

async fn serve(
    stream: DuplexStream,
    first: &str,
    wait: Duration,
    script: &Script,
    diary: &Mutex<Diary>,
) {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut lines = BufReader::new(reader).lines();
    if writer.write_all(first.as_bytes()).await.is_err() {
        return;
    }
    sleep(wait).await;
    while let Ok(Some(line)) = lines.next_line().await {
        let message: Value = serde_json::from_str(&line).unwrap();
        let ready = message["method"] == "notifications/initialized";
        let asks = if ready {
            script.asks.clone()
        } else {
            Vec::new()
        };
        let answer = script.answer(&message);
        let called = message["method"] == "tools/call";
        diary.lock().unwrap().messages.push(message);
        if answer.is_some() {
            sleep(script.delay).await;
            if called {
                sleep(script.call_delay).await;
            }
        }
        for message in asks.into_iter().chain(answer) {
            let line = format!("{message}\n");
            if writer.write_all(line.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}
