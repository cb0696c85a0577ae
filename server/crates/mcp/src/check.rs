//! Tool checks: a named tool that is called on a schedule, and what is expected of its answer.

use std::fmt;
use std::time::Duration;

use regex::Regex;
use serde_json::{Map, Value};
use serde_json_path::JsonPath;

/// A tool to call on a schedule. With it, whatever an MCP server can reach is watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Unique among the checks of one server; comes back in every result.
    pub name: String,
    /// The tool, as the server calls it.
    pub tool: String,
    /// What it is called with.
    pub arguments: Arguments,
    /// From the start of one call to the start of the next.
    pub every: Duration,
    /// Longest time for an answer.
    pub timeout: Duration,
    /// What the answer has to be like.
    pub expect: Expect,
    /// Where in the answer the number is that becomes a sample.
    pub record: Option<Path>,
    /// Whether the server itself is of no use to anybody when this fails.
    pub canary: bool,
}

/// What an answer has to be like; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// Whether the tool has to say that it failed.
    pub is_error: bool,
    /// What has to stand at a place of the answer.
    pub json: Option<(Path, Wanted)>,
    /// What the text of the answer has to match.
    pub matches: Option<Pattern>,
    /// Longest time for the answer, below the time-out.
    pub max_seconds: Option<f64>,
    /// Largest answer, as JSON.
    pub max_bytes: Option<u64>,
}

/// What has to stand at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// Something, or nothing.
    Exists(bool),
    /// This value, wherever the path leads.
    Equals(Value),
}

/// The arguments of a call. Their values may be secrets and are never printed.
#[derive(Clone, Default, PartialEq)]
pub struct Arguments {
    /// The arguments themselves.
    pub values: Map<String, Value>,
    /// Texts in them that are hidden wherever a server quotes them.
    pub secrets: Vec<String>,
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = self.values.keys().map(|name| (name, model::REDACTED));
        f.debug_map().entries(hidden).finish()
    }
}

/// A JSONPath (RFC 9535).
#[derive(Clone, PartialEq)]
pub struct Path(JsonPath);

impl Path {
    /// Reads a path such as `$.status`.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        match JsonPath::parse(text) {
            Ok(path) => Ok(Self(path)),
            Err(error) => Err(format!(
                "{text:?} is no JSONPath, at character {}: {}; write for instance $.status",
                error.position() + 1,
                error.message()
            )),
        }
    }

    /// All places of the value that it leads to.
    pub(crate) fn find<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        self.0.query(value).all()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A regular expression.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads a regular expression.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        Regex::new(text)
            .map(Self)
            .map_err(|error| format!("{text:?} is no regular expression: {error}"))
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}
