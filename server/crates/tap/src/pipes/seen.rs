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
        if said.has_gap {
            lines.gap();
        }
        let session = &mut self.session;
        lines.push(&said.bytes, |piece| match piece {
            Piece::Frame(frame) => session.frame(place(from), said.at_us, frame, out),
            Piece::Oversized => session.note(from, What::Oversized),
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
