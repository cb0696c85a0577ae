//! The endpoint that a server of HTTP with server-sent events names in its first event.
//!
//! Mostly that is a path, which leads clients back to us. Where it is an address with the server's own scheme, host and
//! port, those become ours; nothing else is changed, and nothing is kept back that does not begin like that event.
//! <https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse>

use bytes::Bytes;
use memchr::memmem::find;

/// The first event is not longer, in bytes; of a longer one nothing is changed.
const LONGEST: usize = 8 << 10;
/// How the event begins.
const BEGINS: [&[u8]; 2] = [b"event: endpoint", b"event:endpoint"];

/// Looks for the event at the begin of a stream.
#[derive(Debug)]
pub(super) struct Endpoint {
    theirs: String,
    ours: String,
    held: Vec<u8>,
}

/// What becomes of a piece of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// It is kept until more has come.
    Held,
    /// Goes on, and all that comes after it as it is.
    On(Bytes),
}

impl Endpoint {
    /// The address in front of the path: the server's, and the one that clients know us by.
    pub(super) fn new(theirs: String, ours: String) -> Self {
        Self {
            theirs,
            ours,
            held: Vec::new(),
        }
    }

    /// Takes the next piece. Not to be asked again when it goes on.
    pub(super) fn pass(&mut self, piece: &Bytes) -> Passed {
        let is_first = self.held.is_empty();
        self.held.extend_from_slice(piece);
        let known = self.held.len();
        let may_be = BEGINS.iter().any(|begin| {
            let both = begin.len().min(known);
            begin[..both] == self.held[..both]
        });
        let end = end(&self.held);
        if may_be && end.is_none() && known < LONGEST {
            return Passed::Held;
        }
        let changed = end.filter(|_| may_be).and_then(|end| self.changed(end));
        Passed::On(match changed {
            Some(changed) => changed,
            // As it came, where nothing was held.
            None if is_first => piece.clone(),
            None => self.rest(),
        })
    }

    /// What is held when the stream is over.
    pub(super) fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.held).into()
    }

    fn changed(&self, end: usize) -> Option<Bytes> {
        let event = &self.held[..end];
        let data = find(event, b"data:")? + b"data:".len();
        let spaces = event[data..]
            .iter()
            .take_while(|byte| **byte == b' ')
            .count();
        let (before, address) = self.held.split_at(data + spaces);
        let path = address.strip_prefix(self.theirs.as_bytes())?;
        // Nothing of a host may come after it.
        let is_whole = matches!(path.first(), Some(b'/' | b'?' | b'\r' | b'\n'));
        is_whole.then(|| [before, self.ours.as_bytes(), path].concat().into())
    }
}

/// Where the first event ends.
fn end(text: &[u8]) -> Option<usize> {
    let ends: [&[u8]; 3] = [b"\n\n", b"\r\n\r\n", b"\r\r"];
    ends.iter().filter_map(|end| find(text, end)).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str, size: usize) -> (String, usize) {
        let mut endpoint = Endpoint::new("http://srv:1".into(), "http://127.0.0.1:2".into());
        let (mut passed, mut held, mut is_past) = (Vec::new(), 0, false);
        for piece in text.as_bytes().chunks(size) {
            let piece = Bytes::copy_from_slice(piece);
            match (is_past, &piece) {
                (true, piece) => passed.extend_from_slice(piece),
                (false, piece) => match endpoint.pass(piece) {
                    Passed::Held => held += 1,
                    Passed::On(bytes) => {
                        passed.extend_from_slice(&bytes);
                        is_past = true;
                    }
                },
            }
        }
        if !is_past {
            passed.extend(endpoint.rest());
        }
        (String::from_utf8(passed).unwrap(), held)
    }

    #[test]
    fn only_the_servers_own_address_is_changed() {
        let ours = "event: endpoint\ndata: http://127.0.0.1:2/m?s=1\n\ndata: http://srv:1/\n\n";
        for (text, expected) in [
            (
                "event: endpoint\ndata: http://srv:1/m?s=1\n\ndata: http://srv:1/\n\n",
                ours,
            ),
            (
                "event:endpoint\r\ndata:http://srv:1\r\n\r\n",
                "event:endpoint\r\ndata:http://127.0.0.1:2\r\n\r\n",
            ),
            ("event: endpoint\ndata: /m?s=1\n\n", ""),
            ("event: endpoint\ndata: http://srv:12/m\n\n", ""),
            ("event: endpoint\ndata: http://other/m\n\n", ""),
            ("event: message\ndata: http://srv:1/m\n\n", ""),
            ("event: endpoint\ndata: http://srv:1/m", ""),
            ("event: end", ""),
            ("", ""),
        ] {
            let expected = if expected.is_empty() { text } else { expected };
            for size in 1..=text.len().max(1) {
                assert_eq!(through(text, size).0, expected, "{size}");
            }
        }
        let other = "data: {}\n\n";
        assert_eq!(through(other, 1), (other.to_owned(), 0));
        let endless = format!("event: endpoint\n{}", "x".repeat(2 * LONGEST));
        assert_eq!(
            through(&endless, 1_000),
            (endless, LONGEST.div_ceil(1_000) - 1)
        );
    }
}
