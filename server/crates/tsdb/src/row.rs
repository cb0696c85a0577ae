//! One row of chunks: the values of a group of series over one stretch of time, each with the number of
//! its times.
//!
//! ```text
//! version  1 byte
//! count of series, then for each: its number, the number of its times, length of its data; all LEB128
//! the data of each
//! ```

use crate::error::Error;
use crate::index::SeriesId;
use crate::journal::{put_number, take_number};

const VERSION: u8 = 1;

/// The chunk of one series in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) id: SeriesId,
    pub(crate) times_id: i64,
    pub(crate) data: &'a [u8],
}

/// Puts a row together.
pub(crate) fn write(parts: &[Part<'_>]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.data.len()).sum();
    let mut blob = Vec::with_capacity(length + parts.len() * 12 + 2);
    blob.push(VERSION);
    put_number(&mut blob, parts.len() as u64);
    for part in parts {
        put_number(&mut blob, u64::from(part.id));
        put_number(&mut blob, part.times_id as u64);
        put_number(&mut blob, part.data.len() as u64);
    }
    parts.iter().for_each(|part| blob.extend(part.data));
    blob
}

/// The chunks of a row, by number of the series.
///
/// # Errors
/// When it is cut short or of another version.
pub(crate) fn parts(blob: &[u8]) -> Result<Vec<Part<'_>>, Error> {
    let damaged = || Error::damaged("a row of chunks", "it is cut short or of another version");
    let Some((&VERSION, mut rest)) = blob.split_first() else {
        return Err(damaged());
    };
    let mut number = || take_number(&mut rest).ok_or_else(damaged);
    let mut heads = Vec::new();
    for _ in 0..number()? {
        heads.push((number()?, number()?, number()?));
    }
    let part = |(id, times_id, length): (u64, u64, u64)| {
        let length = usize::try_from(length).ok()?;
        let (data, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(Part {
            id: SeriesId::try_from(id).ok()?,
            times_id: times_id as i64,
            data,
        })
    };
    let parts: Option<Vec<Part<'_>>> = heads.into_iter().map(part).collect();
    parts.ok_or_else(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let part = |id, times_id, data| Part { id, times_id, data };
        let all = [
            part(1, 7, &b"abc"[..]),
            part(300, 1 << 40, b""),
            part(u32::MAX, 8, b"x"),
        ];
        for parts_written in [&all[..], &all[..1], &[]] {
            let blob = write(parts_written);
            assert_eq!(parts(&blob).unwrap(), parts_written);
            for length in 0..blob.len() {
                assert!(parts(&blob[..length]).is_err());
            }
        }
        assert!(parts(&[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).is_err());
    }
}
