//! OTLP: what OpenTelemetry's SDKs and collectors send, as series.
//!
//! The protocol: <https://opentelemetry.io/docs/specs/otlp/>; its messages:
//! <https://github.com/open-telemetry/opentelemetry-proto>; what becomes of them:
//! <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>, as Prometheus's own
//! receiver does it. Beyond that deltas are added up, and exponential histograms become classic ones.

mod answer;
mod attributes;
mod deltas;
mod events;
mod exemplars;
mod exponential;
mod json;
mod known;
mod labels;
mod names;
mod points;
mod request;
mod shape;
mod signals;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Instant;

use model::SeriesSamples;

use crate::exemplars::Exemplars;
pub use crate::protobuf::Malformed;
use crate::remote_write::Metadata;
pub use answer::{Status, partial_success, status};
use deltas::Deltas;
pub use events::{Event, events};
use exponential::Exponential;
pub use json::to_protobuf;
use known::{Keys, Known};
pub use names::Strategy;
use request::Reading;
pub use signals::{Signal, records};

/// Most samples of one request.
const MOST_SAMPLES: usize = 1_000_000;
/// Most memory for labels that have not come before, in bytes: a small part of a message can name a large one
/// many times.
const MOST_LABEL_BYTES: usize = 128 << 20;
/// Longest name of a metric in an example, in letters.
const LONGEST_EXAMPLE: usize = 200;

/// How metrics are translated, under the names of Prometheus's section `otlp`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// How names are translated.
    pub translation_strategy: Strategy,
    /// Attributes of resources that become labels of every series.
    pub promote_resource_attributes: Vec<String>,
    /// Whether all of them do.
    pub promote_all_resource_attributes: bool,
    /// Which of them do not, when all do.
    pub ignore_resource_attributes: Vec<String>,
    /// Whether `target_info` has what becomes `job` and `instance` as well.
    pub keep_identifying_resource_attributes: bool,
    /// Whether what made a metric becomes labels: `otel_scope_name` and others.
    pub promote_scope_metadata: bool,
    /// Whether resources become series called `target_info`.
    pub target_info: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            translation_strategy: Strategy::default(),
            promote_resource_attributes: Vec::new(),
            promote_all_resource_attributes: false,
            ignore_resource_attributes: Vec::new(),
            keep_identifying_resource_attributes: false,
            promote_scope_metadata: false,
            target_info: true,
        }
    }
}

impl Settings {
    fn promotes(&self, name: &str) -> bool {
        let is_in = |list: &[String]| list.iter().any(|known| known == name);
        match self.promote_all_resource_attributes {
            true => !is_in(&self.ignore_resource_attributes),
            false => is_in(&self.promote_resource_attributes),
        }
    }
}

/// What one request of metrics brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sent {
    /// The series, each with one sample; a point may be several.
    pub series: Vec<SeriesSamples>,
    /// What is said about metrics that have not come before.
    pub metadata: Vec<Metadata>,
    /// How many points there were.
    pub points: u64,
    /// Points that cannot be taken, by reason, with a metric that has such a point.
    pub refused: BTreeMap<&'static str, (u64, String)>,
    /// Exemplars of the points.
    pub exemplars: Exemplars,
    samples: usize,
}

impl Sent {
    fn refuse(&mut self, why: &'static str, metric: &str) {
        let example = || metric.chars().take(LONGEST_EXAMPLE).collect();
        self.refused.entry(why).or_insert_with(|| (0, example())).0 += 1;
    }
}

/// Why a request cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It holds more than senders send: small parts of a message become large in memory.
    #[error("the body holds more than {most} {what}; send fewer at once")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are taken.
        most: usize,
    },
    /// It is not the message that it should be.
    #[error("the body is not an OTLP request in protobuf: {0}")]
    Malformed(#[from] Malformed),
    /// It is not the JSON that it should be.
    #[error("the body is not an OTLP request in JSON: {0}")]
    Json(String),
}

/// What deltas come to.
#[derive(Default)]
struct Sums {
    numbers: Deltas<Vec<f64>>,
    exponential: Deltas<Exponential>,
}

/// Reads requests of metrics, remembers the label sets that it has seen, and adds up deltas.
#[derive(Default)]
pub struct Reader {
    keys: Keys,
    known: RwLock<Known>,
    sums: Mutex<Sums>,
}

impl Reader {
    /// Reads a request in protobuf. What cannot be taken is counted with its reason; the rest is taken.
    ///
    /// # Errors
    /// When it is no such request, or holds too much.
    pub fn read(&self, message: &[u8], settings: &Settings) -> Result<Sent, Error> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let mut reading = Reading {
            settings,
            keys: &self.keys,
            known: &known,
            sums: &self.sums,
            now,
            sent: Sent::default(),
            new: Vec::new(),
            label_bytes: 0,
        };
        reading.all(message)?;
        let (sent, new) = (reading.sent, reading.new);
        drop(known);
        // Nobody waits for it: what is not remembered is worked out once more.
        if !new.is_empty()
            && let Ok(mut known) = self.known.try_write()
        {
            let outdated = known.learn(new, now);
            drop(known);
            drop(outdated);
        }
        Ok(sent)
    }
}

#[cfg(test)]
mod tests;
