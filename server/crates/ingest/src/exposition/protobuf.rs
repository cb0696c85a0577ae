//! Expositions in protobuf: families of metrics, one message after another, each behind its length.
//!
//! The messages are those of
//! <https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto>; series are named as
//! Prometheus names them from it. Of a histogram the classic buckets are read, the native ones, or both.

mod metric;

use std::borrow::Cow;

use model::{Dropped, Exemplar, METRIC_NAME, TimestampMs};

use super::each::{self, Exposed, Take, Written};
use super::labels::{MOST_LABELS, twice};
use super::parser::Entry;
use super::{Pairs, Unreadable};
use crate::protobuf::{Malformed, Value, next};
use metric::{Metric, Number};

/// The media type.
pub const MEDIA: &str = "application/vnd.google.protobuf";
/// The message, as a `Content-Type` names it.
pub const MESSAGE: &str = "io.prometheus.client.MetricFamily";

/// Most bytes of names and labels, where a body says them once for many series: so many, or so many times the body.
const MOST_WRITTEN: usize = 64 << 20;
const MOST_TIMES: usize = 8;

/// What is wrong with such a body, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {message}")]
pub struct Error {
    /// The byte from which on it is wrong, from 0.
    pub at: usize,
    /// What is wrong.
    pub message: String,
}

/// The types of metrics, by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Summary,
    Untyped,
    Histogram,
    GaugeHistogram,
}

impl Kind {
    fn of(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::Counter,
            1 => Self::Gauge,
            2 => Self::Summary,
            3 => Self::Untyped,
            4 => Self::Histogram,
            5 => Self::GaugeHistogram,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Summary => "summary",
            Self::Untyped => "unknown",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
        }
    }
}

/// A family: a metric with all its series.
struct Family<'a> {
    name: &'a str,
    kind: Kind,
    help: &'a str,
    unit: &'a str,
}

/// A series of a metric, as far as it is read before somebody asks for its labels.
pub(super) struct Series<'s, 'a> {
    family: &'a str,
    /// What its name ends with.
    suffix: &'static str,
    /// Messages of labels.
    labels: &'s [&'a [u8]],
    /// The bound of its bucket, or its quantile.
    bound: Option<(&'static str, f64)>,
    /// Where its metric begins.
    at: usize,
    /// Messages of exemplars.
    exemplars: &'s [&'a [u8]],
    /// Whether it is a native histogram.
    is_native: bool,
}

impl<'a> Series<'_, 'a> {
    pub(super) fn error(&self, message: impl Into<String>) -> Error {
        let message = message.into();
        let family = self.family;
        Error {
            at: self.at,
            message: format!("{family}: {message}"),
        }
    }

    pub(super) fn labels(&self, into: &mut Pairs<'a>) -> Result<(), Error> {
        into.clear();
        let name = match self.suffix {
            "" => Cow::Borrowed(self.family),
            suffix => Cow::Owned(format!("{}{suffix}", self.family)),
        };
        into.push((Cow::Borrowed(METRIC_NAME), name));
        if self.labels.len() > MOST_LABELS {
            return Err(self.error("the series has more than 1,000 labels"));
        }
        for label in self.labels {
            let (name, value) = pair(label).map_err(|why| self.error(why.to_string()))?;
            if name.is_empty() {
                return Err(self.error("a label's name is empty"));
            }
            if name == METRIC_NAME {
                return Err(self.error("__name__ is no label: the family has the name"));
            }
            into.push((Cow::Borrowed(name), Cow::Borrowed(value)));
        }
        if let Some((name, bound)) = self.bound {
            let value = super::numbers::bound(bound);
            into.push((Cow::Borrowed(name), Cow::Owned(value)));
        }
        match twice(into) {
            None => Ok(()),
            Some(name) => Err(self.error(format!("the label {name:?} stands there twice"))),
        }
    }
}

impl Series<'_, '_> {
    /// Hands over its exemplars, and why one is none.
    pub(super) fn exemplars(
        &self,
        of_sample_ms: TimestampMs,
        each: &mut dyn FnMut(Result<Exemplar, Dropped>),
    ) -> Result<(), Error> {
        for message in self.exemplars {
            let read = exemplar(message).map_err(|why| self.error(format!("exemplar: {why}")));
            let (pairs, value, at_ms) = read?;
            // Without a time each scrape would bring all of them anew, as Prometheus has it.
            each(match self.is_native && at_ms.is_none() {
                true => Err(Dropped::NoTime),
                false => Exemplar::new(&pairs, value, at_ms, of_sample_ms),
            });
        }
        Ok(())
    }
}

/// Labels, value and time of an exemplar.
#[expect(clippy::type_complexity, reason = "it is taken apart at once")]
fn exemplar(
    mut message: &[u8],
) -> Result<(Vec<(&str, &str)>, f64, Option<TimestampMs>), Malformed> {
    let (mut pairs, mut number, mut at_ms) = (Vec::new(), 0.0, None);
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 if pairs.len() <= MOST_LABELS => pairs.push(pair(value.bytes(tag)?)?),
            2 => number = value.double(tag)?,
            3 => at_ms = Some(time(value.bytes(tag)?)?),
            _ => {}
        }
    }
    Ok((pairs, number, at_ms))
}

/// A `google.protobuf.Timestamp` in milliseconds.
fn time(mut message: &[u8]) -> Result<TimestampMs, Malformed> {
    let (mut seconds, mut nanos) = (0_i64, 0_i64);
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => seconds = value.number(tag)?.cast_signed(),
            2 => nanos = value.number(tag)?.cast_signed(),
            _ => {}
        }
    }
    Ok(seconds
        .saturating_mul(1_000)
        .saturating_add(nanos.div_euclid(1_000_000)))
}

/// Name and value of a label.
fn pair(mut message: &[u8]) -> Result<(&str, &str), Malformed> {
    let (mut name, mut value) = ("", "");
    while let Some((tag, field)) = next(&mut message)? {
        match tag {
            1 => name = field.text(tag)?,
            2 => value = field.text(tag)?,
            _ => {}
        }
    }
    Ok((name, value))
}

/// Gives all that a body says to somebody.
pub(super) fn each<'a, T: Take<'a>>(body: &'a [u8], taker: &mut T) -> Result<(), T::Error> {
    let mut reading = Reading {
        body,
        left: MOST_WRITTEN.max(body.len().saturating_mul(MOST_TIMES)),
        key: Vec::new(),
        metric: Metric::default(),
    };
    let mut rest = body;
    while !rest.is_empty() {
        let family = reading.delimited(&mut rest).map_err(unreadable)?;
        reading.family(family, taker)?;
    }
    Ok(())
}

fn unreadable<E: From<Unreadable>>(error: Error) -> E {
    E::from(Unreadable::Protobuf(error))
}

struct Reading<'a> {
    body: &'a [u8],
    /// How many bytes of names and labels may still be said.
    left: usize,
    /// How the series is written that is looked at.
    key: Vec<u8>,
    metric: Metric<'a>,
}

impl<'a> Reading<'a> {
    /// Where a part of the body begins in it.
    fn place(&self, part: &[u8]) -> usize {
        part.as_ptr().addr() - self.body.as_ptr().addr()
    }

    fn error(&self, part: &[u8], message: impl std::fmt::Display) -> Error {
        Error {
            at: self.place(part),
            message: message.to_string(),
        }
    }

    /// The next message of the body.
    fn delimited(&self, rest: &mut &'a [u8]) -> Result<&'a [u8], Error> {
        let start = *rest;
        let length = prost::encoding::decode_varint(rest)
            .map_err(|_| self.error(start, "this is no length of a family of metrics"))?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (family, behind) = rest.split_at_checked(length).ok_or_else(|| {
            let (there, rest) = (rest.len(), "the family of metrics that begins here has");
            self.error(
                start,
                format!("{rest} {length} bytes, and {there} are left"),
            )
        })?;
        *rest = behind;
        Ok(family)
    }

    fn family<T: Take<'a>>(&mut self, message: &'a [u8], taker: &mut T) -> Result<(), T::Error> {
        let family = self.head(message).map_err(unreadable)?;
        let name = Cow::Borrowed(family.name);
        taker.describe(&Entry::Type {
            name: name.clone(),
            kind: family.kind.name(),
        });
        if !family.help.is_empty() {
            taker.describe(&Entry::Help {
                name: name.clone(),
                text: Cow::Borrowed(family.help),
            });
        }
        if !family.unit.is_empty() {
            let unit = family.unit;
            taker.describe(&Entry::Unit { name, unit });
        }
        let mut rest = message;
        while let Ok(Some((tag, value))) = next(&mut rest) {
            if let (4, Value::Bytes(metric)) = (tag, value) {
                self.metric(&family, metric, taker)?;
            }
        }
        Ok(())
    }

    /// What a family says but for its metrics, of which it only looks whether they are messages.
    fn head(&self, message: &'a [u8]) -> Result<Family<'a>, Error> {
        let mut family = Family {
            name: "",
            kind: Kind::Counter,
            help: "",
            unit: "",
        };
        let mut rest = message;
        loop {
            let start = rest;
            let wrong = |why: Malformed| self.error(start, why);
            let Some((tag, value)) = next(&mut rest).map_err(wrong)? else {
                break;
            };
            match tag {
                1 => family.name = value.text(tag).map_err(wrong)?,
                2 => family.help = value.text(tag).map_err(wrong)?,
                3 => {
                    let number = value.number(tag).map_err(wrong)?;
                    let kind = Kind::of(number);
                    let none = || self.error(start, format!("{number} is no type of a metric"));
                    family.kind = kind.ok_or_else(none)?;
                }
                4 => _ = value.bytes(tag).map_err(wrong)?,
                5 => family.unit = value.text(tag).map_err(wrong)?,
                _ => {}
            }
        }
        match family.name {
            "" => Err(self.error(message, "the family of metrics has no name")),
            _ => Ok(family),
        }
    }

    fn metric<T: Take<'a>>(
        &mut self,
        family: &Family<'a>,
        message: &'a [u8],
        taker: &mut T,
    ) -> Result<(), T::Error> {
        let at = self.place(message);
        let wrong = |why: String| Error {
            at,
            message: format!("{}: {why}", family.name),
        };
        let mut metric = std::mem::take(&mut self.metric);
        let read = metric.read(family.kind, message, taker.histograms());
        read.map_err(|why| unreadable(wrong(why)))?;
        // No text begins like this.
        self.key.clear();
        self.key.push(0);
        for part in std::iter::once(&family.name.as_bytes()).chain(&metric.labels) {
            self.key.extend_from_slice(&part.len().to_le_bytes());
            self.key.extend_from_slice(part);
        }
        let length = self.key.len();
        let mut exemplars = Vec::new();
        let histogram = metric
            .histogram
            .iter()
            .map(|it| ("", None, each::Value::Histogram(it), None));
        let numbers = metric.numbers.iter().enumerate().map(|(place, number)| {
            let Number {
                suffix,
                bound,
                value,
            } = *number;
            (suffix, bound, each::Value::Number(value), Some(place))
        });
        for (suffix, bound, value, place) in histogram.chain(numbers) {
            self.key.truncate(length);
            self.key.extend_from_slice(suffix.as_bytes());
            if let Some((_, bound)) = bound {
                self.key.extend_from_slice(&bound.to_bits().to_le_bytes());
            }
            self.left = self.left.checked_sub(self.key.len()).ok_or_else(|| {
                let message =
                    "with this the names and labels of the series are too many to write out";
                unreadable::<T::Error>(wrong(message.to_owned()))
            })?;
            exemplars.clear();
            match place {
                None => metric.of_histogram(&mut exemplars),
                Some(place) => exemplars.extend(metric.of_number(place)),
            }
            let series = Series {
                family: family.name,
                suffix,
                labels: &metric.labels,
                bound,
                at,
                exemplars: &exemplars,
                is_native: place.is_none(),
            };
            taker.sample(&Exposed {
                key: &self.key,
                value,
                at_ms: metric.at_ms,
                written: Written::Protobuf(&series),
            })?;
        }
        self.metric = metric;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
