//! The store: appends, compaction, retention.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use db::Db;
use model::{Labels, SeriesSamples, TimestampMs};
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::admission::{Admitted, Refusal};
use crate::chunk;
use crate::config::Config;
use crate::error::Error;
use crate::head::{Head, Run};
use crate::index::SeriesId;
use crate::journal::{self, Entry};
use crate::read;
use crate::store::{self, ChunkRow, Rewrite, Times};

/// Longest stretch of time in one chunk.
pub(crate) const SPAN_MS: i64 = 2 * 3_600_000;
/// Most samples in one chunk, and how many a compaction fills it up to.
const FULL: usize = 480;
/// Series that are compacted in one transaction: others wait for it.
const AT_ONCE: usize = 500;

/// The store. It is asked through [`model::ReadSamples`].
pub struct Storage {
    pub(crate) db: Db,
    pub(crate) runtime: Handle,
    config: Config,
    head: RwLock<Head>,
    waiting: Mutex<Vec<Waiting>>,
    /// Whoever holds it commits for all who wait; the last row of the journal.
    committing: AsyncMutex<i64>,
    /// What is older has been deleted, or is about to be: it is not read any more.
    pub(crate) oldest: AtomicI64,
    /// One compaction or deletion at a time.
    compacting: AsyncMutex<()>,
}

/// An append that waits to be committed.
struct Waiting {
    series: Vec<SeriesSamples>,
    now: TimestampMs,
    done: oneshot::Sender<Result<Admitted, Error>>,
}

impl Storage {
    /// Opens the store where it was left.
    ///
    /// # Errors
    /// When the database cannot be read, or what is in it not understood.
    pub async fn open(db: Db, config: Config) -> Result<Self, Error> {
        let mut head = Head::default();
        for (id, labels) in store::series(&db).await? {
            head.index.insert(id, labels);
        }
        let mut last = 0;
        while let Some((row, blob)) = store::journal_after(&db, last).await? {
            journal::read(row, &blob, |id, samples| head.put(id, samples.into_iter()))?;
            last = row;
        }
        Ok(Self {
            db,
            runtime: Handle::current(),
            config,
            head: RwLock::new(head),
            waiting: Mutex::default(),
            committing: AsyncMutex::new(last),
            oldest: AtomicI64::new(TimestampMs::MIN),
            compacting: AsyncMutex::default(),
        })
    }

    /// Takes samples in; they are on disk when this returns. What cannot be taken is refused with a
    /// reason, and the rest goes in. Appends that come at the same time share one commit.
    ///
    /// # Errors
    /// When the disk refuses; then nothing of it has been taken.
    pub async fn append(
        self: &Arc<Self>,
        series: Vec<SeriesSamples>,
        now: TimestampMs,
    ) -> Result<Admitted, Error> {
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

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn commit(&self, all: Vec<Waiting>, last: &mut i64) {
        let batch = Batch::of(&all, &self.config, &mut self.write_head());
        let written = match batch.entry.is_empty() {
            true => Ok(*last),
            false => store::commit(&self.db, &batch.new, batch.entry.blob()).await,
        };
        let mut head = self.write_head();
        match written {
            Ok(row) => {
                *last = row;
                for (id, samples) in &batch.samples {
                    head.put(*id, samples.iter().copied());
                }
                for (waiting, admitted) in all.into_iter().zip(batch.admitted) {
                    // Who no longer waits has left; what was sent is kept all the same.
                    let _ = waiting.done.send(Ok(admitted));
                }
            }
            Err(error) => {
                batch.new.iter().for_each(|(id, _)| head.index.remove(*id));
                let error = Arc::new(error);
                for waiting in all {
                    let _ = waiting.done.send(Err(Error::Db(Arc::clone(&error))));
                }
            }
        }
    }

    /// Writes what memory has as chunks and cuts the journal behind it.
    ///
    /// # Errors
    /// When the disk refuses; then everything is still in journal and memory, and the next one tries again.
    pub async fn compact(&self) -> Result<(), Error> {
        let _one = self.compacting.lock().await;
        let (up_to, runs) = {
            let last = self.committing.lock().await;
            (*last, self.write_head().seal())
        };
        let mut runs = runs.into_iter().peekable();
        while runs.peek().is_some() {
            let some: Vec<(SeriesId, Arc<Run>)> = runs.by_ref().take(AT_ONCE).collect();
            let rewrite = self.fill_up(some).await?;
            store::rewrite(&self.db, &rewrite).await?;
        }
        store::cut_journal(&self.db, up_to).await?;
        self.write_head().drop_sealed();
        Ok(())
    }

    /// New chunks for some series, together with the ones that are not full or that they overlap.
    async fn fill_up(&self, runs: Vec<(SeriesId, Arc<Run>)>) -> Result<Rewrite, Error> {
        let mut rewrite = Rewrite::default();
        let mut places: HashMap<Vec<TimestampMs>, i64> = HashMap::new();
        let ids: Vec<SeriesId> = runs.iter().map(|(id, _)| *id).collect();
        let first = runs.iter().filter_map(|(_, run)| run.at_ms.first()).min();
        let last = runs.iter().filter_map(|(_, run)| run.at_ms.last()).max();
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(rewrite);
        };
        let rows = store::chunks(
            &self.db,
            &ids,
            first.saturating_sub(SPAN_MS),
            *last,
            SPAN_MS,
        )
        .await?;
        let mut stored = read::decoded(&self.db, rows).await?;
        for (id, run) in runs {
            let mut run = Run::clone(&run);
            // The nearest first, so that neighbours are joined before those behind them.
            for (row, old) in stored.remove(&id).unwrap_or_default().into_iter().rev() {
                let begins = run.at_ms.first().copied().unwrap_or(TimestampMs::MAX);
                let ends = run.at_ms.last().copied().unwrap_or(TimestampMs::MIN);
                let overlaps = row.from_ms <= ends && row.to_ms >= begins;
                let is_neighbour =
                    row.to_ms < begins && ends.saturating_sub(row.from_ms) <= SPAN_MS;
                if overlaps || (is_neighbour && old.at_ms.len() + run.at_ms.len() <= FULL) {
                    run = old.merge(run);
                    rewrite.old.push(row);
                }
            }
            for piece in pieces(&run) {
                let times = &run.at_ms[piece.clone()];
                let place = match places.get(times) {
                    Some(place) => *place,
                    None => {
                        rewrite.times.push(encode_times(times)?);
                        let place = rewrite.times.len() as i64 - 1;
                        places.insert(times.to_vec(), place);
                        place
                    }
                };
                rewrite.new.push(ChunkRow {
                    series: id,
                    from_ms: times[0],
                    to_ms: times[times.len() - 1],
                    times_id: place,
                    data: chunk::encode(&run.values[piece])
                        .map_err(|e| Error::damaged("a chunk to be written", e))?,
                });
            }
        }
        Ok(rewrite)
    }

    /// Deletes what is older than a time, series that have nothing left included, and gives the space
    /// back; how many chunks. A chunk goes as a whole; what is too old in one that stays is not read.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn forget(&self, before_ms: TimestampMs) -> Result<u64, Error> {
        let _one = self.compacting.lock().await;
        self.oldest.fetch_max(before_ms, Ordering::Relaxed);
        let chunks = store::forget(&self.db, before_ms).await?;
        // Nothing may be appended to a series while it goes.
        let _nobody = self.committing.lock().await;
        let mut empty = store::without_chunks(&self.db).await?;
        empty.retain(|id| !self.read_head().has(*id));
        if !empty.is_empty() {
            store::delete_series(&self.db, &empty).await?;
            let mut head = self.write_head();
            empty.iter().for_each(|id| head.index.remove(*id));
        }
        Ok(chunks)
    }

    /// Closes the database. Nothing has to be written for it: what was acknowledged is on disk.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Series that are known.
    pub fn series_count(&self) -> usize {
        self.read_head().index.len()
    }

    /// Samples that are in no chunk yet: what the next compaction writes.
    pub fn samples_in_memory(&self) -> usize {
        self.read_head().samples()
    }

    pub(crate) fn read_head(&self) -> RwLockReadGuard<'_, Head> {
        self.head.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_head(&self) -> RwLockWriteGuard<'_, Head> {
        self.head.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn encode_times(times: &[TimestampMs]) -> Result<Times, Error> {
    Ok(Times {
        to_ms: times[times.len() - 1],
        count: times.len(),
        blob: chunk::encode(times).map_err(|e| Error::damaged("times to be written", e))?,
    })
}

/// A run in pieces that fit into chunks.
fn pieces(run: &Run) -> Vec<std::ops::Range<usize>> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    while begin < run.at_ms.len() {
        let limit = run.at_ms[begin].saturating_add(SPAN_MS);
        let end = run
            .at_ms
            .partition_point(|at| *at <= limit)
            .min(begin + FULL);
        pieces.push(begin..end);
        begin = end;
    }
    pieces
}

/// What one commit writes.
struct Batch {
    entry: Entry,
    new: Vec<(SeriesId, Labels)>,
    samples: BTreeMap<SeriesId, Vec<(TimestampMs, f64)>>,
    admitted: Vec<Admitted>,
}

impl Batch {
    /// Admits what may go in and numbers new series.
    fn of(all: &[Waiting], config: &Config, head: &mut Head) -> Self {
        let mut batch = Self {
            entry: Entry::new(),
            new: Vec::new(),
            samples: BTreeMap::new(),
            admitted: Vec::new(),
        };
        for waiting in all {
            let window = config.window(waiting.now);
            let mut admitted = Admitted::default();
            for series in &waiting.series {
                batch.admit(series, &window, config, head, &mut admitted);
            }
            batch.admitted.push(admitted);
        }
        for (id, samples) in &batch.samples {
            batch.entry.put(*id, samples);
        }
        batch
    }

    fn admit(
        &mut self,
        series: &SeriesSamples,
        window: &std::ops::RangeInclusive<TimestampMs>,
        config: &Config,
        head: &mut Head,
        admitted: &mut Admitted,
    ) {
        let labels = &series.labels;
        let samples = series
            .at_ms
            .iter()
            .copied()
            .zip(series.values.iter().copied());
        let mut taken = Vec::new();
        for (at_ms, value) in samples {
            match at_ms {
                at if at < *window.start() => admitted.refuse(Refusal::TooOld, 1, labels),
                at if at > *window.end() => admitted.refuse(Refusal::TooFarAhead, 1, labels),
                at => taken.push((at, value)),
            }
        }
        if taken.is_empty() {
            return;
        }
        let id = match head.index.find(labels) {
            Some(id) => id,
            None => {
                let may = match head.index.len() >= config.most_series {
                    true => Err(Refusal::TooManySeries),
                    false => config.admit(labels),
                };
                if let Err(why) = may {
                    return admitted.refuse(why, taken.len() as u64, labels);
                }
                let id = head.index.add(labels.clone());
                self.new.push((id, labels.clone()));
                id
            }
        };
        admitted.taken += taken.len() as u64;
        self.samples.entry(id).or_default().extend(taken);
    }
}
