//! One row of the journal: what one commit brought, as a blob.
//!
//! ```text
//! version  1 byte
//! then, for each series: number and count of samples as LEB128, then for each sample the distance to
//! the time before it (zigzag, LEB128; the first of a blob from zero) and the value (8 bytes, little-endian)
//! ```

use model::TimestampMs;

use crate::error::Error;
use crate::index::SeriesId;

const VERSION: u8 = 1;

/// A row that is being written.
pub(crate) struct Entry {
    blob: Vec<u8>,
    last_ms: TimestampMs,
}

impl Entry {
    pub(crate) fn new() -> Self {
        Self {
            blob: vec![VERSION],
            last_ms: 0,
        }
    }

    pub(crate) fn put(&mut self, id: SeriesId, samples: &[(TimestampMs, f64)]) {
        self.number(u64::from(id));
        self.number(samples.len() as u64);
        for (at_ms, value) in samples {
            let distance = at_ms.wrapping_sub(self.last_ms);
            self.number(((distance << 1) ^ (distance >> 63)) as u64);
            self.blob.extend(value.to_bits().to_le_bytes());
            self.last_ms = *at_ms;
        }
    }

    pub(crate) fn blob(&self) -> &[u8] {
        &self.blob
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.blob.len() == 1
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.blob.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.blob.push(number as u8);
    }
}

/// Reads a row back.
///
/// # Errors
/// When the blob is cut short or of another version.
pub(crate) fn read(
    row: i64,
    blob: &[u8],
    mut each: impl FnMut(SeriesId, Vec<(TimestampMs, f64)>),
) -> Result<(), Error> {
    let damaged = |why: &str| Error::damaged(format!("row {row} of the journal"), why);
    let Some((&VERSION, mut rest)) = blob.split_first() else {
        return Err(damaged("it is of another version"));
    };
    let mut last_ms: TimestampMs = 0;
    while !rest.is_empty() {
        let short = || damaged("it is cut short");
        let id = number(&mut rest).ok_or_else(short)?;
        let id = SeriesId::try_from(id).map_err(|_| damaged("a series has no such number"))?;
        let count = number(&mut rest).ok_or_else(short)?;
        let mut samples = Vec::new();
        for _ in 0..count {
            let zigzag = number(&mut rest).ok_or_else(short)?;
            let distance = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
            let (bits, after) = rest.split_first_chunk::<8>().ok_or_else(short)?;
            last_ms = last_ms.wrapping_add(distance);
            samples.push((last_ms, f64::from_bits(u64::from_le_bytes(*bits))));
            rest = after;
        }
        each(id, samples);
    }
    Ok(())
}

fn number(rest: &mut &[u8]) -> Option<u64> {
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
            (u32::MAX, vec![(-5, model::STALE)]),
            (70_000, vec![(i64::MAX, -0.0), (i64::MIN, 2.0)]),
        ];
        let mut entry = Entry::new();
        assert!(entry.is_empty());
        for (id, samples) in &series {
            entry.put(*id, samples);
        }
        let mut back = Vec::new();
        read(1, entry.blob(), |id, samples| back.push((id, samples))).unwrap();
        let bits = |series: &[(u32, Vec<(i64, f64)>)]| -> Vec<(u32, i64, u64)> {
            let flat = |(id, samples): &(u32, Vec<(i64, f64)>)| {
                let id = *id;
                samples
                    .clone()
                    .into_iter()
                    .map(move |(at, v)| (id, at, v.to_bits()))
            };
            series.iter().flat_map(flat).collect()
        };
        assert_eq!(bits(&back), bits(&series));
        for length in 2..entry.blob().len() {
            // A cut between two series cannot be told; anything else is an error. Never a panic.
            let _ = read(1, &entry.blob()[..length], |_, _| ());
        }
        let error = read(7, &[9], |_, _| ()).unwrap_err().to_string();
        assert!(error.contains("row 7 of the journal"), "{error}");
        assert!(read(1, &[1, 1, 0xff, 0xff, 0xff, 0xff, 0xff], |_, _| ()).is_err());
    }
}
