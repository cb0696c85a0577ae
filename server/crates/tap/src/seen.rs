//! Makes records of copies, in batches: the same over pipes and over HTTP.

use std::sync::mpsc::RecvTimeoutError;

use bytes::Bytes;
use traffic::Record;

use crate::copies::{Clock, Copied, Queue, Way};
use crate::out::{Due, Out, TOGETHER, Turns};

/// Bytes that passed by.
pub(crate) struct Said {
    pub(crate) way: Way,
    pub(crate) at_us: i64,
    pub(crate) bytes: Bytes,
    /// Some passed by before them on the same way that could not be copied.
    pub(crate) has_gap: bool,
    /// Nothing comes on this way after them.
    pub(crate) is_last: bool,
}

/// Understands what passes by; `N` is what else is told of a transport.
pub(crate) trait See<N> {
    /// Bytes passed by.
    fn bytes(&mut self, said: &Said, out: &mut Vec<Record>);
    /// How many bytes came and were not looked at, because there was no room, since that was asked last.
    fn lost(&mut self) -> u64 {
        0
    }
    /// Something else happened.
    fn news(&mut self, news: N, out: &mut Vec<Record>);
    /// Tells how sessions stand: all, or those in which something was said.
    fn report(&mut self, at_us: i64, all: bool, out: &mut Vec<Record>);
    /// Nothing comes any more.
    fn end(&mut self, at_us: i64, out: &mut Vec<Record>);
}

/// Runs until the end.
pub(crate) fn run<N>(see: &mut impl See<N>, clock: Clock, copies: &Queue<N>, mut out: Out<'_>) {
    let mut turns = Turns::begin();
    loop {
        let is_over = match copies.next(TOGETHER) {
            Ok(Copied::Bytes {
                way,
                at_us,
                bytes,
                lost,
                is_last,
            }) => {
                turns.see();
                out.lost.bytes += lost;
                let said = Said {
                    way,
                    at_us,
                    bytes,
                    has_gap: lost > 0,
                    is_last,
                };
                see.bytes(&said, &mut out.records);
                false
            }
            Ok(Copied::News(news, _)) => {
                turns.see();
                see.news(news, &mut out.records);
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Ok(Copied::End) | Err(RecvTimeoutError::Disconnected) => true,
        };
        out.lost.bytes += copies.lost() + see.lost();
        if is_over {
            see.end(clock.now_us(), &mut out.records);
            out.finish();
            return;
        }
        match turns.due() {
            Due::Nothing => out.relieve(),
            due => {
                see.report(clock.now_us(), due == Due::Pulse, &mut out.records);
                out.flush();
            }
        }
    }
}
