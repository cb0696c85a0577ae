//! Tells the product of a build: how far it is, every second, and its end, which waits in a folder if the product is
//! not there.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use builds::Report;
use reqwest::{Client, StatusCode};
use tap::{LARGEST_SPOOL, Spool};

use super::complain;
use super::recorder::Recorder;

/// How often it is told how far a build is.
const EVERY: Duration = Duration::from_secs(1);
/// Longest time until there is a connection, and an answer; an end is told more patiently.
const CONNECTING: Duration = Duration::from_secs(1);
const WAITING: Duration = Duration::from_millis(1_500);
const WAITING_FOR_END: Duration = Duration::from_secs(4);
/// How long the product is left alone after it did not answer.
const PAUSE: Duration = Duration::from_secs(5);
/// How long is spent on what waits in the folder.
const STRETCH: Duration = Duration::from_secs(2);
/// How long the end of a build is kept back at most until it is told or put away.
const LAST_WORDS: Duration = Duration::from_secs(8);

/// Where to, and where it waits.
pub(super) struct Sending {
    pub(super) url: String,
    pub(super) key: Option<String>,
    pub(super) spool: Option<PathBuf>,
}

/// A thread that tells.
pub(super) struct Sender {
    ends: mpsc::Sender<Report>,
    done: mpsc::Receiver<()>,
}

/// What became of a report.
enum Sent {
    Taken,
    /// It will never be taken.
    Refused(String),
    /// Not now.
    Later(Option<String>),
}

impl Sender {
    /// Begins to tell of what is recorded.
    pub(super) fn begin(sending: Sending, recorder: Recorder) -> io::Result<Self> {
        let (ends, told) = mpsc::channel();
        let (say, done) = mpsc::channel();
        let post = Post::new(sending)?;
        let thread = thread::Builder::new().name("post".to_owned());
        thread.spawn(move || {
            post.run(&recorder, &told);
            // Nobody waits any more if this fails.
            let _ = say.send(());
        })?;
        Ok(Self { ends, done })
    }

    /// Tells of an end; others may follow.
    pub(super) fn tell(&self, report: Report) {
        // The thread is only gone when this is.
        let _ = self.ends.send(report);
    }

    /// Tells of the last end, and waits until it is told or put away.
    pub(super) fn end(self, report: Report) {
        self.tell(report);
        self.stop();
    }

    /// Waits until all is told or put away.
    pub(super) fn stop(self) {
        drop(self.ends);
        let _ = self.done.recv_timeout(LAST_WORDS);
    }
}

struct Post {
    runtime: tokio::runtime::Runtime,
    client: Client,
    address: String,
    key: Option<String>,
    spool: Option<Spool>,
    rests_until: Option<Instant>,
}

impl Post {
    fn new(sending: Sending) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let host = sending.url.split("://").last().unwrap_or_default();
        let is_here = ["127.", "localhost", "[::1]"]
            .iter()
            .any(|name| host.starts_with(name));
        let client = Client::builder().connect_timeout(CONNECTING);
        let client = match is_here {
            true => client.no_proxy().build(),
            false => client.build(),
        };
        Ok(Self {
            runtime,
            client: client.map_err(io::Error::other)?,
            address: format!("{}/api/builds", sending.url.trim_end_matches('/')),
            key: sending.key,
            spool: sending
                .spool
                .map(|folder| Spool::new(folder, LARGEST_SPOOL)),
            rests_until: None,
        })
    }

    fn run(mut self, recorder: &Recorder, ends: &mpsc::Receiver<Report>) {
        loop {
            match ends.recv_timeout(EVERY) {
                Ok(report) => self.end(&report),
                Err(RecvTimeoutError::Timeout) => match recorder.quiet() {
                    Some(report) => self.end(&report),
                    None => self.progress(recorder),
                },
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.deliver();
    }

    /// How far it is: told or left out, because the next will say more.
    fn progress(&mut self, recorder: &Recorder) {
        if self.rests_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        let Some(report) = recorder.so_far() else {
            return;
        };
        let sent = serde_json::to_vec(&report).map(|text| self.post(text, WAITING));
        if matches!(sent, Ok(Sent::Later(_) | Sent::Refused(_))) {
            self.rests_until = Some(Instant::now() + PAUSE);
        }
    }

    fn end(&mut self, report: &Report) {
        let text = match serde_json::to_vec(report) {
            Ok(text) => text,
            Err(error) => return complain(&format!("the build cannot be told: {error}")),
        };
        let why = match self.post(text.clone(), WAITING_FOR_END) {
            Sent::Taken => return,
            Sent::Refused(why) => return complain(&format!("the build is not taken: {why}")),
            Sent::Later(why) => why,
        };
        if let Some(why) = why {
            complain(&why);
        }
        let kept = self
            .spool
            .as_ref()
            .map(|spool| spool.keep(&format!("{}.1.json", report.id), &text));
        match kept {
            Some(Ok(lost)) if lost.is_none() => {}
            Some(Ok(lost)) => complain(&format!(
                "{} builds that waited for the product had to go: there were too many",
                lost.records
            )),
            Some(Err(error)) => complain(&format!("the build cannot be kept: {error}")),
            None => complain(&"the build cannot be kept: there is no folder for it (--spool)"),
        }
    }

    /// Sends what waits, as long as it is taken.
    fn deliver(&mut self) {
        let began = Instant::now();
        let files = self.spool.as_ref().map(Spool::files).unwrap_or_default();
        for file in files {
            if began.elapsed() > STRETCH {
                return;
            }
            let Ok(text) = std::fs::read(&file) else {
                // Another build was faster.
                continue;
            };
            match self.post(text, WAITING) {
                Sent::Taken => Spool::remove(&file),
                Sent::Refused(why) => {
                    Spool::remove(&file);
                    complain(&format!("a build that waited is not taken: {why}"));
                }
                Sent::Later(_) => return,
            }
        }
    }

    fn post(&self, text: Vec<u8>, patience: Duration) -> Sent {
        let mut request = self.client.post(&self.address).body(text).timeout(patience);
        request = request.header("content-type", "application/json");
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let answered = self.runtime.block_on(async {
            let response = request.send().await?;
            let status = response.status();
            Ok::<_, reqwest::Error>((status, response.text().await?))
        });
        match answered {
            Err(_) => Sent::Later(None),
            Ok((status, _)) if status.is_success() => Sent::Taken,
            Ok((status, text)) => {
                let text: String = text.trim().chars().take(300).collect();
                let why = format!("{} answers {status}: {text}", self.address);
                match status {
                    StatusCode::BAD_REQUEST
                    | StatusCode::PAYLOAD_TOO_LARGE
                    | StatusCode::UNSUPPORTED_MEDIA_TYPE
                    | StatusCode::UNPROCESSABLE_ENTITY => Sent::Refused(why),
                    StatusCode::SERVICE_UNAVAILABLE => Sent::Later(None),
                    _ => Sent::Later(Some(why)),
                }
            }
        }
    }
}
