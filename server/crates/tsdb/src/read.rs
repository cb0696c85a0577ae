//! Reading: chunks and head, merged.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use db::Db;
use model::{Labels, ReadError, ReadSamples, Selection, SeriesSamples, TimestampMs};
use tokio::task::JoinHandle;

use crate::compaction::SPAN_MS;
use crate::error::Error;
use crate::head::Run;
use crate::index::{GroupId, SeriesId};
use crate::storage::Storage;
use crate::store::{self, ChunkRow};
use crate::{chunk, row};

/// Series whose samples are held in memory at the same time, at least; groups stay whole.
const PAGE: usize = 256;

/// Decoded times by their numbers.
pub(crate) type TimesById = HashMap<i64, Arc<[TimestampMs]>>;

impl ReadSamples for Storage {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let from_ms = selection.from_ms.max(self.oldest.load(Ordering::Relaxed));
        let range = (from_ms, selection.to_ms);
        let mut ids: Vec<(GroupId, SeriesId)> = {
            let head = self.read_head();
            let matching = head.index.matching(&selection.matchers);
            matching
                .iter()
                .map(|series| (series.group, series.id))
                .collect()
        };
        ids.sort_unstable();
        let mut pages = ids.chunk_by(|a, b| a.0 == b.0);
        let mut next = move || {
            let mut page = Vec::new();
            while page.len() < PAGE
                && let Some(group) = pages.next()
            {
                page.extend_from_slice(group);
            }
            (!page.is_empty()).then(|| self.begin_page(&page, range))
        };
        // One page is fetched while the one before is decoded and used.
        let mut fetching = next();
        while let Some(page) = fetching {
            fetching = next();
            let found = self.finish_page(page, range);
            for series in found.map_err(|error| ReadError(error.into()))? {
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
        for series in head.index.matching(&selection.matchers) {
            if each(&series.labels).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Series that are being read: what memory has of them, and the rows to come.
struct Page {
    series: Vec<(GroupId, SeriesId, Labels, Run)>,
    rows: Option<JoinHandle<Result<Stored, Error>>>,
}

/// Rows and the times that they name.
type Stored = (Vec<ChunkRow>, TimesById);

impl Storage {
    fn begin_page(
        &self,
        ids: &[(GroupId, SeriesId)],
        (from_ms, to_ms): (TimestampMs, TimestampMs),
    ) -> Page {
        // Memory first: what a compaction moves meanwhile is then seen twice, never not at all.
        let head = self.read_head();
        let of = |(group, id): &(GroupId, SeriesId)| {
            let labels = head.index.get(*id)?.labels.clone();
            Some((*group, *id, labels, head.between(*id, from_ms, to_ms)))
        };
        let series = ids.iter().filter_map(of).collect();
        let is_complete = head.is_complete_from(from_ms);
        drop(head);
        let rows = (!is_complete).then(|| {
            let db = self.db.clone();
            let mut groups: Vec<GroupId> = ids.iter().map(|(group, _)| *group).collect();
            groups.dedup();
            let wanted: BTreeSet<SeriesId> = ids.iter().map(|(_, id)| *id).collect();
            self.runtime.spawn(async move {
                let rows = store::chunks(&db, &groups, (from_ms, to_ms), SPAN_MS).await?;
                let times = times_of(&db, &rows, |id| wanted.contains(&id)).await?;
                Ok((rows, times))
            })
        });
        Page { series, rows }
    }

    fn finish_page(
        &self,
        page: Page,
        (from_ms, to_ms): (TimestampMs, TimestampMs),
    ) -> Result<Vec<SeriesSamples>, Error> {
        let mut older: BTreeMap<SeriesId, Run> = BTreeMap::new();
        if let Some(rows) = page.rows {
            let rows = self.runtime.block_on(rows);
            let (rows, times) = rows.map_err(|e| Error::damaged("a page of chunks", e))??;
            older.extend(
                page.series
                    .iter()
                    .map(|(_, id, _, _)| (*id, Run::default())),
            );
            for row in rows {
                for (id, run) in decoded(&row, &times, |id| older.contains_key(&id))? {
                    if let Some(before) = older.get_mut(&id) {
                        let before_this = std::mem::take(before);
                        *before = before_this.merge(run.within(from_ms, to_ms));
                    }
                }
            }
        }
        let merged = page.series.into_iter().map(|(_, id, labels, newest)| {
            let older = older.remove(&id).unwrap_or_default();
            let run = older.merge(newest);
            SeriesSamples {
                labels,
                at_ms: run.at_ms,
                values: run.values,
            }
        });
        Ok(merged.filter(|series| !series.at_ms.is_empty()).collect())
    }
}

/// The times that some series of rows name.
pub(crate) async fn times_of(
    db: &Db,
    rows: &[ChunkRow],
    is_wanted: impl Fn(SeriesId) -> bool,
) -> Result<TimesById, Error> {
    let mut wanted = BTreeSet::new();
    for row in rows {
        let parts = row::parts(&row.data)?.into_iter();
        let parts = parts.filter(|part| is_wanted(part.id));
        wanted.extend(parts.map(|part| part.times_id));
    }
    let wanted: Vec<i64> = wanted.into_iter().collect();
    let mut times = TimesById::new();
    for (id, count, blob) in store::times(db, &wanted).await? {
        let decoded: Vec<TimestampMs> = chunk::decode(&blob, count)
            .map_err(|e| Error::damaged(format!("the times with number {id}"), e))?;
        times.insert(id, decoded.into());
    }
    Ok(times)
}

/// The samples of some series of a row.
pub(crate) fn decoded(
    row: &ChunkRow,
    times: &TimesById,
    is_wanted: impl Fn(SeriesId) -> bool,
) -> Result<Vec<(SeriesId, Run)>, Error> {
    let what = |id| format!("the chunk of series {id} from {}", row.from_ms);
    let parts = row::parts(&row.data)?.into_iter();
    let decode = |part: row::Part<'_>| {
        let at_ms = times.get(&part.times_id);
        let at_ms = at_ms.ok_or_else(|| Error::damaged(what(part.id), "its times are missing"))?;
        let values =
            chunk::decode(part.data, at_ms.len()).map_err(|e| Error::damaged(what(part.id), e))?;
        let at_ms = at_ms.to_vec();
        Ok((part.id, Run { at_ms, values }))
    };
    parts
        .filter(|part| is_wanted(part.id))
        .map(decode)
        .collect()
}
