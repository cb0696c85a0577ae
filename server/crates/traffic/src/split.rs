//! Streams of bytes, cut into frames: lines over pipes, server-sent events over HTTP.

use memchr::memchr;

/// The largest frame that is looked at, in bytes. A larger one is counted, and passed over up to its end.
pub const LONGEST_FRAME: usize = 16 << 20;
/// What a buffer may keep when its frame is over.
const KEPT: usize = 64 << 10;

/// What a stream was cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A frame, without what ends it.
    Frame(&'a [u8]),
    /// A frame that was larger than [`LONGEST_FRAME`].
    Oversized,
}

/// Cuts a stream into lines.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
    /// Passes over everything up to the end of the line, because it is too long or its begin is missing.
    skips: bool,
}

impl Lines {
    /// Takes what comes next, and tells the lines that end in it.
    pub fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(Piece<'_>)) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = rest;
            if std::mem::take(&mut self.skips) {
                self.reset();
            } else if self.begun.len() + line.len() > LONGEST_FRAME {
                each(Piece::Oversized);
                self.reset();
            } else if self.begun.is_empty() {
                each(Piece::Frame(line));
            } else {
                self.begun.extend_from_slice(line);
                each(Piece::Frame(&self.begun));
                self.reset();
            }
        }
        if self.skips {
            return;
        }
        if self.begun.len() + bytes.len() > LONGEST_FRAME {
            each(Piece::Oversized);
            self.gap();
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }

    /// Bytes are missing here.
    pub fn gap(&mut self) {
        self.reset();
        self.skips = true;
    }

    /// The stream is over; a last line needs no end.
    pub fn finish(&mut self, mut each: impl FnMut(Piece<'_>)) {
        if !self.skips && !self.begun.is_empty() {
            each(Piece::Frame(&self.begun));
        }
        self.reset();
        self.skips = false;
    }

    /// What it holds in memory, in bytes.
    pub fn held(&self) -> usize {
        self.begun.capacity()
    }

    fn reset(&mut self) {
        self.begun.clear();
        self.begun.shrink_to(KEPT);
    }
}

/// An event of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A message.
    Message(&'a [u8]),
    /// Where messages go to: in the first event of HTTP with server-sent events.
    Endpoint(&'a [u8]),
    /// A message that was larger than [`LONGEST_FRAME`].
    Oversized,
}

/// Cuts a stream into server-sent events.
///
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>
#[derive(Debug, Default)]
pub struct Events {
    lines: Lines,
    data: Data,
    /// A line feed that comes first belongs to the line before.
    after_return: bool,
}

#[derive(Debug, Default)]
struct Data {
    text: Vec<u8>,
    has_some: bool,
    is_endpoint: bool,
    is_oversized: bool,
    /// Of any event so far.
    has_ids: bool,
}

impl Events {
    /// Takes what comes next, and tells the events that end in it.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Event<'_>)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_return) && rest[0] == b'\n' {
                rest = &rest[1..];
                continue;
            }
            // Lines may end with a carriage return alone.
            let end = memchr(b'\r', rest);
            let line = &rest[..end.unwrap_or(rest.len())];
            let data = &mut self.data;
            self.lines.push(line, |piece| data.line(piece, &mut each));
            if let Some(end) = end {
                self.lines.push(b"\n", |piece| data.line(piece, &mut each));
                self.after_return = true;
                rest = &rest[end + 1..];
            } else {
                rest = &[];
            }
        }
    }

    /// Bytes are missing here.
    pub fn gap(&mut self) {
        self.lines.gap();
        self.lines.begun = Vec::new();
        self.data = Data {
            has_ids: self.data.has_ids,
            ..Data::default()
        };
    }

    /// What it holds in memory, in bytes.
    pub fn held(&self) -> usize {
        self.lines.held() + self.data.text.capacity()
    }

    /// How much of an event it holds that has no end yet, in bytes.
    pub fn begun(&self) -> usize {
        self.lines.begun.len() + self.data.text.len()
    }

    /// Whether an event had an id: then the server may go on where a stream broke off.
    pub fn has_ids(&self) -> bool {
        self.data.has_ids
    }
}

impl Data {
    fn line(&mut self, piece: Piece<'_>, each: &mut impl FnMut(Event<'_>)) {
        let line = match piece {
            Piece::Frame(line) => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line),
            Piece::Oversized => {
                self.is_oversized = true;
                return;
            }
        };
        if line.is_empty() {
            self.dispatch(each);
        } else if let Some(value) = field(line, b"data") {
            if self.text.len() + value.len() >= LONGEST_FRAME {
                self.is_oversized = true;
            } else {
                if self.has_some {
                    self.text.push(b'\n');
                }
                self.text.extend_from_slice(value);
                self.has_some = true;
            }
        } else if let Some(value) = field(line, b"event") {
            self.is_endpoint = value == b"endpoint";
        } else if field(line, b"id").is_some_and(|id| !id.is_empty()) {
            self.has_ids = true;
        }
    }

    fn dispatch(&mut self, each: &mut impl FnMut(Event<'_>)) {
        if self.is_oversized {
            each(Event::Oversized);
        } else if self.has_some && self.is_endpoint {
            each(Event::Endpoint(&self.text));
        } else if self.has_some {
            each(Event::Message(&self.text));
        }
        self.text.clear();
        self.text.shrink_to(KEPT);
        (self.has_some, self.is_endpoint, self.is_oversized) = (false, false, false);
    }
}

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(name)?;
    if rest.is_empty() {
        return Some(rest);
    }
    let value = rest.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(parts: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        let mut each = |piece: Piece<'_>| {
            found.push(match piece {
                Piece::Frame(line) => String::from_utf8_lossy(line).into_owned(),
                Piece::Oversized => "!".to_owned(),
            });
        };
        for part in parts {
            lines.push(part, &mut each);
        }
        lines.finish(&mut each);
        found
    }

    fn events(text: &[u8], size: usize) -> Vec<String> {
        let mut events = Events::default();
        let mut found = Vec::new();
        for part in text.chunks(size) {
            events.push(part, |event| {
                found.push(match event {
                    Event::Message(data) => String::from_utf8_lossy(data).into_owned(),
                    Event::Endpoint(data) => format!("> {}", String::from_utf8_lossy(data)),
                    Event::Oversized => "!".to_owned(),
                });
            });
        }
        found
    }

    #[test]
    fn lines_however_they_are_cut() {
        let ends = ["a", "", "bc", "ä"];
        let text = "a\n\nbc\nä".as_bytes();
        for size in 1..=text.len() {
            let parts: Vec<_> = text.chunks(size).collect();
            assert_eq!(lines(&parts), ends, "{size}");
        }
    }

    #[test]
    fn what_has_no_end_is_passed_over() {
        let long = vec![b'x'; LONGEST_FRAME];
        assert_eq!(lines(&[&long, b"\n", b"a\n"])[1..], ["a"]);
        assert_eq!(lines(&[&long, b"x", b"x\na", b"\n"]), ["!", "a"]);
        assert_eq!(lines(&[&long, b"x\na\n"]), ["!", "a"]);
        let mut cut = Lines::default();
        for _ in 0..4 {
            cut.push(&long, |_| {});
            assert!(cut.begun.capacity() <= 2 * LONGEST_FRAME);
        }
    }

    #[test]
    fn a_gap_costs_the_line_it_is_in() {
        let mut found = Vec::new();
        let mut cut = Lines::default();
        cut.push(b"a\nb", |piece| found.push(format!("{piece:?}")));
        cut.gap();
        cut.push(b"c\nd\n", |piece| found.push(format!("{piece:?}")));
        let frame = |text: &str| format!("{:?}", Piece::Frame(text.as_bytes()));
        assert_eq!(found, [frame("a"), frame("d")]);
    }

    #[test]
    fn events_however_they_are_cut() {
        let text = b"\xef\xbb\xbfevent: endpoint\ndata: /m?s=1\n\n: note\r\nid: 1\r\ndata: {\"a\":\r\ndata:1}\r\n\r\n\
            data\rdata:  x\r\revent: message\ndata:y\n\ndata: unfinished\n";
        for size in 1..=text.len() {
            assert_eq!(
                events(text, size),
                ["> /m?s=1", "{\"a\":\n1}", "\n x", "y"],
                "{size}"
            );
        }
    }
}
