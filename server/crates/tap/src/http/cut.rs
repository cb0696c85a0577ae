//! A body that is read as it passes by: unpacked, and cut into frames.

use std::io::Write;

use flate2::write::{GzDecoder, ZlibDecoder};
use traffic::{Event, Events, LONGEST_FRAME};

use super::news::{Coding, Form};

/// How much is unpacked at a time: a thousand times that may come out.
const STEP: usize = 4 << 10;
/// What a buffer may keep when its frame is over.
const KEPT: usize = 64 << 10;

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
}

enum Packed {
    No,
    Gzip(Box<GzDecoder<Vec<u8>>>),
    Deflate(Box<ZlibDecoder<Vec<u8>>>),
    /// It has been told that it cannot be read.
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
            packed: match coding {
                Coding::None => Packed::No,
                Coding::Gzip => Packed::Gzip(Box::new(GzDecoder::new(Vec::new()))),
                Coding::Deflate => Packed::Deflate(Box::new(ZlibDecoder::new(Vec::new()))),
                Coding::Unknown => Packed::Unknown,
            },
            frames: match form {
                Form::Events => Frames::Events(Box::default()),
                Form::Json | Form::Other => Frames::Whole(Whole::default()),
            },
        }
    }

    /// Takes what comes next.
    pub(super) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Part<'_>)) {
        if bytes.is_empty() {
            return;
        }
        let frames = &mut self.frames;
        let is_read = match &mut self.packed {
            Packed::No => {
                frames.push(bytes, &mut each);
                true
            }
            Packed::Gzip(reader) => bytes.chunks(STEP).all(|step| {
                let is_read = reader.write_all(step).is_ok() && reader.flush().is_ok();
                frames.push_all(reader.get_mut(), &mut each);
                is_read
            }),
            Packed::Deflate(reader) => bytes.chunks(STEP).all(|step| {
                let is_read = reader.write_all(step).is_ok() && reader.flush().is_ok();
                frames.push_all(reader.get_mut(), &mut each);
                is_read
            }),
            Packed::Unknown => false,
            Packed::Given => true,
        };
        if !is_read {
            self.packed = Packed::Given;
            each(Part::Unreadable);
        }
    }

    /// Bytes are missing here.
    pub(super) fn gap(&mut self) {
        match &mut self.frames {
            Frames::Whole(whole) => whole.skips = true,
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

    fn push_all(&mut self, unpacked: &mut Vec<u8>, each: &mut impl FnMut(Part<'_>)) {
        self.push(unpacked, each);
        unpacked.clear();
        unpacked.shrink_to(KEPT);
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
        assert_eq!(parts(Form::Json, Coding::Gzip, &pieces), once);
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
}
