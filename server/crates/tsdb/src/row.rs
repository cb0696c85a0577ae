//! One row of chunks: the values of a group of series over one stretch of time, in blocks that share what
//! is said about the numbers, each with the number of its times.
//!
//! ```text
//! version  1 byte
//! count of blocks, then for each: length of its head and count of series,
//!   then for each: its number, the number of its times, length of its page; all LEB128
//! of each block the head, then the pages
//! ```

use crate::error::Error;
use crate::index::SeriesId;
use crate::journal::{put_number, take_number};

const VERSION: u8 = 2;

/// Some series of a row, compressed together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block<'a> {
    pub(crate) head: &'a [u8],
    pub(crate) parts: Vec<Part<'a>>,
}

/// The chunk of one series in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) id: SeriesId,
    pub(crate) times_id: i64,
    pub(crate) page: &'a [u8],
}

/// Puts a row together.
pub(crate) fn write(blocks: &[Block<'_>]) -> Vec<u8> {
    let mut blob = vec![VERSION];
    put_number(&mut blob, blocks.len() as u64);
    for block in blocks {
        put_number(&mut blob, block.head.len() as u64);
        put_number(&mut blob, block.parts.len() as u64);
        for part in &block.parts {
            put_number(&mut blob, u64::from(part.id));
            put_number(&mut blob, part.times_id as u64);
            put_number(&mut blob, part.page.len() as u64);
        }
    }
    for block in blocks {
        blob.extend(block.head);
        block.parts.iter().for_each(|part| blob.extend(part.page));
    }
    blob
}

/// The blocks of a row.
///
/// # Errors
/// When it is cut short or of another version.
pub(crate) fn blocks(blob: &[u8]) -> Result<Vec<Block<'_>>, Error> {
    let damaged = || Error::damaged("a row of chunks", "it is cut short or of another version");
    read(blob).ok_or_else(damaged)
}

/// All series of a row with the numbers of their times.
///
/// # Errors
/// When it is cut short or of another version.
pub(crate) fn series(blob: &[u8]) -> Result<impl Iterator<Item = (SeriesId, i64)>, Error> {
    let parts = blocks(blob)?.into_iter().flat_map(|block| block.parts);
    Ok(parts.map(|part| (part.id, part.times_id)))
}

fn read(blob: &[u8]) -> Option<Vec<Block<'_>>> {
    let (&VERSION, mut rest) = blob.split_first()? else {
        return None;
    };
    let mut blocks = Vec::new();
    // What is behind follows from the lengths, so they are all read first.
    let mut lengths = Vec::new();
    for _ in 0..take_number(&mut rest)? {
        lengths.push(take_number(&mut rest)?);
        let mut parts = Vec::new();
        for _ in 0..take_number(&mut rest)? {
            parts.push(Part {
                id: SeriesId::try_from(take_number(&mut rest)?).ok()?,
                times_id: take_number(&mut rest)? as i64,
                page: &[],
            });
            lengths.push(take_number(&mut rest)?);
        }
        blocks.push(Block { head: &[], parts });
    }
    let mut lengths = lengths.into_iter();
    let mut next = || {
        let length = usize::try_from(lengths.next()?).ok()?;
        let (bytes, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(bytes)
    };
    for block in &mut blocks {
        block.head = next()?;
        for part in &mut block.parts {
            part.page = next()?;
        }
    }
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let part = |id, times_id, page| Part { id, times_id, page };
        let block = |head, parts: &[Part<'static>]| Block {
            head,
            parts: parts.to_vec(),
        };
        let all = [
            block(
                &b"head"[..],
                &[part(1, 7, &b"abc"[..]), part(300, 1 << 40, b"")],
            ),
            block(b"", &[part(u32::MAX, 8, b"x")]),
            block(b"h", &[]),
        ];
        for written in [&all[..], &all[..1], &[]] {
            let blob = write(written);
            assert_eq!(blocks(&blob).unwrap(), written);
            for length in 0..blob.len() {
                assert!(blocks(&blob[..length]).is_err());
            }
        }
        let ids: Vec<_> = series(&write(&all)).unwrap().collect();
        assert_eq!(ids, [(1, 7), (300, 1 << 40), (u32::MAX, 8)]);
        let many = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert!(blocks(&[&[VERSION][..], &many].concat()).is_err());
        assert!(blocks(&[&[VERSION, 1, 0][..], &many].concat()).is_err());
    }
}
