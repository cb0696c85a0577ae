//! The task that keeps one server under watch.

use std::sync::Arc;
use std::time::Duration;

use model::{Clock, Labels};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::prober::Prober;
use crate::{Config, Observation, Target};

/// Keeps one server under watch, once [`Watch::run`].
pub struct Watch {
    prober: Prober,
    first_wait: Duration,
    observations: mpsc::Sender<Observation>,
}

impl Watch {
    /// A watch over `target`; nothing happens before [`Watch::run`].
    pub fn new(
        target: Target,
        config: Config,
        clock: Arc<dyn Clock>,
        observations: mpsc::Sender<Observation>,
    ) -> Self {
        let first_wait = if config.spread {
            jitter(&target.name)
        } else {
            Duration::ZERO
        };
        Self {
            prober: Prober::new(target, config, clock),
            first_wait,
            observations,
        }
    }

    /// Probes until `stop` is cancelled (or nobody takes the observations any more), then ends the
    /// session and the process, within bounds.
    ///
    /// A permit given to `probe_now` starts the next probe at once, whatever wait is on. A process
    /// that ends between two probes is reported at once.
    pub async fn run(self, probe_now: Arc<Notify>, stop: CancellationToken) {
        let Self {
            mut prober,
            first_wait: mut wait,
            observations,
        } = self;
        let watching = async {
            loop {
                let exited = tokio::select! {
                    () = tokio::time::sleep(wait) => false,
                    () = probe_now.notified() => false,
                    () = prober.exited() => true,
                };
                let (observation, next) = if exited {
                    prober.loss().await
                } else {
                    prober.probe().await
                };
                wait = next;
                if observations.send(observation).await.is_err() {
                    return;
                }
                prober.tidy().await;
            }
        };
        // Given up in the middle of a handshake, a process is ended by being dropped.
        stop.run_until_cancelled(watching).await;
        prober.end().await;
    }
}

/// A wait below one second, the same for the same name, so that hundreds of servers do not start
/// in the same instant.
fn jitter(name: &str) -> Duration {
    Duration::from_millis(Labels::new().with("server", name).fingerprint() % 1000)
}
