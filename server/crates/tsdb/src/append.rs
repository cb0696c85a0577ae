//! Taking samples in: whoever comes at the same time shares one commit.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use model::{
    Admitted, AppendSamples, Exemplar, ExemplarsTaken, Labels, Refusal, SeriesSamples, TimestampMs,
    WriteError,
};
use tokio::sync::oneshot;

use crate::error::Error;
use crate::head::Late;
use crate::histograms;
use crate::index::{GroupId, Known, SeriesId};
use crate::journal::Entry;
use crate::members;
use crate::storage::Storage;
use crate::store;

/// With so many times the samples that are to be in memory, whoever appends waits for a compaction.
const FAR_TOO_MANY: usize = 3;

/// An append that waits to be committed.
pub(crate) struct Waiting {
    series: Vec<SeriesSamples>,
    now: TimestampMs,
    done: oneshot::Sender<Result<Admitted, Error>>,
}

#[async_trait]
impl AppendSamples for Storage {
    async fn append(
        self: Arc<Self>,
        series: Vec<SeriesSamples>,
        now_ms: TimestampMs,
    ) -> Result<Admitted, WriteError> {
        let appended = Storage::append(&self, series, now_ms).await;
        appended.map_err(|error| WriteError(error.into()))
    }

    fn append_exemplars(
        &self,
        exemplars: Vec<(Labels, Exemplar)>,
        now_ms: TimestampMs,
    ) -> ExemplarsTaken {
        self.put_exemplars(exemplars, now_ms)
    }
}

impl Storage {
    /// Takes samples in; they are on disk when this returns. What cannot be taken is refused with a
    /// reason, and the rest goes in.
    ///
    /// # Errors
    /// When the disk refuses; then nothing of it has been taken.
    pub async fn append(
        self: &Arc<Self>,
        series: Vec<SeriesSamples>,
        now: TimestampMs,
    ) -> Result<Admitted, Error> {
        let most = self.config().most_in_memory;
        if self.samples_in_memory() > FAR_TOO_MANY * most {
            self.compact_if_above(most).await?;
        }
        let (done, outcome) = oneshot::channel();
        let waiting = Waiting { series, now, done };
        self.waiting().push(waiting);
        // A task of its own: who asks may leave, and a commit that has begun has to be finished.
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let mut last = this.committing.lock().await;
            let all = std::mem::take(&mut *this.waiting());
            if !all.is_empty() {
                this.commit(all, &mut last).await;
            }
        });
        let lost = |_| Err(Error::damaged("an append", "the commit was not finished"));
        outcome.await.unwrap_or_else(lost)
    }

    async fn commit(&self, all: Vec<Waiting>, last: &mut i64) {
        let mut batch = Batch {
            storage: self,
            entry: Entry::new(),
            histograms: histograms::Entry::default(),
            new: Vec::new(),
            taken: Vec::new(),
        };
        let mut answers = Vec::with_capacity(all.len());
        for waiting in all {
            let admitted = batch.admit(waiting.series, waiting.now);
            answers.push((waiting.done, admitted));
        }
        let Batch {
            entry,
            histograms,
            new,
            taken,
            ..
        } = batch;
        let written = match entry.is_empty() && histograms.is_empty() {
            true => Ok(*last),
            false => {
                let blob = histograms.behind(entry.blob());
                store::commit(&self.db, &self.groups_of(&new), &blob).await
            }
        };
        let mut head = self.write_head();
        match written {
            Ok(row) => {
                *last = row;
                let mut samples = 0;
                let mut late = Late::default();
                for (id, series) in &taken {
                    head.index.wake(*id);
                    samples += series.values.len();
                    if !series.values.is_empty() {
                        let floats = &mut head.floats;
                        floats.put_all(*id, &series.at_ms, &series.values, &mut late);
                    }
                }
                head.floats.settle(late);
                samples += histograms::put(&mut head.histograms, &taken);
                drop(head);
                let pending = self.pending.fetch_add(samples, Ordering::Relaxed) + samples;
                if pending > self.config().most_in_memory {
                    self.is_full.notify_one();
                }
                for (done, admitted) in answers {
                    // Who no longer waits has left; what was sent is kept all the same.
                    let _ = done.send(Ok(admitted));
                }
            }
            Err(error) => {
                head.index
                    .remove_all(&new.iter().map(|series| series.id).collect());
                drop(head);
                let error = Arc::new(error);
                for (done, _) in answers {
                    let _ = done.send(Err(Error::Db(Arc::clone(&error))));
                }
            }
        }
    }
}

impl Storage {
    /// The groups of some series, as they are stored.
    pub(crate) fn groups_of(&self, series: &[Known]) -> Vec<(GroupId, Vec<u8>)> {
        let groups: BTreeSet<GroupId> = series.iter().map(|series| series.group).collect();
        let head = self.read_head();
        let written = groups.into_iter().map(|group| {
            let all = head.index.members(group);
            (
                group,
                members::write(all.map(|series| (series.id, &series.labels))),
            )
        });
        written.collect()
    }
}

/// What one commit writes.
struct Batch<'a> {
    storage: &'a Storage,
    entry: Entry,
    histograms: histograms::Entry,
    new: Vec<Known>,
    taken: Vec<(SeriesId, SeriesSamples)>,
}

impl Batch<'_> {
    /// Takes in what may go in, and numbers new series.
    fn admit(&mut self, all: Vec<SeriesSamples>, now: TimestampMs) -> Admitted {
        let mut admitted = Admitted::default();
        let config = self.storage.config();
        let window = config.window(now, self.storage.oldest.load(Ordering::Relaxed));
        let late_ms = config.late_ms();
        let too_fast = {
            let rates = self.storage.rates.lock();
            rates
                .unwrap_or_else(PoisonError::into_inner)
                .take(&config, &all, now)
        };
        // Nobody else adds series, so what is found here stays so; questions go on meanwhile.
        let mut unknown = Vec::new();
        let head = self.storage.read_head();
        for mut series in all {
            let id = head.index.find(&series.labels);
            if !series.histograms.is_empty() {
                histograms::admit(&mut series, &mut admitted);
            }
            let is_late = |at_ms| id.is_some_and(|id| head.floats.is_late(id, at_ms, late_ms));
            keep_timely(&mut series, &window, is_late, &mut admitted);
            if !series.histograms.is_empty() {
                let newest = &head.histograms;
                let is_late = |at_ms| id.is_some_and(|id| newest.is_late(id, at_ms, late_ms));
                histograms::keep_timely(&mut series, &window, is_late, &mut admitted);
            }
            if series.is_empty() {
                continue;
            }
            match (too_fast.check(&series.labels), id) {
                (Err(why), _) => admitted.refuse(why, series.len() as u64, &series.labels),
                (Ok(()), Some(id)) => self.take(id, series, &mut admitted),
                (Ok(()), None) => unknown.push(series),
            }
        }
        drop(head);
        for series in unknown {
            match self.number(&series.labels) {
                Ok(id) => self.take(id, series, &mut admitted),
                Err(why) => admitted.refuse(why, series.len() as u64, &series.labels),
            }
        }
        admitted
    }

    /// Numbers a series of which samples are taken, so that it is on disk with them.
    fn number(&mut self, labels: &Labels) -> Result<SeriesId, Refusal> {
        let mut head = self.storage.write_head();
        let index = &mut head.index;
        // Another append of this commit may have brought it.
        if let Some(id) = index.find(labels) {
            return Ok(id);
        }
        let config = self.storage.config();
        config.admit(labels, index.awake(), index.of_target(labels))?;
        if index.is_exhausted() {
            return Err(Refusal::TooManySeries);
        }
        let series = index.add(labels.clone()).clone();
        let id = series.id;
        self.new.push(series);
        Ok(id)
    }

    fn take(&mut self, id: SeriesId, series: SeriesSamples, admitted: &mut Admitted) {
        admitted.taken += series.len() as u64;
        if !series.at_ms.is_empty() {
            self.entry.put(id, &series.at_ms, &series.values);
        }
        if !series.histograms.is_empty() {
            self.histograms.put(id, &series.histograms);
        }
        self.taken.push((id, series));
    }
}

/// Leaves only samples whose time is within the window and not too late.
fn keep_timely(
    series: &mut SeriesSamples,
    window: &RangeInclusive<TimestampMs>,
    is_late: impl Fn(TimestampMs) -> bool,
    admitted: &mut Admitted,
) {
    let judge = |at: TimestampMs| judge(at, window, &is_late);
    if series.at_ms.iter().all(|at| judge(*at).is_none()) {
        return;
    }
    let samples = series
        .at_ms
        .iter()
        .copied()
        .zip(series.values.iter().copied());
    let timely = samples.filter(|(at, _)| match judge(*at) {
        Some(why) => {
            admitted.refuse(why, 1, &series.labels);
            false
        }
        None => true,
    });
    (series.at_ms, series.values) = timely.collect::<Vec<_>>().into_iter().unzip();
}

/// Why a sample of a time is not taken.
pub(crate) fn judge(
    at: TimestampMs,
    window: &RangeInclusive<TimestampMs>,
    is_late: impl Fn(TimestampMs) -> bool,
) -> Option<Refusal> {
    match at {
        at if at < *window.start() => Some(Refusal::TooOld),
        at if at > *window.end() => Some(Refusal::TooFarAhead),
        at if is_late(at) => Some(Refusal::TooLate),
        _ => None,
    }
}
