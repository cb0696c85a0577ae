//! Native histograms as protobuf writes them, in expositions and in remote write alike: fields of different
//! numbers, and the same meaning.
//!
//! <https://prometheus.io/docs/specs/native_histograms/>.

use std::sync::Arc;

use model::{Buckets, CounterReset, Counts, Histogram, HistogramError, STALE, Span};

use crate::protobuf::{Malformed, Value, next};

/// Most buckets of one histogram that are read.
const MOST_BUCKETS: usize = 100_000;

/// A histogram, field by field.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) schema: i32,
    pub(crate) zero_threshold: f64,
    pub(crate) zero_count: f64,
    pub(crate) count: f64,
    pub(crate) sum: f64,
    /// Whether its counts are fractions.
    pub(crate) is_float: bool,
    pub(crate) reset: CounterReset,
    pub(crate) positive: Side,
    pub(crate) negative: Side,
    pub(crate) bounds: Vec<f64>,
}

/// The buckets of one side: whole counts as differences, or fractions as they are.
#[derive(Debug, Default)]
pub(crate) struct Side {
    spans: Vec<Span>,
    deltas: Vec<i64>,
    counts: Vec<f64>,
}

impl Side {
    /// Takes a `BucketSpan` in.
    pub(crate) fn span(&mut self, tag: u32, value: Value<'_>) -> Result<(), Malformed> {
        let mut message = value.bytes(tag)?;
        let mut span = Span::default();
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                1 => span.offset = value.zigzag(tag)?,
                2 => {
                    let length = value.number(tag)?;
                    span.length = u32::try_from(length).map_err(|_| Malformed::Type(tag))?;
                }
                _ => {}
            }
        }
        if self.spans.len() <= MOST_BUCKETS {
            self.spans.push(span);
        }
        Ok(())
    }

    /// Takes differences in.
    pub(crate) fn deltas(&mut self, tag: u32, value: Value<'_>) -> Result<(), Malformed> {
        value.each_number(tag, |number| {
            if self.deltas.len() <= MOST_BUCKETS {
                self.deltas
                    .push((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
            }
        })
    }

    /// Takes fractions in.
    pub(crate) fn counts(&mut self, tag: u32, value: Value<'_>) -> Result<(), Malformed> {
        value.each_eight(tag, |eight| {
            if self.counts.len() <= MOST_BUCKETS {
                self.counts.push(f64::from_le_bytes(eight));
            }
        })
    }

    /// Whether there is any span, be it of nothing.
    pub(crate) fn is_said(&self) -> bool {
        !self.spans.is_empty()
    }

    /// How many counts it has.
    pub(crate) fn len(&self) -> usize {
        self.deltas.len() + self.counts.len()
    }

    fn buckets(self, is_float: bool) -> Result<Buckets, HistogramError> {
        let Self {
            spans,
            deltas,
            counts,
        } = self;
        match is_float {
            true => Ok(Buckets { spans, counts }),
            false => Buckets::from_deltas(spans, &deltas),
        }
    }
}

impl Written {
    /// Takes bounds of its own in.
    pub(crate) fn bounds(&mut self, tag: u32, value: Value<'_>) -> Result<(), Malformed> {
        value.each_eight(tag, |eight| {
            if self.bounds.len() <= MOST_BUCKETS {
                self.bounds.push(f64::from_le_bytes(eight));
            }
        })
    }

    /// How many counts and bounds it has: what it takes in memory.
    pub(crate) fn numbers(&self) -> usize {
        self.positive.len() + self.negative.len() + self.bounds.len()
    }

    /// The histogram.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn done(self) -> Result<Arc<Histogram>, HistogramError> {
        let counts = match self.is_float {
            true => Counts::Fractions,
            false => Counts::Whole,
        };
        if model::is_stale(self.sum) {
            // Whatever else is written there.
            return Ok(Arc::new(Histogram {
                sum: STALE,
                ..Histogram::default()
            }));
        }
        let schema = i8::try_from(self.schema).map_err(|_| HistogramError::Schema(self.schema))?;
        let histogram = Histogram {
            reset: self.reset,
            schema,
            zero_threshold: self.zero_threshold,
            zero_count: self.zero_count,
            count: self.count,
            sum: self.sum,
            positive: self.positive.buckets(self.is_float)?,
            negative: self.negative.buckets(self.is_float)?,
            bounds: self.bounds,
        };
        histogram.check(counts)?;
        Ok(Arc::new(histogram))
    }
}
