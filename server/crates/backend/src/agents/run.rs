//! What is done again and again: files and metrics are looked at, states and series follow, changes are written.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use model::{Labels, METRIC_NAME, SeriesSamples, TimestampMs};
use tokio_util::sync::CancellationToken;
use wire::{AgentSourceKind, AgentState, EventKind, path_segment};

use super::files::What;
use super::fleet::{Changed, Fleet, Source, is_over};
use super::metrics::{self, BACK_MS, FIRST_BACK_MS};
use super::{AgentService, DAY_MS, store};

/// How often it is looked how agents stand, and at files.
const LOOK: Duration = Duration::from_secs(1);
/// Looks between two at metrics, and two samples.
const SAMPLE: u32 = 5;
/// Looks between two times when everything that has changed is written.
const WRITE: u32 = 15;
/// Looks between two times when what is old is deleted.
const SWEEP: u32 = 600;
/// How long spans and events are kept, and agents that are over.
const KEPT_MS: i64 = 30 * DAY_MS;
const KEPT_OVER_MS: i64 = 7 * DAY_MS;
/// Marks of one look; more become one.
const MOST_MARKS: usize = 5;
/// Time between two looks that make marks, where many do.
const MARKS_MS: i64 = 10_000;

impl AgentService {
    /// Looks again and again, and once more at the end.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut turns = tokio::time::interval(LOOK);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut turn, mut marked_ms) = (0, TimestampMs::MIN);
        while stop.run_until_cancelled(turns.tick()).await.is_some() {
            self.look_at_files().await;
            if turn % SAMPLE == 0 {
                self.sample();
                self.look_at_metrics(turn == 0).await;
            }
            let now = self.now();
            self.fleet().look(now);
            if now.ms.saturating_sub(marked_ms) >= MARKS_MS && self.mark().await {
                marked_ms = now.ms;
            }
            self.write_down(turn % WRITE == 0).await;
            if turn % SWEEP == 0 {
                self.sweep().await;
            }
            turn = (turn + 1) % (SAMPLE * WRITE * SWEEP);
        }
        self.write_down(true).await;
    }

    async fn write_down(&self, with_all: bool) {
        if let Err(error) = self.write(with_all).await {
            tracing::error!(%error, "agents could not be written; it is tried again");
        }
    }

    async fn sweep(&self) {
        let now_ms = self.now().ms;
        self.fleet().forget_old(now_ms - KEPT_OVER_MS);
        if let Err(error) = store::sweep(&self.parts.db, now_ms - KEPT_MS).await {
            tracing::error!(%error, "what is old of agents could not be deleted");
        }
    }

    pub(super) async fn look_at_files(&self) {
        let settings = self.parts.config.borrow().agents.clone();
        let (files, now_ms) = (self.files.clone(), self.now().ms);
        let look = move || {
            let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
            files.look(&settings.files, &settings.expected, now_ms)
        };
        let found = match tokio::task::spawn_blocking(look).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "files of agents could not be looked at");
                return;
            }
        };
        let now = self.now();
        let mut fleet = self.fleet();
        for it in found {
            let source = |arrived_ms| Source {
                kind: AgentSourceKind::File,
                name: &it.path,
                arrived_ms,
            };
            match it.what {
                What::Read(reading, written_ms) => {
                    fleet.told(source(written_ms), *reading, now);
                }
                What::Wrong(why) | What::Missing(why) => fleet.refused(source(now.ms), why),
            }
        }
    }

    pub(super) async fn look_at_metrics(&self, is_first: bool) {
        let to_ms = self.now().ms;
        let from_ms = to_ms - if is_first { FIRST_BACK_MS } else { BACK_MS };
        let (ours, opened_ms) = (self.ours(), self.opened_ms);
        let store = self.parts.samples.fresh().await;
        let read = move || {
            let is_ours = |series: &SeriesSamples| ours.contains(&series.labels);
            // Clocks of senders may be ahead.
            metrics::read(&*store, (from_ms, to_ms + BACK_MS), opened_ms, &is_ours)
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(found)) => self.fleet().measured(found, self.now()),
            Ok(Err(error)) => tracing::error!(%error, "metrics of agents could not be read"),
            Err(error) => tracing::error!(%error, "metrics of agents could not be read"),
        }
    }

    pub(super) fn sample(&self) {
        let now_ms = self.now().ms;
        let fleet = self.fleet();
        let mut sampled = self.sampled.lock().unwrap_or_else(PoisonError::into_inner);
        let samples = sampled.next(&fleet, now_ms);
        drop(fleet);
        self.parts.samples.push(samples);
    }

    /// Marks what became of agents that died or failed; whether there was such.
    async fn mark(&self) -> bool {
        let changed = std::mem::take(&mut self.fleet().changed);
        let marks = marks(changed);
        let has_some = !marks.is_empty();
        if has_some {
            self.parts.events.record_all(EventKind::Health, marks).await;
        }
        has_some
    }
}

/// Marks, each with server, title and link.
fn marks(changed: Vec<Changed>) -> Vec<(String, String, String)> {
    let is_bad = |it: &Changed| matches!(it.to, AgentState::Dead | AgentState::Failed);
    let bad: Vec<_> = changed.into_iter().filter(is_bad).collect();
    let one = |it: &Changed| {
        let verb = if it.to == AgentState::Dead {
            "is dead"
        } else {
            "has failed"
        };
        let link = format!("/synthex/{}", path_segment(&it.id));
        (
            String::new(),
            format!("agent {} {verb}: {}", it.id, it.why),
            link,
        )
    };
    if bad.len() <= MOST_MARKS {
        return bad.iter().map(one).collect();
    }
    let dead = bad.iter().filter(|it| it.to == AgentState::Dead).count();
    let title = format!("{dead} agents are dead, {} have failed", bad.len() - dead);
    vec![(String::new(), title, "/synthex".to_owned())]
}

/// The series that the product itself writes of agents.
pub(super) struct Ours(std::collections::HashSet<Labels>);

impl Ours {
    fn contains(&self, labels: &Labels) -> bool {
        self.0.contains(labels)
    }
}

impl Fleet {
    /// Forgets agents that have been over since before a time.
    fn forget_old(&mut self, before_ms: TimestampMs) {
        let old = self.agents.iter().filter(|(_, it)| {
            is_over(it.standing.state) && it.span.from_ms < before_ms && it.last_ms < before_ms
        });
        let old: Vec<String> = old.map(|(id, _)| id.clone()).collect();
        for id in old {
            self.forget(&id);
        }
    }
}

impl AgentService {
    /// What was sampled last, with names.
    fn ours(&self) -> Ours {
        let sampled = self.sampled.lock().unwrap_or_else(PoisonError::into_inner);
        let all = sampled
            .keys()
            .map(|(name, labels)| labels.clone().with(METRIC_NAME, name));
        Ours(all.collect())
    }
}
