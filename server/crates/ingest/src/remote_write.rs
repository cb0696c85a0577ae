//! Remote write 1.0, as Prometheus and its agents send it.
//!
//! The protocol: <https://prometheus.io/docs/specs/prw/remote_write_spec/>; its messages:
//! `remote.proto` and `types.proto` in <https://github.com/prometheus/prometheus/tree/main/prompb>.

use model::{Labels, METRIC_NAME, SeriesSamples};

pub use crate::protobuf::Malformed;
use crate::protobuf::next;

/// Most samples of one request; senders send some thousands.
const MOST_SAMPLES: usize = 1_000_000;
/// Most labels of one series that are looked at.
const MOST_LABELS: usize = 1_000;
/// Most metrics that one request may describe.
const MOST_METADATA: usize = 100_000;
/// Longest text of a description, in letters; what is longer is cut.
const LONGEST_TEXT: usize = 1_000;
/// Longest example of wrong labels, in letters.
const LONGEST_EXAMPLE: usize = 250;

/// What one request brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sent {
    /// The series, in the order in which they were sent.
    pub series: Vec<SeriesSamples>,
    /// What is said about metrics.
    pub metadata: Vec<Metadata>,
    /// Samples of series whose labels are wrong.
    pub mislabelled: u64,
    /// What is wrong with the first of them.
    pub mislabelled_example: Option<String>,
    /// Native histograms, which are not read.
    pub histograms: u64,
    /// Exemplars, which are not read.
    pub exemplars: u64,
}

/// What is said about a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The name of the metric, without the suffixes of its series.
    pub name: String,
    /// `counter`, `gauge`, …, as the text format calls it.
    pub kind: &'static str,
    /// What it means.
    pub help: String,
    /// In what it is measured.
    pub unit: String,
}

/// Why a request cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The body is not compressed as it has to be.
    #[error("the body is not compressed with snappy (block format): {0}")]
    Compression(String),
    /// It would become too large.
    #[error("the body holds {bytes} bytes; at most {most} are taken at once")]
    TooLarge {
        /// Its size, uncompressed.
        bytes: usize,
        /// What is taken.
        most: usize,
    },
    /// It holds more than senders send: small parts of a message become large in memory.
    #[error("the body holds more than {most} {what}; send fewer at once")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are taken.
        most: usize,
    },
    /// It is not the message that it should be.
    #[error("the body is not a write request of remote write 1.0: {0}")]
    Malformed(#[from] Malformed),
}

/// Reads a body of at most so many bytes uncompressed. A series with wrong labels is left out and
/// counted; the rest is taken.
///
/// # Errors
/// When it is no write request, or too large.
pub fn read(body: &[u8], most: usize) -> Result<Sent, Error> {
    let compression = |error: snap::Error| Error::Compression(error.to_string());
    // It says how large it is before anything is unpacked.
    let bytes = snap::raw::decompress_len(body).map_err(compression)?;
    if bytes > most {
        return Err(Error::TooLarge { bytes, most });
    }
    let message = snap::raw::Decoder::new()
        .decompress_vec(body)
        .map_err(compression)?;
    let mut rest = message.as_slice();
    let mut sent = Sent::default();
    let mut scratch = Scratch::default();
    while let Some((tag, value)) = next(&mut rest)? {
        match tag {
            1 => scratch.series(value.bytes(tag)?, &mut sent)?,
            3 if sent.metadata.len() < MOST_METADATA => {
                let said = metadata(value.bytes(tag)?)?;
                sent.metadata
                    .extend(Some(said).filter(|said| !said.name.is_empty()));
            }
            _ => {}
        }
        if scratch.samples > MOST_SAMPLES {
            return Err(Error::TooMany {
                what: "samples",
                most: MOST_SAMPLES,
            });
        }
    }
    Ok(sent)
}

/// Space that is used for one series after the other.
#[derive(Default)]
struct Scratch<'a> {
    labels: Vec<(&'a str, &'a str)>,
    /// Samples so far, of all series.
    samples: usize,
}

impl<'a> Scratch<'a> {
    fn series(&mut self, mut message: &'a [u8], sent: &mut Sent) -> Result<(), Malformed> {
        self.labels.clear();
        let (mut at_ms, mut values) = (Vec::with_capacity(1), Vec::with_capacity(1));
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                1 if self.labels.len() <= MOST_LABELS => {
                    self.labels.push(label(value.bytes(tag)?)?);
                }
                2 => {
                    self.samples += 1;
                    if self.samples > MOST_SAMPLES {
                        return Ok(());
                    }
                    let (at, value) = sample(value.bytes(tag)?)?;
                    at_ms.push(at);
                    values.push(value);
                }
                3 => sent.exemplars += 1,
                4 => sent.histograms += 1,
                _ => {}
            }
        }
        match labels(&self.labels) {
            Ok(labels) if !at_ms.is_empty() => sent.series.push(SeriesSamples {
                labels,
                at_ms,
                values,
            }),
            Ok(_) => {}
            Err(why) => {
                sent.mislabelled += at_ms.len() as u64;
                if !at_ms.is_empty() && sent.mislabelled_example.is_none() {
                    sent.mislabelled_example = Some(example(why, &self.labels));
                }
            }
        }
        Ok(())
    }
}

fn example(why: &str, labels: &[(&str, &str)]) -> String {
    let mut text = format!("{why}: ");
    for (name, value) in labels {
        let pair = name
            .chars()
            .chain("=".chars())
            .chain(value.chars())
            .chain(" ".chars());
        text.extend(pair.take(LONGEST_EXAMPLE));
        if text.len() > LONGEST_EXAMPLE {
            text.push('…');
            break;
        }
    }
    text.trim_end().to_owned()
}

fn label(mut message: &[u8]) -> Result<(&str, &str), Malformed> {
    let (mut name, mut text) = ("", "");
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => name = value.text(tag)?,
            2 => text = value.text(tag)?,
            _ => {}
        }
    }
    Ok((name, text))
}

fn sample(mut message: &[u8]) -> Result<(i64, f64), Malformed> {
    let (mut at_ms, mut number) = (0, 0.0);
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => number = value.double(tag)?,
            2 => at_ms = value.number(tag)?.cast_signed(),
            _ => {}
        }
    }
    Ok((at_ms, number))
}

fn labels(pairs: &[(&str, &str)]) -> Result<Labels, &'static str> {
    if pairs.len() > MOST_LABELS {
        return Err("there are more than 1,000 labels");
    }
    if pairs.iter().any(|(name, _)| name.is_empty()) {
        return Err("a label has no name");
    }
    if !pairs.is_sorted_by(|(a, _), (b, _)| a < b) {
        return Err("labels are repeated or not sorted by name");
    }
    if !pairs
        .iter()
        .any(|(name, value)| *name == METRIC_NAME && !value.is_empty())
    {
        return Err("there is no name of a metric");
    }
    Ok(pairs.iter().copied().collect())
}

fn metadata(mut message: &[u8]) -> Result<Metadata, Malformed> {
    let mut found = Metadata {
        name: String::new(),
        kind: "unknown",
        help: String::new(),
        unit: String::new(),
    };
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => found.kind = kind(value.number(tag)?),
            2 => found.name = cut(value.text(tag)?),
            4 => found.help = cut(value.text(tag)?),
            5 => found.unit = cut(value.text(tag)?),
            _ => {}
        }
    }
    Ok(found)
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

/// `MetricMetadata.MetricType`.
fn kind(number: u64) -> &'static str {
    match number {
        1 => "counter",
        2 => "gauge",
        3 => "histogram",
        4 => "gaugehistogram",
        5 => "summary",
        6 => "info",
        7 => "stateset",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests;
