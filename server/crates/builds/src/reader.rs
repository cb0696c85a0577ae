//! From lines to a record, step by step.

mod json;
mod text;
mod units;

use std::collections::{BTreeMap, HashSet, hash_map::DefaultHasher};
use std::hash::{Hash, Hasher};

use crate::line::first;
use crate::{BuildState, Counted, ErrorKind, Message, Report, Timings};
use text::Begun;
use units::Units;

/// Pieces of work that are kept of a build.
pub const MOST_UNITS: usize = 5_000;
/// Messages that are kept: so many errors, and so many warnings.
pub const MOST_MESSAGES: usize = 200;
/// Bytes that are kept of what the compiler writes of one.
const LONGEST_MESSAGE: usize = 8 << 10;
/// Bytes of a first line, of names and of paths.
const LONGEST_NAME: usize = 500;
/// Files that errors are counted for.
const MOST_FILES: usize = 200;
/// Packages that could not be compiled.
const MOST_FAILED: usize = 200;
/// Names of what is being compiled that are told.
const MOST_ACTIVE: usize = 8;
/// Messages that are remembered, so that one that comes twice counts once.
const MOST_REMEMBERED: usize = 100_000;
/// After an error, work that begins so much later belongs to another build.
const PAUSE_SECONDS: f64 = 0.5;

/// What a line was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A message of cargo in JSON.
    Json,
    /// Where cargo has written its timings.
    Timings(String),
    /// Anything else.
    Text,
}

/// How a build ended, as whoever watched it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The command exited with a code.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// Nothing comes any more: what cargo said last counts.
    Silence,
}

/// Reads what cargo says.
#[derive(Debug, Default)]
pub struct Reader {
    report: Report,
    units: Units,
    /// A message that goes on, as text.
    begun: Option<Begun>,
    kinds: BTreeMap<ErrorKind, u64>,
    files: BTreeMap<String, u64>,
    remembered: HashSet<u64>,
    kept_errors: usize,
    kept_warnings: usize,
    /// What cargo said of its end.
    success: Option<bool>,
    ended_seconds: f64,
    /// What cargo itself said was wrong, where it is no message of the compiler.
    complaint: Option<String>,
    /// When downloads began.
    downloading: Option<f64>,
    began_work: bool,
    /// Whether something was only checked.
    checks: bool,
    left_out: LeftOut,
    timings: Option<Timings>,
}

/// What was not kept, or not understood.
#[derive(Debug, Default)]
struct LeftOut {
    messages: u64,
    files: u64,
    units: u64,
    /// JSON that is none, or has another shape.
    unreadable: u64,
    /// Messages of kinds that are not known: which, and how many.
    unknown: BTreeMap<String, u64>,
}

impl Reader {
    /// For a build about which this much is known.
    #[must_use]
    pub fn new(about: Report) -> Self {
        Self {
            report: about,
            ..Self::default()
        }
    }

    /// Takes a line, `at` seconds after the build began.
    pub fn line(&mut self, line: &str, at: f64) -> Seen {
        if line.starts_with('{') {
            match self.json(line, at) {
                json::Taken::Yes => return Seen::Json,
                json::Taken::Broken if line.starts_with("{\"reason\"") => {
                    self.left_out.unreadable += 1;
                    return Seen::Json;
                }
                json::Taken::Broken | json::Taken::Other => {}
            }
        }
        self.text(line, at)
    }

    /// Whether cargo has said how it ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.success.is_some()
    }

    /// Whether a line is the first of another build, `at` seconds after this one began.
    #[must_use]
    pub fn is_another(&self, line: &str, at: f64) -> bool {
        let is_late = self.success == Some(true)
            || at - self.ended_seconds > PAUSE_SECONDS
            // What `cargo watch` says before each.
            || line.starts_with("[Running ");
        self.is_over() && is_late && (json::begins_work(line) || text::begins_work(line))
    }

    /// Takes what cargo measured.
    pub fn measured(&mut self, timings: Timings) {
        self.timings = Some(timings);
    }

    /// Says something that was left out or not understood.
    pub fn note(&mut self, note: String) {
        self.report.notes.push(note);
    }

    /// What there is so far, without messages and units; `at` seconds after it began.
    #[must_use]
    pub fn so_far(&self, at: f64) -> Report {
        let mut report = Report {
            duration_seconds: at,
            done: self.units.done(),
            active: self.units.active(MOST_ACTIVE),
            messages: Vec::new(),
            ..self.report.clone()
        };
        report.kinds = self.kinds();
        report
    }

    /// The whole of it, when it is over.
    #[must_use]
    pub fn finish(mut self, end: End, at: f64) -> Report {
        self.end_message();
        let state = match (end, self.success) {
            (End::Code(0), _) | (End::Silence, Some(true)) => BuildState::Success,
            (End::Code(_), _) | (End::Silence, Some(false)) => BuildState::Failure,
            (End::Signal(_), _) | (End::Silence, None) => BuildState::Interrupted,
        };
        self.report.state = state;
        self.report.duration_seconds = match end {
            End::Silence if self.ended_seconds > 0.0 => self.ended_seconds,
            _ => at,
        };
        self.report.exit_code = match end {
            End::Code(code) => Some(code),
            End::Signal(_) | End::Silence => None,
        };
        if state == BuildState::Failure
            && self.report.errors == 0
            && let Some(complaint) = self.complaint.take()
        {
            self.complain(&complaint);
        }
        self.report.done = self.units.done();
        let (units, timing, surplus) = std::mem::take(&mut self.units).finish(self.timings.take());
        self.left_out.units += surplus;
        self.report.units = units;
        timing.clone_into(&mut self.report.timing);
        self.report.active = Vec::new();
        self.report.kinds = self.kinds();
        self.report.files = largest(self.files);
        self.report.notes.extend(self.left_out.words());
        self.report
    }

    fn kinds(&self) -> Vec<Counted> {
        let kinds = self.kinds.iter();
        largest(
            kinds
                .map(|(kind, count)| (kind.to_string(), *count))
                .collect(),
        )
    }

    /// Notes that cargo knows what to do.
    fn resolved(&mut self, at: f64) {
        if self.report.resolution_seconds.is_none() {
            self.report.resolution_seconds = Some(at);
        }
    }

    /// Notes that work begins.
    fn works(&mut self, at: f64) {
        self.resolved(at);
        if let Some(since) = self.downloading.take() {
            let before = self.report.download_seconds.unwrap_or_default();
            self.report.download_seconds = Some(before + at - since);
        }
        self.began_work = true;
    }

    /// What cargo itself says was wrong.
    fn complain(&mut self, text: &str) {
        let rendered = first(text, LONGEST_MESSAGE).to_owned();
        let line = first(text.lines().next().unwrap_or_default(), LONGEST_NAME);
        let line = line.strip_prefix("error: ").unwrap_or(line).to_owned();
        let kind = match ErrorKind::of("", &line, "") {
            // Cargo says which crate, but nothing was said of why: the compiler itself fell.
            _ if line.starts_with("could not compile") => ErrorKind::Compiler,
            // Before anything is compiled it can be nothing else.
            ErrorKind::Other | ErrorKind::Syntax if !self.began_work => ErrorKind::Dependency,
            kind => kind,
        };
        self.take(Message {
            is_error: true,
            kind: kind.to_string(),
            text: line,
            rendered,
            ..Message::default()
        });
    }

    /// Notes that a package could not be compiled.
    fn fails(&mut self, package: &str) {
        let failed = &mut self.report.failed;
        if failed.len() < MOST_FAILED && !failed.iter().any(|known| known == package) {
            failed.push(first(package, LONGEST_NAME).to_owned());
        }
    }

    /// Counts a message, and keeps it if there is room.
    fn take(&mut self, mut message: Message) {
        let mut hash = DefaultHasher::new();
        (message.is_error, &message.rendered, &message.text).hash(&mut hash);
        if self.remembered.len() < MOST_REMEMBERED && !self.remembered.insert(hash.finish()) {
            return;
        }
        let kept = if message.is_error {
            if !message.package.is_empty() {
                self.fails(&message.package);
            }
            self.report.errors += 1;
            let kind = ErrorKind::parse(&message.kind).unwrap_or(ErrorKind::Other);
            *self.kinds.entry(kind).or_default() += 1;
            if !message.file.is_empty() {
                let has_room = self.files.len() < MOST_FILES;
                match self.files.get_mut(&message.file) {
                    Some(count) => *count += 1,
                    None if has_room => {
                        self.files.insert(message.file.clone(), 1);
                    }
                    None => self.left_out.files += 1,
                }
            }
            &mut self.kept_errors
        } else {
            self.report.warnings += 1;
            &mut self.kept_warnings
        };
        if *kept >= MOST_MESSAGES {
            self.left_out.messages += 1;
            return;
        }
        *kept += 1;
        if message.rendered.len() > LONGEST_MESSAGE {
            let cut = first(&message.rendered, LONGEST_MESSAGE).to_owned();
            message.rendered = cut + "\n…";
        }
        for text in [&mut message.text, &mut message.file, &mut message.package] {
            if text.len() > LONGEST_NAME {
                *text = first(text, LONGEST_NAME).to_owned() + "…";
            }
        }
        self.report.messages.push(message);
    }
}

impl LeftOut {
    fn words(&self) -> Vec<String> {
        let counted = [
            (self.messages, "messages are counted but not kept"),
            (self.files, "errors are in further files"),
            (self.units, "pieces of work are not kept"),
            (self.unreadable, "messages of cargo could not be read"),
        ];
        let counted = counted.iter().filter(|(count, _)| *count > 0);
        let mut words: Vec<_> = counted
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        for (reason, count) in &self.unknown {
            words.push(format!(
                "{count} messages of cargo of an unknown kind: {reason:?}"
            ));
        }
        words
    }
}

fn largest(counts: BTreeMap<String, u64>) -> Vec<Counted> {
    let counts = counts.into_iter();
    let mut counted: Vec<_> = counts
        .map(|(name, count)| Counted { name, count })
        .collect();
    counted.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    counted
}

#[cfg(test)]
mod tests;
