//! Stretches of samples, compressed: times and values apart, because the series of one scrape share
//! their times, which are stored once.
//!
//! The codec is pco in its wrapped form (<https://docs.rs/pco>). How many numbers a blob holds stands
//! beside it. They lie in pages, so that a question about an hour need not unpack four:
//!
//! ```text
//! 0: one page; 1: small pages, and for each but the last its length in bytes (LEB128)
//! pco's header and metadata, then the pages
//! ```

use std::ops::Range;

use pco::data_types::Number;
use pco::errors::PcoError;
use pco::wrapped::{FileCompressor, FileDecompressor};
use pco::{ChunkConfig, DeltaSpec, PagingSpec};

use crate::journal::{put_number, take_number};

/// Most numbers of a page, all but the last are full: what pco unpacks at a time.
const SMALL_PAGE: usize = 256;
/// The first byte of a blob that is one page.
const ONE_PAGE: u8 = 0;
/// The first byte of a blob of small pages.
const SMALL_PAGES: u8 = 1;

/// Why a blob cannot be read, or numbers not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Damage {
    #[error(transparent)]
    Pco(#[from] PcoError),
    #[error("it is cut short")]
    Short,
}

/// How much time goes into making a chunk small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// It will be written again, with more samples.
    Little,
    /// It is complete.
    Full,
}

impl Effort {
    /// On counters, gauges and buckets a fixed delta takes less than half of the time and some 5 % more
    /// space; levels above 4 gained nothing.
    fn config(self) -> ChunkConfig {
        let config = ChunkConfig::default();
        match self {
            Self::Little => config
                .with_compression_level(2)
                .with_delta_spec(DeltaSpec::TryConsecutive(1)),
            Self::Full => config.with_compression_level(4),
        }
    }
}

pub(crate) fn encode<T: Number>(numbers: &[T], effort: Effort) -> Result<Vec<u8>, Damage> {
    let (kind, size) = match effort {
        Effort::Little => (SMALL_PAGES, SMALL_PAGE),
        Effort::Full => (ONE_PAGE, numbers.len().max(1)),
    };
    let sizes: Vec<usize> = numbers.chunks(size).map(<[T]>::len).collect();
    let pages = sizes.len();
    let config = effort.config().with_paging_spec(PagingSpec::Exact(sizes));
    let file = FileCompressor::default();
    let mut chunk = file.chunk_compressor(numbers, &config)?;
    let (mut blob, mut body) = (vec![kind], Vec::with_capacity(numbers.len() * 2));
    file.write_header(&mut body)?;
    chunk.write_meta(&mut body)?;
    for page in 0..pages {
        let begin = body.len();
        chunk.write_page(page, &mut body)?;
        if page + 1 < pages {
            put_number(&mut blob, (body.len() - begin) as u64);
        }
    }
    blob.append(&mut body);
    Ok(blob)
}

/// All numbers of a blob, which holds `count`.
pub(crate) fn decode<T: Number>(blob: &[u8], count: usize) -> Result<Vec<T>, Damage> {
    decode_some(blob, count, 0..count)
}

/// Some of the numbers of a blob, which holds `count`, by their places.
pub(crate) fn decode_some<T: Number>(
    blob: &[u8],
    count: usize,
    places: Range<usize>,
) -> Result<Vec<T>, Damage> {
    let (size, mut rest) = match blob.split_first() {
        Some((&SMALL_PAGES, rest)) => (SMALL_PAGE, rest),
        Some((&ONE_PAGE, rest)) => (count.max(1), rest),
        _ => return Err(Damage::Short),
    };
    let mut lengths = Vec::new();
    for _ in 1..count.div_ceil(size) {
        let length = take_number(&mut rest).ok_or(Damage::Short)?;
        lengths.push(usize::try_from(length).map_err(|_| Damage::Short)?);
    }
    let (file, rest) = FileDecompressor::new(rest)?;
    let (mut chunk, mut rest) = file.chunk_decompressor::<T, _>(rest)?;
    let first = places.start / size * size;
    let end = places.end.min(count);
    let unpacked = end.next_multiple_of(size).min(count).saturating_sub(first);
    let mut numbers = vec![T::default(); unpacked];
    for (place, begin) in (0..end).step_by(size).enumerate() {
        let this = rest;
        if let Some(length) = lengths.get(place) {
            rest = rest.get(*length..).ok_or(Damage::Short)?;
        }
        if begin >= first {
            let length = size.min(count - begin);
            let into = &mut numbers[begin - first..begin - first + length];
            chunk.page_decompressor(this, length)?.read(into)?;
        }
    }
    numbers.truncate(end - first);
    numbers.drain(..places.start - first);
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::STALE;

    #[test]
    fn every_bit_comes_back() {
        let odd = [
            0.0,
            -0.0,
            1.5,
            STALE,
            f64::NAN,
            f64::from_bits(0xfff8_0000_0000_0001),
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MIN_POSITIVE,
            f64::from_bits(1),
            f64::MAX,
        ];
        let mut counter: Vec<f64> = (0..480).map(|n| f64::from(n * 7)).collect();
        counter[400] = STALE;
        let tenths: Vec<f64> = (0..240).map(|n| f64::from(n % 13) * 0.1).collect();
        for values in [&odd[..], &odd[..1], &counter, &tenths] {
            for effort in [Effort::Little, Effort::Full] {
                let blob = encode(values, effort).unwrap();
                let back: Vec<f64> = decode(&blob, values.len()).unwrap();
                let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&back), bits(values));
            }
        }
    }

    #[test]
    fn some_are_read_without_the_others() {
        for count in [1, 255, 256, 257, 512, 960, 1_000] {
            let all: Vec<i64> = (0..count).map(|n| n * n).collect();
            let count = all.len();
            let blobs = [Effort::Little, Effort::Full].map(|effort| encode(&all, effort).unwrap());
            for begin in [0, 1, 200, 255, 256, 300, 511, 512, 900] {
                for end in [1, 2, 255, 256, 257, 600, 960, 1_000] {
                    if begin < end && end <= count {
                        for blob in &blobs {
                            let some: Vec<i64> = decode_some(blob, count, begin..end).unwrap();
                            assert_eq!(some, all[begin..end], "{begin}..{end} of {count}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn regular_times_cost_next_to_nothing() {
        let times: Vec<i64> = (0..480).map(|n| 1_795_233_900_000 + n * 15_000).collect();
        let blob = encode(&times, Effort::Full).unwrap();
        assert!(blob.len() < 60, "{}", blob.len());
        assert_eq!(decode::<i64>(&blob, 480).unwrap(), times);
    }

    #[test]
    fn damage_is_an_error() {
        let blob = encode(&[1.0, 2.0, 3.0, 4.5], Effort::Full).unwrap();
        assert!(decode::<f64>(&blob[..blob.len() / 2], 4).is_err());
        assert!(decode::<f64>(&[], 4).is_err());
        assert!(decode::<f64>(&[0xff; 20], 4).is_err());
    }
}
