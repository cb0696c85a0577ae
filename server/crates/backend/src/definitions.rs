//! What servers list about themselves: noticed when it changes, kept until somebody has agreed to it.
//!
//! What a server lists at first sight is taken as its baseline, unless it is suspicious. From then on each version
//! that is not the approved one is a change, of which a definition has one at a time; a definition that goes back to
//! what was approved takes its change back. Only lists that were read to their end count, and a definition is gone
//! when two of them in a row lack it.

mod book;
mod listings;
mod service;
mod store;
mod told;
mod waiting;

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;

use db::Db;
use drift::{Class, Definition, Kind};
use model::{Clock, Labels, Sample, TimestampMs};
use tokio::sync::{Mutex, Notify};
use wire::EventKind;

use crate::SELF_NAME;
use crate::events::EventLog;
use crate::fleet::shown;
use crate::metrics::SampleLog;
use book::{Book, Step};
use listings::Listing;
pub(crate) use told::{Told, is_probed};
use waiting::Waiting;

/// How far behind the time of a list on disk may be.
const SEEN_MS: i64 = 10 * 60_000;
/// More changes than this in one list are one mark.
const MOST_MARKS: usize = 20;

/// Definitions, versions and changes of all servers.
pub(crate) struct DefinitionService {
    db: Db,
    clock: Arc<dyn Clock>,
    samples: Arc<SampleLog>,
    events: Arc<EventLog>,
    /// Told when there is something that rules have to know at once.
    changed: Arc<Notify>,
    /// One list at a time: what is on disk is what is here.
    book: Mutex<Book>,
    waiting: Waiting,
    /// Makes the short hash by which a list that has not changed is known; it cannot be foreseen.
    hasher: RandomState,
}

impl DefinitionService {
    /// With what is on disk.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn open(
        db: Db,
        clock: Arc<dyn Clock>,
        samples: Arc<SampleLog>,
        events: Arc<EventLog>,
        changed: Arc<Notify>,
    ) -> Result<Self, db::Error> {
        let book = store::book(&db).await?;
        Ok(Self {
            db,
            clock,
            samples,
            events,
            changed,
            book: Mutex::new(book),
            waiting: Waiting::default(),
            hasher: RandomState::new(),
        })
    }

    /// Takes in what a probe listed, to be compared soon. The product's own definitions change with the product.
    pub(crate) fn observe(&self, mut observation: mcp::Observation) {
        if observation.is_probe() && observation.server != SELF_NAME {
            let server = std::mem::take(&mut observation.server);
            self.waiting.put(server, listings::of(observation));
        }
    }

    /// Compares lists of a server. Returns whether what came of it is written.
    async fn compare(&self, server: &str, lists: Vec<Listing>) -> bool {
        let (mut steps, mut is_written) = (Vec::new(), true);
        let mut book = self.book.lock().await;
        for listing in lists {
            let quick = listing.quick(&self.hasher);
            if book.is_settled(server, listing.kind, quick) {
                self.touch(&mut book, server, listing.kind).await;
                continue;
            }
            let definitions = listing.definitions();
            match self
                .take(&mut book, server, listing.kind, &definitions, quick)
                .await
            {
                Ok(taken) => steps.extend(taken),
                // It is taken in with the next list.
                Err(error) => {
                    tracing::error!(error = %error, server, "changes of definitions could not be written");
                    is_written = false;
                }
            }
        }
        self.samples.push(book.samples(server, self.clock.now_ms()));
        drop(book);
        if steps
            .iter()
            .any(|step| step.change.is_some() || step.closes.is_some())
        {
            self.changed.notify_one();
        }
        self.mark(server, &steps).await;
        is_written
    }

    /// Takes in a list that differs from what is known.
    async fn take(
        &self,
        book: &mut Book,
        server: &str,
        kind: Kind,
        definitions: &[Definition],
        quick: u64,
    ) -> Result<Vec<Step>, db::Error> {
        let now = self.clock.now_ms();
        let differing = book.differing(server, kind, definitions);
        let approved = store::approved(&self.db, server, kind, &differing.steps).await?;
        let mut foreign = book.foreign(server);
        if kind == Kind::Tool {
            // What it lists itself, at first sight too, is no reference.
            for own in definitions {
                foreign.remove(&own.name);
            }
        }
        let is_first = differing.is_first;
        // Diffs of ten thousand definitions take their time.
        let steps = differing.steps;
        let judged = tokio::task::spawn_blocking(move || {
            let judge = |step: Step| step.judged(kind, is_first, &approved, &foreign);
            steps.into_iter().map(judge).collect::<Vec<_>>()
        });
        let mut steps = match judged.await {
            Ok(steps) => steps,
            Err(error) => {
                tracing::error!(%error, server, "definitions could not be compared");
                return Ok(Vec::new());
            }
        };
        store::record(&self.db, server, kind, &mut steps, now).await?;
        book.apply(server, kind, &steps, differing.missing, quick, now);
        Ok(steps)
    }

    /// Notes that a list was seen as it is known.
    async fn touch(&self, book: &mut Book, server: &str, kind: Kind) {
        let now = self.clock.now_ms();
        if !book.is_late(server, kind, now - SEEN_MS) {
            return;
        }
        match store::seen(&self.db, server, kind, now).await {
            Ok(()) => book.seen(server, kind, now),
            Err(error) => {
                tracing::error!(error = %error, server, "when definitions were seen could not be written");
            }
        }
    }

    async fn mark(&self, server: &str, steps: &[Step]) {
        let titles: Vec<_> = steps
            .iter()
            .filter_map(|step| title(server, step))
            .collect();
        let link = link(server, None);
        if titles.len() > MOST_MARKS {
            let worst = steps.iter().filter(|step| step.is_suspicious()).count();
            let suspicious = match worst {
                0 => String::new(),
                some => format!(", {some} of them suspicious"),
            };
            let title = format!("{server}: {} definitions changed{suspicious}", titles.len());
            self.events
                .record(EventKind::Definition, server, title, link)
                .await;
            return;
        }
        for (title, id) in titles {
            let link = id.map_or_else(|| link.clone(), |id| self::link(server, Some(id)));
            self.events
                .record(EventKind::Definition, server, title, link)
                .await;
        }
    }

    /// Deletes decided changes that are older, versions that nothing needs, and all of servers that are watched no
    /// more and have not been seen since; how many rows.
    pub(crate) async fn forget(
        &self,
        before_ms: TimestampMs,
        watched: &[String],
    ) -> Result<u64, db::Error> {
        let mut book = self.book.lock().await;
        let deleted = store::forget(&self.db, before_ms, watched).await?;
        if deleted > 0 {
            book.renew(store::book(&self.db).await?);
        }
        Ok(deleted)
    }
}

/// Where to read more about a change.
fn link(server: &str, id: Option<i64>) -> String {
    let page = format!("/drift?server={}", wire::path_segment(server));
    id.map_or(page.clone(), |id| format!("{page}#change-{id}"))
}

/// What is marked of a step, and the change it is about. What changes again before anybody has looked is no news,
/// unless it has become suspicious.
fn title(server: &str, step: &Step) -> Option<(String, Option<i64>)> {
    let what = match step.kind {
        Kind::Instructions => "the instructions".to_owned(),
        kind => format!("{} {}", kind.as_str(), short(&step.name)),
    };
    let Some(change) = &step.change else {
        let is_back = step.closes.is_some();
        return is_back.then(|| (format!("{server}: {what} is as approved again"), None));
    };
    if step.closes.is_some() && !step.is_suspicious() {
        return None;
    }
    let did = match (step.hash.is_empty(), change.old_hash.is_empty()) {
        (true, _) => "is gone",
        (_, true) => "is new",
        _ => "changed its definition",
    };
    let mut words: Vec<&str> = change
        .comparison
        .classes
        .iter()
        .map(|class| class.as_str())
        .collect();
    words.retain(|word| !matches!(*word, "added" | "removed"));
    if !change.comparison.breaking.is_empty() && !step.hash.is_empty() {
        words.push("breaks callers");
    }
    let how = match words.is_empty() {
        true => String::new(),
        false => format!(" ({})", words.join(", ")),
    };
    Some((format!("{server}: {what} {did}{how}"), change.id))
}

/// A name fit for a line.
fn short(name: &str) -> String {
    let name = shown(name);
    match name.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name,
    }
}

impl Book {
    /// How many definitions and changes a server has, and what changed since the product runs.
    fn samples(&self, server: &str, at_ms: TimestampMs) -> Vec<Sample> {
        let Some(known) = self.servers.get(server) else {
            return Vec::new();
        };
        let own = Labels::new().with("server", server);
        let sample = |name: &str, labels: Labels, value: f64| Sample {
            name: name.to_owned(),
            labels,
            at_ms,
            value,
        };
        let mut listed: HashMap<Kind, u32> = known.lists.keys().map(|kind| (*kind, 0)).collect();
        let entries = known
            .entries
            .iter()
            .filter(|(_, entry)| !entry.hash.is_empty());
        for ((kind, _), _) in entries {
            *listed.entry(*kind).or_default() += 1;
        }
        let mut samples: Vec<_> = listed
            .into_iter()
            .map(|(kind, count)| {
                let labels = own.clone().with("kind", kind.as_str());
                sample("mcp_definitions", labels, f64::from(count))
            })
            .collect();
        let open = |is_meant: fn(&book::Open) -> bool| {
            known.open.values().filter(|open| is_meant(open)).count() as f64
        };
        let suspicious = open(|open| open.is_suspicious);
        samples.push(sample(
            "mcp_definitions_unapproved",
            own.clone(),
            open(|_| true),
        ));
        samples.push(sample(
            "mcp_definitions_suspicious",
            own.clone(),
            suspicious,
        ));
        for ((kind, class), count) in &known.counted {
            let labels = own
                .clone()
                .with("kind", kind.as_str())
                .with("change", class.as_str());
            samples.push(sample(
                "mcp_definition_changes_total",
                labels,
                f64::from(*count),
            ));
        }
        samples
    }
}

impl Step {
    fn is_suspicious(&self) -> bool {
        let change = self.change.as_ref();
        change.is_some_and(|change| change.comparison.classes.contains(&Class::Suspicious))
    }
}

#[cfg(test)]
mod tests;
