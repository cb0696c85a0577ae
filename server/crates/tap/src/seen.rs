//! Makes records of copies, in batches.

use std::hash::RandomState;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use traffic::{Batch, Lines, Lost, Payloads, Piece, Place, Record, Session, Side, Transport, What};
use uuid::Uuid;

use crate::copies::{Clock, Copied, Queue};

/// How long records wait for others.
const TOGETHER: Duration = Duration::from_secs(1);
/// How often a session in which nothing is said tells that it is there.
const PULSE: Duration = Duration::from_secs(10);
/// The most records of a batch, but for the last that a frame brings.
const MOST: usize = 1_000;
/// The most that is told of what is said in a batch, in bytes, but for what the last frame brings.
const MOST_SAID: usize = 1 << 20;

/// Runs until the end.
pub(crate) fn run(
    name: &str,
    payloads: Option<Payloads>,
    clock: Clock,
    copies: &Queue,
    batches: &SyncSender<Batch>,
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
    let mut out = Out {
        name,
        batches,
        records: Vec::new(),
        weighed: 0,
        said: 0,
        lost: Lost::default(),
    };
    let (mut told, mut was_seen) = (Instant::now(), true);
    loop {
        let is_over = match copies.next(TOGETHER) {
            Ok(Copied::Bytes {
                from,
                at_us,
                bytes,
                lost,
            }) => {
                was_seen = true;
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
            Err(RecvTimeoutError::Timeout) => false,
            Ok(Copied::End) | Err(RecvTimeoutError::Disconnected) => true,
        };
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
        let since = told.elapsed();
        if since >= PULSE || (was_seen && since >= TOGETHER) {
            session.report(clock.now_us(), &mut out.records);
            out.flush();
            (told, was_seen) = (Instant::now(), false);
        } else if out.is_full() {
            out.flush();
        }
    }
}

/// Where records go.
struct Out<'a> {
    name: &'a str,
    batches: &'a SyncSender<Batch>,
    records: Vec<Record>,
    /// How many of them are in `said`, and what is said in these, in bytes.
    weighed: usize,
    said: usize,
    lost: Lost,
}

impl Out<'_> {
    fn is_full(&mut self) -> bool {
        let added = self.records.iter().skip(self.weighed);
        self.said += added.map(Record::said_bytes).sum::<usize>();
        self.weighed = self.records.len();
        self.weighed >= MOST || self.said >= MOST_SAID
    }

    fn flush(&mut self) {
        (self.weighed, self.said) = (0, 0);
        let batch = Batch {
            id: Uuid::now_v7().to_string(),
            server: self.name.to_owned(),
            transport: Transport::Stdio,
            lost: std::mem::take(&mut self.lost),
            records: std::mem::take(&mut self.records),
        };
        if let Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) =
            self.batches.try_send(batch)
        {
            self.lost = batch.lost;
            self.lost.records += batch.records.len() as u64;
        }
    }
}
