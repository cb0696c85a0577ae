//! Unpacks a body piece by piece, into pieces of bounded size: whoever packs it decides how much comes out.
//!
//! <https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1>, brotli <https://www.rfc-editor.org/rfc/rfc7932>, Zstandard
//! <https://www.rfc-editor.org/rfc/rfc8878> with the window that <https://www.rfc-editor.org/rfc/rfc9659> allows.

use std::io::Write;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::write::{GzDecoder, ZlibDecoder};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use super::news::Coding;

/// How much comes out at a time.
const STEP: usize = 32 << 10;
/// How much is inflated at a time: a thousand times that may come out.
const INFLATED: usize = 4 << 10;
/// What a buffer may keep.
const KEPT: usize = 64 << 10;
/// How much may come out of one piece of at most 64 KiB; more is there to do harm.
const MOST: usize = 64 << 20;
/// The largest piece that goes in.
const PIECE: usize = 64 << 10;
/// What inflating holds, roughly: its window and tables.
const INFLATING: usize = 48 << 10;
/// What brotli holds besides its window, roughly.
const BESIDES: usize = 64 << 10;
/// The largest window of Zstandard over HTTP, as a power of two.
const WINDOW_LOG: u32 = 23;

type Brotli = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// It is not packed as it says, or in a way to do harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong;

/// Unpacks one body.
pub(super) struct Unpack {
    way: Way,
    out: Box<[u8]>,
    is_over: bool,
}

enum Way {
    Gzip(Box<GzDecoder<Vec<u8>>>),
    Deflate(Box<ZlibDecoder<Vec<u8>>>),
    /// With the size of its window, once that is known.
    Brotli(Box<Brotli>, usize),
    Zstd(DCtx<'static>),
}

impl Unpack {
    /// For a coding that can be unpacked.
    pub(super) fn of(coding: Coding) -> Option<Self> {
        let way = match coding {
            Coding::Gzip => Way::Gzip(Box::new(GzDecoder::new(Vec::new()))),
            Coding::Deflate => Way::Deflate(Box::new(ZlibDecoder::new(Vec::new()))),
            Coding::Brotli => {
                let memory = StandardAlloc::default;
                Way::Brotli(
                    Box::new(BrotliState::new_strict(memory(), memory(), memory())),
                    0,
                )
            }
            Coding::Zstd => {
                let mut context = DCtx::try_create()?;
                let window = DParameter::WindowLogMax(WINDOW_LOG);
                context.set_parameter(window).ok()?;
                Way::Zstd(context)
            }
            Coding::None | Coding::Unknown => return None,
        };
        Some(Self {
            way,
            out: vec![0; STEP].into(),
            is_over: false,
        })
    }

    /// What it holds in memory, in bytes.
    pub(super) fn held(&self) -> usize {
        STEP + match &self.way {
            Way::Gzip(_) | Way::Deflate(_) => INFLATING,
            Way::Brotli(_, window) => BESIDES + window,
            Way::Zstd(context) => context.sizeof(),
        }
    }

    /// Takes what comes next, and tells what comes out. What comes after the end is passed over.
    pub(super) fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(&[u8])) -> Result<(), Wrong> {
        match &mut self.way {
            Way::Gzip(reader) => inflate(bytes, each, |step, tell| {
                let is_read = reader.write_all(step).and_then(|()| reader.flush());
                tell(reader.get_mut());
                is_read
            }),
            Way::Deflate(reader) => inflate(bytes, each, |step, tell| {
                let is_read = reader.write_all(step).and_then(|()| reader.flush());
                tell(reader.get_mut());
                is_read
            }),
            _ => bytes
                .chunks(PIECE)
                .try_for_each(|piece| self.piece(piece, each)),
        }
    }

    fn piece(&mut self, mut bytes: &[u8], each: &mut impl FnMut(&[u8])) -> Result<(), Wrong> {
        let mut whole = 0;
        if let (Way::Brotli(_, window @ 0), Some(first)) = (&mut self.way, bytes.first()) {
            *window = brotli_window(*first);
        }
        while !self.is_over {
            let (read, written, is_over) = self.step(bytes)?;
            self.is_over = is_over;
            each(&self.out[..written]);
            bytes = &bytes[read..];
            whole += written;
            if whole > MOST {
                return Err(Wrong);
            }
            // While what comes out fills all the room, more may be there.
            if bytes.is_empty() && written < self.out.len() {
                break;
            }
            if read == 0 && written == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Returns how much was read and written, and whether that was the end.
    fn step(&mut self, bytes: &[u8]) -> Result<(usize, usize, bool), Wrong> {
        let out = &mut self.out;
        match &mut self.way {
            // They are read by their own writers.
            Way::Gzip(_) | Way::Deflate(_) => Err(Wrong),
            Way::Brotli(state, _) => {
                let (mut left, mut read) = (bytes.len(), 0);
                let (mut room, mut written, mut whole) = (out.len(), 0, 0);
                let result = BrotliDecompressStream(
                    &mut left,
                    &mut read,
                    bytes,
                    &mut room,
                    &mut written,
                    out,
                    &mut whole,
                    state,
                );
                match result {
                    BrotliResult::ResultFailure => Err(Wrong),
                    BrotliResult::ResultSuccess => Ok((read, written, true)),
                    _ => Ok((read, written, false)),
                }
            }
            Way::Zstd(context) => {
                let mut input = InBuffer::around(bytes);
                let mut output = OutBuffer::around(&mut out[..]);
                // Another frame may come after one.
                let step = context.decompress_stream(&mut output, &mut input);
                step.map_err(|_| Wrong)?;
                let written = output.pos();
                Ok((input.pos(), written, false))
            }
        }
    }
}

/// Inflates in steps, and tells what comes out.
fn inflate(
    bytes: &[u8],
    each: &mut impl FnMut(&[u8]),
    mut read: impl FnMut(&[u8], &mut dyn FnMut(&mut Vec<u8>)) -> std::io::Result<()>,
) -> Result<(), Wrong> {
    bytes.chunks(INFLATED).try_for_each(|step| {
        let is_read = read(step, &mut |out| {
            each(out);
            out.clear();
            out.shrink_to(KEPT);
        });
        is_read.map_err(|_| Wrong)
    })
}

/// The size of the window that a stream of brotli says with its first bits, in bytes.
fn brotli_window(first: u8) -> usize {
    let bits = match (first & 1, (first >> 1) & 7, (first >> 4) & 7) {
        (0, _, _) => 16,
        (_, 0, 0) => 17,
        // Large windows, which are not read over HTTP.
        (_, 0, 1) => 0,
        (_, 0, bits) => 8 + bits,
        (_, bits, _) => 17 + bits,
    };
    1 << bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_brotli() {
        for (first, bits) in [
            (0b0, 16),
            (0b000_0001, 17),
            (0b010_0001, 10),
            (0b111_0001, 15),
            (0b0011, 18),
            (0b1011, 22),
            (0b1111, 24),
        ] {
            assert_eq!(brotli_window(first), 1 << bits, "{first:b}");
        }
    }

    /// A few bytes that become very many are not followed to their end.
    #[test]
    fn what_is_there_to_do_harm_is_left() {
        let zeros = vec![0; 8 << 20];
        let mut packed = Vec::with_capacity(64 << 10);
        while packed.len() < 32 << 10 {
            let mut one = [0; 4 << 10];
            let size = zstd_safe::compress(&mut one[..], &zeros, 1).unwrap();
            packed.extend(&one[..size]);
        }
        let mut unpack = Unpack::of(Coding::Zstd).unwrap();
        let mut size = 0;
        let result = unpack.push(&packed, &mut |out| size += out.len());
        assert_eq!(result, Err(Wrong));
        assert!((MOST..MOST + 2 * STEP).contains(&size), "{size}");
        assert!(unpack.held() < 16 << 20);
    }
}
