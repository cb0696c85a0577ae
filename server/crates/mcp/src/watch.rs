//! The task that keeps one server under watch.

use std::sync::Arc;
use std::time::Duration;

use model::{Clock, Labels};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::prober::Prober;
use crate::{Config, Line, Observation, Starts, Target};

/// Keeps one server under watch, once [`Watch::run`].
pub struct Watch {
    prober: Prober,
    first_wait: Duration,
    observations: mpsc::Sender<Observation>,
}

impl Watch {
    /// A watch over `target`, whose process starts when `starts` has a place for it; nothing happens
    /// before [`Watch::run`].
    pub fn new(
        target: Target,
        config: Config,
        clock: Arc<dyn Clock>,
        starts: Starts,
        observations: mpsc::Sender<Observation>,
    ) -> Self {
        let first_wait = if config.spread {
            jitter(&target.name)
        } else {
            Duration::ZERO
        };
        Self {
            prober: Prober::new(target, config, clock, starts),
            first_wait,
            observations,
        }
    }

    /// Probes until `stop` is cancelled (or nobody takes the observations any more), then ends the
    /// session and the process, within bounds.
    ///
    /// A permit given to `probe_now` starts the next probe at once, whatever wait is on. A process
    /// that ends between two probes is reported at once. `line` leads over the session while there is one.
    pub async fn run(self, probe_now: Arc<Notify>, line: Line, stop: CancellationToken) {
        let Self {
            mut prober,
            first_wait,
            observations,
        } = self;
        let watching = async {
            let mut probe_at = Instant::now() + first_wait;
            let mut right_after = false;
            loop {
                let check = prober.next_check(probe_at, right_after);
                let turn = tokio::select! {
                    biased;
                    () = prober.exited() => Turn::Loss,
                    () = probe_now.notified() => Turn::Probe { anew: true },
                    () = tokio::time::sleep_until(probe_at) => Turn::Probe { anew: false },
                    place = due(check) => Turn::Check(place),
                };
                let observation = match turn {
                    Turn::Check(place) => {
                        right_after = false;
                        let Some((observation, is_over)) = prober.check(place, probe_at).await
                        else {
                            continue;
                        };
                        if is_over {
                            probe_at = Instant::now();
                        }
                        observation
                    }
                    Turn::Probe { .. } | Turn::Loss => {
                        let (observation, wait) = match turn {
                            Turn::Probe { anew } => prober.probe(anew).await,
                            _ => prober.loss().await,
                        };
                        right_after = true;
                        probe_at = Instant::now() + wait;
                        observation
                    }
                };
                line.lead(prober.session());
                if observations.send(observation).await.is_err() {
                    return;
                }
                prober.tidy().await;
            }
        };
        // Given up in the middle of a handshake, a process is ended by being dropped.
        stop.run_until_cancelled(watching).await;
        line.lead(None);
        prober.end().await;
    }
}

/// What comes next.
enum Turn {
    /// The process has ended.
    Loss,
    /// With `anew` somebody asked for it, and what is kept is asked for again.
    Probe {
        anew: bool,
    },
    Check(usize),
}

/// Waits for a check to be due; never over where there is none.
async fn due(check: Option<(usize, Instant)>) -> usize {
    let Some((place, at)) = check else {
        return std::future::pending().await;
    };
    tokio::time::sleep_until(at).await;
    place
}

/// A wait below one second, the same for the same name, so that hundreds of servers do not start
/// in the same instant.
fn jitter(name: &str) -> Duration {
    Duration::from_millis(Labels::new().with("server", name).fingerprint() % 1000)
}
