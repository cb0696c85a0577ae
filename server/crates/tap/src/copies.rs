//! Copies of what passes by, in a queue that has bounds and is never waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use traffic::Side;

/// What may wait to be looked at, in bytes.
const MOST: usize = 64 << 20;
/// What each copy costs besides its bytes.
const EACH: usize = 128;

/// What is in the queue.
pub(crate) enum Copied {
    /// Bytes that passed by; `lost` more passed by before them on the same way.
    Bytes {
        from: Side,
        at_us: i64,
        bytes: Vec<u8>,
        lost: u64,
    },
    /// It is over.
    End,
}

/// Where copies go in, a handle for each way.
#[derive(Clone, Debug)]
pub(crate) struct Copies {
    queue: mpsc::Sender<Copied>,
    waiting: Arc<AtomicUsize>,
    lost: u64,
    most: usize,
}

/// Where copies come out.
pub(crate) struct Queue {
    queue: mpsc::Receiver<Copied>,
    waiting: Arc<AtomicUsize>,
}

pub(crate) fn queue() -> (Copies, Queue) {
    queue_of(MOST)
}

fn queue_of(most: usize) -> (Copies, Queue) {
    let (sender, receiver) = mpsc::channel();
    let waiting = Arc::<AtomicUsize>::default();
    let copies = Copies {
        queue: sender,
        waiting: waiting.clone(),
        lost: 0,
        most,
    };
    let queue = Queue {
        queue: receiver,
        waiting,
    };
    (copies, queue)
}

impl Copies {
    /// Copies bytes, unless too much waits.
    pub(crate) fn take(&mut self, from: Side, at_us: i64, bytes: &[u8]) {
        let size = bytes.len() + EACH;
        let before = self.waiting.fetch_add(size, Ordering::Relaxed);
        let copied = (before + size <= self.most).then(|| Copied::Bytes {
            from,
            at_us,
            bytes: bytes.to_vec(),
            lost: self.lost,
        });
        if copied.is_some_and(|copied| self.queue.send(copied).is_ok()) {
            self.lost = 0;
        } else {
            self.waiting.fetch_sub(size, Ordering::Relaxed);
            self.lost += bytes.len() as u64;
        }
    }

    /// Nothing comes on this way any more: what was lost last is told, whatever waits.
    pub(crate) fn finish(&mut self, from: Side, at_us: i64) {
        if self.lost > 0 {
            self.waiting.fetch_add(EACH, Ordering::Relaxed);
            let lost = std::mem::take(&mut self.lost);
            // Who is gone needs not to be told.
            let _ = self.queue.send(Copied::Bytes {
                from,
                at_us,
                bytes: Vec::new(),
                lost,
            });
        }
    }

    /// Nothing of interest comes after this.
    pub(crate) fn end(&self) {
        // Who is gone needs not to be told.
        let _ = self.queue.send(Copied::End);
    }
}

impl Queue {
    /// What comes next, if it comes in time.
    pub(crate) fn next(&self, patience: Duration) -> Result<Copied, mpsc::RecvTimeoutError> {
        let copied = self.queue.recv_timeout(patience)?;
        if let Copied::Bytes { bytes, .. } = &copied {
            self.waiting
                .fetch_sub(bytes.len() + EACH, Ordering::Relaxed);
        }
        Ok(copied)
    }
}

/// Time that only goes up, whatever is done to the clock of the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    began_us: i64,
    began: Instant,
}

impl Clock {
    pub(crate) fn begin() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            began_us: whole(since.unwrap_or_default()),
            began: Instant::now(),
        }
    }

    /// Microseconds since 1970 UTC.
    pub(crate) fn now_us(self) -> i64 {
        self.began_us + whole(self.began.elapsed())
    }
}

fn whole(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_told_with_the_next() {
        let (mut copies, queue) = queue_of(2 * (EACH + 10));
        for n in 0..5 {
            copies.take(Side::Client, n, &[7; 10]);
        }
        let now = Duration::ZERO;
        let next = || match queue.next(now) {
            Ok(Copied::Bytes { at_us, lost, .. }) => Some((at_us, lost)),
            _ => None,
        };
        assert_eq!((next(), next(), next()), (Some((0, 0)), Some((1, 0)), None));
        copies.take(Side::Client, 5, &[7; 10]);
        assert_eq!(next(), Some((5, 30)));
        copies.take(Side::Client, 6, &vec![7; 1_000]);
        copies.finish(Side::Client, 7);
        assert_eq!(next(), Some((7, 1_000)));
        copies.finish(Side::Client, 8);
        copies.end();
        assert!(matches!(queue.next(now), Ok(Copied::End)));
        assert_eq!(queue.waiting.load(Ordering::Relaxed), 0);
    }
}
