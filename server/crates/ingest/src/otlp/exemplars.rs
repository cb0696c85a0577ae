//! Exemplars of data points, as Prometheus's own receiver takes them: the span first, and the attributes that the
//! point does not have only where they fit.
//!
//! <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#exemplars>.

use std::borrow::Cow;
use std::fmt::Write as _;

use model::{Dropped, Exemplar, TimestampMs};

use super::attributes::{Attribute, attribute};
use crate::protobuf::{Malformed, next};

/// Nanoseconds of a millisecond.
const MILLISECOND: u64 = 1_000_000;

/// Most attributes of one that are looked at: more do not fit.
const MOST_ATTRIBUTES: usize = 64;

/// An `Exemplar`; where it names no time it has that of its point.
pub(super) fn exemplar(
    mut message: &[u8],
    of_point_ms: TimestampMs,
) -> Result<Result<Exemplar, Dropped>, Malformed> {
    let mut labels: Vec<Attribute<'_>> = Vec::new();
    let (mut number, mut at_ns) = (None, 0);
    let (mut trace, mut span): (&[u8], &[u8]) = (&[], &[]);
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            2 => at_ns = value.fixed(tag)?,
            3 => number = Some(value.double(tag)?),
            4 => span = value.bytes(tag)?,
            5 => trace = value.bytes(tag)?,
            #[expect(clippy::cast_precision_loss, reason = "samples are doubles")]
            6 => number = Some(value.fixed(tag)?.cast_signed() as f64),
            7 if labels.len() <= MOST_ATTRIBUTES => labels.push(attribute(value.bytes(tag)?)?),
            _ => {}
        }
    }
    let Some(number) = number else {
        return Ok(Err(Dropped::NoValue));
    };
    #[expect(clippy::cast_possible_wrap, reason = "a millionth of it fits")]
    let at_ms = (at_ns > 0).then_some((at_ns / MILLISECOND) as i64);
    let attributes = labels.len();
    let ids = [("trace_id", trace), ("span_id", span)];
    let ids = ids
        .into_iter()
        .filter(|(_, id)| id.iter().any(|byte| *byte != 0));
    labels.extend(ids.map(|(name, id)| (name, Cow::Owned(hex(id)))));
    let whole = Exemplar::new(&labels, number, at_ms, of_point_ms);
    Ok(match whole {
        Err(Dropped::LabelsTooLong) => {
            Exemplar::new(&labels[attributes..], number, at_ms, of_point_ms)
        }
        whole => whole,
    })
}

/// Bytes as W3C's trace context writes them. Ids have 16 and 8; what is longer is none.
fn hex(id: &[u8]) -> String {
    let mut text = String::with_capacity(2 * id.len().min(64));
    for byte in id.iter().take(64) {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
