//! One metric of a family: its labels, and the values of all series that it stands for.

use std::sync::Arc;

use model::{CounterReset, Histogram};

use super::super::each::Histograms;
use super::Kind;
use crate::native::Written;
use crate::protobuf::{Malformed, Value, next};

/// A value of a series of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    /// What the name of the series ends with.
    pub(super) suffix: &'static str,
    /// A label with a number: the bound of a bucket, or a quantile.
    pub(super) bound: Option<(&'static str, f64)>,
    pub(super) value: f64,
}

/// A metric that was read; it is used for one after another.
#[derive(Debug, Default)]
pub(super) struct Metric<'a> {
    /// Messages of labels.
    pub(super) labels: Vec<&'a [u8]>,
    pub(super) numbers: Vec<Number>,
    /// The native histogram, if there is one and somebody wants it.
    pub(super) histogram: Option<Arc<Histogram>>,
    pub(super) at_ms: Option<i64>,
    /// Exemplars of numbers, with the places of these, in their order.
    exemplars: Vec<(usize, &'a [u8])>,
    /// Exemplars of the native histogram.
    own_exemplars: Vec<&'a [u8]>,
}

impl<'a> Metric<'a> {
    /// Reads one, in place of what was read before.
    pub(super) fn read(
        &mut self,
        kind: Kind,
        mut message: &'a [u8],
        wanted: Histograms,
    ) -> Result<(), String> {
        self.labels.clear();
        self.numbers.clear();
        self.exemplars.clear();
        self.own_exemplars.clear();
        (self.histogram, self.at_ms) = (None, None);
        let (field, what) = match kind {
            Kind::Gauge => (2, "gauge"),
            Kind::Counter => (3, "counter"),
            Kind::Summary => (4, "summary"),
            Kind::Untyped => (5, "untyped metric"),
            Kind::Histogram => (7, "histogram"),
            Kind::GaugeHistogram => (7, "gauge histogram"),
        };
        let mut found = None;
        let malformed = |why: Malformed| why.to_string();
        while let Some((tag, value)) = next(&mut message).map_err(malformed)? {
            match tag {
                1 => self.labels.push(value.bytes(tag).map_err(malformed)?),
                6 => {
                    let at_ms = value.number(tag).map_err(malformed)?.cast_signed();
                    self.at_ms = Some(at_ms).filter(|at_ms| *at_ms != 0);
                }
                tag if tag == field => found = Some(value.bytes(tag).map_err(malformed)?),
                _ => {}
            }
        }
        let found =
            found.ok_or_else(|| format!("this is said to be a {what}, and has no value of one"))?;
        let read = match kind {
            Kind::Gauge | Kind::Untyped => self.plain(found, false),
            Kind::Counter => self.plain(found, true),
            Kind::Summary => self.summary(found),
            Kind::Histogram | Kind::GaugeHistogram => self.histogram(found),
        };
        read.map_err(malformed)?;
        match kind {
            Kind::Histogram | Kind::GaugeHistogram if wanted != Histograms::Classic => {
                self.native(found, kind, wanted)
            }
            _ => Ok(()),
        }
    }

    /// The native buckets of a histogram that was read, in place of its classic ones or beside them.
    fn native(&mut self, message: &'a [u8], kind: Kind, wanted: Histograms) -> Result<(), String> {
        let (written, has_classic) = native(message).map_err(|why| why.to_string())?;
        let is_native = written.positive.is_said()
            || written.negative.is_said()
            || written.zero_threshold > 0.0
            || written.zero_count > 0.0;
        if !is_native {
            return Ok(());
        }
        let reset = match kind {
            Kind::GaugeHistogram => CounterReset::Gauge,
            _ => CounterReset::Unknown,
        };
        let histogram = Written { reset, ..written }.done();
        let histogram = histogram.map_err(|why| format!("this is no native histogram: {why}"))?;
        self.histogram = Some(histogram);
        if wanted == Histograms::Native || !has_classic {
            self.numbers.clear();
        }
        Ok(())
    }

    fn number(&mut self, suffix: &'static str, bound: Option<(&'static str, f64)>, value: f64) {
        self.numbers.push(Number {
            suffix,
            bound,
            value,
        });
    }

    /// A gauge, a counter or an untyped value.
    fn plain(&mut self, mut message: &'a [u8], has_exemplar: bool) -> Result<(), Malformed> {
        let mut number = 0.0;
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                1 => number = value.double(tag)?,
                2 if has_exemplar => self.exemplar(value.bytes(tag)?)?,
                _ => {}
            }
        }
        self.number("", None, number);
        Ok(())
    }

    fn summary(&mut self, mut message: &'a [u8]) -> Result<(), Malformed> {
        let (mut count, mut sum) = (0.0, 0.0);
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                1 => count = whole(value, tag)?,
                2 => sum = value.double(tag)?,
                3 => {
                    let mut quantile = value.bytes(tag)?;
                    let (mut of, mut number) = (0.0, 0.0);
                    while let Some((tag, value)) = next(&mut quantile)? {
                        match tag {
                            1 => of = value.double(tag)?,
                            2 => number = value.double(tag)?,
                            _ => {}
                        }
                    }
                    self.number("", Some(("quantile", of)), number);
                }
                _ => {}
            }
        }
        self.number("_sum", None, sum);
        self.number("_count", None, count);
        Ok(())
    }

    /// A histogram with its classic buckets, of which the last is that of everything, even where it is left out.
    fn histogram(&mut self, mut message: &'a [u8]) -> Result<(), Malformed> {
        let (mut count, mut float_count, mut sum) = (0.0, 0.0, 0.0);
        let mut has_last = false;
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                1 => count = whole(value, tag)?,
                2 => sum = value.double(tag)?,
                3 => has_last |= self.bucket(value.bytes(tag)?)? == f64::INFINITY,
                4 => float_count = value.double(tag)?,
                16 => self.own_exemplars.push(checked(value.bytes(tag)?)?),
                _ => {}
            }
        }
        if float_count > 0.0 {
            count = float_count;
        }
        if !has_last {
            self.number("_bucket", Some(("le", f64::INFINITY)), count);
        }
        self.number("_sum", None, sum);
        self.number("_count", None, count);
        Ok(())
    }

    /// A bucket; its bound comes back.
    fn bucket(&mut self, mut message: &'a [u8]) -> Result<f64, Malformed> {
        let (mut count, mut float_count, mut bound) = (0.0, 0.0, 0.0);
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                1 => count = whole(value, tag)?,
                2 => bound = value.double(tag)?,
                3 => self.exemplar(value.bytes(tag)?)?,
                4 => float_count = value.double(tag)?,
                _ => {}
            }
        }
        if float_count > 0.0 {
            count = float_count;
        }
        self.number("_bucket", Some(("le", bound)), count);
        Ok(bound)
    }

    /// Takes an exemplar in, of the number that comes next.
    fn exemplar(&mut self, message: &'a [u8]) -> Result<(), Malformed> {
        self.exemplars.push((self.numbers.len(), checked(message)?));
        Ok(())
    }

    /// The exemplar of the number at a place; each can have one.
    pub(super) fn of_number(&self, place: usize) -> Option<&'a [u8]> {
        let behind = self.exemplars.partition_point(|(of, _)| *of <= place);
        let (of, message) = self.exemplars.get(behind.checked_sub(1)?)?;
        (*of == place).then_some(*message)
    }

    /// Those of the native histogram: its own, or where it has none those of its classic buckets.
    pub(super) fn of_histogram(&self, into: &mut Vec<&'a [u8]>) {
        match self.own_exemplars.is_empty() {
            true => into.extend(self.exemplars.iter().map(|(_, message)| *message)),
            false => into.extend(&self.own_exemplars),
        }
    }
}

/// A message, if it is one.
fn checked(message: &[u8]) -> Result<&[u8], Malformed> {
    let mut fields = message;
    while next(&mut fields)?.is_some() {}
    Ok(message)
}

/// The native part of a histogram, and whether it has classic buckets too.
fn native(mut message: &[u8]) -> Result<(Written, bool), Malformed> {
    let mut written = Written::default();
    let mut has_classic = false;
    let (mut count, mut zero_count) = (0.0, 0.0);
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => count = whole(value, tag)?,
            2 => written.sum = value.double(tag)?,
            3 => has_classic = true,
            4 => written.count = value.double(tag)?,
            5 => written.schema = value.zigzag(tag)?,
            6 => written.zero_threshold = value.double(tag)?,
            7 => zero_count = whole(value, tag)?,
            8 => written.zero_count = value.double(tag)?,
            9 => written.negative.span(tag, value)?,
            10 => written.negative.deltas(tag, value)?,
            11 => written.negative.counts(tag, value)?,
            12 => written.positive.span(tag, value)?,
            13 => written.positive.deltas(tag, value)?,
            14 => written.positive.counts(tag, value)?,
            _ => {}
        }
    }
    written.is_float = written.count > 0.0 || written.zero_count > 0.0;
    if !written.is_float {
        (written.count, written.zero_count) = (count, zero_count);
    }
    Ok((written, has_classic))
}

/// A count.
#[expect(clippy::cast_precision_loss, reason = "as Prometheus keeps it")]
fn whole(value: Value<'_>, tag: u32) -> Result<f64, Malformed> {
    Ok(value.number(tag)? as f64)
}
