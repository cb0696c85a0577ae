//! One job: its discovery, and a loop for each target.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::Labels;
use reqwest::Client;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::Scraper;
use super::target::{self, Scrape};
use crate::scrape::config::Job;
use crate::scrape::discovery::{self, Found};
use crate::scrape::fetch;
use crate::scrape::known::Lines;
use crate::scrape::target::{Dropped, Target, make};

/// How long a discovery that has ended by itself is left alone.
const PAUSE: Duration = Duration::from_secs(5);

/// A loop over a target; what it returns are series that have not ended.
struct Running {
    stop: CancellationToken,
    task: JoinHandle<Vec<Labels>>,
}

/// Ends with the whole when it is dropped.
impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) async fn run(
    scraper: Scraper,
    mut job: watch::Receiver<Arc<Job>>,
    ended: CancellationToken,
) {
    let mut running: BTreeMap<u64, Running> = BTreeMap::new();
    // Series of targets that begin anew, with the job as it is now.
    let mut carried: BTreeMap<u64, Vec<Labels>> = BTreeMap::new();
    let mut before: Option<(Arc<Job>, Found)> = None;
    while !ended.is_cancelled() {
        let now = job.borrow_and_update().clone();
        let client = fetch::client(&now.http).await;
        let (sender, mut found) = watch::channel(first(&now, before.take()));
        let mut discovery = JoinSet::new();
        discovery.spawn(discovery::run(now.clone(), sender, scraper.board.clone()));
        loop {
            let groups = found.borrow_and_update().clone();
            settle(&scraper, &now, &client, &groups, &mut running, &mut carried).await;
            match news(&ended, &mut job, &mut found).await {
                News::Found => {}
                News::Other => break,
                News::Lost => {
                    tracing::error!(job = %now.name, "finding targets ended by itself; it begins again in {PAUSE:?}");
                    ended.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
                    break;
                }
            }
        }
        let last = found.borrow().clone();
        before = Some((now, last));
        for (hash, one) in std::mem::take(&mut running) {
            carried.insert(hash, left(one).await);
        }
    }
    for (_, series) in carried {
        target::end(&scraper, series).await;
    }
}

/// What a job waits for.
#[derive(Debug, PartialEq, Eq)]
enum News {
    /// Other targets were found.
    Found,
    /// The job is configured anew, or ends.
    Other,
    /// Nobody looks for targets any more.
    Lost,
}

async fn news(
    ended: &CancellationToken,
    job: &mut watch::Receiver<Arc<Job>>,
    found: &mut watch::Receiver<Found>,
) -> News {
    tokio::select! {
        () = ended.cancelled() => News::Other,
        _ = job.changed() => News::Other,
        changed = found.changed() => match changed {
            Ok(()) => News::Found,
            Err(_) => News::Lost,
        },
    }
}

/// What is known of targets at once: those of the file, and what was found before in the same places.
fn first(job: &Job, before: Option<(Arc<Job>, Found)>) -> Found {
    let mut found = Found::new();
    if let Some((earlier, known)) = before {
        let is_same = earlier.files == job.files && earlier.kubernetes == job.kubernetes;
        found.extend(known.into_iter().filter(|_| is_same));
    }
    found.insert("static".to_owned(), job.statics.clone());
    found
}

async fn left(mut one: Running) -> Vec<Labels> {
    one.stop.cancel();
    (&mut one.task).await.unwrap_or_default()
}

/// Begins and ends loops, so that what is discovered is what is scraped.
async fn settle(
    scraper: &Scraper,
    job: &Arc<Job>,
    client: &Result<Client, String>,
    groups: &Found,
    running: &mut BTreeMap<u64, Running>,
    carried: &mut BTreeMap<u64, Vec<Labels>>,
) {
    let (targets, dropped) = wanted(job, groups);
    let gone: Vec<u64> = running
        .keys()
        .filter(|hash| !targets.contains_key(hash))
        .copied()
        .collect();
    for hash in gone {
        if let Some(one) = running.remove(&hash) {
            carried.insert(hash, left(one).await);
        }
    }
    scraper.board.settle(&job.name, &targets, dropped);
    for (hash, target) in targets {
        running.entry(hash).or_insert_with(|| {
            let stop = CancellationToken::new();
            let scrape = Scrape {
                scraper: scraper.clone(),
                job: job.clone(),
                client: client.clone(),
                target,
                hash,
                carried: carried.remove(&hash).unwrap_or_default(),
                lines: Lines::default(),
            };
            let task = tokio::spawn(scrape.run(stop.clone()));
            Running { stop, task }
        });
    }
    for (_, series) in std::mem::take(carried) {
        target::end(scraper, series).await;
    }
}

type Leftovers = Vec<(Labels, Dropped)>;

/// Targets by their hash, and what is left out.
fn wanted(job: &Job, groups: &Found) -> (BTreeMap<u64, Target>, Leftovers) {
    let (mut targets, mut dropped) = (BTreeMap::new(), Vec::new());
    let mut found = 0;
    for discovered in groups.values().flatten().flat_map(|group| group.each()) {
        match make(job, &discovered) {
            Err(why) => dropped.push(why),
            Ok(target) => {
                found += 1;
                let hash = target.hash();
                match targets.contains_key(&hash) {
                    true => dropped.push((target.discovered, Dropped::Twice)),
                    false => {
                        targets.insert(hash, target);
                    }
                }
            }
        }
    }
    let limit = job.limits.targets;
    if limit > 0 && found > limit {
        let too_many = |target: Target| (target.discovered, Dropped::TooMany { found, limit });
        dropped.extend(std::mem::take(&mut targets).into_values().map(too_many));
    }
    (targets, dropped)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scrape::config;

    #[tokio::test]
    async fn a_discovery_that_has_ended_is_no_news_without_end() {
        let text = "scrape_configs: [{job_name: a}]";
        let (scraping, findings) = config::read(text, Path::new("."));
        assert!(findings.is_empty(), "{findings:?}");
        let ended = CancellationToken::new();
        let (told, mut job) = watch::channel(Arc::new(scraping.jobs[0].clone()));
        let (sender, mut found) = watch::channel(Found::new());
        sender.send_modify(|_| {});
        assert_eq!(news(&ended, &mut job, &mut found).await, News::Found);
        drop(sender);
        assert_eq!(news(&ended, &mut job, &mut found).await, News::Lost);
        let (_sender, mut found) = watch::channel(Found::new());
        told.send_modify(|_| {});
        assert_eq!(news(&ended, &mut job, &mut found).await, News::Other);
    }
}
