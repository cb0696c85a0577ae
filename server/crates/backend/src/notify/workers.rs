//! A task for each channel that has something to send: one that is slow, or fails, delays no other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use notifier::{Channel, Routing, SentState, Step};
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::NotifyService;

/// The longest time in which a channel that waits does not look at the clock.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How long an attempt may go on when the product ends.
const GRACE: Duration = Duration::from_secs(2);

/// A receiver, and a channel of it.
pub(super) type Place = (String, String);

/// Who sends what waits for a channel.
struct Worker {
    /// Tells that more has come.
    bell: Arc<Notify>,
    task: Id,
}

/// When a worker ends.
#[derive(Clone)]
struct Ends {
    /// The product does, and with it, after a while, an attempt.
    stop: CancellationToken,
    /// After the attempt that is under way.
    replaced: CancellationToken,
}

/// The channels that are at work.
pub(super) struct Workers {
    at_work: HashMap<Place, Worker>,
    stop: CancellationToken,
    /// Ends those that send by routes that are no more.
    replaced: CancellationToken,
}

/// The channel of a receiver that has this name, also where it is that of somebody on call.
pub(super) fn channel(routing: &Routing, receiver: &str, name: &str) -> Option<Arc<dyn Channel>> {
    let (receiver, name) = name.split_once('>').unwrap_or((receiver, name));
    let channels = &routing.receivers.get(receiver)?.channels;
    let found = channels.iter().find(|(known, _)| known == name);
    found.map(|(_, channel)| channel.clone())
}

impl Workers {
    pub(super) fn new(stop: CancellationToken) -> Self {
        let replaced = stop.child_token();
        Self {
            at_work: HashMap::new(),
            stop,
            replaced,
        }
    }

    /// Sees to it that whatever waits has somebody who sends it.
    pub(super) async fn wake(&mut self, service: &Arc<NotifyService>, tasks: &mut JoinSet<Place>) {
        let waiting = match service.outbox.waiting().await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::error!(%error, "it cannot be read what is to be sent");
                return;
            }
        };
        let routing = service.in_use().routing.clone();
        service.saw(&waiting);
        for (receiver, name, _, _) in waiting {
            let place = (receiver, name);
            if let Some(worker) = self.at_work.get(&place) {
                worker.bell.notify_one();
                continue;
            }
            let Some(channel) = channel(&routing, &place.0, &place.1) else {
                let given_up = service.outbox.orphan(&place.0, &place.1).await;
                match given_up {
                    Ok(count) => {
                        let (receiver, channel) = (&place.0, &place.1);
                        tracing::warn!(
                            receiver,
                            channel,
                            count,
                            "messages to a channel that is no more"
                        );
                    }
                    Err(error) => tracing::error!(%error, "messages could not be given up"),
                }
                continue;
            };
            let bell = Arc::new(Notify::new());
            let ends = Ends {
                stop: self.stop.clone(),
                replaced: self.replaced.clone(),
            };
            let sending = service
                .clone()
                .deliver(place.clone(), channel, bell.clone(), ends);
            let task = tasks.spawn(sending).id();
            self.at_work.insert(place, Worker { bell, task });
        }
    }

    /// A channel has nothing more to send, or could not go on.
    pub(super) async fn ended(
        &mut self,
        service: &Arc<NotifyService>,
        ended: Result<Place, JoinError>,
        tasks: &mut JoinSet<Place>,
    ) {
        match ended {
            Ok(place) => _ = self.at_work.remove(&place),
            Err(error) => {
                tracing::error!(%error, "a channel has failed; it begins anew");
                self.at_work.retain(|_, worker| worker.task != error.id());
            }
        }
        // Something may have come while it left.
        self.wake(service, tasks).await;
    }

    /// Other routes are in use: an attempt that is under way is finished, and what comes after it goes by these.
    pub(super) async fn reroute(
        &mut self,
        service: &Arc<NotifyService>,
        tasks: &mut JoinSet<Place>,
    ) {
        self.replaced.cancel();
        self.replaced = self.stop.child_token();
        self.wake(service, tasks).await;
    }
}

impl NotifyService {
    async fn deliver(
        self: Arc<Self>,
        place: Place,
        channel: Arc<dyn Channel>,
        bell: Arc<Notify>,
        Ends { stop, replaced }: Ends,
    ) -> Place {
        let now_ms = || self.clock.now_ms();
        while !replaced.is_cancelled() {
            let step = self.outbox.step(&place.0, &place.1, &*channel, &now_ms);
            let ended = async {
                stop.cancelled().await;
                tokio::time::sleep(GRACE).await;
            };
            // What is broken off is sent again, with the same key.
            let step = tokio::select! {
                step = step => step,
                () = ended => break,
            };
            let wait = match step {
                Ok(Step::Idle) => break,
                Ok(Step::Wait(at_ms)) => {
                    let left_ms = (at_ms - self.clock.now_ms()).max(0);
                    Duration::from_millis(left_ms.unsigned_abs())
                }
                Ok(Step::Tried(outcome)) => {
                    let cause = outcome.cause.map(notifier::Cause::as_str);
                    self.counts.tried(&place.0, channel.kind(), cause);
                    if outcome.state != SentState::Sent {
                        let (receiver, answer) = (&place.0, &outcome.answer);
                        tracing::warn!(
                            receiver,
                            kind = channel.kind(),
                            cause,
                            answer,
                            "a message did not arrive"
                        );
                    }
                    continue;
                }
                Err(error) => {
                    tracing::error!(%error, "messages cannot be read or noted; it is tried again");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = replaced.cancelled() => break,
                () = tokio::time::sleep(wait.min(LONGEST_WAIT)) => {}
                () = bell.notified() => {}
            }
        }
        place
    }
}
