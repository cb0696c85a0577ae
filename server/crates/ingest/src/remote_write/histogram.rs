//! Native histograms: the same message in both versions of the protocol.

use std::sync::Arc;

use model::{CounterReset, Histogram, HistogramError, TimestampMs};

use crate::native::Written;
use crate::protobuf::{Malformed, next};

/// One that was read.
pub(super) struct Read {
    pub(super) at_ms: TimestampMs,
    /// How many numbers it takes in memory.
    pub(super) numbers: usize,
    /// Itself, or why it is none.
    pub(super) histogram: Result<Arc<Histogram>, HistogramError>,
}

/// Reads one.
pub(super) fn histogram(mut message: &[u8]) -> Result<Read, Malformed> {
    let mut written = Written::default();
    let mut at_ms = 0;
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            #[expect(clippy::cast_precision_loss, reason = "as Prometheus keeps it")]
            1 => written.count = value.number(tag)? as f64,
            2 => (written.count, written.is_float) = (value.double(tag)?, true),
            3 => written.sum = value.double(tag)?,
            4 => written.schema = value.zigzag(tag)?,
            5 => written.zero_threshold = value.double(tag)?,
            #[expect(clippy::cast_precision_loss, reason = "as Prometheus keeps it")]
            6 => written.zero_count = value.number(tag)? as f64,
            7 => written.zero_count = value.double(tag)?,
            8 => written.negative.span(tag, value)?,
            9 => written.negative.deltas(tag, value)?,
            10 => written.negative.counts(tag, value)?,
            11 => written.positive.span(tag, value)?,
            12 => written.positive.deltas(tag, value)?,
            13 => written.positive.counts(tag, value)?,
            14 => {
                written.reset = match value.number(tag)? {
                    1 => CounterReset::Reset,
                    2 => CounterReset::NotReset,
                    3 => CounterReset::Gauge,
                    _ => CounterReset::Unknown,
                };
            }
            15 => at_ms = value.number(tag)?.cast_signed(),
            16 => written.bounds(tag, value)?,
            _ => {}
        }
    }
    Ok(Read {
        at_ms,
        numbers: written.numbers(),
        histogram: written.done(),
    })
}
