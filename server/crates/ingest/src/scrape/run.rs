//! The loops: jobs come and go with the configuration, targets with what is discovered.

mod job;
mod target;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use model::{Admitted, Clock, SeriesSamples, TimestampMs, WriteError};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::board::Board;
use super::config::{Job, Scraping};
use crate::exemplars::Exemplars;
use crate::remote_write::Metadata;

/// Takes what targets bring.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Takes samples in.
    ///
    /// # Errors
    /// When nothing could be written.
    async fn store(
        &self,
        series: Vec<SeriesSamples>,
        now: TimestampMs,
    ) -> Result<Admitted, WriteError>;

    /// Takes in exemplars of samples that it has taken in.
    fn exemplars(&self, exemplars: Exemplars, now: TimestampMs);

    /// Takes in what a target says of its metrics.
    fn describe(&self, metadata: Vec<Metadata>);

    /// A scrape of a job is over; with the reason where it failed.
    fn scraped(&self, job: &str, failed: Option<&'static str>);

    /// Samples were not taken.
    fn refused(&self, refused: Refused<'_>);
}

/// Samples of a target that were not taken.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// The job.
    pub job: &'a str,
    /// What series of the target have as `instance`.
    pub instance: &'a str,
    /// Why, as a word.
    pub why: &'static str,
    /// How many.
    pub samples: u64,
    /// The last of them, or more about why.
    pub example: &'a str,
}

/// What all loops use.
#[derive(Clone)]
pub struct Scraper {
    /// Takes what targets bring.
    pub sink: Arc<dyn Sink>,
    /// How targets do.
    pub board: Arc<Board>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Spreads scrapes over time, differently for each product.
    pub seed: u64,
}

struct Running {
    job: watch::Sender<Arc<Job>>,
    stop: CancellationToken,
}

impl Scraper {
    /// Scrapes what is configured until it is stopped. Series of a product that stops do not end: it may be
    /// started again at once.
    pub async fn run(self, mut current: watch::Receiver<Arc<Scraping>>, stop: CancellationToken) {
        let mut running: BTreeMap<String, Running> = BTreeMap::new();
        let mut tasks = JoinSet::new();
        loop {
            let scraping = current.borrow_and_update().clone();
            running.retain(|name, one| {
                let stays = scraping.jobs.iter().any(|job| job.name == *name);
                if !stays {
                    one.stop.cancel();
                }
                stays
            });
            for job in &scraping.jobs {
                let job = Arc::new(job.clone());
                match running.get(&job.name) {
                    Some(one) => {
                        one.job.send_if_modified(|known| {
                            let is_news = **known != *job;
                            *known = job;
                            is_news
                        });
                    }
                    None => {
                        let (sender, receiver) = watch::channel(job.clone());
                        let ended = CancellationToken::new();
                        let work = job::run(self.clone(), receiver, ended.clone());
                        let stop = stop.clone();
                        tasks.spawn(async move { stop.run_until_cancelled(work).await });
                        let one = Running {
                            job: sender,
                            stop: ended,
                        };
                        running.insert(job.name.clone(), one);
                    }
                }
            }
            self.board.keep_jobs(|name| running.contains_key(name));
            loop {
                tokio::select! {
                    () = stop.cancelled() => {
                        while tasks.join_next().await.is_some() {}
                        return;
                    }
                    Some(_) = tasks.join_next() => {}
                    changed = current.changed() => match changed {
                        Ok(()) => break,
                        // Nobody can change it any more.
                        Err(_) => stop.cancelled().await,
                    },
                }
            }
        }
    }
}
