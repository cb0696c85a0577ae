//! Reads a stream of server-sent events, as it comes in pieces, within limits.

use std::collections::VecDeque;

/// Largest event, in bytes; the same as the protocol library's.
const LARGEST: usize = 16 << 20;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its type; `message` where none is named.
    pub(crate) name: String,
    pub(crate) data: String,
}

/// Takes bytes, gives events.
#[derive(Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    /// The last byte was a carriage return, so a line feed after it ends no other line.
    after_return: bool,
    name: String,
    data: Option<String>,
    ready: VecDeque<Event>,
}

impl Parser {
    /// Takes the next bytes; false when an event is too large.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> bool {
        for byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => self.end_line(),
                _ => self.line.push(*byte),
            }
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > LARGEST {
                return false;
            }
        }
        true
    }

    /// The next whole event.
    pub(crate) fn next(&mut self) -> Option<Event> {
        self.ready.pop_front()
    }

    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&self.line).into_owned();
        self.line.clear();
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            if let Some(data) = self.data.take() {
                let name = if name.is_empty() {
                    "message".to_owned()
                } else {
                    name
                };
                self.ready.push_back(Event { name, data });
            }
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match (field, &mut self.data) {
            ("event", _) => value.clone_into(&mut self.name),
            ("data", Some(data)) => {
                data.push('\n');
                data.push_str(value);
            }
            ("data", none) => *none = Some(value.to_owned()),
            // Comments, ids, times to wait.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(stream: &str, piece: usize) -> Vec<(String, String)> {
        let mut parser = Parser::default();
        let mut events = Vec::new();
        for piece in stream.as_bytes().chunks(piece) {
            assert!(parser.feed(piece));
            while let Some(event) = parser.next() {
                events.push((event.name, event.data));
            }
        }
        events
    }

    #[test]
    fn events_in_pieces_of_any_size() {
        let stream = ": hello\r\n\r\nevent: endpoint\ndata: /message?id=1\n\ndata:{\"a\":\rdata: \"ä\"}\r\n\r\n\
                      id: 7\nretry: 5\n\nevent: x\ndata\n\nevent: lost\n\ndata: unfinished\n";
        let expected = [
            ("endpoint", "/message?id=1"),
            ("message", "{\"a\":\n\"ä\"}"),
            ("x", ""),
        ];
        for piece in [1, 2, 3, 7, 1000] {
            let got = events(stream, piece);
            let got: Vec<_> = got
                .iter()
                .map(|(name, data)| (name.as_str(), data.as_str()))
                .collect();
            assert_eq!(got, expected, "{piece}");
        }
    }

    #[test]
    fn an_event_without_end_is_given_up() {
        let mut parser = Parser::default();
        let piece = vec![b'x'; 1 << 20];
        let fed = (0..20).take_while(|_| parser.feed(&piece)).count();
        assert_eq!(fed, 16);
        let mut parser = Parser::default();
        let mut line = vec![b'x'; 1 << 20];
        line.splice(0..0, *b"data: ");
        line.push(b'\n');
        let fed = (0..20).take_while(|_| parser.feed(&line)).count();
        assert!(fed < 17, "many lines are one event, too");
    }
}
