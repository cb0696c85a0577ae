//! What is known of the build that runs: fed by whoever reads its output, looked at by who tells of it.

use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use builds::{BuildState, End, Reader, Report, Seen, timings};
use uuid::Uuid;

use super::send::Sender;

/// A build that has said its end and nothing more for so long is over, though more may be read.
const QUIET: Duration = Duration::from_secs(1);

/// The build that runs, shared.
#[derive(Clone)]
pub(super) struct Recorder(Arc<Mutex<Recorded>>);

struct Recorded {
    about: Report,
    /// There is none before something was read, or between two.
    build: Option<Running>,
    /// How the last one ended.
    last: Option<BuildState>,
}

struct Running {
    about: Report,
    reader: Reader,
    began: Instant,
    heard: Instant,
    sequence: u64,
    /// Where cargo has written its timings.
    timings: Option<String>,
}

impl Running {
    fn begin(about: &Report) -> Self {
        let about = Report {
            id: Uuid::now_v7().to_string(),
            began_ms: now_ms(),
            ..about.clone()
        };
        Self {
            reader: Reader::new(about.clone()),
            about,
            began: Instant::now(),
            heard: Instant::now(),
            sequence: 0,
            timings: None,
        }
    }

    fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn line(&mut self, line: &str) -> Seen {
        self.heard = Instant::now();
        let seen = self.reader.line(line, self.seconds());
        if let Seen::Timings(path) = &seen {
            self.timings = Some(path.clone());
        }
        seen
    }

    /// The whole of it. What was written on our behalf is removed.
    fn end(mut self, end: End, is_ours: bool) -> Report {
        let seconds = self.seconds();
        if let Some(path) = self.timings.take() {
            match fs::read_to_string(&path).map_err(|error| error.to_string()) {
                Ok(page) => match timings(&page) {
                    Ok(timings) => self.reader.measured(timings),
                    Err(wrong) => self.reader.note(wrong),
                },
                Err(error) => {
                    let note = format!("cargo's timings cannot be read: {error}");
                    self.reader.note(note);
                }
            }
            if is_ours {
                // If it cannot be removed, it is cargo's like any other in its folder.
                let _ = fs::remove_file(path);
            }
        }
        let mut report = self.reader.finish(end, seconds);
        for binary in &mut report.binaries {
            binary.bytes = fs::metadata(&binary.path).map_or(0, |about| about.len());
        }
        Report {
            id: self.about.id,
            sequence: self.sequence + 1,
            told_ms: now_ms(),
            ..report
        }
    }
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

impl Recorder {
    /// For a build that begins now.
    pub(super) fn begin(about: Report) -> Self {
        let recorder = Self::listen(about);
        {
            let mut recorded = recorder.lock();
            recorded.build = Some(Running::begin(&recorded.about));
        }
        recorder
    }

    /// For builds that begin when something is read.
    pub(super) fn listen(about: Report) -> Self {
        Self(Arc::new(Mutex::new(Recorded {
            about,
            build: None,
            last: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a line of the build that runs.
    pub(super) fn line(&self, line: &str) -> Seen {
        match &mut self.lock().build {
            Some(build) => build.line(line),
            None => Seen::Text,
        }
    }

    /// Takes a line of whichever build it is of: one may end with it, and another begin.
    pub(super) fn heard(&self, line: &str, sender: &Sender) -> Seen {
        let mut recorded = self.lock();
        let is_another = |build: &Running| build.reader.is_another(line, build.seconds());
        if recorded.build.as_ref().is_some_and(is_another)
            && let Some(report) = recorded.finish()
        {
            sender.tell(report);
        }
        let about = recorded.about.clone();
        let begins = !line.trim().is_empty() && !line.starts_with("[Finished running");
        match &mut recorded.build {
            Some(build) => build.line(line),
            None if begins => {
                let build = recorded.build.insert(Running::begin(&about));
                build.line(line)
            }
            None => Seen::Text,
        }
    }

    /// What there is so far, to be told.
    pub(super) fn so_far(&self) -> Option<Report> {
        let mut recorded = self.lock();
        let build = recorded.build.as_mut()?;
        build.sequence += 1;
        let report = build.reader.so_far(build.seconds());
        Some(Report {
            sequence: build.sequence,
            told_ms: now_ms(),
            ..report
        })
    }

    /// The build that has said its end and is quiet, of which nobody else knows that it is over.
    pub(super) fn quiet(&self) -> Option<Report> {
        let mut recorded = self.lock();
        let build = recorded.build.as_ref()?;
        let is_quiet = build.reader.is_over() && build.heard.elapsed() > QUIET;
        if is_quiet { recorded.finish() } else { None }
    }

    /// The whole of a build that was run.
    pub(super) fn end(&self, end: End, is_ours: bool) -> Report {
        let build = self.lock().build.take();
        build.map_or_else(Report::default, |build| build.end(end, is_ours))
    }

    /// The whole of a build that was read, if there is one that was not told.
    pub(super) fn end_heard(&self) -> Option<Report> {
        self.lock().finish()
    }

    /// How the last build that was read ended.
    pub(super) fn last_state(&self) -> Option<BuildState> {
        self.lock().last
    }
}

impl Recorded {
    fn finish(&mut self) -> Option<Report> {
        let report = self.build.take()?.end(End::Silence, false);
        self.last = Some(report.state);
        Some(report)
    }
}
