//! One row of rollups: the windows of a group of series over one stretch of time, column by column, so
//! that only what is asked for is unpacked.
//!
//! ```text
//! version  1 byte
//! count of series, then for each: its number and its count of windows; all LEB128
//! then the columns, each: 0 and its only value (8 bytes, big-endian), or 1, the length of the head and
//!   of the page of each series (LEB128; zero where it has no values in it), the head, and the pages
//! ```
//!
//! Heads and pages are those of `chunk.rs`. Times are written as distances from the ends of windows, and
//! the least and the greatest value only where they are not the first and the last one, as in counters.

use std::collections::BTreeMap;

use model::TimestampMs;
use pco::data_types::Number;

use super::Level;
use super::window::Window;
use crate::chunk::{Block, Damage, Effort, Unpacker};
use crate::error::Error;
use crate::index::SeriesId;
use crate::journal::{put_number, take_number};

const VERSION: u8 = 1;
const IS_SAME: u8 = 0;
const IS_PACKED: u8 = 1;

/// The least value is not the first one.
const HAS_LEAST: i64 = 1;
/// The greatest value is not the last one.
const HAS_MOST: i64 = 2;

/// The windows of a group, by series.
pub(crate) type Windows = BTreeMap<SeriesId, Vec<Window>>;

/// What of windows is to be unpacked; the rest is zero.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fields {
    /// The first value and its time.
    pub(crate) first: bool,
    /// The last value, its time, and when the series ended.
    pub(crate) last: bool,
    pub(crate) least: bool,
    pub(crate) most: bool,
    pub(crate) sum: bool,
    /// Resets, and what was lost by them.
    pub(crate) resets: bool,
}

impl Fields {
    pub(crate) const ALL: Self = Self {
        first: true,
        last: true,
        least: true,
        most: true,
        sum: true,
        resets: true,
    };
}

/// Puts a row together that ends at a time.
pub(super) fn write(
    level: Level,
    to_ms: TimestampMs,
    windows: &Windows,
    effort: Effort,
) -> Result<Vec<u8>, Damage> {
    let mut blob = vec![VERSION];
    put_number(&mut blob, windows.len() as u64);
    for (id, windows) in windows {
        put_number(&mut blob, u64::from(*id));
        put_number(&mut blob, windows.len() as u64);
    }
    let mut out = Writer {
        blob,
        windows,
        effort,
    };
    out.column(|one| Some((to_ms - one.end_ms) / level.length_ms()))?;
    out.column(|one| Some(one.count))?;
    out.column(|one| (one.count > 0).then(|| one.end_ms - one.first_ms))?;
    out.column(|one| (one.count > 0).then(|| one.end_ms - one.last_ms))?;
    out.column(|one| Some(one.ended_ms.map_or(0, |ended| one.end_ms - ended + 1)))?;
    out.column(|one| Some(one.resets))?;
    out.column(|one| Some(extremes(one)))?;
    out.column(|one| (one.count > 0).then_some(one.first))?;
    out.column(|one| (one.count > 0).then_some(one.last))?;
    out.column(|one| (extremes(one) & HAS_LEAST > 0).then_some(one.least))?;
    out.column(|one| (extremes(one) & HAS_MOST > 0).then_some(one.most))?;
    out.column(|one| (one.count > 1).then_some(one.sum))?;
    out.column(|one| (one.resets > 0).then_some(one.lost))?;
    Ok(out.blob)
}

fn extremes(window: &Window) -> i64 {
    let differ = |a: f64, b: f64| a.to_bits() != b.to_bits();
    let least = differ(window.least, window.first);
    let most = differ(window.most, window.last);
    i64::from(least) * HAS_LEAST + i64::from(most) * HAS_MOST
}

struct Writer<'a> {
    blob: Vec<u8>,
    windows: &'a Windows,
    effort: Effort,
}

impl Writer<'_> {
    /// Writes what some windows have.
    fn column<T: Bits>(&mut self, value: impl Fn(&Window) -> Option<T>) -> Result<(), Damage> {
        let of = |windows: &Vec<Window>| windows.iter().filter_map(&value).collect();
        let runs: Vec<Vec<T>> = self.windows.values().map(of).collect();
        let mut all = runs.iter().flatten().map(|value| value.bits());
        let first = all.next().unwrap_or_default();
        if all.all(|bits| bits == first) {
            self.blob.push(IS_SAME);
            self.blob.extend(first.to_be_bytes());
            return Ok(());
        }
        let some = runs.iter().map(Vec::as_slice);
        let some: Vec<&[T]> = some.filter(|run| !run.is_empty()).collect();
        let block = Block::new(&some, self.effort)?;
        self.blob.push(IS_PACKED);
        put_number(&mut self.blob, block.head.len() as u64);
        let mut lengths = block.pages.iter().map(Vec::len);
        for run in &runs {
            let length = match run.is_empty() {
                true => 0,
                false => lengths.next().unwrap_or_default(),
            };
            put_number(&mut self.blob, length as u64);
        }
        self.blob.extend(&block.head);
        block.pages.iter().for_each(|page| self.blob.extend(page));
        Ok(())
    }
}

/// A number as bits and back.
trait Bits: Number {
    fn bits(self) -> u64;
    fn of(bits: u64) -> Self;
}

impl Bits for i64 {
    fn bits(self) -> u64 {
        self as u64
    }

    fn of(bits: u64) -> Self {
        bits as i64
    }
}

impl Bits for f64 {
    fn bits(self) -> u64 {
        self.to_bits()
    }

    fn of(bits: u64) -> Self {
        Self::from_bits(bits)
    }
}

/// The windows of some series of a row that ends at a time, with some of their fields.
///
/// # Errors
/// When the row is cut short or of another version, or cannot be unpacked.
pub(super) fn read(
    level: Level,
    to_ms: TimestampMs,
    blob: &[u8],
    fields: Fields,
    is_wanted: impl Fn(SeriesId) -> bool,
) -> Result<Windows, Error> {
    let what = || format!("a row of rollups that ends at {to_ms}");
    let short = || Error::damaged(what(), "it is cut short or of another version");
    let (series, rest) = head(blob).ok_or_else(short)?;
    let part = |(id, count): Count| {
        let length = if is_wanted(id) { count } else { 0 };
        (id, vec![Packed::default(); length])
    };
    let mut reader = Reader {
        rest,
        parts: series.into_iter().map(part).collect(),
    };
    reader
        .fields(level, to_ms, fields)
        .map_err(|why| match why {
            Some(damage) => Error::damaged(what(), damage),
            None => short(),
        })?;
    let wanted = reader.parts.into_iter().filter(|(_, all)| !all.is_empty());
    let windows = wanted.map(|(id, all)| (id, all.into_iter().map(|one| one.window).collect()));
    Ok(windows.collect())
}

/// How many windows a series has.
type Count = (SeriesId, usize);

/// The series of a row with their counts of windows, and what is behind them.
fn head(blob: &[u8]) -> Option<(Vec<Count>, &[u8])> {
    let (&VERSION, mut rest) = blob.split_first()? else {
        return None;
    };
    let mut series = Vec::new();
    for _ in 0..take_number(&mut rest)? {
        let id = SeriesId::try_from(take_number(&mut rest)?).ok()?;
        let count = usize::try_from(take_number(&mut rest)?).ok()?;
        // A row spans a day of five minutes at most; a damaged one must not ask for more.
        series.push((id, Some(count).filter(|count| *count <= 1_000)?));
    }
    Some((series, rest))
}

/// A window and which of its extremes are written down.
#[derive(Clone, Default)]
struct Packed {
    window: Window,
    extremes: i64,
}

/// What is wrong with a row: that it is cut short, or what unpacking says.
type Wrong = Option<Damage>;

struct Reader<'a> {
    rest: &'a [u8],
    /// The windows of each series; none where it is not wanted.
    parts: Vec<(SeriesId, Vec<Packed>)>,
}

impl Reader<'_> {
    fn fields(&mut self, level: Level, to_ms: TimestampMs, fields: Fields) -> Result<(), Wrong> {
        let length_ms = level.length_ms();
        let any = |_: &Packed| true;
        let has_values = |one: &Packed| one.window.count > 0;
        self.column(true, any, |one, back: i64| {
            one.window.end_ms = to_ms.wrapping_sub(back.wrapping_mul(length_ms));
        })?;
        self.column(true, any, |one, count| one.window.count = count)?;
        self.column(fields.first, has_values, |one, back: i64| {
            one.window.first_ms = one.window.end_ms.wrapping_sub(back);
        })?;
        self.column(fields.last, has_values, |one, back: i64| {
            one.window.last_ms = one.window.end_ms.wrapping_sub(back);
        })?;
        self.column(fields.last, any, |one, back: i64| {
            let ended_ms = one.window.end_ms.wrapping_sub(back.wrapping_sub(1));
            one.window.ended_ms = (back > 0).then_some(ended_ms);
        })?;
        self.column(fields.resets, any, |one, resets| one.window.resets = resets)?;
        let extremes = fields.least || fields.most;
        self.column(extremes, any, |one, written| one.extremes = written)?;
        self.values(fields)
    }

    fn values(&mut self, fields: Fields) -> Result<(), Wrong> {
        let has_values = |one: &Packed| one.window.count > 0;
        let first = fields.first || fields.least || fields.sum;
        self.column(first, has_values, |one, value: f64| {
            (one.window.first, one.window.least, one.window.sum) = (value, value, value);
        })?;
        let last = fields.last || fields.most;
        self.column(last, has_values, |one, value: f64| {
            (one.window.last, one.window.most) = (value, value);
        })?;
        let has_least = |one: &Packed| one.extremes & HAS_LEAST > 0;
        self.column(fields.least, has_least, |one, least| {
            one.window.least = least
        })?;
        let has_most = |one: &Packed| one.extremes & HAS_MOST > 0;
        self.column(fields.most, has_most, |one, most| one.window.most = most)?;
        let several = |one: &Packed| one.window.count > 1;
        self.column(fields.sum, several, |one, sum| one.window.sum = sum)?;
        let has_resets = |one: &Packed| one.window.resets > 0;
        self.column(fields.resets, has_resets, |one, lost| {
            one.window.lost = lost
        })
    }

    /// Reads what some windows have, or goes past it.
    fn column<T: Bits>(
        &mut self,
        is_read: bool,
        has: impl Fn(&Packed) -> bool,
        mut set: impl FnMut(&mut Packed, T),
    ) -> Result<(), Wrong> {
        let (kind, rest) = self.rest.split_first().ok_or(None)?;
        self.rest = rest;
        if *kind == IS_SAME {
            let bits = take(&mut self.rest, 8)?;
            let bits = u64::from_be_bytes(bits.try_into().map_err(|_| None)?);
            let all = self.parts.iter_mut().flat_map(|(_, all)| all);
            if is_read {
                all.filter(|one| has(one))
                    .for_each(|one| set(one, T::of(bits)));
            }
            return Ok(());
        }
        let mut lengths = Vec::with_capacity(self.parts.len() + 1);
        for _ in 0..=self.parts.len() {
            let length = take_number(&mut self.rest).ok_or(None)?;
            lengths.push(usize::try_from(length).map_err(|_| None)?);
        }
        let mut lengths = lengths.into_iter();
        let head = take(&mut self.rest, lengths.next().unwrap_or_default())?;
        let mut unpacker = None;
        for ((_, all), length) in self.parts.iter_mut().zip(lengths) {
            let page = take(&mut self.rest, length)?;
            let count = all.iter().filter(|one| has(one)).count();
            if !is_read || count == 0 {
                continue;
            }
            let unpacker = match &mut unpacker {
                Some(unpacker) => unpacker,
                none => none.insert(Unpacker::<T>::new(head).map_err(Some)?.0),
            };
            let numbers = unpacker.read(page, count, 0..count).map_err(Some)?;
            let having = all.iter_mut().filter(|one| has(one));
            having
                .zip(numbers)
                .for_each(|(one, number)| set(one, number));
        }
        Ok(())
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Wrong> {
    let (bytes, after) = rest.split_at_checked(length).ok_or(None)?;
    *rest = after;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::Run;
    use crate::rollup::window::windows;
    use model::STALE;

    const FIVE: Level = Level::FiveMinutes;
    const TO_MS: i64 = 86_400_000;

    fn packed(series: &[&[(i64, f64)]]) -> (Windows, Vec<u8>) {
        let all = (1..).zip(series).map(|(id, samples)| {
            let (at_ms, values) = samples.iter().copied().unzip();
            (id * 100, windows(&Run { at_ms, values }, FIVE))
        });
        let all: Windows = all.collect();
        let blob = write(FIVE, TO_MS, &all, Effort::Full).unwrap();
        (all, blob)
    }

    fn every(step_ms: i64, value: impl Fn(i64) -> f64) -> Vec<(i64, f64)> {
        let times = (1..).map(|n| n * step_ms).take_while(|at| *at <= TO_MS);
        times.map(|at| (at, value(at))).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let counter = every(15_000, |at| (at / 1000 % 40_000) as f64);
        let gauge = every(15_000, |at| (at as f64 / 9e5).sin());
        let single = every(300_000, |at| at as f64);
        let odd = [
            (5, STALE),
            (300_001, f64::NAN),
            (600_001, f64::INFINITY),
            (600_002, STALE),
            (900_003, -0.0),
            (900_004, 0.0),
        ];
        for series in [
            &[&counter[..], &gauge, &single, &odd][..],
            &[&odd],
            &[&odd[..1]],
            &[&counter],
            &[],
        ] {
            let (all, blob) = packed(series);
            let text = |windows: &Windows| format!("{windows:?}");
            let back = read(FIVE, TO_MS, &blob, Fields::ALL, |_| true).unwrap();
            assert_eq!(text(&back), text(&all));
            let second = read(FIVE, TO_MS, &blob, Fields::ALL, |id| id == 200).unwrap();
            assert_eq!(second.get(&200).map(Vec::len), all.get(&200).map(Vec::len));
            assert_eq!(
                format!("{:?}", second.get(&200)),
                format!("{:?}", all.get(&200))
            );
            for length in (0..blob.len()).step_by(7) {
                let cut = read(FIVE, TO_MS, &blob[..length], Fields::ALL, |_| true);
                assert!(cut.is_err(), "{length} of {}", blob.len());
            }
        }
    }

    #[test]
    fn what_is_not_asked_for_is_not_unpacked() {
        let gauge = every(15_000, |at| (at as f64 / 9e5).sin());
        let (all, blob) = packed(&[&gauge]);
        let field = |fields: Fields, of: fn(&Window) -> f64| {
            let back = read(FIVE, TO_MS, &blob, fields, |_| true).unwrap();
            let values = |windows: &Windows| windows[&100].iter().map(of).collect::<Vec<_>>();
            let found = values(&back);
            (
                found == values(&all),
                found.iter().all(|value| *value == 0.0),
            )
        };
        let none = Fields::default();
        for (fields, of) in [
            (
                Fields {
                    first: true,
                    ..none
                },
                (|one| one.first) as fn(&Window) -> f64,
            ),
            (Fields { last: true, ..none }, |one| one.last),
            (
                Fields {
                    least: true,
                    ..none
                },
                |one| one.least,
            ),
            (Fields { most: true, ..none }, |one| one.most),
            (Fields { sum: true, ..none }, |one| one.sum),
            (
                Fields {
                    resets: true,
                    ..none
                },
                |one| one.lost,
            ),
        ] {
            assert_eq!(field(fields, of), (true, false));
            assert_eq!(field(none, of), (false, true));
        }
    }

    #[test]
    fn a_counter_costs_little_more_than_its_values() {
        let counter = every(15_000, |at| (at / 1000 * 7) as f64);
        let (all, blob) = packed(&[&counter[..]; 32]);
        let windows: usize = all.values().map(Vec::len).sum();
        let each = blob.len() as f64 / windows as f64;
        assert!(each < 3.0, "{each} bytes a window");
    }
}
