//! Scraping, joined with the store: what targets bring goes there, how they do is told from here.

use std::sync::Arc;

use async_trait::async_trait;
use ingest::Exemplars;
use ingest::remote_write::Metadata;
use ingest::scrape::{Board, Health, Refused, Scraper, Sink, TargetStatus};
use model::{Admitted, AppendSamples, Clock, Labels, SeriesSamples, TimestampMs, WriteError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tsdb::Storage;
use wire::{Caller, DroppedTarget, Problem, Role, Target, TargetHealth, TargetPicture, Trouble};

use crate::doors::Descriptions;
use crate::refusals::Refusals;
use crate::reload::Current;
use crate::telemetry::Counts;

/// How this way is called where refusals are counted.
const SOURCE: &str = "scrape";

/// How targets do.
pub(crate) struct TargetService {
    config: Current,
    pub(crate) board: Arc<Board>,
    refusals: Refusals,
}

impl TargetService {
    pub(crate) fn new(config: Current, refusals: Refusals) -> Self {
        let board = Arc::default();
        Self {
            config,
            board,
            refusals,
        }
    }

    /// What scrapes them, into a store.
    pub(crate) fn scraper(
        &self,
        store: Arc<Storage>,
        descriptions: Descriptions,
        counts: Counts,
        clock: Arc<dyn Clock>,
    ) -> Scraper {
        Scraper {
            sink: Arc::new(Stored {
                store,
                descriptions,
                counts,
                refusals: self.refusals.clone(),
                clock: clock.clone(),
            }),
            board: self.board.clone(),
            clock,
            seed: rand::random(),
        }
    }
}

/// Scrapes what is configured, also what is configured later.
pub(crate) async fn run(scraper: Scraper, mut config: Current, stop: CancellationToken) {
    let scraping = config.borrow_and_update().scraping.clone();
    let (sender, receiver) = watch::channel(scraping);
    let follow = async {
        while config.changed().await.is_ok() {
            sender.send_replace(config.borrow_and_update().scraping.clone());
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = follow => {}
        () = scraper.run(receiver, stop) => {}
    }
}

struct Stored {
    store: Arc<Storage>,
    descriptions: Descriptions,
    counts: Counts,
    refusals: Refusals,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Sink for Stored {
    async fn store(
        &self,
        series: Vec<SeriesSamples>,
        now: TimestampMs,
    ) -> Result<Admitted, WriteError> {
        let appended = Storage::append(&self.store, series, now).await;
        let admitted = appended.map_err(|error| WriteError(error.into()))?;
        self.counts.samples.admitted(&admitted);
        Ok(admitted)
    }

    fn exemplars(&self, exemplars: Exemplars, now: TimestampMs) {
        let Exemplars { found, dropped } = exemplars;
        let mut taken = self.store.append_exemplars(found, now);
        for (why, count) in dropped {
            *taken.dropped.entry(why).or_default() += count;
        }
        self.counts.samples.exemplars(SOURCE, &taken);
    }

    fn describe(&self, metadata: Vec<Metadata>) {
        self.descriptions.learn(metadata);
    }

    fn scraped(&self, job: &str, failed: Option<&'static str>) {
        self.counts.scrapes.scraped(job, failed);
    }

    fn refused(&self, refused: Refused<'_>) {
        let Refused {
            job,
            instance,
            why,
            samples,
            example,
        } = refused;
        self.counts.scrapes.refused(job, why, samples);
        let sender = format!("{job} {instance}");
        let of = (SOURCE, &*sender, why);
        self.refusals
            .note(of, samples, example, self.clock.now_ms());
    }
}

#[async_trait]
impl wire::Targets for TargetService {
    async fn picture(&self, caller: &Caller) -> Result<TargetPicture, Problem> {
        caller.require(Role::Viewer)?;
        let mut active: Vec<Target> = self.board.active().iter().map(target).collect();
        active.sort_by(|a, b| {
            let key = |it: &Target| (it.health, it.job.clone(), it.instance.clone());
            key(a).cmp(&key(b))
        });
        let dropped = self.board.dropped().into_iter().map(|it| DroppedTarget {
            job: it.job,
            address: it.discovered.get("__address__").to_owned(),
            labels: it.discovered.keep(|name| name != "__address__").to_string(),
            why: it.why.to_string(),
        });
        let troubles = self.board.troubles().into_iter();
        let troubles = troubles.map(|(job, from, why)| Trouble { job, from, why });
        Ok(TargetPicture {
            jobs: count(self.config.borrow().scraping.jobs.len()),
            active,
            dropped: dropped.collect(),
            dropped_count: count(self.board.dropped_counts().values().sum()),
            troubles: troubles.collect(),
            refusals: self.refusals.newest(),
        })
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn target(status: &TargetStatus) -> Target {
    #[expect(clippy::cast_precision_loss, reason = "an interval is short")]
    let interval_seconds = status.interval_ms as f64 / 1000.0;
    Target {
        job: status.job.clone(),
        instance: status.labels.get("instance").to_owned(),
        labels: others(&status.labels).to_string(),
        url: mcp::public_url(&status.url),
        health: match status.health {
            Health::Up => TargetHealth::Up,
            Health::Down => TargetHealth::Down,
            Health::Unknown => TargetHealth::Unknown,
        },
        last_error: status.last_error.clone(),
        last_scrape_ms: status.last_scrape_ms,
        duration_seconds: status.last_duration_seconds,
        interval_seconds,
        samples: count(status.samples),
        kept: count(status.kept),
    }
}

fn others(labels: &Labels) -> Labels {
    labels.keep(|name| name != "job" && name != "instance")
}
