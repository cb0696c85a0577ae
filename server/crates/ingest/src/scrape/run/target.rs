//! One target: asked at its interval, and what is said about each scrape.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Admitted, Labels, METRIC_NAME, SeriesSamples, TimestampMs, WriteError};
use reqwest::Client;
use tokio_util::sync::CancellationToken;

use super::{Refused, Scraper};
use crate::exemplars::Exemplars;
use crate::scrape::board::Health;
use crate::scrape::config::Job;
use crate::scrape::convert::{Brought, Converter, mark};
use crate::scrape::fetch::{self, Answer, Failed, fetch};
use crate::scrape::known::Lines;
use crate::scrape::target::Target;

/// Times this near to the plan are taken for the plan: equal distances are stored in less space.
const TOLERANCE_MS: i64 = 2;
/// Bodies from which on reading is left to a thread that may take its time.
const LARGE: usize = 256 << 10;

/// What the product says about a scrape.
const REPORTS: [&str; 5] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
];

pub(super) struct Scrape {
    pub(super) scraper: Scraper,
    pub(super) job: Arc<Job>,
    pub(super) client: Result<Client, String>,
    pub(super) target: Target,
    pub(super) hash: u64,
    /// Series of an earlier loop, which end where this does not bring them.
    pub(super) carried: Vec<Labels>,
    pub(super) lines: Lines,
}

/// Ends series.
pub(super) async fn end(scraper: &Scraper, labels: Vec<Labels>) {
    let now = scraper.clock.now_ms();
    let mut series = Vec::new();
    mark(labels, now, &mut series);
    if !series.is_empty()
        && let Err(error) = scraper.sink.store(series, now).await
    {
        tracing::error!(%error, "series of targets that have gone could not be ended");
    }
}

/// What became of a scrape.
struct Outcome {
    series: Vec<SeriesSamples>,
    exemplars: Exemplars,
    /// Why it failed: a word, and a sentence.
    failed: Option<(&'static str, String)>,
    brought: Counted,
}

#[derive(Default)]
struct Counted {
    scraped: usize,
    kept: usize,
    added: usize,
    repeated: usize,
}

impl Scrape {
    /// Asks until it is stopped; returns the series that have not ended.
    pub(super) async fn run(mut self, stop: CancellationToken) -> Vec<Labels> {
        // What is said about scrapes goes on.
        let reports = REPORTS.map(|name| self.report(name));
        self.carried.retain(|labels| !reports.contains(labels));
        let interval = i64::try_from(self.target.interval_ms)
            .unwrap_or(i64::MAX)
            .max(1);
        let mut planned = self.first(interval);
        let mut has_begun = false;
        loop {
            let wait = planned.saturating_sub(self.scraper.clock.now_ms()).max(0);
            let wait = tokio::time::sleep(Duration::from_millis(wait.unsigned_abs()));
            if stop.run_until_cancelled(wait).await.is_none() {
                break;
            }
            if !self.once(planned, &stop).await {
                break;
            }
            has_begun = true;
            planned = planned.saturating_add(interval);
            let now = self.scraper.clock.now_ms();
            if planned < now {
                // Scrapes that could not take place are left out.
                planned += (now - planned) / interval * interval + interval;
            }
        }
        let mut left = self.lines.end(false);
        left.append(&mut self.carried);
        if has_begun {
            left.extend(reports);
        }
        left
    }

    /// When it is asked first: at a place within the interval that stays the same.
    fn first(&self, interval: i64) -> TimestampMs {
        let now = self.scraper.clock.now_ms();
        let place = (self.hash ^ self.scraper.seed) % interval.unsigned_abs();
        let next = now - now.rem_euclid(interval) + place.cast_signed();
        if next < now { next + interval } else { next }
    }

    /// Whether it took place: an answer that does not come is not waited for.
    async fn once(&mut self, planned: TimestampMs, stop: &CancellationToken) -> bool {
        let now = self.scraper.clock.now_ms();
        let at_ms = if (now - planned).abs() <= TOLERANCE_MS {
            planned
        } else {
            now
        };
        let begun = Instant::now();
        let within = Duration::from_millis(self.target.timeout_ms);
        let answer = match &self.client {
            Ok(client) => {
                let asked = fetch(client, &self.job, &self.target.url, within);
                let Some(answer) = stop.run_until_cancelled(asked).await else {
                    return false;
                };
                answer
            }
            Err(why) => Err(fetch::failed("configuration", why.clone())),
        };
        let mut outcome = self.outcome(answer, at_ms).await;
        let took = begun.elapsed().as_secs_f64();
        let Counted {
            scraped,
            kept,
            added,
            ..
        } = outcome.brought;
        #[expect(clippy::cast_precision_loss, reason = "counts of samples are small")]
        let values = [
            f64::from(u8::from(outcome.failed.is_none())),
            took,
            scraped as f64,
            kept as f64,
            added as f64,
        ];
        for (name, value) in REPORTS.into_iter().zip(values) {
            outcome.series.push(SeriesSamples::floats(
                self.report(name),
                vec![at_ms],
                vec![value],
            ));
        }
        let failed = outcome.failed.as_ref().map(|(why, _)| *why);
        self.scraper.sink.scraped(&self.job.name, failed);
        let stored = self
            .scraper
            .sink
            .store(
                std::mem::take(&mut outcome.series),
                self.scraper.clock.now_ms(),
            )
            .await;
        if stored.is_ok() && !outcome.exemplars.is_empty() {
            let exemplars = std::mem::take(&mut outcome.exemplars);
            let now = self.scraper.clock.now_ms();
            self.scraper.sink.exemplars(exemplars, now);
        }
        self.refused(&outcome, &stored);
        let (error, message) = (stored.err(), outcome.failed.map(|(_, message)| message));
        self.scraper
            .board
            .change(&self.job.name, self.hash, |status| {
                status.last_scrape_ms = Some(at_ms);
                status.last_duration_seconds = took;
                (status.samples, status.kept) = (scraped, kept);
                status.health = match failed {
                    None => Health::Up,
                    Some(_) => Health::Down,
                };
                let error = error.map(|error| error.to_string());
                status.last_error = error.or(message).unwrap_or_default();
            });
        true
    }

    /// Says what was not taken.
    fn refused(&self, outcome: &Outcome, stored: &Result<Admitted, WriteError>) {
        let refuse = |why, samples: u64, example: &str| {
            if samples > 0 {
                self.scraper.sink.refused(Refused {
                    job: &self.job.name,
                    instance: self.target.labels.get("instance"),
                    why,
                    samples,
                    example,
                });
            }
        };
        if let Some((why, message)) = &outcome.failed {
            refuse(why, outcome.brought.scraped as u64, message);
        }
        let example = "the answer has some series twice; the first value counts";
        refuse("repeated", outcome.brought.repeated as u64, example);
        for (why, samples) in stored.iter().flat_map(|admitted| &admitted.refused) {
            let examples = stored.as_ref().ok().map(|admitted| &admitted.examples);
            let example = examples.and_then(|examples| examples.get(why));
            let example = example.map(ToString::to_string).unwrap_or_default();
            refuse(why.as_str(), *samples, &example);
        }
    }

    fn report(&self, name: &str) -> Labels {
        self.target.labels.clone().with(METRIC_NAME, name)
    }

    /// Reads what came.
    async fn outcome(&mut self, answer: Result<Answer, Failed>, at_ms: TimestampMs) -> Outcome {
        let failed = match answer {
            Err(failed) => {
                self.lines.begin();
                (failed.why, failed.message, 0)
            }
            Ok(answer) => {
                let mut taken = std::mem::take(&mut self.lines);
                let (job, target) = (self.job.clone(), self.target.clone());
                let is_large = answer.body.len() > LARGE;
                let read = move || {
                    let mut converter = Converter {
                        job: &job,
                        target: &target,
                        lines: &mut taken,
                    };
                    let brought = converter.convert(&answer.body, answer.encoding, at_ms);
                    (brought, taken)
                };
                let (brought, back) = match is_large {
                    false => read(),
                    true => match tokio::task::spawn_blocking(read).await {
                        Ok(read) => read,
                        Err(error) => std::panic::resume_unwind(error.into_panic()),
                    },
                };
                self.lines = back;
                match brought {
                    Ok(brought) => return self.good(brought, at_ms),
                    Err(refused) => (refused.why, refused.message, refused.scraped),
                }
            }
        };
        let (why, message, scraped) = failed;
        let mut series = Vec::new();
        let mut gone = self.lines.end(true);
        gone.append(&mut self.carried);
        mark(gone, at_ms, &mut series);
        Outcome {
            series,
            exemplars: Exemplars::default(),
            failed: Some((why, message)),
            brought: Counted {
                scraped,
                ..Counted::default()
            },
        }
    }

    fn good(&mut self, brought: Brought, at_ms: TimestampMs) -> Outcome {
        let Brought {
            mut series,
            metadata,
            exemplars,
            scraped,
            kept,
            added,
            repeated,
        } = brought;
        mark(std::mem::take(&mut self.carried), at_ms, &mut series);
        let hash = self.hash;
        self.scraper.board.change(&self.job.name, hash, |status| {
            status.metadata.clone_from(&metadata)
        });
        self.scraper.sink.describe(metadata);
        Outcome {
            series,
            exemplars,
            failed: None,
            brought: Counted {
                scraped,
                kept,
                added,
                repeated,
            },
        }
    }
}
