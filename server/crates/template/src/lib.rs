//! Go's template language, over any data and with the functions that somebody gives it.
//!
//! <https://pkg.go.dev/text/template>. The crates that speak this language are not looked after any more, and have
//! other numbers and other errors than Go. A [`Text`] is parsed with the names of a [`Language`] and run with a
//! [`Scope`]; texts of a [`Library`] are used by name. Output, steps and depth are bounded.

mod builtin;
mod common;
mod compare;
mod escape;
mod humane;
mod lex;
mod parse;
mod print;
mod run;
mod time;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use parse::Piece;

pub use common::{
    COMMON, call as call_common, number as as_number, pattern as as_pattern, query_escaped, texts,
};
pub use humane::{
    binary as humanized_binary, duration as humanized_duration, metric as humanized,
    percentage as humanized_percentage,
};
pub use print::{number as printed_number, plain as printed};
pub use time::{Moment, UTC};
pub use value::{Outcome, Thing, Value};

/// The names that a text may use beside those of every Go template.
#[derive(Clone, Copy, Debug)]
pub struct Language {
    /// Functions, in lists.
    pub functions: &'static [&'static [&'static str]],
    /// Variables that are there at the beginning, beside `$`.
    pub variables: &'static [&'static str],
}

/// Answers the functions of a [`Language`]: `None` if it has none of that name.
pub type Call<'a> = &'a dyn Fn(&str, &[Value]) -> Option<Outcome>;

/// What a text is run with.
pub struct Scope<'a> {
    /// What `.` and `$` are.
    pub dot: Value,
    /// Variables, `$` included in their names.
    pub variables: Vec<(&'static str, Value)>,
    /// Answers functions.
    pub call: Call<'a>,
    /// Other texts that may be used.
    pub library: Option<&'a Library>,
    /// Whether what actions say is escaped, as in Go's `html/template`.
    pub is_html: bool,
    /// What is too much.
    pub bounds: Bounds,
}

/// How much a text may be and do; what is more is broken off with an error.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Most bytes of what it comes to, and of what a function gives.
    pub bytes: usize,
    /// Most pieces, turns of loops and functions, each by what it is given.
    pub steps: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            bytes: 1 << 20,
            steps: 1_000_000,
        }
    }
}

/// A text that has been understood.
#[derive(Clone, Debug, Default)]
pub struct Text {
    parsed: Arc<Parsed>,
}

#[derive(Debug, Default)]
struct Parsed {
    pieces: Vec<Piece>,
    /// What `define` names.
    defined: BTreeMap<String, Arc<[Piece]>>,
}

impl Text {
    /// Understands a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, language: &Language) -> Result<Self, String> {
        let parsed = match text.contains("{{") {
            true => parse::parse(text, language)?,
            false => Parsed {
                pieces: vec![Piece::Text(text.to_owned())],
                ..Parsed::default()
            },
        };
        Ok(Self {
            parsed: Arc::new(parsed),
        })
    }

    /// What it comes to.
    ///
    /// # Errors
    /// Why it comes to nothing.
    pub fn run(&self, scope: &Scope<'_>) -> Result<String, String> {
        run::run(&self.parsed, scope)
    }
}

/// Texts that others use by name.
#[derive(Clone, Debug, Default)]
pub struct Library(BTreeMap<String, Arc<[Piece]>>);

impl Library {
    /// Takes what a text defines; of two with one name the later one counts.
    pub fn add(&mut self, text: &Text) {
        let defined = text.parsed.defined.iter();
        self.0
            .extend(defined.map(|(name, pieces)| (name.clone(), Arc::clone(pieces))));
    }

    /// Whether there is a text of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
