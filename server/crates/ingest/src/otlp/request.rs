//! A request of metrics, from the outside to its points: resources, scopes, metrics.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use model::{Histogram, METRIC_NAME, STALE, SeriesSamples};

use super::exemplars::exemplar;
use super::exponential::Exponential;
use super::known::{Key, Keys, Known, Sets};
use super::labels::{Base, Resource, Scope};
use super::names::{Suffix, unit_in_words};
use super::points::{EXPONENTIAL, HISTOGRAM, NUMBER, Point, SUMMARY};
use super::shape::Shape;
use super::{Error, MOST_LABEL_BYTES, MOST_SAMPLES, Sent, Settings, Sums};
use crate::protobuf::{Malformed, Value, next};
use crate::remote_write::{Metadata, cut};

/// Nanoseconds of a millisecond.
const MILLISECOND: u64 = 1_000_000;

/// `AGGREGATION_TEMPORALITY_DELTA`.
const DELTA: u64 = 1;
/// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
const CUMULATIVE: u64 = 2;

/// One request that is read.
pub(super) struct Reading<'r> {
    pub(super) settings: &'r Settings,
    pub(super) keys: &'r Keys,
    pub(super) known: &'r Known,
    pub(super) sums: &'r Mutex<Sums>,
    pub(super) now: Instant,
    /// What has been read.
    pub(super) sent: Sent,
    /// Label sets to be remembered.
    pub(super) new: Vec<(Key, Sets)>,
    pub(super) label_bytes: usize,
}

/// A metric: what its points have in common.
struct Metric<'a> {
    name: &'a str,
    help: &'a str,
    unit: &'a str,
    kind: &'static str,
    /// Its name here; none where nothing of it is left.
    named: Option<String>,
    resource: &'a Resource<'a>,
    scope: &'a Scope<'a>,
    key: Key,
    is_delta: bool,
}

impl Reading<'_> {
    /// Reads all of a request.
    pub(super) fn all(&mut self, mut message: &[u8]) -> Result<(), Error> {
        let settings = self.keys.of_settings(self.settings);
        while let Some((tag, value)) = next(&mut message)? {
            if tag == 1 {
                self.resource(value.bytes(tag)?, settings)?;
            }
        }
        Ok(())
    }

    fn resource(&mut self, message: &[u8], settings: Key) -> Result<(), Error> {
        let said = field(message, 1)?.unwrap_or_default();
        let resource = Resource::read(said, self.keys, settings)?;
        let mut latest_ns = 0;
        let mut fields = message;
        while let Some((tag, value)) = next(&mut fields)? {
            if tag == 2 {
                let latest = self.scope(value.bytes(tag)?, &resource)?;
                latest_ns = latest_ns.max(latest);
            }
        }
        if latest_ns > 0 && self.settings.target_info {
            self.target_info(&resource, latest_ns);
        }
        Ok(())
    }

    /// What is known of the sender, as a series of its own.
    fn target_info(&mut self, resource: &Resource<'_>, at_ns: u64) {
        let known = self.known.find(resource.key);
        let sets = match known {
            Some((sets, _)) => sets.clone(),
            None => Arc::from_iter(resource.target_info(self.settings)),
        };
        if known.is_none_or(|(_, is_earlier)| is_earlier) {
            self.new.push((resource.key, sets.clone()));
            self.sent.metadata.push(Metadata {
                name: "target_info".to_owned(),
                kind: "gauge",
                help: "Target metadata".to_owned(),
                unit: String::new(),
            });
        }
        self.put(&sets, at_ns, [1.0].into_iter());
    }

    /// Reads a scope; the time of its newest point comes back.
    fn scope(&mut self, message: &[u8], resource: &Resource<'_>) -> Result<u64, Error> {
        let said = field(message, 1)?.unwrap_or_default();
        let schema_url = field(message, 3)?.unwrap_or_default();
        let key = self.keys.of(resource.key, [said, schema_url].into_iter());
        let schema_url = std::str::from_utf8(schema_url).map_err(|_| Malformed::Text)?;
        let scope = Scope::read(said, schema_url)?;
        let mut latest_ns = 0;
        let mut fields = message;
        while let Some((tag, value)) = next(&mut fields)? {
            if tag == 2 {
                let latest = self.metric(value.bytes(tag)?, resource, &scope, key)?;
                latest_ns = latest_ns.max(latest);
            }
        }
        Ok(latest_ns)
    }

    fn metric(
        &mut self,
        mut message: &[u8],
        resource: &Resource<'_>,
        scope: &Scope<'_>,
        key: Key,
    ) -> Result<u64, Error> {
        let (mut name, mut help, mut unit) = ("", "", "");
        let mut data = None;
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                1 => name = value.text(tag)?,
                2 => help = value.text(tag)?,
                3 => unit = value.text(tag)?,
                5 | 7 | 9 | 10 | 11 => data = Some((tag, value.bytes(tag)?)),
                _ => {}
            }
        }
        let Some((type_tag, data)) = data else {
            return Ok(0);
        };
        let number = |wanted| -> Result<u64, Malformed> {
            let (mut fields, mut found) = (data, 0);
            while let Some((tag, value)) = next(&mut fields)? {
                if tag == wanted {
                    found = value.number(tag)?;
                }
            }
            Ok(found)
        };
        let has_temporality = matches!(type_tag, 7 | 9 | 10);
        let temporality = if has_temporality {
            number(2)?
        } else {
            CUMULATIVE
        };
        let (kind, suffix) = match type_tag {
            5 => ("gauge", Suffix::Ratio),
            7 if number(3)? != 0 => ("counter", Suffix::Total),
            7 => ("gauge", Suffix::None),
            11 => ("summary", Suffix::None),
            _ => ("histogram", Suffix::None),
        };
        let parts = [name.as_bytes(), unit.as_bytes(), kind.as_bytes()];
        let metric = Metric {
            name,
            help,
            unit,
            kind,
            named: self
                .settings
                .translation_strategy
                .metric(name, unit, suffix)
                .ok(),
            resource,
            scope,
            key: self.keys.of(key, parts.into_iter()),
            is_delta: temporality == DELTA,
        };
        let mut point = Point::default();
        let (mut fields, mut latest_ns) = (data, 0);
        while let Some((tag, value)) = next(&mut fields)? {
            if tag != 1 {
                continue;
            }
            let bytes = value.bytes(tag)?;
            self.sent.points += 1;
            if !matches!(temporality, DELTA | CUMULATIVE) {
                self.sent.refuse("no_temporality", name);
                continue;
            }
            let layout = match type_tag {
                5 | 7 => NUMBER,
                9 => HISTOGRAM,
                10 => EXPONENTIAL,
                _ => SUMMARY,
            };
            point.read(bytes, layout)?;
            match type_tag {
                5 | 7 => self.number(&metric, &point)?,
                9 => self.histogram(&metric, &point)?,
                10 => self.exponential(&metric, &point)?,
                _ => self.summary(&metric, &point)?,
            }
            latest_ns = latest_ns.max(point.at_ns);
            if self.sent.samples > MOST_SAMPLES {
                return Err(Error::TooMany {
                    what: "samples",
                    most: MOST_SAMPLES,
                });
            }
        }
        Ok(latest_ns)
    }

    fn number(&mut self, metric: &Metric<'_>, point: &Point<'_>) -> Result<(), Error> {
        match point.number()? {
            Some(number) if metric.is_delta && !point.is_stale => {
                self.point(metric, point, &Shape::One, vec![number])
            }
            Some(number) => self.cumulative(metric, point, &Shape::One, std::iter::once(number)),
            None if point.is_stale => {
                self.cumulative(metric, point, &Shape::One, std::iter::once(STALE))
            }
            None => {
                self.sent.refuse("no_value", metric.name);
                Ok(())
            }
        }
    }

    fn histogram(&mut self, metric: &Metric<'_>, point: &Point<'_>) -> Result<(), Error> {
        let found = point.histogram()?;
        let shape = Shape::Histogram(found.sum.is_some(), &found.bounds);
        let mut numbers = vec![found.count, found.count];
        numbers.extend(found.sum);
        numbers.extend(found.counts);
        self.point(metric, point, &shape, numbers)
    }

    fn summary(&mut self, metric: &Metric<'_>, point: &Point<'_>) -> Result<(), Error> {
        let found = point.summary()?;
        let mut numbers = vec![found.count, found.sum];
        numbers.extend(found.values);
        self.point(metric, point, &Shape::Summary(&found.quantiles), numbers)
    }

    fn exponential(&mut self, metric: &Metric<'_>, point: &Point<'_>) -> Result<(), Error> {
        if point.is_stale {
            return self.cumulative(metric, point, &Shape::One, std::iter::once(STALE));
        }
        let Some(mut found) = Exponential::read(&point.fields)? else {
            self.sent.refuse("too_many_buckets", metric.name);
            return Ok(());
        };
        if metric.is_delta {
            let key = self.stream(metric, point, &[]);
            let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
            match sums.exponential.add(key, point.at_ns, found, self.now) {
                Ok(sum) => found = sum.clone(),
                Err(why) => {
                    self.sent.refuse(why.as_str(), metric.name);
                    return Ok(());
                }
            }
        }
        match found.native(metric.is_delta) {
            Ok(histogram) => self.native(metric, point, histogram.into()),
            Err(_) => {
                self.sent.refuse("invalid_histogram", metric.name);
                Ok(())
            }
        }
    }

    /// A point that is one sample of one series: a native histogram.
    fn native(
        &mut self,
        metric: &Metric<'_>,
        point: &Point<'_>,
        histogram: Arc<Histogram>,
    ) -> Result<(), Error> {
        let Some(sets) = self.sets(metric, point, &Shape::One)? else {
            return Ok(());
        };
        let at_ms = at_ms(point.at_ns);
        self.sent.samples += 1 + histogram.positive.counts.len() / 4;
        self.sent.series.extend(sets.iter().map(|labels| {
            SeriesSamples::histograms(labels.clone(), vec![(at_ms, histogram.clone())])
        }));
        self.exemplars(point, &sets, &Shape::One)
    }

    /// A point with its numbers, which may be deltas.
    fn point(
        &mut self,
        metric: &Metric<'_>,
        point: &Point<'_>,
        shape: &Shape<'_>,
        mut numbers: Vec<f64>,
    ) -> Result<(), Error> {
        if metric.is_delta && !point.is_stale {
            let key = self.stream(metric, point, &shape.bytes());
            let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
            match sums.numbers.add(key, point.at_ns, numbers, self.now) {
                Ok(sum) => numbers = sum.clone(),
                Err(why) => {
                    self.sent.refuse(why.as_str(), metric.name);
                    return Ok(());
                }
            }
        }
        self.cumulative(metric, point, shape, numbers.into_iter())
    }

    /// What stands for a stream of deltas; the order of its attributes does not matter.
    fn stream(&self, metric: &Metric<'_>, point: &Point<'_>, shape: &[u8]) -> Key {
        let mut attributes = point.attributes.clone();
        attributes.sort_unstable();
        attributes.push(shape);
        self.keys.of(metric.key, attributes.into_iter())
    }

    fn cumulative(
        &mut self,
        metric: &Metric<'_>,
        point: &Point<'_>,
        shape: &Shape<'_>,
        numbers: impl Iterator<Item = f64>,
    ) -> Result<(), Error> {
        let Some(sets) = self.sets(metric, point, shape)? else {
            return Ok(());
        };
        let is_stale = point.is_stale;
        let numbers = numbers.map(|number| if is_stale { STALE } else { number });
        self.put(&sets, point.at_ns, numbers);
        self.exemplars(point, &sets, shape)
    }

    /// The exemplars of a point, each with the series of the least bucket that it is in.
    fn exemplars(
        &mut self,
        point: &Point<'_>,
        sets: &Sets,
        shape: &Shape<'_>,
    ) -> Result<(), Error> {
        // A point that says that its series has ended has none.
        let told = point.exemplars.iter().filter(|_| !point.is_stale);
        for message in told {
            let exemplar = exemplar(message, at_ms(point.at_ns))?;
            let value = exemplar.as_ref().map_or(f64::NAN, |one| one.value);
            if let Some(labels) = sets.get(shape.place(value)) {
                self.sent.exemplars.put(labels, exemplar);
            }
        }
        Ok(())
    }

    /// The label sets of the series of a point; nothing where they are wrong, which is counted.
    fn sets(
        &mut self,
        metric: &Metric<'_>,
        point: &Point<'_>,
        shape: &Shape<'_>,
    ) -> Result<Option<Sets>, Error> {
        let shape_bytes = shape.bytes();
        let parts = point.attributes.iter().copied();
        let parts = parts.chain(std::iter::once(shape_bytes.as_slice()));
        let key = self.keys.of(metric.key, parts);
        let known = self.known.find(key);
        let sets = match known {
            Some((sets, _)) => sets.clone(),
            None => match self.labels(metric, point, shape)? {
                Ok(sets) => sets,
                Err(why) => {
                    self.sent.refuse(why, metric.name);
                    return Ok(None);
                }
            },
        };
        if known.is_none_or(|(_, is_earlier)| is_earlier) {
            self.new.push((key, sets.clone()));
        }
        Ok(Some(sets))
    }

    /// The label sets of the series of a point that has not come before.
    fn labels(
        &mut self,
        metric: &Metric<'_>,
        point: &Point<'_>,
        shape: &Shape<'_>,
    ) -> Result<Result<Sets, &'static str>, Error> {
        let Some(name) = &metric.named else {
            return Ok(Err("no_name"));
        };
        let base = Base::new(
            &point.attributes,
            metric.resource,
            metric.scope,
            self.settings,
        )?;
        let base = match base {
            Ok(base) => base,
            Err(why) => return Ok(Err(why)),
        };
        let series = match shape {
            Shape::One => 1,
            Shape::Histogram(_, numbers) | Shape::Summary(numbers) => numbers.len() + 3,
        };
        self.label_bytes += (base.size() + name.len() + METRIC_NAME.len()) * series;
        if self.label_bytes > MOST_LABEL_BYTES {
            return Err(Error::TooMany {
                what: "bytes of new labels",
                most: MOST_LABEL_BYTES,
            });
        }
        self.describe(metric, name);
        Ok(Ok(shape.series(&base, name).into()))
    }

    fn describe(&mut self, metric: &Metric<'_>, name: &str) {
        let metadata = &mut self.sent.metadata;
        if metadata.last().is_none_or(|last| last.name != name) {
            metadata.push(Metadata {
                name: cut(name),
                kind: metric.kind,
                help: cut(metric.help),
                unit: cut(&unit_in_words(metric.unit)),
            });
        }
    }

    fn put(&mut self, sets: &Sets, at_ns: u64, numbers: impl Iterator<Item = f64>) {
        let at_ms = at_ms(at_ns);
        let series = sets.iter().zip(numbers).map(|(labels, number)| {
            SeriesSamples::floats(labels.clone(), vec![at_ms], vec![number])
        });
        let before = self.sent.series.len();
        self.sent.series.extend(series);
        self.sent.samples += self.sent.series.len() - before;
    }
}

#[expect(clippy::cast_possible_wrap, reason = "a millionth of it fits")]
fn at_ms(at_ns: u64) -> i64 {
    (at_ns / MILLISECOND) as i64
}

/// The last field of this number.
fn field(mut message: &[u8], wanted: u32) -> Result<Option<&[u8]>, Malformed> {
    let mut found = None;
    while let Some((tag, value)) = next(&mut message)? {
        if tag == wanted
            && let Value::Bytes(bytes) = value
        {
            found = Some(bytes);
        }
    }
    Ok(found)
}
