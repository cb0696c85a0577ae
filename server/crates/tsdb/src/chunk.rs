//! Stretches of samples, compressed: times and values apart, because the series of one scrape share
//! their times, which are stored once.
//!
//! The codec is pco in its wrapped form (<https://docs.rs/pco>): a block has a head, which says how its
//! numbers are spread, and a page for each run of numbers. Series of one metric are alike, so they share
//! a block. How many numbers a page holds stands beside it.

use std::ops::Range;

use pco::data_types::Number;
use pco::errors::PcoError;
use pco::wrapped::{ChunkDecompressor, FileCompressor, FileDecompressor};
use pco::{ChunkConfig, PagingSpec};

/// What pco unpacks at a time.
const BATCH: usize = 256;

/// Why a blob cannot be read, or numbers not be written.
pub(crate) type Damage = PcoError;

/// Runs of numbers, compressed together.
pub(crate) struct Block {
    pub(crate) head: Vec<u8>,
    /// In the order of the runs.
    pub(crate) pages: Vec<Vec<u8>>,
}

/// How much time goes into making a block small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// It will be written again, with more samples.
    Little,
    /// It is complete.
    Full,
}

impl Effort {
    fn level(self) -> usize {
        match self {
            Self::Little => 4,
            Self::Full => 6,
        }
    }
}

impl Block {
    /// Compresses runs, of which none is empty.
    pub(crate) fn new<T: Number>(runs: &[&[T]], effort: Effort) -> Result<Self, Damage> {
        let sizes = runs.iter().map(|run| run.len()).collect();
        let config = ChunkConfig::default()
            .with_compression_level(effort.level())
            .with_paging_spec(PagingSpec::Exact(sizes));
        let file = FileCompressor::default();
        let mut chunk = file.chunk_compressor(&runs.concat(), &config)?;
        let mut head = Vec::new();
        file.write_header(&mut head)?;
        chunk.write_meta(&mut head)?;
        let page = |(place, run): (usize, &&[T])| {
            let mut page = Vec::with_capacity(run.len() * 2);
            chunk.write_page(place, &mut page)?;
            page.shrink_to_fit();
            Ok(page)
        };
        let pages = runs
            .iter()
            .enumerate()
            .map(page)
            .collect::<Result<_, Damage>>()?;
        Ok(Self { head, pages })
    }

    /// Compresses runs as small as it gets: together, or each by itself where they are not alike.
    pub(crate) fn smallest<T: Number>(runs: &[&[T]]) -> Result<Vec<Self>, Damage> {
        let together = Self::new(runs, Effort::Full)?;
        let apart = runs.iter().map(|run| Self::new(&[*run], Effort::Full));
        let apart = apart.collect::<Result<Vec<_>, Damage>>()?;
        match together.len() <= apart.iter().map(Self::len).sum() {
            true => Ok(vec![together]),
            false => Ok(apart),
        }
    }

    fn len(&self) -> usize {
        self.head.len() + self.pages.iter().map(Vec::len).sum::<usize>()
    }
}

/// Unpacks the pages of a block.
pub(crate) struct Unpacker<T: Number>(ChunkDecompressor<T>);

impl<T: Number> Unpacker<T> {
    /// Reads the head of a block; what is behind it in the bytes comes back.
    pub(crate) fn new(head: &[u8]) -> Result<(Self, &[u8]), Damage> {
        let (file, rest) = FileDecompressor::new(head)?;
        let (chunk, rest) = file.chunk_decompressor(rest)?;
        Ok((Self(chunk), rest))
    }

    /// Some of the numbers of a page, which holds `count`, by their places.
    pub(crate) fn read(
        &mut self,
        page: &[u8],
        count: usize,
        places: Range<usize>,
    ) -> Result<Vec<T>, Damage> {
        let end = places.end.min(count);
        let mut numbers = vec![T::default(); end.next_multiple_of(BATCH).min(count)];
        self.0.page_decompressor(page, count)?.read(&mut numbers)?;
        numbers.truncate(end);
        numbers.drain(..places.start.min(end));
        Ok(numbers)
    }
}

/// One run of numbers as one blob.
pub(crate) fn encode<T: Number>(numbers: &[T], effort: Effort) -> Result<Vec<u8>, Damage> {
    let block = Block::new(&[numbers], effort)?;
    Ok([block.head, block.pages.concat()].concat())
}

/// All numbers of a blob, which holds `count`.
pub(crate) fn decode<T: Number>(blob: &[u8], count: usize) -> Result<Vec<T>, Damage> {
    let (mut numbers, page) = Unpacker::new(blob)?;
    numbers.read(page, count, 0..count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::STALE;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

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
            let other: Vec<i64> = (0..300).map(|n| n * 1_000).collect();
            let block = Block::new(&[&other, &all], Effort::Little).unwrap();
            let count = all.len();
            for begin in [0, 1, 200, 255, 256, 300, 511, 512, 900] {
                for end in [1, 2, 255, 256, 257, 600, 960, 1_000] {
                    if begin < end && end <= count {
                        let (mut unpacker, _) = Unpacker::new(&block.head).unwrap();
                        let some: Vec<i64> =
                            unpacker.read(&block.pages[1], count, begin..end).unwrap();
                        assert_eq!(some, all[begin..end], "{begin}..{end} of {count}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_alike_is_together() {
        let mut random = StdRng::seed_from_u64(3);
        let mut counters = |step: fn(usize) -> u32| -> Vec<Vec<f64>> {
            let counter = |n| {
                let mut value = 0.0;
                let next = || {
                    value += f64::from(random.random_range(0..=step(n)));
                    value
                };
                std::iter::repeat_with(next).take(960).collect()
            };
            (0..32).map(counter).collect()
        };
        for (runs, blocks) in [(counters(|_| 99), 1), (counters(|n| 1 << (n % 8 * 4)), 32)] {
            let runs: Vec<&[f64]> = runs.iter().map(Vec::as_slice).collect();
            let smallest = Block::smallest(&runs).unwrap();
            assert_eq!(smallest.len(), blocks);
            let mut back = Vec::new();
            for block in &smallest {
                let (mut unpacker, _) = Unpacker::<f64>::new(&block.head).unwrap();
                let pages = block.pages.iter();
                back.extend(pages.map(|page| unpacker.read(page, 960, 0..960).unwrap()));
            }
            assert_eq!(back, runs);
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
