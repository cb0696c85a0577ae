//! Histograms as bytes, uncompressed.
//!
//! ```text
//! layout: schema (zigzag), zero threshold, count of spans above zero and for each its offset (zigzag) and
//!   its length, the same below zero, count of bounds and these; all whole numbers LEB128
//! counts: count, sum, zero count, and those of the buckets
//! a fraction: how many bytes of it, counted from the highest, are not zero, and those
//! ```

use model::{Buckets, CounterReset, Histogram, Span};

use crate::journal::{put_number, take_number};

/// Writes a histogram.
pub(super) fn put(into: &mut Vec<u8>, histogram: &Histogram) {
    into.push(reset_number(histogram.reset));
    put_layout(into, histogram);
    for count in [histogram.count, histogram.sum, histogram.zero_count] {
        put_fraction(into, count);
    }
    let sides = [&histogram.positive, &histogram.negative];
    for count in sides.into_iter().flat_map(|side| &side.counts) {
        put_fraction(into, *count);
    }
}

/// Reads what [`put`] wrote.
pub(super) fn take(rest: &mut &[u8]) -> Option<Histogram> {
    let reset = reset(take_byte(rest)?)?;
    let mut histogram = take_layout(rest)?;
    histogram.reset = reset;
    histogram.count = take_fraction(rest)?;
    histogram.sum = take_fraction(rest)?;
    histogram.zero_count = take_fraction(rest)?;
    for side in [&mut histogram.positive, &mut histogram.negative] {
        let buckets = buckets_of(&side.spans);
        // Each takes a byte at least, so a damaged length asks for no more than there is.
        if usize::try_from(buckets).ok()? > rest.len() {
            return None;
        }
        for _ in 0..buckets {
            side.counts.push(take_fraction(rest)?);
        }
    }
    Some(histogram)
}

/// Writes which buckets a histogram has.
pub(super) fn put_layout(into: &mut Vec<u8>, histogram: &Histogram) {
    put_number(into, zigzag(histogram.schema.into()));
    put_fraction(into, histogram.zero_threshold);
    for side in [&histogram.positive, &histogram.negative] {
        put_number(into, side.spans.len() as u64);
        for span in &side.spans {
            put_number(into, zigzag(span.offset.into()));
            put_number(into, span.length.into());
        }
    }
    put_number(into, histogram.bounds.len() as u64);
    for bound in &histogram.bounds {
        put_fraction(into, *bound);
    }
}

/// A histogram with these buckets but without counts.
pub(super) fn take_layout(rest: &mut &[u8]) -> Option<Histogram> {
    let schema = i8::try_from(unzigzag(take_number(rest)?)).ok()?;
    let zero_threshold = take_fraction(rest)?;
    let positive = take_spans(rest)?;
    let negative = take_spans(rest)?;
    let mut bounds = Vec::new();
    for _ in 0..take_number(rest)? {
        bounds.push(take_fraction(rest)?);
    }
    Some(Histogram {
        schema,
        zero_threshold,
        positive,
        negative,
        bounds,
        ..Histogram::default()
    })
}

fn take_spans(rest: &mut &[u8]) -> Option<Buckets> {
    let mut spans = Vec::new();
    for _ in 0..take_number(rest)? {
        spans.push(Span {
            offset: i32::try_from(unzigzag(take_number(rest)?)).ok()?,
            length: u32::try_from(take_number(rest)?).ok()?,
        });
    }
    Some(Buckets {
        spans,
        counts: Vec::new(),
    })
}

/// How many buckets spans have.
pub(super) fn buckets_of(spans: &[Span]) -> u64 {
    spans.iter().map(|span| u64::from(span.length)).sum()
}

/// What a histogram says about resets, as a number.
pub(super) fn reset_number(reset: CounterReset) -> u8 {
    match reset {
        CounterReset::Unknown => 0,
        CounterReset::Reset => 1,
        CounterReset::NotReset => 2,
        CounterReset::Gauge => 3,
    }
}

/// The other way round.
pub(super) fn reset(number: u8) -> Option<CounterReset> {
    Some(match number {
        0 => CounterReset::Unknown,
        1 => CounterReset::Reset,
        2 => CounterReset::NotReset,
        3 => CounterReset::Gauge,
        _ => return None,
    })
}

fn put_fraction(into: &mut Vec<u8>, value: f64) {
    let bits = value.to_bits();
    let length = 8 - bits.trailing_zeros() as usize / 8;
    into.push(length as u8);
    into.extend(&bits.to_be_bytes()[..length]);
}

fn take_fraction(rest: &mut &[u8]) -> Option<f64> {
    let length = usize::from(take_byte(rest)?);
    let (bytes, after) = rest.split_at_checked(length)?;
    let mut bits = [0; 8];
    bits.get_mut(..length)?.copy_from_slice(bytes);
    *rest = after;
    Some(f64::from_bits(u64::from_be_bytes(bits)))
}

pub(super) fn take_byte(rest: &mut &[u8]) -> Option<u8> {
    let (byte, after) = rest.split_first()?;
    *rest = after;
    Some(*byte)
}

pub(super) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

pub(super) fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::super::examples::{all, shown};
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        for histogram in all() {
            put(&mut bytes, &histogram);
        }
        let (mut rest, mut back) = (bytes.as_slice(), Vec::new());
        while !rest.is_empty() {
            back.push(take(&mut rest).unwrap());
        }
        assert_eq!(shown(&back), shown(&all()));
        let mut one = Vec::new();
        put(&mut one, &all()[0]);
        for length in 0..one.len() {
            assert!(take(&mut &one[..length]).is_none(), "{length}");
        }
    }
}
