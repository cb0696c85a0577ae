//! What cargo prints for people: a status of twelve columns and what it is about, messages of the compiler as it
//! writes them, and summaries.

use super::{Reader, Seen};
use crate::line::plain;
use crate::{ErrorKind, Message, Unit};

/// Words of cargo that say that something is being built.
const WORKING: [&str; 5] = ["Compiling", "Checking", "Documenting", "Fresh", "Dirty"];
/// What stands behind the profile of what was only checked.
const CHECKED: &str = " (check)";
/// Bytes of a message that are put together.
const LONGEST: usize = 16 << 10;

/// A message that goes on.
#[derive(Debug)]
pub(super) struct Begun {
    is_error: bool,
    code: String,
    text: String,
    rendered: String,
    /// Whether the line before was empty.
    is_broken: bool,
}

impl Reader {
    pub(super) fn text(&mut self, line: &str, at: f64) -> Seen {
        let line = plain(line);
        let line = line.trim_end();
        if let Some((status, rest)) = status(line) {
            self.end_message();
            return self.status(status, rest, at);
        }
        if let Some(header) = header(line) {
            self.end_message();
            self.begin(header, line, at);
            return Seen::Text;
        }
        if line.starts_with("[Finished running") || line.starts_with("[Running ") {
            // What `cargo watch` says between two builds.
            self.end_message();
            if self.success.is_none() && self.complaint.is_some() {
                self.over(false, at);
            }
            return Seen::Text;
        }
        let goes_on = self
            .begun
            .as_ref()
            .is_some_and(|begun| begun.goes_on_with(line));
        if !goes_on {
            self.end_message();
        } else if let Some(begun) = &mut self.begun {
            begun.is_broken = line.is_empty();
            if begun.rendered.len() + line.len() < LONGEST {
                begun.rendered.push('\n');
                begun.rendered.push_str(line);
            }
        }
        Seen::Text
    }

    fn status(&mut self, status: &str, rest: &str, at: f64) -> Seen {
        match status {
            word if WORKING.contains(&word) => {
                self.works(at);
                self.checks |= word == "Checking";
                let mut words = rest.split(' ');
                let (name, version) = (words.next(), words.next());
                let version = version.and_then(|it| it.strip_prefix('v'));
                if let (Some(name), Some(version)) = (name, version) {
                    let unit = Unit {
                        name: name.to_owned(),
                        version: version.to_owned(),
                        is_own: rest.contains(" (/") || rest.contains(":\\"),
                        is_fresh: Some(word == "Fresh"),
                        ..Unit::default()
                    };
                    self.units.begin(unit);
                }
            }
            "Downloading" => {
                self.resolved(at);
                self.downloading.get_or_insert(at);
            }
            // The bar: `[====>   ] 3/12: one, two`.
            "Building" => {
                let counts = rest.rsplit_once("] ").map(|(_, counts)| counts);
                let counts = counts.and_then(|it| it.split(':').next()?.split_once('/'));
                if let Some((done, total)) = counts
                    && let (Ok(done), Ok(total)) = (done.trim().parse(), total.trim().parse())
                {
                    self.units.told(done);
                    self.report.total = Some(total);
                }
            }
            "Blocking" => self.note(format!("cargo was {}", rest.trim_end_matches('.'))),
            "Finished" => {
                self.works(at);
                let profile = rest.split('`').nth(1).map(str::to_owned);
                if let Some(profile) = profile.filter(|_| rest.contains("` profile")) {
                    // Checking takes other times than compiling.
                    let checks = self.checks || self.report.profile.ends_with(CHECKED);
                    self.report.profile = profile + if checks { CHECKED } else { "" };
                }
                self.over(true, at);
            }
            "Timing" => {
                if let Some(path) = rest.strip_prefix("report saved to ") {
                    return Seen::Timings(path.to_owned());
                }
            }
            _ => {}
        }
        Seen::Text
    }

    fn over(&mut self, is_success: bool, at: f64) {
        self.success = Some(is_success);
        self.ended_seconds = at;
    }

    /// A line that begins with `error` or `warning`.
    fn begin(&mut self, (is_error, code, said): (bool, &str, &str), line: &str, at: f64) {
        if is_summary(said) {
            if is_error && said.starts_with("could not compile") {
                self.complaint.get_or_insert_with(|| line.to_owned());
                if let Some(package) = said.split('`').nth(1) {
                    self.fails(package);
                }
                self.over(false, at);
            }
            return;
        }
        self.begun = Some(Begun {
            is_error,
            code: code.to_owned(),
            text: said.to_owned(),
            rendered: line.to_owned(),
            is_broken: false,
        });
    }

    /// Takes a message that has been read to its end.
    pub(super) fn end_message(&mut self) {
        let Some(begun) = self.begun.take() else {
            return;
        };
        let rendered = begun.rendered.trim_end();
        let (file, line, column) = place(rendered).unwrap_or_default();
        let is_of_compiler = !file.is_empty() || !begun.code.is_empty();
        if begun.is_error && !is_of_compiler {
            let kind = ErrorKind::of("", &begun.text, rendered);
            let is_known = self.began_work && !matches!(kind, ErrorKind::Other | ErrorKind::Syntax);
            if !is_known {
                // Cargo's own words: they count if nothing else does.
                self.complaint = Some(rendered.to_owned());
                return;
            }
        }
        if !begun.is_error && !is_of_compiler {
            // Cargo itself, or a build script: nothing of the compiler, and not in its count.
            return;
        }
        let kind = ErrorKind::of(&begun.code, &begun.text, rendered);
        self.take(Message {
            is_error: begun.is_error,
            kind: if begun.is_error {
                kind.to_string()
            } else {
                String::new()
            },
            code: begun.code,
            text: begun.text,
            rendered: rendered.to_owned(),
            package: String::new(),
            file,
            line,
            column,
        });
    }
}

impl Begun {
    /// Messages have empty lines in them, and what follows one belongs to it if it is indented or a note.
    fn goes_on_with(&self, line: &str) -> bool {
        const NOTES: [&str; 4] = ["note: ", "help: ", "Caused by:", "--- "];
        if line.starts_with("For more information about this error")
            || line.starts_with("Some errors have detailed explanations")
        {
            return false;
        }
        !self.is_broken
            || line.is_empty()
            || line.starts_with([' ', '\t'])
            || NOTES.iter().any(|note| line.starts_with(note))
            // The source beside its line number.
            || line.split_once(" |").is_some_and(|(number, _)| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
    }
}

/// A status and what it is about: the status stands right-aligned in twelve columns.
fn status(line: &str) -> Option<(&str, &str)> {
    let (column, rest) = (line.get(..12)?, line.get(12..)?);
    let rest = rest.strip_prefix(' ')?;
    let status = column.trim_start();
    let is_word = status.len() > 2 && status.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_word && status.starts_with(|it: char| it.is_ascii_uppercase())).then_some((status, rest))
}

/// Whether it is an error, its code, and what it says.
fn header(line: &str) -> Option<(bool, &str, &str)> {
    let (is_error, rest) = match (line.strip_prefix("error"), line.strip_prefix("warning")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return None,
    };
    if let Some(said) = rest.strip_prefix(": ") {
        return Some((is_error, "", said));
    }
    let (code, said) = rest.strip_prefix('[')?.split_once("]: ")?;
    Some((is_error, code, said))
}

/// Whether a message only sums others up.
pub(super) fn is_summary(said: &str) -> bool {
    let counts = |end: &str| {
        let number = said.strip_suffix(end).unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    said.starts_with("aborting due to ")
        || said.starts_with("could not compile `")
        || said.starts_with("build failed, waiting for other jobs")
        || (said.starts_with('`') && said.contains(" generated ") && said.contains(" warning"))
        || counts(" warning emitted")
        || counts(" warnings emitted")
}

/// The first place that a message names: `  --> src/lib.rs:2:4`.
fn place(rendered: &str) -> Option<(String, u32, u32)> {
    let place = rendered
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "))?;
    let mut parts = place.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((parts.next()?.to_owned(), line, column))
}

/// Whether a line says that something is being built.
pub(super) fn begins_work(line: &str) -> bool {
    let line = plain(line);
    line.starts_with("[Running ")
        || status(&line)
            .is_some_and(|(status, _)| status == "Blocking" || WORKING.contains(&status))
}
