//! The series of a group as they are stored: their labels differ in a few letters, so they are compressed
//! together.
//!
//! ```text
//! version  1 byte
//! then, compressed with snappy, for each series: its number and its count of labels, and for each label
//! its name and its value, each behind its length; all numbers LEB128
//! ```

use model::Labels;

use crate::error::Error;
use crate::index::{GroupId, SeriesId};
use crate::journal::{put_number, take_number};

const VERSION: u8 = 1;
/// Far more than a group can have; a damaged blob must not ask for more.
const LARGEST: usize = 64 << 20;

/// Puts the series of a group together.
pub(crate) fn write<'a>(series: impl Iterator<Item = (SeriesId, &'a Labels)>) -> Vec<u8> {
    let mut plain = Vec::new();
    for (id, labels) in series {
        put_number(&mut plain, u64::from(id));
        put_number(&mut plain, labels.iter().count() as u64);
        for (name, value) in labels.iter() {
            for text in [name, value] {
                put_number(&mut plain, text.len() as u64);
                plain.extend_from_slice(text.as_bytes());
            }
        }
    }
    let mut blob = vec![VERSION; 1 + snap::raw::max_compress_len(plain.len())];
    // It fails only where there is too little space or far too much to compress.
    let length = snap::raw::Encoder::new().compress(&plain, &mut blob[1..]);
    blob.truncate(1 + length.unwrap_or_default());
    blob
}

/// The series of a group.
///
/// # Errors
/// When the blob is damaged or of another version.
pub(crate) fn read(group: GroupId, blob: &[u8]) -> Result<Vec<(SeriesId, Labels)>, Error> {
    let damaged = |why: &str| Error::damaged(format!("the names of group {group}"), why);
    let Some((&VERSION, packed)) = blob.split_first() else {
        return Err(damaged("they are of another version"));
    };
    let length = snap::raw::decompress_len(packed).map_err(|e| damaged(&e.to_string()))?;
    if length > LARGEST {
        return Err(damaged("they are too long"));
    }
    let plain = snap::raw::Decoder::new().decompress_vec(packed);
    let plain = plain.map_err(|e| damaged(&e.to_string()))?;
    let mut rest = plain.as_slice();
    let mut series = Vec::new();
    while !rest.is_empty() {
        series.push(one(&mut rest).ok_or_else(|| damaged("they are cut short"))?);
    }
    Ok(series)
}

fn one(rest: &mut &[u8]) -> Option<(SeriesId, Labels)> {
    let id = SeriesId::try_from(take_number(rest)?).ok()?;
    let mut pairs = Vec::new();
    for _ in 0..take_number(rest)? {
        pairs.push((text(rest)?, text(rest)?));
    }
    Some((id, pairs.into_iter().collect()))
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let labels = |n: u32| {
            let n = n.to_string();
            let pairs = [
                ("__name__", "m"),
                ("job", "x"),
                ("n", n.as_str()),
                ("\u{e9}", "\u{1f600}"),
            ];
            pairs.into_iter().collect::<Labels>()
        };
        let series: Vec<_> = (0..32).map(|n| (n * 1000, labels(n))).collect();
        let blob = write(series.iter().map(|(id, labels)| (*id, labels)));
        assert_eq!(read(1, &blob).unwrap(), series);
        assert!(blob.len() < 32 * 20, "{} bytes", blob.len());
        assert_eq!(read(1, &write(std::iter::empty())).unwrap(), []);
        for length in 0..blob.len() {
            assert!(read(1, &blob[..length]).is_err(), "{length}");
        }
        let error = read(7, &[9]).unwrap_err().to_string();
        assert!(error.contains("group 7"), "{error}");
    }
}
