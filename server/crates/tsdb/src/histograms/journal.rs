//! Histograms in a row of the journal: behind the numbers of the same commit.
//!
//! ```text
//! version  1 byte, another one than that of a row that has only numbers
//! length of the row with only numbers (LEB128), and that row
//! then, for each series: its number and its count of histograms, and for each the distance to the time
//! before it (zigzag; the first of a row from zero), all LEB128, and the histogram (`plain.rs`)
//! ```

use std::borrow::Cow;
use std::sync::Arc;

use model::{Histogram, TimestampMs};

use super::plain::{put, take, unzigzag, zigzag};
use crate::error::Error;
use crate::index::SeriesId;
use crate::journal::{put_number, take_number};

const VERSION: u8 = 3;

/// The histograms of a row that is being written.
#[derive(Default)]
pub(crate) struct Entry {
    blob: Vec<u8>,
    last_ms: TimestampMs,
}

impl Entry {
    pub(crate) fn put(&mut self, id: SeriesId, histograms: &[(TimestampMs, Arc<Histogram>)]) {
        put_number(&mut self.blob, id.into());
        put_number(&mut self.blob, histograms.len() as u64);
        for (at_ms, histogram) in histograms {
            put_number(&mut self.blob, zigzag(at_ms.wrapping_sub(self.last_ms)));
            self.last_ms = *at_ms;
            put(&mut self.blob, histogram);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.blob.is_empty()
    }

    /// The whole row, where this is what it has of numbers.
    pub(crate) fn behind(self, numbers: &[u8]) -> Cow<'_, [u8]> {
        if self.is_empty() {
            return Cow::Borrowed(numbers);
        }
        let mut whole = vec![VERSION];
        put_number(&mut whole, numbers.len() as u64);
        whole.extend(numbers);
        whole.extend(self.blob);
        Cow::Owned(whole)
    }
}

/// What a row has of numbers, and what of histograms.
///
/// # Errors
/// When it is cut short.
pub(crate) fn split(row: i64, blob: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let Some((&VERSION, mut rest)) = blob.split_first() else {
        return Ok((blob, &[]));
    };
    let numbers = take_number(&mut rest).and_then(|length| usize::try_from(length).ok());
    let parts = numbers.and_then(|length| rest.split_at_checked(length));
    parts.ok_or_else(|| damaged(row, "it is cut short"))
}

/// Reads histograms back.
///
/// # Errors
/// When they are cut short.
pub(crate) fn read(
    row: i64,
    mut rest: &[u8],
    mut each: impl FnMut(SeriesId, TimestampMs, Histogram),
) -> Result<(), Error> {
    let mut last_ms = TimestampMs::default();
    let mut series = |rest: &mut &[u8]| {
        let id = SeriesId::try_from(take_number(rest)?).ok()?;
        for _ in 0..take_number(rest)? {
            last_ms = last_ms.wrapping_add(unzigzag(take_number(rest)?));
            each(id, last_ms, take(rest)?);
        }
        Some(())
    };
    while !rest.is_empty() {
        series(&mut rest).ok_or_else(|| damaged(row, "a histogram is cut short"))?;
    }
    Ok(())
}

fn damaged(row: i64, why: &str) -> Error {
    Error::damaged(format!("row {row} of the journal"), why)
}

#[cfg(test)]
mod tests {
    use super::super::examples::{all, shown};
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut entry = Entry::default();
        let (mut times, mut number) = (Vec::new(), 0);
        for some in all().chunks(8) {
            let samples = some.iter().map(|histogram| {
                number += 1;
                (number * 15_000, Arc::new(histogram.clone()))
            });
            let samples: Vec<_> = samples.collect();
            entry.put(7, &samples);
            times.extend(samples.iter().map(|(at_ms, _)| *at_ms));
        }
        let blob = entry.behind(&[2, 9, 9]).into_owned();
        let (numbers, histograms) = split(1, &blob).unwrap();
        assert_eq!(numbers, [2, 9, 9]);
        let (mut found, mut back) = (Vec::new(), Vec::new());
        read(1, histograms, |id, at_ms, histogram| {
            assert_eq!(id, 7);
            found.push(at_ms);
            back.push(histogram);
        })
        .unwrap();
        assert_eq!(found, times);
        assert_eq!(shown(&back), shown(&all()));
        let error = read(3, &histograms[..9], |_, _, _| ()).unwrap_err();
        assert!(
            error.to_string().contains("row 3 of the journal"),
            "{error}"
        );
    }

    #[test]
    fn rows_without_histograms_stay_as_they_are() {
        let numbers = [2, 1, 1, 0, 0];
        assert_eq!(&*Entry::default().behind(&numbers), numbers);
        assert_eq!(split(1, &numbers).unwrap(), (&numbers[..], &[][..]));
        assert!(split(1, &[VERSION, 9, 1]).is_err());
    }
}
