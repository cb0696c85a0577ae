//! One row of histograms: those of one series over a stretch of time, bucket by bucket.
//!
//! ```text
//! version  1 byte
//! then, for each run of histograms that have the same buckets: how many there are, which buckets
//!   (`plain.rs`), what they say about resets (a byte, and for how many it holds, until all have it),
//!   and three blobs behind their lengths: times, counts, sums; whole numbers LEB128
//! counts: all counts, all zero counts, all of the first bucket above zero, …, of the last one below zero
//! ```
//!
//! A bucket grows from scrape to scrape much like it did before, so one after the other they are small.

use std::ops::Range;
use std::sync::Arc;

use model::{Histogram, TimestampMs};

use super::Histograms;
use super::plain::{buckets_of, put_layout, reset, reset_number, take_byte, take_layout};
use crate::chunk::{self, Damage, Effort};
use crate::error::Error;
use crate::index::SeriesId;
use crate::journal::{put_number, take_number};

const VERSION: u8 = 1;
/// Numbers of a run, far more than are written into one; a damaged row must not ask for more.
const MOST_NUMBERS: usize = 1 << 26;
/// Columns beside those of buckets: the count and the zero count.
const OTHERS: usize = 2;

/// Puts a row together.
pub(super) fn write(all: &Histograms, effort: Effort) -> Result<Vec<u8>, Damage> {
    let mut blob = vec![VERSION];
    let mut begin = 0;
    while begin < all.values.len() {
        let first = &all.values[begin];
        let others = &all.values[begin..];
        let length = others.iter().take_while(|other| is_alike(first, other));
        let end = begin + length.count();
        write_run(&mut blob, all, begin..end, effort)?;
        begin = end;
    }
    Ok(blob)
}

fn write_run(
    blob: &mut Vec<u8>,
    all: &Histograms,
    places: Range<usize>,
    effort: Effort,
) -> Result<(), Damage> {
    let run = &all.values[places.clone()];
    put_number(blob, run.len() as u64);
    put_layout(blob, &run[0]);
    for alike in run.chunk_by(|a, b| a.reset == b.reset) {
        blob.push(reset_number(alike[0].reset));
        put_number(blob, alike.len() as u64);
    }
    let column = |number: fn(&Histogram) -> f64| run.iter().map(move |one| number(one));
    let mut counts: Vec<f64> = column(|one| one.count).collect();
    counts.extend(column(|one| one.zero_count));
    for bucket in 0..run[0].positive.counts.len() {
        counts.extend(run.iter().map(|one| one.positive.counts[bucket]));
    }
    for bucket in 0..run[0].negative.counts.len() {
        counts.extend(run.iter().map(|one| one.negative.counts[bucket]));
    }
    let sums: Vec<f64> = column(|one| one.sum).collect();
    for part in [
        chunk::encode(&all.at_ms[places], effort)?,
        chunk::encode(&counts, effort)?,
        chunk::encode(&sums, effort)?,
    ] {
        put_number(blob, part.len() as u64);
        blob.extend(part);
    }
    Ok(())
}

/// Whether two have the same buckets.
fn is_alike(a: &Histogram, b: &Histogram) -> bool {
    a.schema == b.schema
        && a.zero_threshold.to_bits() == b.zero_threshold.to_bits()
        && a.positive.spans == b.positive.spans
        && a.negative.spans == b.negative.spans
        && a.bounds == b.bounds
}

/// The histograms of a row.
///
/// # Errors
/// When it is damaged; the error names series and begin.
pub(super) fn read(id: SeriesId, from_ms: TimestampMs, blob: &[u8]) -> Result<Histograms, Error> {
    let what = || format!("the histograms of series {id} from {from_ms}");
    let Some((&VERSION, mut rest)) = blob.split_first() else {
        return Err(Error::damaged(what(), "they are of another version"));
    };
    let mut all = Histograms::default();
    while !rest.is_empty() {
        let run = Packed::take(&mut rest);
        let run = run.ok_or_else(|| Error::damaged(what(), "they are cut short"))?;
        let read = run.unpack(&mut all);
        read.map_err(|error| Error::damaged(what(), error))?;
    }
    Ok(all)
}

/// A run of histograms that is to be unpacked.
struct Packed<'a> {
    layout: Histogram,
    resets: Vec<model::CounterReset>,
    above: usize,
    below: usize,
    times: &'a [u8],
    counts: &'a [u8],
    sums: &'a [u8],
}

impl<'a> Packed<'a> {
    fn take(rest: &mut &'a [u8]) -> Option<Self> {
        let length = usize::try_from(take_number(rest)?).ok()?;
        let layout = take_layout(rest)?;
        let above = usize::try_from(buckets_of(&layout.positive.spans)).ok()?;
        let below = usize::try_from(buckets_of(&layout.negative.spans)).ok()?;
        let columns = above.checked_add(below)?.checked_add(OTHERS)?;
        if columns.checked_mul(length)? > MOST_NUMBERS {
            return None;
        }
        let mut resets = Vec::with_capacity(length);
        while resets.len() < length {
            let reset = reset(take_byte(rest)?)?;
            let alike = usize::try_from(take_number(rest)?).ok()?;
            if alike == 0 || alike > length - resets.len() {
                return None;
            }
            resets.extend(std::iter::repeat_n(reset, alike));
        }
        Some(Self {
            layout,
            resets,
            above,
            below,
            times: take_blob(rest)?,
            counts: take_blob(rest)?,
            sums: take_blob(rest)?,
        })
    }

    fn unpack(self, into: &mut Histograms) -> Result<(), Damage> {
        let length = self.resets.len();
        let columns = OTHERS + self.above + self.below;
        let at_ms: Vec<TimestampMs> = chunk::decode(self.times, length)?;
        let counts: Vec<f64> = chunk::decode(self.counts, length * columns)?;
        let sums: Vec<f64> = chunk::decode(self.sums, length)?;
        let of = |place: usize, columns: Range<usize>| {
            let column = |column: usize| counts[column * length + place];
            columns.map(column).collect::<Vec<f64>>()
        };
        for (place, reset) in self.resets.into_iter().enumerate() {
            let mut histogram = Histogram {
                reset,
                count: counts[place],
                zero_count: counts[length + place],
                sum: sums[place],
                ..self.layout.clone()
            };
            histogram.positive.counts = of(place, OTHERS..OTHERS + self.above);
            histogram.negative.counts = of(place, OTHERS + self.above..columns);
            into.values.push(Arc::new(histogram));
        }
        into.at_ms.extend(at_ms);
        Ok(())
    }
}

fn take_blob<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (blob, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(blob)
}

#[cfg(test)]
mod tests {
    use model::Buckets;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::super::examples::{all, shown};
    use super::*;

    fn run(all: Vec<Histogram>) -> Histograms {
        Histograms {
            at_ms: (1..).map(|n| n * 15_000).take(all.len()).collect(),
            values: all.into_iter().map(Arc::new).collect(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let written = run(all());
        for effort in [Effort::Little, Effort::Full] {
            let blob = write(&written, effort).unwrap();
            let back = read(1, 2, &blob).unwrap();
            assert_eq!(back.at_ms, written.at_ms);
            let back: Vec<Histogram> = back.values.iter().map(|one| (**one).clone()).collect();
            assert_eq!(shown(&back), shown(&all()));
            for length in (0..blob.len()).step_by(7) {
                // A cut between two runs cannot be told; anything else is an error. Never a panic.
                let _ = read(1, 2, &blob[..length]);
            }
            let error = read(7, 99, &blob[..20]).unwrap_err().to_string();
            assert!(error.contains("series 7 from 99"), "{error}");
        }
        assert!(read(1, 2, &[9]).is_err());
    }

    #[test]
    fn counters_are_small() {
        let mut random = StdRng::seed_from_u64(5);
        let mut counts = [0_u32; 30];
        let histograms = std::iter::repeat_with(|| {
            for count in &mut counts {
                *count += random.random_range(0..20);
            }
            let positive = Buckets::from_numbered((0..).zip(counts.map(f64::from)));
            Histogram {
                schema: 3,
                count: positive.sum(),
                sum: positive.sum() * 0.123,
                positive,
                ..Histogram::default()
            }
        });
        let written = run(histograms.take(480).collect());
        let blob = write(&written, Effort::Full).unwrap();
        let each = blob.len() as f64 / 480.0;
        println!("{each} bytes a histogram of 30 buckets");
        assert!(each < 45.0, "{each}");
    }
}
