//! The one list of tasks, and the order in which they stop.

use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The stages of a shutdown, first to last; each has a grace time after which it is ended by force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// What takes requests in.
    Listeners,
    /// What looks at servers; ends their children.
    Watches,
    /// What takes in what was seen.
    Observers,
    /// What judges it.
    Rules,
    /// What writes it down.
    Stores,
}

const STAGES: [(Stage, Duration); 5] = [
    (Stage::Listeners, Duration::from_secs(5)),
    // A child gets 3 s to end by itself and 2 s after SIGTERM; a keeper that hangs takes longer.
    (Stage::Watches, Duration::from_secs(18)),
    (Stage::Observers, Duration::from_secs(5)),
    (Stage::Rules, Duration::from_secs(5)),
    (Stage::Stores, Duration::from_secs(10)),
];

/// All tasks of the product.
#[derive(Default)]
pub(crate) struct Tasks([StageTasks; STAGES.len()]);

#[derive(Default)]
struct StageTasks {
    stop: CancellationToken,
    running: JoinSet<()>,
}

impl Tasks {
    /// Starts a task; it ends soon after its token is cancelled.
    pub(crate) fn spawn<F>(&mut self, stage: Stage, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let tasks = &mut self.0[stage as usize];
        tasks.running.spawn(task(tasks.stop.clone()));
    }

    /// Returns when a task has failed; tasks that end by themselves are no failure.
    pub(crate) async fn failed(&mut self) -> JoinError {
        let [a, b, c, d, e] = &mut self.0;
        loop {
            let ended = tokio::select! {
                Some(ended) = a.running.join_next() => ended,
                Some(ended) = b.running.join_next() => ended,
                Some(ended) = c.running.join_next() => ended,
                Some(ended) = d.running.join_next() => ended,
                Some(ended) = e.running.join_next() => ended,
                else => std::future::pending().await,
            };
            if let Err(error) = ended {
                return error;
            }
        }
    }

    /// Stops all stages in order, each within its grace time.
    pub(crate) async fn shutdown(mut self) {
        for ((stage, grace), tasks) in STAGES.into_iter().zip(&mut self.0) {
            tasks.stop.cancel();
            let drain = async { while tasks.running.join_next().await.is_some() {} };
            if timeout(grace, drain).await.is_err() {
                let left = tasks.running.len();
                tracing::warn!(?stage, left, "tasks did not stop in time and are ended");
                tasks.running.shutdown().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[tokio::test(start_paused = true)]
    async fn stages_stop_in_order_and_within_bounds() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Tasks::default();
        for (stage, _) in STAGES.into_iter().rev() {
            let order = order.clone();
            tasks.spawn(stage, |stop| async move {
                stop.cancelled().await;
                order.lock().unwrap().push(stage);
            });
        }
        tasks.spawn(Stage::Rules, |_| std::future::pending());
        let begun = tokio::time::Instant::now();
        tasks.shutdown().await;
        let expected: Vec<_> = STAGES.into_iter().map(|(stage, _)| stage).collect();
        assert_eq!(*order.lock().unwrap(), expected);
        assert_eq!(
            begun.elapsed().as_secs(),
            5,
            "the deaf task cost its stage's grace, once"
        );
    }

    #[tokio::test]
    async fn a_panic_is_noticed_and_an_end_is_not() {
        let mut tasks = Tasks::default();
        tasks.spawn(Stage::Stores, |_| async {});
        tasks.spawn(Stage::Rules, |_| async { panic!("wrong") });
        assert!(tasks.failed().await.is_panic());
    }
}
