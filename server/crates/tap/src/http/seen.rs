//! Makes records of what passes by over HTTP, in batches.

use std::sync::mpsc::RecvTimeoutError;

use traffic::{Payloads, Transport};

use super::book::Book;
use super::news::News;
use crate::copies::{Clock, Copied, Queue};
use crate::out::{Due, Give, Out, TOGETHER, Turns};

/// Runs until the end.
pub(super) fn run(
    (name, path): (&str, &str),
    payloads: Option<Payloads>,
    clock: Clock,
    copies: &Queue<News>,
    give: &Give,
) {
    let mut book = Book::new(path, payloads);
    let mut out = Out::new(name, Transport::Http, give);
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
                let from = (way.from, way.exchange);
                let about = (lost > 0, is_last);
                book.bytes(from, at_us, &bytes, about, &mut out.records);
                false
            }
            Ok(Copied::News(news, _)) => {
                turns.see();
                book.hear(news, &mut out.records);
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Ok(Copied::End) | Err(RecvTimeoutError::Disconnected) => true,
        };
        out.lost.bytes += copies.lost();
        if is_over {
            book.end(clock.now_us(), &mut out.records);
            out.flush();
            return;
        }
        match turns.due() {
            Due::Nothing => out.relieve(),
            due => {
                book.report(clock.now_us(), due == Due::Pulse, &mut out.records);
                out.flush();
            }
        }
    }
}
