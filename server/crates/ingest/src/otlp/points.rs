//! Data points: what is in them, read from their bytes.
//!
//! The messages: `metrics.proto` in <https://github.com/open-telemetry/opentelemetry-proto>.

use crate::protobuf::{Malformed, Value, next};

use super::exponential::as_f64;

/// What all data points have.
#[derive(Default)]
pub(super) struct Point<'a> {
    pub(super) attributes: Vec<&'a [u8]>,
    pub(super) at_ns: u64,
    /// Whether it says that there is no value: the series has ended.
    pub(super) is_stale: bool,
    pub(super) exemplars: Vec<&'a [u8]>,
    /// The other fields, which are those of its type.
    pub(super) fields: Vec<(u32, Value<'a>)>,
}

/// Which fields hold what, by the type of the metric.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    attributes: u32,
    exemplars: u32,
    flags: u32,
}

/// `NumberDataPoint`.
pub(super) const NUMBER: Layout = Layout {
    attributes: 7,
    exemplars: 5,
    flags: 8,
};
/// `HistogramDataPoint`.
pub(super) const HISTOGRAM: Layout = Layout {
    attributes: 9,
    exemplars: 8,
    flags: 10,
};
/// `ExponentialHistogramDataPoint`.
pub(super) const EXPONENTIAL: Layout = Layout {
    attributes: 1,
    exemplars: 11,
    flags: 10,
};
/// `SummaryDataPoint`.
pub(super) const SUMMARY: Layout = Layout {
    attributes: 7,
    exemplars: 0,
    flags: 8,
};

/// `DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`.
const NO_RECORDED_VALUE: u64 = 1;

impl<'a> Point<'a> {
    /// Reads a point into the place of another, whose memory it takes over.
    pub(super) fn read(&mut self, mut message: &'a [u8], layout: Layout) -> Result<(), Malformed> {
        self.attributes.clear();
        self.fields.clear();
        self.exemplars.clear();
        (self.at_ns, self.is_stale) = (0, false);
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                _ if tag == layout.attributes => self.attributes.push(value.bytes(tag)?),
                _ if tag == layout.exemplars => self.exemplars.push(value.bytes(tag)?),
                _ if tag == layout.flags => {
                    self.is_stale = value.number(tag)? & NO_RECORDED_VALUE != 0;
                }
                3 => self.at_ns = value.fixed(tag)?,
                _ => self.fields.push((tag, value)),
            }
        }
        Ok(())
    }

    /// The value of a `NumberDataPoint`; none has been set where it is `None`.
    pub(super) fn number(&self) -> Result<Option<f64>, Malformed> {
        let mut found = None;
        for &(tag, value) in &self.fields {
            match tag {
                4 => found = Some(value.double(tag)?),
                #[expect(clippy::cast_precision_loss, reason = "samples are doubles")]
                6 => found = Some(value.fixed(tag)?.cast_signed() as f64),
                _ => {}
            }
        }
        Ok(found)
    }

    /// The numbers of a `HistogramDataPoint`.
    pub(super) fn histogram(&self) -> Result<Histogram, Malformed> {
        let mut found = Histogram::default();
        for &(tag, value) in &self.fields {
            match tag {
                4 => found.count = as_f64(value.fixed(tag)?),
                5 => found.sum = Some(value.double(tag)?),
                6 => value.each_eight(tag, |eight| {
                    found.counts.push(as_f64(u64::from_le_bytes(eight)));
                })?,
                7 => value.each_eight(tag, |eight| found.bounds.push(f64::from_le_bytes(eight)))?,
                _ => {}
            }
        }
        let buckets = found.bounds.len().min(found.counts.len());
        found.bounds.truncate(buckets);
        found.counts.truncate(buckets);
        let mut below = 0.0;
        for count in &mut found.counts {
            below += *count;
            *count = below;
        }
        Ok(found)
    }

    /// The numbers of a `SummaryDataPoint`.
    pub(super) fn summary(&self) -> Result<Summary, Malformed> {
        let mut found = Summary::default();
        for &(tag, value) in &self.fields {
            match tag {
                4 => found.count = as_f64(value.fixed(tag)?),
                5 => found.sum = value.double(tag)?,
                6 => {
                    let (mut quantile, mut at) = (0.0, 0.0);
                    let mut message = value.bytes(tag)?;
                    while let Some((tag, value)) = next(&mut message)? {
                        match tag {
                            1 => quantile = value.double(tag)?,
                            2 => at = value.double(tag)?,
                            _ => {}
                        }
                    }
                    found.quantiles.push(quantile);
                    found.values.push(at);
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

/// A histogram with bounds of its own.
#[derive(Default)]
pub(super) struct Histogram {
    pub(super) count: f64,
    pub(super) sum: Option<f64>,
    /// Upper bounds, inclusive, without infinity.
    pub(super) bounds: Vec<f64>,
    /// How many values are at or below each.
    pub(super) counts: Vec<f64>,
}

/// Percentiles that the sender has worked out.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) count: f64,
    pub(super) sum: f64,
    pub(super) quantiles: Vec<f64>,
    pub(super) values: Vec<f64>,
}
