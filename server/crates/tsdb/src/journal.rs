//! One row of the journal: what one commit brought, as a blob.
//!
//! ```text
//! version  1 byte
//! then, for each series: distance of its number to the one before (zigzag) and count of samples, both
//! LEB128, then for each sample the distance to the time before it (zigzag, LEB128; the first of a blob
//! from zero) and its value: how many bytes of it, counted from the highest, are not zero, and those.
//! ```
//!
//! Most values are whole numbers, of which a float's lower bytes are zero.

use model::TimestampMs;

use crate::error::Error;
use crate::index::SeriesId;

const VERSION: u8 = 2;

/// A row that is being written.
pub(crate) struct Entry {
    blob: Vec<u8>,
    last_id: i64,
    last_ms: TimestampMs,
}

impl Entry {
    pub(crate) fn new() -> Self {
        Self {
            blob: vec![VERSION],
            last_id: 0,
            last_ms: 0,
        }
    }

    pub(crate) fn put(&mut self, id: SeriesId, at_ms: &[TimestampMs], values: &[f64]) {
        self.number(zigzag(i64::from(id) - self.last_id));
        self.last_id = i64::from(id);
        self.number(at_ms.len() as u64);
        for (at_ms, value) in at_ms.iter().zip(values) {
            self.number(zigzag(at_ms.wrapping_sub(self.last_ms)));
            self.last_ms = *at_ms;
            let bits = value.to_bits();
            let length = 8 - bits.trailing_zeros() as usize / 8;
            self.blob.push(length as u8);
            self.blob.extend(&bits.to_be_bytes()[..length]);
        }
    }

    pub(crate) fn blob(&self) -> &[u8] {
        &self.blob
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.blob.len() == 1
    }

    fn number(&mut self, number: u64) {
        put_number(&mut self.blob, number);
    }
}

/// Reads a row back.
///
/// # Errors
/// When the blob is cut short or of another version.
pub(crate) fn read(
    row: i64,
    blob: &[u8],
    mut each: impl FnMut(SeriesId, TimestampMs, f64),
) -> Result<(), Error> {
    let damaged = |why: &str| Error::damaged(format!("row {row} of the journal"), why);
    let short = || damaged("it is cut short");
    let Some((&VERSION, mut rest)) = blob.split_first() else {
        return Err(damaged("it is of another version"));
    };
    let (mut last_id, mut last_ms) = (0_i64, TimestampMs::default());
    while !rest.is_empty() {
        last_id = last_id.wrapping_add(unzigzag(take_number(&mut rest).ok_or_else(short)?));
        let id = SeriesId::try_from(last_id).map_err(|_| damaged("a series has no such number"))?;
        for _ in 0..take_number(&mut rest).ok_or_else(short)? {
            let distance = unzigzag(take_number(&mut rest).ok_or_else(short)?);
            last_ms = last_ms.wrapping_add(distance);
            let (length, after) = rest.split_first().ok_or_else(short)?;
            let length = usize::from(*length);
            let (bytes, after) = after.split_at_checked(length).ok_or_else(short)?;
            let mut bits = [0; 8];
            let into = bits.get_mut(..length);
            into.ok_or_else(|| damaged("a value is too long"))?
                .copy_from_slice(bytes);
            each(id, last_ms, f64::from_bits(u64::from_be_bytes(bits)));
            rest = after;
        }
    }
    Ok(())
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Writes a number as LEB128.
pub(crate) fn put_number(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// Reads what [`put_number`] wrote.
pub(crate) fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for (place, byte) in rest.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f).checked_shl(place as u32 * 7)?;
        if byte & 0x80 == 0 {
            *rest = &rest[place + 1..];
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let series = [
            (
                1,
                vec![(1_795_233_900_000, 1.5), (1_795_233_915_000, f64::INFINITY)],
            ),
            (u32::MAX, vec![(-5, model::STALE), (-4, 0.0), (-3, 0.1)]),
            (70_000, vec![(i64::MAX, -0.0), (i64::MIN, 2.0)]),
        ];
        let mut entry = Entry::new();
        assert!(entry.is_empty());
        let mut expected = Vec::new();
        for (id, samples) in &series {
            let (at_ms, values): (Vec<i64>, Vec<f64>) = samples.iter().copied().unzip();
            entry.put(*id, &at_ms, &values);
            let flat = samples.iter().map(|(at, v)| (*id, *at, v.to_bits()));
            expected.extend(flat);
        }
        let mut back = Vec::new();
        read(1, entry.blob(), |id, at, v| {
            back.push((id, at, v.to_bits()));
        })
        .unwrap();
        assert_eq!(back, expected);
        for length in 2..entry.blob().len() {
            // A cut between two series cannot be told; anything else is an error. Never a panic.
            let _ = read(1, &entry.blob()[..length], |_, _, _| ());
        }
        let error = read(7, &[9], |_, _, _| ()).unwrap_err().to_string();
        assert!(error.contains("row 7 of the journal"), "{error}");
        for damaged in [
            &[2, 1, 0xff, 0xff, 0xff, 0xff, 0xff][..],
            &[2, 2, 1, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9],
            &[2, 1, 1, 0, 0],
        ] {
            assert!(read(1, damaged, |_, _, _| ()).is_err(), "{damaged:?}");
        }
    }

    #[test]
    fn whole_numbers_are_short() {
        let mut entry = Entry::new();
        let start = 1_795_233_900_000;
        for id in 1..=100 {
            entry.put(id, &[start], &[f64::from(id * 7)]);
        }
        assert!(entry.blob().len() < 700, "{}", entry.blob().len());
    }
}
