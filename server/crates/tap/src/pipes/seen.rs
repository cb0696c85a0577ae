//! Makes records of copies, in batches.

use std::hash::RandomState;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;

use traffic::{Lines, Payloads, Piece, Place, Session, Side, Transport, What};
use uuid::Uuid;

use super::Nothing;
use crate::copies::{Clock, Copied, Queue};
use crate::out::{Due, Give, Out, TOGETHER, Turns};

/// Runs until the end.
pub(crate) fn run(
    name: &str,
    payloads: Option<Payloads>,
    clock: Clock,
    copies: &Queue<Nothing>,
    give: &Give,
) {
    let place = |from| Place {
        from,
        exchange: 0,
        is_alone: false,
    };
    let label = Uuid::now_v7().to_string();
    let mut session = Session::new(label, RandomState::new(), clock.now_us());
    session = session.with_payloads(payloads.map(Arc::new));
    let mut ways = [Lines::default(), Lines::default()];
    let mut out = Out::new(name, Transport::Stdio, give);
    let mut turns = Turns::begin();
    loop {
        let is_over = match copies.next(TOGETHER) {
            Ok(Copied::Bytes {
                way,
                at_us,
                bytes,
                lost,
                ..
            }) => {
                turns.see();
                let from = way.from;
                let way = &mut ways[usize::from(from == Side::Server)];
                if lost > 0 {
                    way.gap();
                    out.lost.bytes += lost;
                }
                let records = &mut out.records;
                way.push(&bytes, |piece| match piece {
                    Piece::Frame(frame) => session.frame(place(from), at_us, frame, records),
                    Piece::Oversized => session.note(from, What::Oversized),
                });
                false
            }
            Ok(Copied::News(never, _)) => match never {},
            Err(RecvTimeoutError::Timeout) => false,
            Ok(Copied::End) | Err(RecvTimeoutError::Disconnected) => true,
        };
        out.lost.bytes += copies.lost();
        if is_over {
            for (way, from) in ways.iter_mut().zip([Side::Client, Side::Server]) {
                let records = &mut out.records;
                way.finish(|piece| {
                    if let Piece::Frame(frame) = piece {
                        session.frame(place(from), clock.now_us(), frame, records);
                    }
                });
            }
            session.close(clock.now_us(), &mut out.records);
            out.flush();
            return;
        }
        match turns.due() {
            Due::Nothing => out.relieve(),
            Due::News | Due::Pulse => {
                session.report(clock.now_us(), &mut out.records);
                out.flush();
            }
        }
    }
}
