//! Reading: chunks and head, merged.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use db::Db;
use model::{Labels, ReadError, ReadSamples, Selection, SeriesSamples, TimestampMs};

use crate::chunk;
use crate::error::Error;
use crate::head::Run;
use crate::index::SeriesId;
use crate::storage::{SPAN_MS, Storage};
use crate::store::{self, ChunkRow};

/// Series whose samples are held in memory at the same time.
const PAGE: usize = 256;

impl ReadSamples for Storage {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let from_ms = selection.from_ms.max(self.oldest.load(Ordering::Relaxed));
        let ids = self.read_head().index.matching(&selection.matchers);
        for ids in ids.chunks(PAGE) {
            let page = self.page(ids, from_ms, selection.to_ms);
            for series in page.map_err(|error| ReadError(error.into()))? {
                if each(series).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn series(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        // Which of them have samples in the range is not looked up: they may have.
        let head = self.read_head();
        for id in head.index.matching(&selection.matchers) {
            if head
                .index
                .labels(id)
                .is_some_and(|labels| each(labels).is_break())
            {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Storage {
    fn page(
        &self,
        ids: &[SeriesId],
        from_ms: TimestampMs,
        to_ms: TimestampMs,
    ) -> Result<Vec<SeriesSamples>, Error> {
        // Memory first: what a compaction moves meanwhile is then seen twice, never not at all.
        let newest: Vec<(SeriesId, Labels, Run)> = {
            let head = self.read_head();
            let of = |id: &SeriesId| {
                let labels = head.index.labels(*id)?.clone();
                Some((*id, labels, head.between(*id, from_ms, to_ms)))
            };
            ids.iter().filter_map(of).collect()
        };
        let mut stored = self.runtime.block_on(async {
            let rows = store::chunks(&self.db, ids, from_ms, to_ms, SPAN_MS).await?;
            decoded(&self.db, rows).await
        })?;
        let merged = newest.into_iter().map(|(id, labels, newest)| {
            let chunks = stored.remove(&id).unwrap_or_default().into_iter();
            let older = chunks.map(|(_, run)| run.between(from_ms, to_ms));
            let run = older.fold(Run::default(), Run::merge).merge(newest);
            SeriesSamples {
                labels,
                at_ms: run.at_ms,
                values: run.values,
            }
        });
        Ok(merged.filter(|series| !series.at_ms.is_empty()).collect())
    }
}

/// The samples of chunks, by series and time.
pub(crate) async fn decoded(
    db: &Db,
    rows: Vec<ChunkRow>,
) -> Result<HashMap<SeriesId, Vec<(ChunkRow, Run)>>, Error> {
    let wanted: BTreeSet<i64> = rows.iter().map(|row| row.times_id).collect();
    let wanted: Vec<i64> = wanted.into_iter().collect();
    let mut times: HashMap<i64, Arc<[TimestampMs]>> = HashMap::new();
    for (id, count, blob) in store::times(db, &wanted).await? {
        let decoded: Vec<TimestampMs> = chunk::decode(&blob, count)
            .map_err(|e| Error::damaged(format!("the times with number {id}"), e))?;
        times.insert(id, decoded.into());
    }
    let mut by_series: HashMap<SeriesId, Vec<(ChunkRow, Run)>> = HashMap::new();
    for row in rows {
        let what = || format!("the chunk of series {} from {}", row.series, row.from_ms);
        let at_ms = times.get(&row.times_id);
        let at_ms = at_ms.ok_or_else(|| Error::damaged(what(), "its times are missing"))?;
        let values =
            chunk::decode(&row.data, at_ms.len()).map_err(|e| Error::damaged(what(), e))?;
        let run = Run {
            at_ms: at_ms.to_vec(),
            values,
        };
        by_series.entry(row.series).or_default().push((row, run));
    }
    Ok(by_series)
}
