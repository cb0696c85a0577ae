//! Copies of what passes by, in a queue that has bounds and is never waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use traffic::Side;

/// What may wait to be looked at, in bytes.
const MOST: usize = 64 << 20;
/// What each copy costs besides its bytes.
const EACH: usize = 128;
/// Pieces of this size are shared with who hands them on. Of smaller ones the buffer behind them may be much larger.
const SHARED: usize = 16 << 10;

/// How soon after each other copies come that are fetched together.
const SOON: Duration = Duration::from_millis(1);

/// What is in the queue; `N` is what else is told of a transport.
pub(crate) enum Copied<N> {
    /// Bytes that passed by; `lost` more passed by before them on the same way. Where a gap begins, none come with it.
    Bytes {
        way: Way,
        at_us: i64,
        bytes: Bytes,
        lost: u64,
        /// Nothing comes on this way after them.
        is_last: bool,
    },
    /// Something else that happened, with what it weighs.
    News(N, usize),
    /// It is over.
    End,
}

/// What belongs together in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) from: Side,
    /// The exchange of HTTP; 0 over pipes.
    pub(crate) exchange: u64,
}

#[derive(Debug, Default)]
struct Load {
    waiting: AtomicUsize,
    /// Bytes of ways of which nothing is told.
    lost: AtomicU64,
}

/// Where copies go in.
#[derive(Debug)]
pub(crate) struct Copies<N> {
    queue: mpsc::Sender<Copied<N>>,
    load: Arc<Load>,
    most: usize,
}

/// Where copies of one way go in.
#[derive(Debug)]
pub(crate) struct Copier<N> {
    copies: Copies<N>,
    /// Nothing if it only counts what passes by.
    way: Option<Way>,
    lost: u64,
    /// It was told that something is missing, and nothing came since.
    is_in_gap: bool,
}

/// Where copies come out.
pub(crate) struct Queue<N> {
    queue: mpsc::Receiver<Copied<N>>,
    load: Arc<Load>,
}

pub(crate) fn queue<N>() -> (Copies<N>, Queue<N>) {
    queue_of(MOST)
}

fn queue_of<N>(most: usize) -> (Copies<N>, Queue<N>) {
    let (sender, receiver) = mpsc::channel();
    let load = Arc::<Load>::default();
    let copies = Copies {
        queue: sender,
        load: load.clone(),
        most,
    };
    let queue = Queue {
        queue: receiver,
        load,
    };
    (copies, queue)
}

impl<N> Clone for Copies<N> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            load: self.load.clone(),
            most: self.most,
        }
    }
}

impl<N> Copies<N> {
    /// A way on which bytes come.
    pub(crate) fn way(&self, from: Side, exchange: u64) -> Copier<N> {
        Copier {
            copies: self.clone(),
            way: Some(Way { from, exchange }),
            lost: 0,
            is_in_gap: false,
        }
    }

    /// A way of which nothing is told, because there was no room to tell that it is there: its bytes are counted.
    pub(crate) fn lost_way(&self) -> Copier<N> {
        Copier {
            copies: self.clone(),
            way: None,
            lost: 0,
            is_in_gap: false,
        }
    }

    /// Tells something that weighs `size` bytes, unless too much waits. Returns whether it was told.
    pub(crate) fn tell(&self, news: N, size: usize) -> bool {
        let size = size + EACH;
        self.reserve(size) && self.put(Copied::News(news, size), size)
    }

    /// Tells something for which there is room in any case, because whoever tells it told only a bounded number of
    /// things before.
    pub(crate) fn tell_surely(&self, news: N) {
        // Who is gone needs not to be told.
        let _ = self.queue.send(Copied::News(news, 0));
    }

    /// Nothing of interest comes after this.
    pub(crate) fn end(&self) {
        // Who is gone needs not to be told.
        let _ = self.queue.send(Copied::End);
    }

    /// Takes room for something, if there is any.
    fn reserve(&self, size: usize) -> bool {
        let before = self.load.waiting.fetch_add(size, Ordering::Relaxed);
        let fits = before + size <= self.most;
        if !fits {
            self.load.waiting.fetch_sub(size, Ordering::Relaxed);
        }
        fits
    }

    fn put(&self, copied: Copied<N>, size: usize) -> bool {
        let is_put = self.queue.send(copied).is_ok();
        if !is_put {
            self.load.waiting.fetch_sub(size, Ordering::Relaxed);
        }
        is_put
    }
}

impl<N> Copier<N> {
    /// Copies bytes, unless too much waits.
    pub(crate) fn take(&mut self, at_us: i64, bytes: &[u8]) {
        self.add(at_us, bytes.len(), false, || Bytes::copy_from_slice(bytes));
    }

    /// The same of bytes that others may keep.
    pub(crate) fn share(&mut self, at_us: i64, bytes: &Bytes, is_last: bool) {
        self.add(at_us, bytes.len(), is_last, || match bytes.len() < SHARED {
            true => Bytes::copy_from_slice(bytes),
            false => bytes.clone(),
        });
    }

    fn add(&mut self, at_us: i64, size: usize, is_last: bool, bytes: impl FnOnce() -> Bytes) {
        let room = size + EACH;
        let is_put = self.way.is_some_and(|way| {
            self.copies.reserve(room) && {
                let copied = Copied::Bytes {
                    way,
                    at_us,
                    bytes: bytes(),
                    lost: self.lost,
                    is_last,
                };
                self.copies.put(copied, room)
            }
        });
        if is_put {
            (self.lost, self.is_in_gap) = (0, false);
            return;
        }
        self.lost += size as u64;
        if !self.is_in_gap {
            self.tell_gap(at_us);
        }
    }

    /// Tells at once that something is missing, and how much: perhaps nothing comes after it for long. There is room in
    /// any case, because between two gaps something was put.
    fn tell_gap(&mut self, at_us: i64) {
        let Some(way) = self.way else {
            return;
        };
        self.is_in_gap = true;
        // It is taken off when it comes out.
        self.copies.load.waiting.fetch_add(EACH, Ordering::Relaxed);
        // Who is gone needs not to be told.
        let _ = self.copies.queue.send(Copied::Bytes {
            way,
            at_us,
            bytes: Bytes::new(),
            lost: std::mem::take(&mut self.lost),
            is_last: false,
        });
    }
}

impl<N> Drop for Copier<N> {
    /// Nothing comes on this way any more: what was lost last is counted, whatever waits.
    fn drop(&mut self) {
        let lost = &self.copies.load.lost;
        lost.fetch_add(self.lost, Ordering::Relaxed);
    }
}

impl<N> Queue<N> {
    /// What comes next, if it comes in time.
    pub(crate) fn next(&self, patience: Duration) -> Result<Copied<N>, mpsc::RecvTimeoutError> {
        let copied = match self.queue.try_recv() {
            Ok(copied) => copied,
            // Who waits here is woken by the next that comes, which costs whoever brings it time: so what comes soon
            // after each other is fetched together.
            Err(_) => {
                thread::sleep(SOON);
                self.queue.recv_timeout(patience)?
            }
        };
        let size = match &copied {
            Copied::Bytes { bytes, .. } => bytes.len() + EACH,
            Copied::News(_, size) => *size,
            Copied::End => 0,
        };
        self.load.waiting.fetch_sub(size, Ordering::Relaxed);
        Ok(copied)
    }

    /// Bytes that passed by on ways that are over, could not be copied, and were not told with others.
    pub(crate) fn lost(&self) -> u64 {
        self.load.lost.swap(0, Ordering::Relaxed)
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
        let (copies, queue) = queue_of::<&str>(2 * (EACH + 10));
        let mut way = copies.way(Side::Client, 0);
        for n in 0..5 {
            way.take(n, &[7; 10]);
        }
        assert!(!copies.tell("full", 0));
        let now = Duration::ZERO;
        let next = || match queue.next(now) {
            Ok(Copied::Bytes { at_us, lost, .. }) => Some((at_us, lost)),
            _ => None,
        };
        assert_eq!((next(), next()), (Some((0, 0)), Some((1, 0))));
        // That there is a gap is told at once, with what was missing then.
        assert_eq!((next(), next()), (Some((2, 10)), None));
        way.take(5, &[7; 10]);
        assert_eq!(next(), Some((5, 20)));
        way.take(6, &vec![7; 1_000]);
        way.take(7, &[7; 100]);
        assert_eq!((next(), next()), (Some((6, 1_000)), None));
        assert_eq!(queue.lost(), 0);
        drop(way);
        assert_eq!((queue.lost(), queue.lost()), (100, 0));
        // Of a way that could not be told of, all is counted.
        let mut way = copies.lost_way();
        way.take(8, &[7; 10]);
        drop(way);
        assert_eq!((next(), queue.lost()), (None, 10));
        assert!(copies.tell("room", 2 * 10));
        copies.tell_surely("in any case");
        copies.end();
        assert!(matches!(queue.next(now), Ok(Copied::News("room", _))));
        assert!(matches!(queue.next(now), Ok(Copied::News(_, 0))));
        assert!(matches!(queue.next(now), Ok(Copied::End)));
        assert_eq!(queue.load.waiting.load(Ordering::Relaxed), 0);
    }
}
