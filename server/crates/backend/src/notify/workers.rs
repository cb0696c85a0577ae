//! A task for each channel that has something to send: one that is slow, or fails, delays no other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use notifier::{Channel, Routing, SentState, Step};
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::NotifyService;

/// The longest time in which a channel that waits does not look at the clock.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How long an attempt may go on when the product ends.
const GRACE: Duration = Duration::from_secs(2);

/// A receiver, and a channel of it.
pub(super) type Place = (String, String);

/// The channels that are at work.
pub(super) struct Workers {
    at_work: HashMap<Place, Arc<Notify>>,
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
            if let Some(bell) = self.at_work.get(&place) {
                bell.notify_one();
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
            self.at_work.insert(place.clone(), bell.clone());
            let (service, stop) = (service.clone(), self.replaced.clone());
            tasks.spawn(service.deliver(place, channel, bell, stop));
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
            Ok(place) => {
                self.at_work.remove(&place);
            }
            Err(error) => {
                // Nobody knows which: all begin anew.
                tracing::error!(%error, "a channel has failed");
                self.restart(service, tasks).await;
                return;
            }
        }
        // Something may have come while it left.
        self.wake(service, tasks).await;
    }

    /// All begin anew, by the routes in use.
    pub(super) async fn restart(
        &mut self,
        service: &Arc<NotifyService>,
        tasks: &mut JoinSet<Place>,
    ) {
        self.replaced.cancel();
        while tasks.join_next().await.is_some() {}
        self.at_work.clear();
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
        stop: CancellationToken,
    ) -> Place {
        let now_ms = || self.clock.now_ms();
        while !stop.is_cancelled() {
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
                () = stop.cancelled() => break,
                () = tokio::time::sleep(wait.min(LONGEST_WAIT)) => {}
                () = bell.notified() => {}
            }
        }
        place
    }
}
