//! Who is told of alerts: routes in use, groups, and messages on their way.
//!
//! What becomes of alerts goes to the [`Desk`], which wakes this. Groups whose time has come are looked at, what is to be sent is
//! written, and each channel with something to send has a task of its own, so that none waits for another.

mod answers;
mod desk;
mod heartbeat;
mod numbers;
mod reports;
mod routes;
mod shown;
mod tools;
mod workers;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use db::Db;
use model::{Clock, Labels, TimestampMs};
use notifier::{Dispatch, Flood, McpCall, Outbox, Routing, Versions};
use rules::State;
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wire::{ConfigFile, RoutesMistake};

use crate::alerts::AlertService;
use crate::reload::Current;
use crate::telemetry::NotifyCounts;

pub(crate) use answers::NotifyAnswers;
pub(crate) use desk::Desk;
use heartbeat::Beats;
pub(crate) use numbers::NotifyNumbers;
pub(crate) use reports::Reported;
use routes::InUse;
pub(crate) use routes::check;
pub(crate) use tools::tools;
use workers::Workers;

/// Looks that are written together.
const TOGETHER: usize = 500;
/// The longest time in which nobody looks; a clock that is set does not move what sleeps.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How long after a failure to write it is tried again.
const AGAIN_MS: i64 = 1000;

/// What it is made of.
pub(crate) struct NotifyParts {
    pub(crate) state: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Current,
    /// The files that were wrong when they were read last.
    pub(crate) refused: watch::Receiver<Vec<ConfigFile>>,
    pub(crate) mcp: McpCall,
    /// Where people reach the product, where that is not configured.
    pub(crate) address: String,
    pub(crate) counts: NotifyCounts,
}

/// Routes, groups and messages.
pub(crate) struct NotifyService {
    clock: Arc<dyn Clock>,
    config: Current,
    refused: watch::Receiver<Vec<ConfigFile>>,
    mcp: McpCall,
    address: String,
    counts: NotifyCounts,
    pub(crate) desk: Arc<Desk>,
    outbox: Outbox,
    versions: Versions,
    in_use: RwLock<Arc<InUse>>,
    /// What was seen waiting last: receiver, channel, how many, and since when the oldest does.
    waiting: RwLock<Vec<(String, String, u64, TimestampMs)>>,
    /// One who changes routes at a time.
    turn: Mutex<()>,
    /// That other routes are in use.
    rerouted: Notify,
    /// That there is something to be sent which no group asked for.
    woken: Notify,
}

impl NotifyService {
    /// With the routes that hold, and what earlier runs have told.
    pub(crate) async fn open(parts: NotifyParts) -> Result<Arc<Self>, db::Error> {
        let NotifyParts {
            state,
            clock,
            config,
            refused,
            mcp,
            address,
            counts,
        } = parts;
        let (outbox, versions) = (Outbox::new(state.clone()), Versions::new(state));
        let in_use = {
            let kept = versions.all().await?;
            let known = versions.channels().await?;
            let configured = config.borrow().alerts.notify.clone();
            InUse::of(configured.as_ref(), &kept, &known, &clock, &mcp)
        };
        versions.name_channels(&in_use.routing.names()).await?;
        for mistake in &in_use.mistakes {
            tracing::error!(%mistake, "the edited routes cannot be used; those of the file are");
        }
        let overrides = versions.overrides(clock.now_ms()).await?;
        let external_url = external_url(&config, &address);
        let dispatch = Dispatch::new(
            in_use.routing.clone(),
            external_url.clone(),
            outbox.log().await?,
            overrides,
        );
        let service = Self {
            desk: Arc::new(Desk::new(dispatch, external_url)),
            clock,
            config,
            refused,
            mcp,
            address,
            counts,
            outbox,
            versions,
            in_use: RwLock::new(Arc::new(in_use)),
            waiting: RwLock::default(),
            turn: Mutex::default(),
            rerouted: Notify::new(),
            woken: Notify::new(),
        };
        Ok(Arc::new(service))
    }

    fn in_use(&self) -> Arc<InUse> {
        let in_use = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
        in_use.clone()
    }

    /// What was wrong with a file of routes when it was read last.
    fn refused(&self, path: &str) -> Vec<RoutesMistake> {
        let refused = self.refused.borrow();
        let files = refused.iter().filter(|file| file.source == path);
        let found = files.flat_map(|file| &file.findings);
        found
            .map(|finding| {
                let mut place = finding
                    .path
                    .split(':')
                    .map(|part| part.parse().unwrap_or(0));
                RoutesMistake {
                    line: place.next().unwrap_or(0),
                    column: place.next().unwrap_or(0),
                    text: finding.message.clone(),
                }
            })
            .collect()
    }

    /// Which alerts hold back which others: as configured, and as the routes say.
    pub(crate) fn inhibitions(&self) -> Vec<notifier::Inhibition> {
        let configured = self.config.borrow().alerts.inhibition.clone();
        let more = self.in_use().routing.inhibitions.clone();
        [configured, more].concat()
    }

    /// Uses the routes that hold now: after the configuration was read anew, or somebody has edited them.
    pub(crate) async fn adopt(&self) -> Result<(), db::Error> {
        let kept = self.versions.all().await?;
        let known = self.versions.channels().await?;
        let configured = self.config.borrow().alerts.notify.clone();
        let in_use = InUse::of(configured.as_ref(), &kept, &known, &self.clock, &self.mcp);
        self.versions.name_channels(&in_use.routing.names()).await?;
        let routing = in_use.routing.clone();
        let external_url = external_url(&self.config, &self.address);
        let before = self.in_use();
        // What has not changed goes on: an attempt that is broken off is made once more. Files of templates may have changed.
        let is_same = (&before.text, &before.folder) == (&in_use.text, &in_use.folder)
            && self.desk.external_url() == external_url
            && !in_use.text.contains("templates:");
        {
            let mut place = self.in_use.write().unwrap_or_else(PoisonError::into_inner);
            *place = Arc::new(in_use);
        }
        if is_same {
            return Ok(());
        }
        self.desk
            .reroute(routing, external_url, self.clock.now_ms());
        self.rerouted.notify_one();
        Ok(())
    }

    /// Tells what has happened while nobody listened: alerts that are open, and those that somebody believes to fire.
    async fn catch_up(&self, alerts: &AlertService) -> Result<(), String> {
        let now_ms = self.clock.now_ms();
        let open = alerts.book.lock().await.open_alerts();
        self.desk.note(&open, now_ms);
        let missing = self.desk.with(|dispatch| dispatch.missing());
        for id in missing {
            let found = alerts.book.lock().await.find(&id.to_string()).await;
            match found {
                Ok(alert) => self.desk.note(&[alert], now_ms),
                Err(rules::Error::NotFound(_)) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        let turn = self.desk.with(Dispatch::forget_missing);
        let written = self.outbox.write(&[turn], &|_| None, now_ms).await;
        written.map_err(|error| error.to_string())
    }

    /// Looks at groups and sends, until it is stopped.
    pub(crate) async fn run(self: Arc<Self>, alerts: Arc<AlertService>, stop: CancellationToken) {
        while let Err(error) = self.catch_up(&alerts).await {
            tracing::error!(%error, "it is not known yet what receivers were told before");
            let pause = tokio::time::sleep(Duration::from_secs(1));
            if stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
        let mut workers = Workers::new(stop.clone());
        let mut tasks = JoinSet::new();
        workers.wake(&self, &mut tasks).await;
        let mut beats = Beats::default();
        while !stop.is_cancelled() {
            let (has_beat, beat_ms) = self.beat(&mut beats).await;
            if self.look(&alerts).await || has_beat {
                workers.wake(&self, &mut tasks).await;
            }
            let limits = self.limits();
            let digest_ms = match self.outbox.digest(&limits, self.clock.now_ms()).await {
                Ok((written, next_ms)) => {
                    if written > 0 {
                        workers.wake(&self, &mut tasks).await;
                    }
                    next_ms
                }
                Err(error) => {
                    tracing::error!(%error, "a digest could not be written; it is tried again");
                    Some(self.clock.now_ms() + AGAIN_MS)
                }
            };
            let next_ms = self.desk.with(|dispatch| dispatch.next_ms());
            let next_ms = [next_ms, digest_ms, beat_ms].into_iter().flatten().min();
            let left_ms = next_ms.map_or(i64::MAX, |at_ms| at_ms - self.clock.now_ms());
            let wait = Duration::from_millis(left_ms.max(0).unsigned_abs()).min(LONGEST_WAIT);
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
                () = self.desk.changed.notified() => {}
                () = self.woken.notified() => workers.wake(&self, &mut tasks).await,
                () = self.rerouted.notified() => {
                    alerts.inhibit_by(&self.inhibitions());
                    workers.reroute(&self, &mut tasks).await;
                }
                Some(ended) = tasks.join_next() => workers.ended(&self, ended, &mut tasks).await,
            }
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Looks at groups whose time has come, and writes what is to be sent; whether there is something.
    async fn look(&self, alerts: &AlertService) -> bool {
        let limits = self.limits();
        let mut has_news = false;
        loop {
            let now_ms = self.clock.now_ms();
            let held = |labels: &Labels| alerts.held_back(labels).0;
            let turns = self.desk.with(|it| it.turn(now_ms, TOGETHER, &held));
            if turns.is_empty() {
                return has_news;
            }
            match self.outbox.write(&turns, &limits, now_ms).await {
                Ok(()) => {
                    has_news |= turns.iter().any(|turn| !turn.decided.is_empty());
                    self.desk
                        .with(|it| turns.into_iter().for_each(|turn| it.settle(turn)));
                }
                Err(error) => {
                    tracing::error!(%error, "messages could not be written; they are tried again");
                    self.counts.not_written();
                    let again_ms = now_ms + AGAIN_MS;
                    self.desk.with(|it| {
                        for turn in turns.into_iter().rev() {
                            it.take_back(turn, again_ms);
                        }
                    });
                    return has_news;
                }
            }
        }
    }

    /// How many messages each receiver gets at most.
    fn limits(&self) -> impl Fn(&str) -> Option<Flood> + Sync + use<> {
        let routing: Arc<Routing> = self.in_use().routing.clone();
        move |receiver: &str| routing.receivers.get(receiver)?.flood
    }

    /// Deletes messages that are done and older than a time; how many.
    pub(crate) async fn forget(&self, before_ms: TimestampMs) -> Result<u64, db::Error> {
        self.outbox.forget(before_ms).await
    }
}

/// Where people reach the product.
fn external_url(config: &Current, address: &str) -> String {
    let configured = config.borrow().rules.external_url.clone();
    match configured.is_empty() {
        true => address.to_owned(),
        false => configured,
    }
}

/// Whether somebody is told of an alert in this state, and how it stands for them.
fn stage(alert: &rules::Alert) -> Option<notifier::Stage> {
    alert.firing_ms?;
    match alert.state {
        State::Pending => None,
        State::Firing => Some(notifier::Stage::Firing),
        State::Acknowledged => Some(notifier::Stage::Acknowledged),
        State::Resolved => Some(notifier::Stage::Over),
    }
}
