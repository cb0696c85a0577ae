//! What targets expose: the text format of Prometheus, OpenMetrics, and Prometheus's protobuf.
//!
//! Read as strictly as Prometheus reads it, and told where it is wrong. Formats:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>,
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>; names in quotes:
//! <https://prometheus.io/docs/guides/utf8/>.

mod each;
mod labels;
mod lint;
mod numbers;
mod parser;
pub mod protobuf;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use model::{Histogram, Labels, TimestampMs};

use crate::exemplars::Exemplars;
use crate::remote_write::Metadata;
pub use each::{Exposed, Histograms, Take, Value, each};
pub use labels::Exemplar;
pub use lint::lint;
pub use parser::{Entry, Parser, Sample};

/// Longest description of a metric that is kept, in letters.
const LONGEST_TEXT: usize = 1_000;

/// Names and values of labels, as [`Parser::labels`] reads them; the metric's name is among them.
pub type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The text format of Prometheus.
    Text,
    /// OpenMetrics text.
    OpenMetrics,
}

/// In which form something is exposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As a text.
    Text(Format),
    /// As messages of protobuf.
    Protobuf,
}

impl Encoding {
    /// The form that a `Content-Type` names. What says nothing is taken for the text format; what names
    /// something else is refused.
    ///
    /// # Errors
    /// With a sentence that names the type.
    pub fn of_content_type(value: Option<&str>) -> Result<Self, String> {
        let value = value.unwrap_or_default();
        let mut parts = value.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        match kind.to_ascii_lowercase().as_str() {
            "" | "text/plain" => Ok(Self::Text(Format::Text)),
            "application/openmetrics-text" => Ok(Self::Text(Format::OpenMetrics)),
            protobuf::MEDIA => {
                let said = |name: &str| {
                    let all = parts.clone().filter_map(|part| part.split_once('='));
                    let mut all = all.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
                    all.next().map(|(_, text)| text.trim().trim_matches('"'))
                };
                let is_message = said("proto").is_none_or(|it| it == protobuf::MESSAGE);
                match is_message && said("encoding").is_none_or(|it| it == "delimited") {
                    true => Ok(Self::Protobuf),
                    false => Err(format!(
                        "content-type {value:?} is not taken; of protobuf that with proto={} and encoding=delimited is",
                        protobuf::MESSAGE
                    )),
                }
            }
            "text/html" => Err(format!(
                "{value:?} is a web page, not metrics: is the path right?"
            )),
            _ => Err(format!(
                "content-type {value:?} is not taken; text/plain, application/openmetrics-text and {} are",
                protobuf::MEDIA
            )),
        }
    }
}

/// Why an exposition cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is no such text.
    #[error(transparent)]
    Text(#[from] Error),
    /// It is no such protobuf.
    #[error(transparent)]
    Protobuf(#[from] protobuf::Error),
}

/// What is wrong with a text, and where.
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

/// One native histogram that is exposed.
#[derive(Clone, Debug, PartialEq)]
pub struct NativePoint {
    /// Its series, with the metric's name.
    pub labels: Labels,
    /// The histogram.
    pub histogram: Arc<Histogram>,
    /// Its time, where the body names one.
    pub at_ms: Option<TimestampMs>,
}

/// A whole exposition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposition {
    /// Values, in the order of the text.
    pub points: Vec<Point>,
    /// Native histograms, where they were asked for.
    pub histograms: Vec<NativePoint>,
    /// What is said about metrics, by name.
    pub metadata: Vec<Metadata>,
    /// Exemplars of those values; what names no time has none.
    pub exemplars: Exemplars,
}

/// Reads a whole exposition. For a target that is read again and again see [`each`], whose user can
/// recognise series by how they are written.
///
/// # Errors
/// The first mistake; then nothing of it counts.
pub fn read(
    body: &[u8],
    encoding: Encoding,
    histograms: Histograms,
) -> Result<Exposition, Unreadable> {
    let mut whole = Whole {
        histograms,
        ..Whole::default()
    };
    each(body, encoding, &mut whole)?;
    let mut found = whole.found;
    found.metadata = whole.described.done();
    Ok(found)
}

#[derive(Default)]
struct Whole<'a> {
    histograms: Histograms,
    found: Exposition,
    described: Descriptions,
    pairs: Pairs<'a>,
}

impl<'a> Take<'a> for Whole<'a> {
    type Error = Unreadable;

    fn histograms(&self) -> Histograms {
        self.histograms
    }

    fn describe(&mut self, entry: &Entry<'_>) {
        self.described.note(entry);
    }

    fn sample(&mut self, exposed: &Exposed<'_, 'a>) -> Result<(), Unreadable> {
        exposed.labels(&mut self.pairs)?;
        let pairs = self.pairs.iter();
        let labels: Labels = pairs.map(|(name, value)| (name, value)).collect();
        let exemplars = &mut self.found.exemplars;
        exposed.exemplars(exposed.at_ms.unwrap_or_default(), &mut |exemplar| {
            exemplars.put(&labels, exemplar);
        })?;
        let at_ms = exposed.at_ms;
        match exposed.value {
            Value::Number(value) => self.found.points.push(Point {
                labels,
                value,
                at_ms,
            }),
            Value::Histogram(histogram) => self.found.histograms.push(NativePoint {
                labels,
                histogram: histogram.clone(),
                at_ms,
            }),
        }
        Ok(())
    }
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
