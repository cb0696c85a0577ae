//! Forgetting: by age, and by size.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hashbrown::HashSet;
use model::TimestampMs;

use crate::compaction::{SPAN_MS, slot_of};
use crate::error::Error;
use crate::index::{GroupId, SeriesId};
use crate::storage::Storage;
use crate::{rollup, row, store};

/// Groups whose rows are looked through at once.
const AT_ONCE: usize = 8;

impl Storage {
    /// Deletes what is older than a time, series that have nothing left included, and gives the space
    /// back; how many rows of chunks. A row goes as a whole; what is too old in one that stays is not
    /// read.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn forget(self: &Arc<Self>, before_ms: TimestampMs) -> Result<u64, Error> {
        self.roll_old(before_ms).await?;
        let _one = self.compacting.lock().await;
        // A compaction may have brought something since.
        self.roll_rest_before(before_ms).await?;
        self.oldest.fetch_max(before_ms, Ordering::Relaxed);
        let rows = store::forget(&self.db, before_ms, SPAN_MS).await?;
        self.forget_exemplars(before_ms).await?;
        self.find_histograms().await?;
        self.seams.renew(&self.db).await?;
        // Chunks get no series meanwhile, because no compaction goes on; memory may.
        let mut gone = self.without_samples().await?;
        let _nobody = self.committing.lock().await;
        gone.retain(|id| !self.read_head().has(*id));
        let config = self.config();
        let mut dormant = self.seams.with_windows(&gone, &config.rollups);
        let most = config.limits.series;
        if most > 0 {
            let beyond = self.seams.beyond(&dormant, most);
            if !beyond.is_empty() {
                let series = beyond.len();
                tracing::warn!(
                    series,
                    most,
                    "there are more series of which only windows are left than series may be: the oldest go"
                );
            }
            beyond.iter().for_each(|id| _ = dormant.remove(id));
        }
        gone.retain(|id| !dormant.contains(id));
        let is_news = *self.read_head().index.dormant() != dormant;
        if is_news {
            let all: Vec<SeriesId> = dormant.iter().copied().collect();
            rollup::set_dormant(&self.db, &all).await?;
        }
        self.write_head().index.set_dormant(dormant);
        if !gone.is_empty() {
            let mut removed = Vec::new();
            {
                let index = &mut self.write_head().index;
                removed.extend(gone.iter().filter_map(|id| index.get(*id).cloned()));
                index.remove_all(&gone.into_iter().collect());
            }
            let groups = self.groups_of(&removed);
            let is_empty =
                |group: &GroupId| self.read_head().index.members(*group).next().is_none();
            let (empty, left): (Vec<_>, Vec<_>) =
                groups.into_iter().partition(|(group, _)| is_empty(group));
            let empty: Vec<_> = empty.into_iter().map(|(group, _)| group).collect();
            if let Err(error) = store::shrink_groups(&self.db, &empty, &left).await {
                // They are still on disk, so they are still known.
                let index = &mut self.write_head().index;
                removed.into_iter().for_each(|series| index.insert(series));
                return Err(error);
            }
            let removed: Vec<SeriesId> = removed.iter().map(|series| series.id).collect();
            self.seams.remove(&removed);
            self.exemplars().forget_series(&removed);
        }
        Ok(rows)
    }

    /// Deletes the oldest samples until the database is no larger than configured; how many rows of
    /// chunks. Whole stretches of time go, and never the newest one that chunks have: of one that goes in
    /// part nothing would be read, and a bound that is too small must not hide what comes in now. Windows go
    /// as long as they take more than half, and when there are no other samples left.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn forget_beyond_size(self: &Arc<Self>, now: TimestampMs) -> Result<u64, Error> {
        let most = self.config().retention_bytes;
        let mut rows = 0;
        while most > 0 && store::size(&self.db).await? > most {
            let oldest = store::oldest_chunk(&self.db).await?;
            let newest = store::newest_chunk(&self.db).await?;
            // Samples may be ahead of the clock; what comes in now is not.
            let newest = newest.map(|newest| newest.min(now));
            let before_ms = oldest.map(|oldest| slot_of(oldest).saturating_add(SPAN_MS));
            let before_ms = before_ms.filter(|before_ms| newest >= Some(*before_ms));
            let windows = self
                .forget_windows_beyond(most, before_ms.is_none())
                .await?;
            rows += windows;
            match before_ms {
                _ if windows > 0 => {}
                Some(before_ms) => rows += self.forget(before_ms).await?,
                None => {
                    tracing::warn!(
                        most,
                        "the newest samples alone take more than samples may take"
                    );
                    break;
                }
            }
        }
        Ok(rows)
    }

    /// What the database takes on disk, in bytes.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn size(&self) -> Result<u64, Error> {
        store::size(&self.db).await
    }

    /// Series that have a sample neither in memory nor in a chunk.
    async fn without_samples(&self) -> Result<Vec<SeriesId>, Error> {
        // What had none before has got none since, or it would have been noticed.
        let (dormant, mut idle): (Vec<_>, Vec<_>) = {
            let head = self.read_head();
            let with_histograms = self.with_histograms();
            let has_samples = |id| head.has(id) || with_histograms.contains(&id);
            let idle = head.index.iter().filter(|series| !has_samples(series.id));
            let idle = idle.map(|series| (series.group, series.id));
            idle.partition(|(_, id)| head.index.is_dormant(*id))
        };
        idle.sort_unstable();
        let mut groups: Vec<GroupId> = idle.iter().map(|(group, _)| *group).collect();
        groups.dedup();
        let always = (TimestampMs::MIN, TimestampMs::MAX);
        for groups in groups.chunks(AT_ONCE) {
            let mut moment = store::moment(&self.db).await?;
            for stored in store::chunks(&self.db, &mut moment, groups, always, SPAN_MS).await? {
                let stored_ids: HashSet<SeriesId> =
                    row::series(&stored.data)?.map(|(id, _)| id).collect();
                idle.retain(|(group, id)| *group != stored.group || !stored_ids.contains(id));
            }
        }
        let without = idle.into_iter().chain(dormant);
        Ok(without.map(|(_, id)| id).collect())
    }
}
