//! Where questions are put to the samples: a number of them at a time, each for a limited time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::{Clock, ReadSamples};
use promql::{Limits, QueryError};
use tokio::sync::Semaphore;

use super::body::Failure;
use crate::telemetry::QueryCounts;

/// Queries that are evaluated at the same time; others wait.
const AT_ONCE: usize = 20;
/// The longest that a query may take, its waiting included.
const LONGEST: Duration = Duration::from_secs(120);

/// What can be asked.
#[derive(Clone)]
pub(crate) struct Queries {
    samples: Arc<dyn ReadSamples>,
    pub(in crate::doors) clock: Arc<dyn Clock>,
    places: Arc<Semaphore>,
    counts: QueryCounts,
}

/// What whoever asks may say about how a query is evaluated.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wishes {
    /// How long it may take.
    pub(super) timeout: Option<Duration>,
    /// How old the newest sample of a series may be.
    pub(super) lookback: Option<Duration>,
}

/// How long a question took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timings {
    /// Until there was a place for it.
    pub(super) waited: Duration,
    /// From then on.
    pub(super) evaluated: Duration,
}

impl Queries {
    pub(crate) fn new(
        samples: Arc<dyn ReadSamples>,
        clock: Arc<dyn Clock>,
        counts: QueryCounts,
    ) -> Self {
        Self {
            samples,
            clock,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            counts,
        }
    }

    /// Does something with the samples where blocking is allowed. It is told to stop when whoever asked
    /// has left.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        wishes: Wishes,
        question: impl FnOnce(&dyn ReadSamples, &Limits) -> Result<T, Failure> + Send + 'static,
    ) -> Result<(T, Timings), Failure> {
        struct Leaving(Arc<AtomicBool>);
        impl Drop for Leaving {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let leaving = Leaving(Arc::default());
        let timeout = wishes.timeout.unwrap_or(LONGEST).min(LONGEST);
        let begun = Instant::now();
        let usual = Limits::default();
        let limits = Limits {
            deadline: Some(begun + timeout),
            stop: Arc::clone(&leaving.0),
            lookback: wishes.lookback.unwrap_or(usual.lookback),
            ..usual
        };
        let waiting = self.counts.wait();
        let place = Arc::clone(&self.places).acquire_owned();
        let place = tokio::time::timeout(timeout, place).await;
        drop(waiting);
        let place = place.map_err(|_| {
            let late = Failure::from(QueryError::Timeout);
            self.counts.finished(late.kind(), Duration::ZERO);
            late
        })?;
        let place = place.map_err(Failure::internal)?;
        let waited = begun.elapsed();
        let (samples, counts) = (Arc::clone(&self.samples), self.counts.clone());
        let asked = tokio::task::spawn_blocking(move || {
            // The place is taken until the work is over, also when nobody waits for it any more.
            let _place = (place, counts.run());
            let begun = Instant::now();
            let answer = question(&*samples, &limits);
            let outcome = answer.as_ref().map_or_else(Failure::kind, |_| "success");
            counts.finished(outcome, begun.elapsed());
            answer
        });
        let answer = asked.await.map_err(Failure::internal)??;
        let evaluated = begun.elapsed().saturating_sub(waited);
        Ok((answer, Timings { waited, evaluated }))
    }
}
