//! What changes, as it changes: one hub, any number of subscriptions.
//!
//! A subscription that reads too slowly loses frames and gets a fresh snapshot instead; no queue
//! grows with a client's slowness.

mod feed;
mod feeds;
mod grid;
mod queries;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::Clock;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Interval, MissedTickBehavior};
use wire::{
    Alerts, Caller, Events, Frame, Problem, Servers, Snapshot, Subscribe, Subscription, Topic,
    Update,
};

use feeds::Feeds;
pub(crate) use queries::LiveQueries;

/// Frames kept for a client that is behind.
const BACKLOG: usize = 256;
/// How often a sign of life is sent; it also carries the time.
const BEAT: Duration = Duration::from_secs(5);
/// Marks of a first paint.
pub(crate) const FIRST_EVENTS: u32 = 50;

/// Where everything that changes is told.
#[derive(Clone)]
pub(crate) struct Hub {
    frames: broadcast::Sender<Frame>,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self {
            frames: broadcast::Sender::new(BACKLOG),
        }
    }

    /// Tells all subscriptions; nobody listening is no error.
    pub(crate) fn publish(&self, frame: Frame) {
        let _ = self.frames.send(frame);
    }
}

/// The live service: the hub, and the services that make up the whole picture.
#[derive(Clone)]
pub(crate) struct LiveService {
    pub(crate) hub: Hub,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) servers: Arc<dyn Servers>,
    pub(crate) alerts: Arc<dyn Alerts>,
    pub(crate) events: Arc<dyn Events>,
    pub(crate) queries: Arc<LiveQueries>,
}

impl LiveService {
    async fn events(&self, caller: &Caller) -> Result<Vec<wire::Event>, Problem> {
        let now = self.clock.now_ms();
        self.events.list(caller, None, 0, now, FIRST_EVENTS).await
    }

    /// The frames that a topic begins with.
    async fn first(&self, caller: &Caller, topic: Topic) -> Result<Vec<Frame>, Problem> {
        Ok(match topic {
            Topic::Servers => {
                let all = self.servers.list(caller).await?;
                vec![Frame::Servers(Update::Snapshot(all))]
            }
            Topic::Alerts => {
                let worst = self.alerts.worst(caller).await?;
                vec![
                    Frame::Alerts(Update::Snapshot(worst.alerts)),
                    Frame::Open(worst.totals),
                ]
            }
            Topic::Events => vec![Frame::Events(Update::Snapshot(self.events(caller).await?))],
        })
    }
}

#[async_trait]
impl wire::Live for LiveService {
    async fn snapshot(&self, caller: &Caller) -> Result<Snapshot, Problem> {
        Ok(Snapshot {
            now_ms: self.clock.now_ms(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            caller: caller.name.clone(),
            servers: self.servers.list(caller).await?,
            alerts: self.alerts.worst(caller).await?,
            events: self.events(caller).await?,
        })
    }

    fn subscribe(&self, caller: &Caller) -> Box<dyn Subscription> {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Box::new(Subscriber {
            service: self.clone(),
            caller: caller.clone(),
            frames: self.hub.frames.subscribe(),
            topics: HashSet::new(),
            owed: VecDeque::new(),
            ready: VecDeque::new(),
            feeds: Feeds::new(self.queries.clone()),
            beat,
        })
    }
}

struct Subscriber {
    service: LiveService,
    caller: Caller,
    frames: broadcast::Receiver<Frame>,
    topics: HashSet<Topic>,
    /// Topics whose snapshot is due.
    owed: VecDeque<Topic>,
    /// What is sent first.
    ready: VecDeque<Frame>,
    /// Queries that it looks at.
    feeds: Feeds,
    beat: Interval,
}

fn topic_of(frame: &Frame) -> Option<Topic> {
    match frame {
        Frame::Servers(_) => Some(Topic::Servers),
        Frame::Alerts(_) | Frame::Open(_) => Some(Topic::Alerts),
        Frame::Events(_) => Some(Topic::Events),
        Frame::Points(_) | Frame::Beat(_) => None,
    }
}

impl Subscriber {
    fn topics(&mut self, topics: &[Topic]) {
        let new = topics.iter().filter(|topic| !self.topics.contains(topic));
        self.owed.extend(new);
        self.topics = topics.iter().copied().collect();
        self.owed.retain(|topic| self.topics.contains(topic));
        let topics = &self.topics;
        let is_wanted = |frame: &Frame| topic_of(frame).is_some_and(|it| topics.contains(&it));
        self.ready.retain(is_wanted);
    }
}

#[async_trait]
impl Subscription for Subscriber {
    fn want(&mut self, wanted: Subscribe) {
        self.topics(&wanted.subscribe);
        self.feeds.want(&self.caller, wanted.queries);
    }

    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if let Some(topic) = self.owed.front().copied() {
                // The snapshot is made after this receiver exists, so no change falls between.
                match self.service.first(&self.caller, topic).await {
                    Ok(frames) => {
                        self.owed.pop_front();
                        self.ready.extend(frames);
                        continue;
                    }
                    Err(problem) => {
                        tracing::warn!(%problem, "a live snapshot failed; it is tried again");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        continue;
                    }
                }
            }
            tokio::select! {
                _ = self.beat.tick() => return Some(Frame::Beat(self.service.clock.now_ms())),
                received = self.frames.recv() => match received {
                    Ok(frame) if topic_of(&frame).is_some_and(|topic| self.topics.contains(&topic)) => {
                        return Some(frame);
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.owed = self.topics.iter().copied().collect(),
                    Err(RecvError::Closed) => return None,
                },
                points = self.feeds.next() => return Some(Frame::Points(points)),
            }
        }
    }
}
