//! The store: what it holds, and opening it where it was left.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use db::Db;
use hashbrown::HashSet;
use model::TimestampMs;
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, Notify};

use crate::admission::Rates;
use crate::append::Waiting;
use crate::config::Config;
use crate::error::Error;
use crate::exemplars::Exemplars;
use crate::head::{Head, Late};
use crate::histograms;
use crate::index::{Index, Known, SeriesId};
use crate::rollup::Seams;
use crate::store;
use crate::{journal, members};

/// The store. It is asked through [`model::ReadSamples`] and fed through [`model::AppendSamples`].
pub struct Storage {
    pub(crate) db: Db,
    pub(crate) runtime: Handle,
    config: RwLock<Arc<Config>>,
    pub(crate) rates: Mutex<Rates>,
    head: RwLock<Head>,
    waiting: Mutex<Vec<Waiting>>,
    /// Whoever holds it commits for all who wait; the last row of the journal.
    pub(crate) committing: AsyncMutex<i64>,
    /// What is older has been deleted, or is about to be: it is not read any more.
    pub(crate) oldest: AtomicI64,
    /// One compaction or deletion at a time; the newest time that the last compaction met.
    pub(crate) compacting: AsyncMutex<TimestampMs>,
    /// Samples that are in no chunk yet.
    pub(crate) pending: AtomicUsize,
    /// There are many of them.
    pub(crate) is_full: Notify,
    /// Series that chunks have histograms of.
    pub(crate) with_histograms: RwLock<HashSet<SeriesId>>,
    /// What is rolled up.
    pub(crate) seams: Seams,
    /// Whoever holds it asks for no other lock.
    exemplars: Mutex<Exemplars>,
}

/// How much is in chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Rows of chunks.
    pub rows: u64,
    /// The time of the first sample, if there is one.
    pub from_ms: Option<TimestampMs>,
    /// The time of the last sample.
    pub to_ms: Option<TimestampMs>,
}

impl Storage {
    /// Opens the store where it was left.
    ///
    /// # Errors
    /// When the database cannot be read, or what is in it not understood.
    pub async fn open(db: Db, config: Config) -> Result<Self, Error> {
        let mut index = Index::default();
        let mut known = Vec::new();
        for (group, blob) in store::groups(&db).await? {
            let members = members::read(group, &blob)?.into_iter();
            known.extend(members.map(|(id, labels)| Known { id, group, labels }));
        }
        known.sort_unstable_by_key(|series| series.id);
        known.into_iter().for_each(|series| index.insert(series));
        let with_histograms = histograms::store::series(&db).await?;
        let newest = store::newest_chunk(&db).await?;
        let complete_ms = newest.map_or(TimestampMs::MIN, |newest| newest.saturating_add(1));
        // Before the journal is read, which wakes those that have got samples since.
        let dormant = crate::rollup::dormant(&db).await?.into_iter();
        let dormant = dormant.filter(|id| index.get(*id).is_some()).collect();
        index.set_dormant(dormant);
        let mut head = Head::new(index, complete_ms);
        let (mut last, mut pending, mut unknown) = (0, 0, 0);
        loop {
            let rows = store::journal_after(&db, last).await?;
            if rows.is_empty() {
                break;
            }
            for (row, blob) in rows {
                let (floats, histograms) = histograms::split(row, &blob)?;
                let mut late = Late::default();
                journal::read(row, floats, |id, at_ms, value| {
                    if head.index.get(id).is_none() {
                        unknown += 1;
                        return;
                    }
                    head.index.wake(id);
                    head.floats.put(id, at_ms, value, &mut late);
                    pending += 1;
                })?;
                head.floats.settle(late);
                let mut late = Late::default();
                histograms::read(row, histograms, |id, at_ms, histogram| {
                    if head.index.get(id).is_none() {
                        unknown += 1;
                        return;
                    }
                    head.index.wake(id);
                    pending += histogram.weight();
                    let histogram = Arc::new(histogram);
                    head.histograms.put(id, at_ms, histogram, &mut late);
                })?;
                head.histograms.settle(late);
                last = row;
            }
        }
        if unknown > 0 {
            tracing::error!(
                unknown,
                "the journal has samples of series that nothing names"
            );
        }
        let seams = Seams::open(&db).await?;
        let exemplars = Exemplars::open(&db, |id| head.index.get(id).is_some()).await?;
        Ok(Self {
            db,
            runtime: Handle::current(),
            config: RwLock::new(Arc::new(config)),
            rates: Mutex::default(),
            head: RwLock::new(head),
            waiting: Mutex::default(),
            committing: AsyncMutex::new(last),
            oldest: AtomicI64::new(TimestampMs::MIN),
            compacting: AsyncMutex::new(TimestampMs::MIN),
            pending: AtomicUsize::new(pending),
            is_full: Notify::new(),
            with_histograms: RwLock::new(with_histograms),
            seams,
            exemplars: Mutex::new(exemplars),
        })
    }

    /// Other settings from now on. What has been taken in by earlier ones stays until retention has its
    /// turn.
    pub fn reconfigure(&self, config: Config) {
        let mut known = self.config.write().unwrap_or_else(PoisonError::into_inner);
        *known = Arc::new(config);
    }

    pub(crate) fn config(&self) -> Arc<Config> {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&config)
    }

    /// Closes the database. Nothing has to be written for it: what was acknowledged is on disk.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// How much is in chunks: rows, and the times of the first and the last sample.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn extent(&self) -> Result<Extent, Error> {
        let (rows, from_ms, to_ms) = store::extent(&self.db).await?;
        Ok(Extent {
            rows: rows.unsigned_abs(),
            from_ms,
            to_ms,
        })
    }

    /// Series that are known.
    pub fn series_count(&self) -> usize {
        self.read_head().index.len()
    }

    /// Series of which there are only windows.
    pub fn dormant_count(&self) -> usize {
        self.read_head().index.dormant_count()
    }

    /// Samples that are in no chunk yet: what the next compaction writes. A histogram counts as many as take
    /// its place.
    pub fn samples_in_memory(&self) -> usize {
        self.pending.load(Ordering::Relaxed)
    }

    pub(crate) fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn exemplars(&self) -> MutexGuard<'_, Exemplars> {
        self.exemplars
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read_head(&self) -> RwLockReadGuard<'_, Head> {
        self.head.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write_head(&self) -> RwLockWriteGuard<'_, Head> {
        self.head.write().unwrap_or_else(PoisonError::into_inner)
    }
}
