//! Texts of messages: Alertmanager's templates, with its data, its functions and the names of its defaults.
//!
//! <https://prometheus.io/docs/alerting/latest/notifications/>. What a template that fails or runs away has to say is
//! replaced by a plain sentence with the error in it: the message goes out all the same.

mod data;
mod functions;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::TimestampMs;
use template::{Bounds, COMMON, Language, Library, Scope, Text, Value};

use crate::message::Message;

pub(crate) use data::{ended, quoted};

/// What texts of messages may use.
const LANGUAGE: Language = Language {
    functions: &[COMMON, functions::NAMES],
    variables: &[],
};

/// The templates that are there without any file.
const DEFAULTS: &str = include_str!("texts/default.tmpl");

/// Enough for ten thousand alerts in one message.
const BOUNDS: Bounds = Bounds {
    bytes: 4 << 20,
    steps: 2_000_000,
};

/// Files of templates larger than this are none, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// Templates by name: the defaults, and what files define.
#[derive(Clone, Debug)]
pub struct Texts {
    library: Arc<Library>,
}

/// Why a file of templates is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {why}", file.display())]
pub struct BadFile {
    /// The file, or the pattern of names.
    pub file: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// A text with templates that has been understood.
#[derive(Clone, Debug)]
pub struct Written {
    written: String,
    text: Text,
}

impl Written {
    /// Understands a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self {
            written: text.to_owned(),
            text: Text::parse(text, &LANGUAGE)?,
        })
    }

    /// Nothing.
    pub(crate) fn empty() -> Self {
        Self {
            written: String::new(),
            text: Text::default(),
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.written
    }
}

impl Texts {
    /// The defaults.
    ///
    /// # Errors
    /// If they are no templates, which a test rules out.
    pub fn defaults() -> Result<Self, String> {
        let mut library = Library::default();
        library.add(&Text::parse(DEFAULTS, &LANGUAGE)?);
        Ok(Self {
            library: Arc::new(library),
        })
    }

    /// The defaults and what files define, whose names may have `*`, as under `templates`. Later files win.
    ///
    /// # Errors
    /// All files that are no templates.
    pub fn read(patterns: &[String], folder: &Path) -> Result<Self, Vec<BadFile>> {
        let bad = |file: &Path, why: String| BadFile {
            file: file.to_owned(),
            why,
        };
        let mut library = Library::default();
        let mut wrong = Vec::new();
        match Text::parse(DEFAULTS, &LANGUAGE) {
            Ok(text) => library.add(&text),
            Err(why) => wrong.push(bad(Path::new("default.tmpl"), why)),
        }
        for pattern in patterns {
            let path = folder.join(pattern);
            let found = match glob::glob(&path.to_string_lossy()) {
                Ok(found) => found,
                Err(error) => {
                    wrong.push(bad(&path, error.to_string()));
                    continue;
                }
            };
            for file in found {
                match file.map_err(|error| bad(error.path(), error.to_string())) {
                    Ok(file) => match definitions(&file) {
                        Ok(text) => library.add(&text),
                        Err(why) => wrong.push(bad(&file, why)),
                    },
                    Err(unreadable) => wrong.push(unreadable),
                }
            }
        }
        match wrong.is_empty() {
            true => Ok(Self {
                library: Arc::new(library),
            }),
            false => Err(wrong),
        }
    }

    /// The names of all templates.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.library.names()
    }

    /// What a text says of a message, for instance to show it before anybody is told.
    ///
    /// # Errors
    /// Why it says nothing.
    pub fn preview(
        &self,
        text: &str,
        message: &Message,
        is_html: bool,
        now_ms: TimestampMs,
    ) -> Result<String, String> {
        let written = Written::parse(text)?;
        let filling = Filling::new(self, message, now_ms);
        filling.run(&written, is_html)
    }
}

fn definitions(file: &Path) -> Result<Text, String> {
    let about = std::fs::metadata(file).map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err("it is no file".to_owned());
    }
    if about.len() > LARGEST_FILE {
        return Err(format!("it is larger than {LARGEST_FILE} bytes"));
    }
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    Text::parse(&text, &LANGUAGE)
}

/// Fills in the texts of one message.
pub(crate) struct Filling<'a> {
    texts: &'a Texts,
    message: &'a Message,
    dot: Value,
    now_ms: TimestampMs,
    /// What failed and is not said in a text.
    unsaid: Vec<String>,
}

impl<'a> Filling<'a> {
    pub(crate) fn new(texts: &'a Texts, message: &'a Message, now_ms: TimestampMs) -> Self {
        Self {
            texts,
            message,
            dot: data::seen(message),
            now_ms,
            unsaid: Vec::new(),
        }
    }

    fn run(&self, written: &Written, is_html: bool) -> Result<String, String> {
        let call = |name: &str, given: &[Value]| functions::call(name, given, self.now_ms);
        let scope = Scope {
            dot: self.dot.clone(),
            variables: Vec::new(),
            call: &call,
            library: Some(&self.texts.library),
            is_html,
            bounds: BOUNDS,
        };
        written.text.run(&scope)
    }

    /// What a text says; if it fails, what it is about and the error.
    pub(crate) fn text(&self, written: &Written) -> String {
        self.run(written, false).unwrap_or_else(|error| {
            format!(
                "{} (a template failed: {error})",
                plain_subject(self.message)
            )
        })
    }

    /// The same as HTML, in which values are quoted.
    pub(crate) fn html(&self, written: &Written) -> String {
        self.run(written, true).unwrap_or_else(|error| {
            format!(
                "{} (a template failed: {error})",
                plain_subject(self.message)
            )
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
        })
    }

    /// What a text says without which nothing can be sent.
    pub(crate) fn needed(&self, written: &Written) -> Result<String, String> {
        self.run(written, false)
    }

    /// What a text says that is no sentence, such as a colour: nothing if it fails, and [`Filling::unsaid`] has the
    /// error.
    pub(crate) fn bare(&mut self, written: &Written) -> String {
        self.run(written, false).unwrap_or_else(|error| {
            if !self.unsaid.contains(&error) {
                self.unsaid.push(error);
            }
            String::new()
        })
    }

    /// What failed in texts that say nothing of it, as a sentence.
    pub(crate) fn unsaid(&self) -> Option<String> {
        let failed = self.unsaid.join("; ");
        (!failed.is_empty()).then(|| format!("(a template failed: {failed})"))
    }
}

/// What a message is about, said without any template: `[FIRING:2] Down critical`.
pub(crate) fn plain_subject(message: &Message) -> String {
    let firing = message.firing().count();
    let values: Vec<_> = message
        .group_labels
        .iter()
        .map(|(_, value)| value)
        .collect();
    match firing {
        0 => format!("[RESOLVED] {}", values.join(" ")),
        firing => format!("[FIRING:{firing}] {}", values.join(" ")),
    }
}

#[cfg(test)]
mod tests;
