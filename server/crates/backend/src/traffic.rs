//! Real traffic, as taps tell of it: counted, and sampled.
//!
//! Counters live in `state.db`, where a batch and what it adds are written at once: so a batch counts once, and
//! counters go on after a restart. What is late counts when it arrives. The newest calls are kept beside them, one by
//! one.

mod calls;
mod caps;
mod details;
mod filter;
mod forms;
mod ledger;
mod store;
mod summary;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use db::Db;
use model::{Clock, Labels, Sample, TimestampMs};
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;
use traffic::{Batch, MOST_DEFINITIONS, Record};

use crate::definitions::is_probed;
use crate::metrics::SampleLog;
use crate::reload::Current;
use caps::{Caps, Released};
pub(crate) use forms::{har, otlp};
use ledger::{Change, Name, changes};

/// How often everything is sampled: often enough for every query, which looks back five minutes.
const INTERVAL: Duration = Duration::from_secs(15);
/// The most records of a batch.
const MOST_RECORDS: usize = 20_000;
/// The most sessions that are known to be open.
const MOST_SESSIONS: usize = 10_000;
/// Letters of the name of a session that are looked at: a UUID has 36.
const LONGEST_SESSION: usize = 64;
/// A session that says nothing for so long is over: a tap tells every ten seconds that it is there.
const SILENT_MS: i64 = 60_000;

/// Why a batch is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is none.
    #[error("{0}")]
    Wrong(String),
    /// It cannot be kept.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What is kept of single calls.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// The most calls; zero is none.
    calls: i64,
    /// Whether what was said is kept, where it is told.
    has_payloads: bool,
}

/// What is counted of real traffic, and its calls.
pub(crate) struct TrafficService {
    db: Db,
    config: Current,
    /// The newest summaries: who asks the same at the same time shares them.
    summaries: Mutex<summary::Recent>,
    clock: Arc<dyn Clock>,
    samples: Arc<SampleLog>,
    /// One batch at a time: what is on disk is what is here.
    book: Mutex<Book>,
    /// Told when there are lists of definitions to be compared.
    listed: Arc<Notify>,
}

#[derive(Default)]
struct Book {
    totals: BTreeMap<Name, f64>,
    caps: Caps,
    /// By server and session.
    sessions: BTreeMap<(String, String), Open>,
}

/// A session that goes on.
struct Open {
    transport: &'static str,
    hung: u64,
    heard_ms: TimestampMs,
}

impl TrafficService {
    /// With what is on disk.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn open(
        db: &Db,
        clock: &Arc<dyn Clock>,
        samples: &Arc<SampleLog>,
        config: Current,
    ) -> Result<Arc<Self>, db::Error> {
        let mut book = Book::default();
        for (name, (value, seen_ms)) in store::all(db).await? {
            book.caps.learn(&name.1, seen_ms);
            book.totals.insert(name, value);
        }
        Ok(Arc::new(Self {
            db: db.clone(),
            config,
            summaries: Mutex::default(),
            clock: clock.clone(),
            samples: samples.clone(),
            book: Mutex::new(book),
            listed: Arc::default(),
        }))
    }

    /// What is told when there are lists of definitions to be compared.
    pub(crate) fn listed(&self) -> Arc<Notify> {
        self.listed.clone()
    }

    /// Counts a batch. Returns whether it was new.
    ///
    /// # Errors
    /// When it is none, or cannot be kept; then nothing of it has been counted.
    pub(crate) async fn take(&self, batch: &Batch) -> Result<bool, Error> {
        check(batch).map_err(Error::Wrong)?;
        let mut book = self.book.lock().await;
        let now_ms = self.clock.now_ms();
        let mut caps = book.caps.clone();
        caps.begin(now_ms);
        let changes = changes(batch, &mut caps);
        let ended = book.ended(&caps.released());
        let written = (&changes, ended.as_slice());
        // What stands for many servers has no definitions, and who is probed has those that its probes list.
        let is_known = caps.server(&batch.server) == batch.server && batch.server != caps::OTHER;
        let has_lists = is_known && !is_probed(&self.config, &batch.server);
        let batch_of = (batch, has_lists);
        let taken = store::take(&self.db, batch_of, written, self.limits(), now_ms).await?;
        if !taken.is_new {
            return Ok(false);
        }
        if taken.lists > 0 {
            self.listed.notify_one();
        }
        book.caps = caps;
        for name in &ended {
            book.totals.remove(name);
        }
        let mut samples = Vec::with_capacity(changes.len());
        for (name, change) in changes {
            let before = book.totals.get(&name).copied();
            let value = match change {
                Change::Add(by) => before.unwrap_or_default() + by,
                Change::Set(value) => value,
            };
            if before.is_none() && matches!(change, Change::Add(_)) {
                // A counter that begins with what it counts would show no increase.
                samples.push(sample(&name, now_ms - 1_000, 0.0));
            }
            samples.push(sample(&name, now_ms, value));
            book.totals.insert(name, value);
        }
        book.hear(batch, now_ms);
        samples.extend(book.open(now_ms));
        self.samples.push(samples);
        Ok(true)
    }

    fn limits(&self) -> Limits {
        let config = self.config.borrow();
        Limits {
            calls: i64::from(config.retention.most_calls),
            has_payloads: config.retention.payloads.is_some(),
        }
    }

    /// Deletes calls that are older than is configured, and what was said in them. Returns how many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn forget(&self, now_ms: TimestampMs) -> Result<u64, db::Error> {
        let retention = self.config.borrow().retention.clone();
        let before = |kept: Duration| {
            let kept_ms = i64::try_from(kept.as_millis()).unwrap_or(now_ms);
            (!kept.is_zero()).then(|| now_ms.saturating_sub(kept_ms))
        };
        let payloads = match retention.payloads {
            Some(kept) => before(kept),
            // What was kept until it was switched off.
            None => Some(now_ms),
        };
        store::calls::forget(&self.db, (before(retention.calls), payloads)).await
    }

    /// Samples everything again and again.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut turns = tokio::time::interval(INTERVAL);
        while stop.run_until_cancelled(turns.tick()).await.is_some() {
            let mut book = self.book.lock().await;
            let now_ms = self.clock.now_ms();
            let samples = book.all(now_ms);
            self.samples.push(samples);
        }
    }
}

impl Book {
    /// Series of what made room.
    fn ended(&self, released: &Released) -> Vec<Name> {
        if released.is_empty() {
            return Vec::new();
        }
        let names = self.totals.keys();
        let ended = names.filter(|(_, labels)| released.ends(labels));
        ended.cloned().collect()
    }

    /// Every series once.
    fn all(&mut self, now_ms: TimestampMs) -> Vec<Sample> {
        let mut samples = self.open(now_ms);
        let counted = self.totals.iter().filter(|(name, _)| !is_gauge(name));
        samples.extend(counted.map(|(name, value)| sample(name, now_ms, *value)));
        samples
    }

    /// Notes which sessions go on.
    fn hear(&mut self, batch: &Batch, now_ms: TimestampMs) {
        let server = self.caps.server(&batch.server);
        for record in &batch.records {
            let Record::Pulse(pulse) = record else {
                continue;
            };
            let session = pulse.session.chars().take(LONGEST_SESSION).collect();
            let key = (server.clone(), session);
            // What was kept in a spool is no news.
            let is_news = now_ms.saturating_sub(pulse.at_ms) < SILENT_MS;
            if !pulse.is_open || !is_news {
                self.sessions.remove(&key);
            } else if self.sessions.len() < MOST_SESSIONS || self.sessions.contains_key(&key) {
                let open = Open {
                    transport: batch.transport.as_str(),
                    hung: pulse.hung,
                    heard_ms: now_ms,
                };
                self.sessions.insert(key, open);
            }
        }
    }

    /// Open sessions and hung calls of each server that was ever heard of.
    fn open(&mut self, now_ms: TimestampMs) -> Vec<Sample> {
        self.sessions
            .retain(|_, open| now_ms - open.heard_ms < SILENT_MS);
        let mut numbers: BTreeMap<Name, f64> = BTreeMap::new();
        for ((server, _), open) in &self.sessions {
            let labels = Labels::new().with("server", server.clone());
            let of_type = labels.clone().with("transport_type", open.transport);
            let sessions = ("mcp_active_connections".to_owned(), of_type);
            *numbers.entry(sessions).or_default() += 1.0;
            let hung = ("mcp_hung_calls".to_owned(), labels);
            #[expect(clippy::cast_precision_loss, reason = "open calls")]
            let count = open.hung as f64;
            *numbers.entry(hung).or_default() += count;
        }
        // Who was heard before has none now, which is a number too.
        for (name, value) in &mut self.totals {
            if is_gauge(name) {
                *value = numbers.get(name).copied().unwrap_or_default();
            }
        }
        self.totals.extend(numbers);
        let told = self.totals.iter().filter(|(name, _)| is_gauge(name));
        told.map(|(name, value)| sample(name, now_ms, *value))
            .collect()
    }
}

/// What is not counted but stands so at a time; of the running product only.
const GAUGES: [&str; 2] = ["mcp_active_connections", "mcp_hung_calls"];

fn is_gauge((name, _): &Name) -> bool {
    GAUGES.contains(&name.as_str())
}

fn sample((name, labels): &Name, at_ms: TimestampMs, value: f64) -> Sample {
    Sample {
        name: name.clone(),
        labels: labels.clone(),
        at_ms,
        value,
    }
}

/// Says what is wrong with a batch.
fn check(batch: &Batch) -> Result<(), String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if batch.id.is_empty() || batch.id.len() > 64 || !batch.id.chars().all(is_plain) {
        return Err("id: a batch is named by 1 to 64 letters, digits and hyphens".to_owned());
    }
    let letters = batch.server.chars().count();
    if letters == 0 || letters > 128 || batch.server.chars().any(char::is_control) {
        return Err("server: a server has a name of 1 to 128 letters".to_owned());
    }
    if batch.records.len() > MOST_RECORDS {
        return Err(format!(
            "records: a batch has at most {MOST_RECORDS}; send several"
        ));
    }
    let is_long = |record: &Record| matches!(record, Record::Definitions(list) if list.definitions.len() > MOST_DEFINITIONS);
    if let Some(at) = batch.records.iter().position(is_long) {
        return Err(format!(
            "records[{at}].definitions: a list has at most {MOST_DEFINITIONS}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_series_is_sampled_once() {
        let mut book = Book::default();
        let pulse = json!({ "id": "1", "server": "fs", "transport": "stdio", "records": [
            { "kind": "pulse", "at_ms": 1_000, "session": "s", "began_ms": 1, "is_open": true, "in_flight": 1, "hung": 1 }
        ] });
        book.hear(&serde_json::from_value(pulse).unwrap(), 1_000);
        let labels = Labels::new().with("server", "fs");
        book.totals
            .insert(("mcp_requests_total".to_owned(), labels), 5.0);
        let names = |book: &mut Book, now_ms| {
            let samples = book.all(now_ms);
            let mut names: Vec<_> = samples
                .into_iter()
                .map(|it| (it.name, it.value.to_string()))
                .collect();
            names.sort();
            names
        };
        let expected = |open: &str| {
            [
                ("mcp_active_connections", open),
                ("mcp_hung_calls", open),
                ("mcp_requests_total", "5"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        assert_eq!(names(&mut book, 2_000), expected("1"));
        assert_eq!(names(&mut book, 2_000 + SILENT_MS), expected("0"));
    }
}
