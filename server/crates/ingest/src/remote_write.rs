//! Remote write 1.0 and 2.0, as Prometheus and its agents send it.
//!
//! The protocol of 1.0: <https://prometheus.io/docs/specs/prw/remote_write_spec/>; its messages:
//! `remote.proto` and `types.proto` in <https://github.com/prometheus/prometheus/tree/main/prompb>.

mod histogram;
mod known;
mod series;
mod v2;

use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use model::{Labels, SeriesSamples};

use crate::exemplars::Exemplars;
pub use crate::protobuf::Malformed;
use crate::protobuf::next;
use known::Known;
use series::AllSeries;

/// Most samples of one request; senders send some thousands.
const MOST_SAMPLES: usize = 1_000_000;
/// Most buckets of native histograms in one request.
const MOST_BUCKETS: usize = 4_000_000;
/// Most metrics that one request may describe.
const MOST_METADATA: usize = 100_000;
/// Longest text of a description, in letters; what is longer is cut.
const LONGEST_TEXT: usize = 1_000;

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
    /// Native histograms among the samples of the series.
    pub histograms: u64,
    /// What was sent as native histograms and is none.
    pub wrong_histograms: u64,
    /// What is wrong with the first of them.
    pub wrong_histogram_example: Option<String>,
    /// Exemplars, of series of this request or of others.
    pub exemplars: Exemplars,
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
    #[error("the body is not a write request of the version that it says: {0}")]
    Malformed(#[from] Malformed),
}

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 1.0: `prometheus.WriteRequest`.
    One,
    /// 2.0: `io.prometheus.write.v2.Request`.
    Two,
}

/// Reads requests, and remembers the label sets that it has seen.
#[derive(Default)]
pub struct Reader {
    known: RwLock<Known>,
    /// Those of 2.0, which are found by other bytes.
    known_of_two: RwLock<Known>,
}

impl Reader {
    /// Reads a body of at most so many bytes uncompressed. A series with wrong labels is left out and
    /// counted; the rest is taken.
    ///
    /// # Errors
    /// When it is no write request, or too large.
    pub fn read(&self, version: Version, body: &[u8], most: usize) -> Result<Sent, Error> {
        let compression = |error: snap::Error| Error::Compression(error.to_string());
        // It says how large it is before anything is unpacked.
        let bytes = snap::raw::decompress_len(body).map_err(compression)?;
        if bytes > most {
            return Err(Error::TooLarge { bytes, most });
        }
        let message = snap::raw::Decoder::new()
            .decompress_vec(body)
            .map_err(compression)?;
        match version {
            Version::One => {
                let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
                let mut series = AllSeries::new(&known);
                let metadata = fields(&message, &mut series)?;
                let (mut sent, new) = series.done();
                drop(known);
                sent.metadata = metadata;
                learn(&self.known, new);
                Ok(sent)
            }
            Version::Two => {
                let known = &self.known_of_two;
                let seen = known.read().unwrap_or_else(PoisonError::into_inner);
                let (sent, new) = v2::Request::read(&message, &seen)?;
                drop(seen);
                learn(known, new);
                Ok(sent)
            }
        }
    }
}

/// Nobody waits for it: what is not remembered is read once more.
fn learn<B: AsRef<[u8]> + Into<Box<[u8]>>>(known: &RwLock<Known>, new: Vec<(B, Labels)>) {
    if !new.is_empty()
        && let Ok(mut known) = known.try_write()
    {
        let outdated = known.learn(new, Instant::now());
        drop(known);
        drop(outdated);
    }
}

fn fields<'a>(
    mut message: &'a [u8],
    series: &mut AllSeries<'_, 'a>,
) -> Result<Vec<Metadata>, Error> {
    let mut described = Vec::new();
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => series.read(value.bytes(tag)?)?,
            3 if described.len() < MOST_METADATA => {
                let said = metadata(value.bytes(tag)?)?;
                described.extend(Some(said).filter(|said| !said.name.is_empty()));
            }
            _ => {}
        }
        too_many("samples", series.samples(), MOST_SAMPLES)?;
        too_many("buckets", series.buckets(), MOST_BUCKETS)?;
    }
    Ok(described)
}

fn too_many(what: &'static str, there_are: usize, most: usize) -> Result<(), Error> {
    match there_are > most {
        true => Err(Error::TooMany { what, most }),
        false => Ok(()),
    }
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

pub(crate) fn cut(text: &str) -> String {
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
