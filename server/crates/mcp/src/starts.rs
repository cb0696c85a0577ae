//! Starting many servers: a few at a time, so that a hundred which end together do not take the machine
//! from each other, and from what watches them, when they come back.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a start may keep its place. One that takes longer waits for something else than the
/// processor, and goes on without a place: servers that never answer hold nobody up for long.
const PLACE_LIMIT: Duration = Duration::from_secs(2);

/// Places for starts; who waits for one gets it in the order of asking.
#[derive(Clone, Debug)]
pub struct Starts(Arc<Semaphore>);

impl Starts {
    /// So many starts at once; at least one.
    pub fn at_once(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places.max(1))))
    }

    /// Four to a processor: while one computes, others wait for their disk or for an answer.
    pub fn for_this_machine() -> Self {
        Self::at_once(4 * std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// Waits for a place.
    pub(crate) async fn place(&self) -> Place {
        // Nobody closes it; if somebody did, there would be no queue either.
        Place {
            _permit: self.0.clone().acquire_owned().await.ok(),
        }
    }
}

/// The right to start something now.
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Place {
    /// Starts something; the place is given up when it has started, or takes too long.
    pub(crate) async fn start<T>(self, start: impl Future<Output = T>) -> T {
        let mut start = std::pin::pin!(start);
        match timeout(PLACE_LIMIT, &mut start).await {
            Ok(started) => started,
            Err(_) => {
                drop(self);
                start.await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::JoinSet;
    use tokio::time::{Instant, sleep};

    use super::*;

    /// How many of a hundred starts went on at once, and how long all took.
    async fn hundred(places: usize, each: Duration) -> (usize, Duration) {
        let (starts, began) = (Starts::at_once(places), Instant::now());
        let counts: Arc<(AtomicUsize, AtomicUsize)> = Arc::default();
        let mut all = JoinSet::new();
        for _ in 0..100 {
            let (starts, counts) = (starts.clone(), counts.clone());
            all.spawn(async move {
                let start = async {
                    let now = counts.0.fetch_add(1, Ordering::SeqCst) + 1;
                    counts.1.fetch_max(now, Ordering::SeqCst);
                    sleep(each).await;
                    counts.0.fetch_sub(1, Ordering::SeqCst);
                };
                starts.place().await.start(start).await;
            });
        }
        all.join_all().await;
        (counts.1.load(Ordering::SeqCst), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_start_at_once() {
        let (most, took) = hundred(4, Duration::from_millis(100)).await;
        assert_eq!(most, 4);
        assert_eq!(took.as_millis() / 100, 25, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_hang_hold_nobody_up() {
        let (most, took) = hundred(4, Duration::from_secs(30)).await;
        assert!(most > 4, "{most}");
        // The last begins after 24 turns of two seconds.
        assert_eq!(took.as_secs(), 24 * 2 + 30, "{took:?}");
    }
}
