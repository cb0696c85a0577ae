//! What targets expose: the text format of Prometheus, and OpenMetrics.
//!
//! Read as strictly as Prometheus reads it, and told where a text is wrong. Formats:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>,
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>; names in quotes:
//! <https://prometheus.io/docs/guides/utf8/>.

mod labels;
mod lint;
mod numbers;
mod parser;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use model::{Labels, TimestampMs};

use crate::remote_write::Metadata;
pub use lint::lint;
pub use parser::{Entry, Parser, Sample};

/// What a scrape asks for, the preferred form first.
pub const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                          application/openmetrics-text;version=0.0.1;q=0.5,\
                          text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                          text/plain;version=0.0.4;q=0.3,*/*;q=0.1";

/// Longest description of a metric that is kept, in letters.
const LONGEST_TEXT: usize = 1_000;

/// Names and values of labels, as [`Parser::labels`] reads them; the metric's name is among them.
pub type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// In which form something is exposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The text format of Prometheus.
    Text,
    /// OpenMetrics text.
    OpenMetrics,
}

impl Format {
    /// The form that a `Content-Type` names. What says nothing is taken for the text format; what names
    /// something else is refused.
    ///
    /// # Errors
    /// With a sentence that names the type.
    pub fn of_content_type(value: Option<&str>) -> Result<Self, String> {
        let value = value.unwrap_or_default();
        let kind = value.split(';').next().unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            "" | "text/plain" => Ok(Self::Text),
            "application/openmetrics-text" => Ok(Self::OpenMetrics),
            "text/html" => Err(format!(
                "{value:?} is a web page, not metrics: is the path right?"
            )),
            _ => Err(format!(
                "content-type {value:?} is not taken; text/plain and application/openmetrics-text are"
            )),
        }
    }
}

/// What is wrong with an exposition, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// Its line, from 1.
    pub line: usize,
    /// Its place in the line in letters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            message,
        } = self;
        write!(f, "line {line}, column {column}: {message}")
    }
}

/// One value that is exposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its series, with the metric's name.
    pub labels: Labels,
    /// The value.
    pub value: f64,
    /// Its time, where the text names one.
    pub at_ms: Option<TimestampMs>,
}

/// A whole exposition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposition {
    /// Values, in the order of the text.
    pub points: Vec<Point>,
    /// What is said about metrics, by name.
    pub metadata: Vec<Metadata>,
    /// Exemplars, which are read and not kept.
    pub exemplars: u64,
}

/// Reads a whole exposition. For a target that is read again and again see [`Parser`], whose user can
/// recognise series by how they are written.
///
/// # Errors
/// The first mistake; then nothing of it counts.
pub fn read(body: &[u8], format: Format) -> Result<Exposition, Error> {
    let mut parser = Parser::new(body, format)?;
    let mut found = Exposition::default();
    let mut described = Descriptions::default();
    let mut pairs = Pairs::new();
    while let Some(entry) = parser.next_entry()? {
        let Entry::Sample(sample) = entry else {
            described.note(&entry);
            continue;
        };
        parser.labels(&sample, &mut pairs)?;
        found.exemplars += u64::from(sample.exemplar.is_some());
        found.points.push(Point {
            labels: pairs.iter().map(|(name, value)| (name, value)).collect(),
            value: sample.value,
            at_ms: sample.at_ms,
        });
    }
    found.metadata = described.done();
    Ok(found)
}

/// Collects what an exposition says about its metrics.
#[derive(Default)]
pub struct Descriptions(BTreeMap<String, Metadata>);

impl Descriptions {
    /// Takes a line in that says something about a metric.
    pub fn note(&mut self, entry: &Entry<'_>) {
        match entry {
            Entry::Type { name, kind } => self.of(name).kind = kind,
            Entry::Help { name, text } => {
                self.of(name).help = text.chars().take(LONGEST_TEXT).collect();
            }
            Entry::Unit { name, unit } => self.of(name).unit = (*unit).to_owned(),
            Entry::Comment | Entry::Sample(_) => {}
        }
    }

    fn of(&mut self, name: &str) -> &mut Metadata {
        let unknown = || Metadata {
            name: name.to_owned(),
            kind: "unknown",
            help: String::new(),
            unit: String::new(),
        };
        self.0.entry(name.to_owned()).or_insert_with(unknown)
    }

    /// Everything that was said, by name.
    pub fn done(self) -> Vec<Metadata> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests;
