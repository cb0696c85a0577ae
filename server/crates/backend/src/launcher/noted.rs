//! A start whose course is noted in the book, beside whoever speaks with the process.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use async_trait::async_trait;
use model::{Exit, Launch, LaunchError, Process, Streams};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::book::{Book, End};
use crate::fleet::shown;
use crate::hidden;

/// Lines of standard error that are kept of a run.
const MOST_LINES: usize = 20;
/// Characters that are kept of such a line.
const MOST_CHARS: usize = 500;

/// Starts a server and notes what becomes of it.
pub(crate) struct NotedLaunch {
    pub(crate) server: String,
    pub(crate) book: Arc<Book>,
    pub(crate) inner: Arc<dyn Launch>,
    /// Values that it must not be heard to say.
    pub(crate) secrets: Arc<[String]>,
    /// Cancelled when its end is wanted.
    pub(crate) stop: CancellationToken,
}

#[async_trait]
impl Launch for NotedLaunch {
    fn secrets(&self) -> Vec<String> {
        self.secrets.to_vec()
    }

    async fn launch(&self) -> Result<Box<dyn Process>, LaunchError> {
        let began = Instant::now();
        let note = Note {
            server: self.server.clone(),
            book: self.book.clone(),
            id: self.book.begins(&self.server),
            stop: self.stop.clone(),
        };
        // Dropped in the middle, nobody waits for this start any more.
        let given_up = GivenUp(Some(note));
        let launched = self.inner.launch().await;
        let Some(note) = given_up.defused() else {
            return launched;
        };
        let process = match launched {
            Ok(process) => process,
            Err(error) => {
                note.end(shown(&error.to_string()), Vec::new());
                return Err(error);
            }
        };
        let heard = Heard {
            process: Arc::new(Mutex::new(Some(process))),
            last: Arc::default(),
            secrets: self.secrets.clone(),
        };
        let noted = NotedProcess::new(heard, note, began);
        Ok(Box::new(noted))
    }
}

/// Where to note what becomes of a start.
#[derive(Clone)]
struct Note {
    server: String,
    book: Arc<Book>,
    id: u64,
    stop: CancellationToken,
}

impl Note {
    fn end(&self, how: String, stderr: Vec<String>) {
        let was_asked = self.stop.is_cancelled();
        let end = End {
            how,
            was_asked,
            stderr,
        };
        self.book.ends(&self.server, self.id, end);
    }
}

/// Notes that a start was given up, unless it came to something.
struct GivenUp(Option<Note>);

impl GivenUp {
    fn defused(mut self) -> Option<Note> {
        self.0.take()
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        if let Some(note) = self.0.take() {
            note.end("it did not start in time".to_owned(), Vec::new());
        }
    }
}

type Shared = Mutex<Option<Box<dyn Process>>>;

/// A process and what it says on standard error.
struct Heard {
    process: Arc<Shared>,
    /// What it had said when it was let go.
    last: Arc<Mutex<Vec<String>>>,
    secrets: Arc<[String]>,
}

/// The same without holding the process: dropping that ends it.
struct Overheard {
    process: Weak<Shared>,
    last: Arc<Mutex<Vec<String>>>,
    secrets: Arc<[String]>,
}

impl Heard {
    fn overheard(&self) -> Overheard {
        Overheard {
            process: Arc::downgrade(&self.process),
            last: self.last.clone(),
            secrets: self.secrets.clone(),
        }
    }

    fn with<T>(&self, ask: impl FnOnce(&mut Box<dyn Process>) -> T) -> Option<T> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        process.as_mut().map(ask)
    }

    /// Lets the process go; what it has said stays known.
    fn take(&self) -> Option<Box<dyn Process>> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = process.take()?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = taken.stderr_tail();
        Some(taken)
    }
}

impl Overheard {
    fn lines(&self) -> Vec<String> {
        let now = self.process.upgrade().and_then(|process| {
            let process = process.lock().unwrap_or_else(PoisonError::into_inner);
            Some(process.as_ref()?.stderr_tail())
        });
        let lines = now.unwrap_or_else(|| {
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.clone()
        });
        let skipped = lines.len().saturating_sub(MOST_LINES);
        let clean = |line: &String| {
            let line = hidden::without(line, &self.secrets);
            shown(&line).chars().take(MOST_CHARS).collect()
        };
        lines.iter().skip(skipped).map(clean).collect()
    }
}

/// A running process whose course is noted.
struct NotedProcess {
    heard: Heard,
    note: Note,
    began: Instant,
    pid: u32,
    exit: watch::Receiver<Option<Exit>>,
    /// Whether whoever speaks with it has had enough of it.
    is_stopped: Arc<AtomicBool>,
}

impl NotedProcess {
    fn new(heard: Heard, note: Note, began: Instant) -> Self {
        let (_, none) = watch::channel(None);
        let known = heard.with(|process| (process.pid(), process.exit()));
        let (pid, exit) = known.unwrap_or((0, none));
        let said = heard.overheard();
        let said = Arc::new(move || said.lines());
        note.book.runs(&note.server, note.id, pid, said);

        let is_stopped = Arc::<AtomicBool>::default();
        let (words, told, noted) = (heard.overheard(), is_stopped.clone(), note.clone());
        let mut ended = exit.clone();
        // It ends with the process, because whoever owns that says how it ended or goes.
        tokio::spawn(async move {
            let how = ended.wait_for(Option::is_some).await.ok();
            let how = how.and_then(|how| *how).unwrap_or(Exit::Unknown);
            let was_asked = noted.stop.is_cancelled();
            let how = match told.load(Ordering::Relaxed) && !was_asked {
                true => format!("stopped because it did not answer ({how})"),
                false => how.to_string(),
            };
            noted.end(how, words.lines());
        });
        Self {
            heard,
            note,
            began,
            pid,
            exit,
            is_stopped,
        }
    }
}

impl NotedProcess {
    /// Whoever speaks with it has had enough of it, unless it has ended by itself before.
    fn let_go(&self) {
        if self.exit.borrow().is_none() {
            self.is_stopped.store(true, Ordering::Relaxed);
        }
    }
}

#[async_trait]
impl Process for NotedProcess {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn take_streams(&mut self) -> Option<Streams> {
        let streams = self.heard.with(|process| process.take_streams())??;
        Some(Streams {
            reader: Box::pin(Listening {
                inner: streams.reader,
                note: Some(self.note.clone()),
                began: self.began,
            }),
            writer: streams.writer,
        })
    }

    fn exit(&self) -> watch::Receiver<Option<Exit>> {
        self.exit.clone()
    }

    fn stderr_tail(&self) -> Vec<String> {
        let tail = self.heard.with(|process| process.stderr_tail());
        // It is quoted in verdicts, which everybody may read.
        let shown = |line: String| hidden::without(&line, &self.heard.secrets);
        tail.unwrap_or_default().into_iter().map(shown).collect()
    }

    async fn stop(self: Box<Self>) -> Exit {
        self.let_go();
        match self.heard.take() {
            Some(process) => process.stop().await,
            None => Exit::Unknown,
        }
    }
}

impl Drop for NotedProcess {
    fn drop(&mut self) {
        self.let_go();
        drop(self.heard.take());
    }
}

/// Passes bytes on, and notes when the first of them comes.
struct Listening {
    inner: Pin<Box<dyn AsyncRead + Send>>,
    note: Option<Note>,
    began: Instant,
}

impl AsyncRead for Listening {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = self.inner.as_mut().poll_read(cx, buffer);
        if buffer.filled().len() > before
            && let Some(note) = self.note.take()
        {
            let after_seconds = self.began.elapsed().as_secs_f64();
            note.book.speaks(&note.server, note.id, after_seconds);
        }
        read
    }
}
