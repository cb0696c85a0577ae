//! A body that is read as it passes by: unpacked, and cut into frames.

use traffic::{Event, Events, LONGEST_FRAME};

use super::news::{Coding, Form};
use super::unpack::Unpack;

/// What a body was cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Frame(&'a [u8]),
    /// Where messages go to.
    Endpoint(&'a [u8]),
    Oversized,
    /// It is packed in a way that is not read, or wrongly. Nothing comes after that.
    Unreadable,
}

/// Reads a body.
pub(super) struct Cut {
    packed: Packed,
    frames: Frames,
    /// Bytes that passed by packed since something was cut off whole.
    since: u64,
    /// There was no room for it.
    is_crowded: bool,
}

enum Packed {
    No,
    Yes(Unpack),
    /// It is not read on.
    Given,
    Unknown,
}

enum Frames {
    /// The body is a frame.
    Whole(Whole),
    Events(Box<Events>),
}

#[derive(Default)]
struct Whole {
    begun: Vec<u8>,
    /// Something is missing, or it is too large.
    skips: bool,
}

impl Cut {
    pub(super) fn new(form: Form, coding: Coding) -> Self {
        Self {
            packed: match Unpack::of(coding) {
                Some(unpack) => Packed::Yes(unpack),
                None if coding == Coding::None => Packed::No,
                None => Packed::Unknown,
            },
            frames: match form {
                Form::Events => Frames::Events(Box::default()),
                Form::Json | Form::Other => Frames::Whole(Whole::default()),
            },
            since: 0,
            is_crowded: false,
        }
    }

    /// Takes what comes next. Returns how much of it is not looked at because there is no room.
    pub(super) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Part<'_>)) -> u64 {
        if bytes.is_empty() {
            return 0;
        }
        if self.is_crowded {
            return bytes.len() as u64;
        }
        let frames = &mut self.frames;
        let is_read = match &mut self.packed {
            Packed::No => {
                frames.push(bytes, &mut each);
                true
            }
            Packed::Yes(unpack) => {
                let (mut is_read, mut is_cut) = (true, false);
                let unpacked = unpack.push(bytes, &mut |piece| {
                    frames.push(piece, &mut |part| {
                        is_read &= part != Part::Oversized;
                        is_cut = true;
                        each(part);
                    });
                });
                // What of them was cut off cannot be told from what comes after it.
                self.since = match is_cut {
                    true => 0,
                    false => self.since + bytes.len() as u64,
                };
                // Of what becomes too large, the rest is not unpacked either.
                if unpacked.is_ok() && !is_read {
                    self.packed = Packed::Given;
                    return 0;
                }
                unpacked.is_ok()
            }
            Packed::Unknown => false,
            Packed::Given => true,
        };
        if !is_read {
            self.packed = Packed::Given;
            each(Part::Unreadable);
        }
        0
    }

    /// What it holds in memory, in bytes.
    pub(super) fn held(&self) -> usize {
        let packed = match &self.packed {
            Packed::Yes(unpack) => unpack.held(),
            _ => 0,
        };
        packed
            + match &self.frames {
                Frames::Whole(whole) => whole.begun.capacity(),
                Frames::Events(events) => events.held(),
            }
    }

    /// There is no room for it: gives away what it holds, and returns how much that was, in bytes as they passed by,
    /// packed where they were packed; what is held is bounded as it is unpacked. Events are read again from the next on,
    /// if they are not packed.
    pub(super) fn crowd_out(&mut self) -> u64 {
        let begun = match (&self.packed, &self.frames) {
            (Packed::Yes(_), _) => std::mem::take(&mut self.since),
            (_, Frames::Whole(whole)) => whole.begun.len() as u64,
            (_, Frames::Events(events)) => events.begun() as u64,
        };
        self.is_crowded =
            matches!(self.frames, Frames::Whole(_)) || !matches!(self.packed, Packed::No);
        self.gap();
        begun
    }

    /// Bytes are missing here.
    pub(super) fn gap(&mut self) {
        match &mut self.frames {
            Frames::Whole(whole) => {
                whole.begun = Vec::new();
                whole.skips = true;
            }
            Frames::Events(events) => events.gap(),
        }
        // What is packed cannot be read on.
        if !matches!(self.packed, Packed::No) {
            self.packed = Packed::Given;
        }
    }

    /// The body is over.
    pub(super) fn finish(&mut self, mut each: impl FnMut(Part<'_>)) {
        if let Frames::Whole(whole) = &mut self.frames {
            if !whole.skips && !whole.begun.is_empty() {
                each(Part::Frame(&whole.begun));
            }
            *whole = Whole::default();
        }
    }

    /// Whether it is a stream of events.
    pub(super) fn has_events(&self) -> bool {
        matches!(self.frames, Frames::Events(_))
    }

    /// Whether the rest of it may come over another stream.
    pub(super) fn is_resumable(&self) -> bool {
        matches!(&self.frames, Frames::Events(events) if events.has_ids())
    }
}

impl Frames {
    fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(Part<'_>)) {
        match self {
            Self::Whole(whole) => whole.push(bytes, each),
            Self::Events(events) => events.push(bytes, |event| match event {
                Event::Message(frame) => each(Part::Frame(frame)),
                Event::Endpoint(place) => each(Part::Endpoint(place)),
                Event::Oversized => each(Part::Oversized),
            }),
        }
    }
}

impl Whole {
    fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(Part<'_>)) {
        if self.skips {
            return;
        }
        if self.begun.len() + bytes.len() > LONGEST_FRAME {
            self.begun = Vec::new();
            self.skips = true;
            each(Part::Oversized);
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    use super::*;

    fn parts(form: Form, coding: Coding, pieces: &[&[u8]]) -> Vec<String> {
        let mut cut = Cut::new(form, coding);
        let mut found = Vec::new();
        let mut each = |part: Part<'_>| {
            found.push(match part {
                Part::Frame(frame) => String::from_utf8_lossy(frame).into_owned(),
                Part::Endpoint(place) => format!("> {}", String::from_utf8_lossy(place)),
                Part::Oversized => "too large".to_owned(),
                Part::Unreadable => "unreadable".to_owned(),
            });
        };
        for piece in pieces {
            cut.push(piece, &mut each);
        }
        cut.finish(&mut each);
        found
    }

    /// As one piece that is not compressed, which is brotli as well: a window of 64 KiB, a length of four digits, and the
    /// empty piece at the end.
    fn brotli(text: &[u8]) -> Vec<u8> {
        let length = u32::try_from(text.len() - 1).unwrap();
        // One bit of window, ISLAST, two of MNIBBLES, 16 of MLEN - 1, ISUNCOMPRESSED; filled up to a byte.
        let head = (length << 4) | (1 << 20);
        let mut packed = head.to_le_bytes()[..3].to_vec();
        packed.extend(text);
        packed.push(0b11);
        packed
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        let mut packed = vec![0; 1_024];
        let size = zstd_safe::compress(&mut packed[..], text, 3).unwrap();
        packed.truncate(size);
        packed
    }

    #[test]
    fn bodies_however_they_are_packed_and_cut() {
        let json = "{\n\"a\": \"ä\"}\n".as_bytes();
        let events = b"event: endpoint\ndata: /m\n\ndata: 1\n\n";
        for (form, text, expected) in [
            (Form::Json, json, vec!["{\n\"a\": \"ä\"}\n"]),
            (Form::Events, events, vec!["> /m", "1"]),
        ] {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(text).unwrap();
            let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
            zlib.write_all(text).unwrap();
            for (coding, packed) in [
                (Coding::None, text.to_vec()),
                (Coding::Gzip, gzip.finish().unwrap()),
                (Coding::Deflate, zlib.finish().unwrap()),
                (Coding::Brotli, brotli(text)),
                (Coding::Zstd, zstd(text)),
            ] {
                for size in 1..=packed.len() {
                    let pieces: Vec<_> = packed.chunks(size).collect();
                    assert_eq!(parts(form, coding, &pieces), expected, "{coding:?} {size}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_once() {
        let once = ["unreadable"];
        let pieces: [&[u8]; 3] = [b"abcdefghijk", b"def", b"ghi"];
        assert_eq!(parts(Form::Json, Coding::Unknown, &pieces), once);
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
            let pieces: [&[u8]; 2] = [&[0xff; 16], &[0xff; 16]];
            assert_eq!(parts(Form::Json, coding, &pieces), once, "{coding:?}");
        }
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(b"{}").unwrap();
        let raw = raw.finish().unwrap();
        assert_eq!(parts(Form::Json, Coding::Deflate, &[&raw]), once);
        assert!(parts(Form::Json, Coding::Unknown, &[b""]).is_empty());
    }

    #[test]
    fn what_is_too_large_or_has_a_gap_is_no_frame() {
        let long = vec![b'x'; LONGEST_FRAME];
        assert_eq!(parts(Form::Json, Coding::None, &[&long]).len(), 1);
        let parts = parts(Form::Json, Coding::None, &[&long, b"x", b"y"]);
        assert_eq!(parts, ["too large"]);
        let mut cut = Cut::new(Form::Json, Coding::None);
        cut.push(b"{", |_| {});
        cut.gap();
        cut.push(b"}", |_| {});
        cut.finish(|part| panic!("{part:?}"));
    }

    #[test]
    fn what_has_no_room_is_let_go_and_counted() {
        for (form, coding, rest) in [
            (Form::Json, Coding::None, 2),
            (Form::Events, Coding::Gzip, 2),
            (Form::Events, Coding::None, 0),
        ] {
            let mut cut = Cut::new(form, coding);
            let first: &[u8] = match coding {
                Coding::None => b"data: 1",
                _ => &[0x1f, 0x8b],
            };
            assert_eq!(cut.push(first, |_| {}), 0);
            assert!(cut.held() > 0);
            let let_go = cut.crowd_out();
            assert_eq!(let_go, first.len() as u64, "as they passed by");
            assert!(cut.held() < 128, "{}", cut.held());
            assert_eq!(cut.push(b"2\n", |part| panic!("{part:?}")), rest);
        }
    }
}
