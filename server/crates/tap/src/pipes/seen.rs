//! Makes records of what passes by over pipes: one session, two ways.

use std::convert::Infallible;
use std::hash::RandomState;
use std::sync::Arc;

use traffic::{Lines, Payloads, Piece, Place, Record, Session, Side, What};
use uuid::Uuid;

use crate::seen::{Said, See};

/// Over pipes there is nothing but bytes.
pub(super) type Nothing = Infallible;

/// What is known of the session.
pub(super) struct Seen {
    session: Session,
    from_client: Lines,
    from_server: Lines,
}

impl Seen {
    pub(super) fn new(payloads: Option<Payloads>, at_us: i64) -> Self {
        let label = Uuid::now_v7().to_string();
        let session = Session::new(label, RandomState::new(), at_us);
        Self {
            session: session.with_payloads(payloads.map(Arc::new)),
            from_client: Lines::default(),
            from_server: Lines::default(),
        }
    }
}

fn place(from: Side) -> Place {
    Place {
        from,
        exchange: 0,
        is_alone: false,
    }
}

impl See<Nothing> for Seen {
    fn bytes(&mut self, said: &Said, out: &mut Vec<Record>) {
        let from = said.way.from;
        let lines = match from {
            Side::Client => &mut self.from_client,
            Side::Server => &mut self.from_server,
        };
        let session = &mut self.session;
        if said.has_gap {
            lines.gap();
            session.lose(from, said.at_us, |_| true);
        }
        lines.push(&said.bytes, |piece| match piece {
            Piece::Frame(frame) => session.frame(place(from), said.at_us, frame, out),
            Piece::Oversized => {
                session.note(from, What::Oversized);
                session.lose(from, said.at_us, |_| true);
            }
        });
    }

    fn news(&mut self, never: Nothing, _: &mut Vec<Record>) {
        match never {}
    }

    fn report(&mut self, at_us: i64, _: bool, out: &mut Vec<Record>) {
        self.session.report(at_us, out);
    }

    fn end(&mut self, at_us: i64, out: &mut Vec<Record>) {
        let session = &mut self.session;
        for (lines, from) in [
            (&mut self.from_client, Side::Client),
            (&mut self.from_server, Side::Server),
        ] {
            lines.finish(|piece| {
                if let Piece::Frame(frame) = piece {
                    session.frame(place(from), at_us, frame, out);
                }
            });
        }
        session.close(at_us, out);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use traffic::{LONGEST_FRAME, Outcome};

    use super::*;
    use crate::copies::Way;

    /// What is told of one call whose answer cannot be read.
    fn told(answer: &[(&[u8], bool)]) -> (Vec<Outcome>, u64) {
        let mut seen = Seen::new(None, 0);
        let mut out = Vec::new();
        let mut say = |from, bytes: &[u8], has_gap| {
            let said = Said {
                way: Way { from, exchange: 0 },
                at_us: 1_000,
                bytes: Bytes::copy_from_slice(bytes),
                has_gap,
                is_last: false,
            };
            seen.bytes(&said, &mut out);
        };
        let call = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}"#;
        say(Side::Client, &[call, &b"\n"[..]].concat(), false);
        for (bytes, has_gap) in answer {
            say(Side::Server, bytes, *has_gap);
        }
        seen.report(120_000_000, true, &mut out);
        let mut hung = 0;
        let outcomes = out.into_iter().filter_map(|record| match record {
            Record::Call(call) => Some(call.outcome),
            Record::Pulse(pulse) => {
                hung = pulse.hung;
                None
            }
            _ => None,
        });
        (outcomes.collect(), hung)
    }

    #[test]
    fn a_call_whose_answer_was_not_read_does_not_hang() {
        let done: &[u8] = br#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        let long = vec![b'x'; LONGEST_FRAME + 1];
        let line = [done, b"\n"].concat();
        for (answer, expected) in [
            (vec![(&line[..], false)], (vec![Outcome::Ok], 0)),
            (vec![], (vec![], 1)),
            (vec![(&long[..], false)], (vec![Outcome::Unknown], 0)),
            (vec![(&b""[..], true)], (vec![Outcome::Unknown], 0)),
            (
                vec![(&done[..9], false), (&done[20..], true)],
                (vec![Outcome::Unknown], 0),
            ),
        ] {
            assert_eq!(told(&answer), expected);
        }
    }
}
