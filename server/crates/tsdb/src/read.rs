//! Reading: chunks and head, merged.

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use db::Db;
use db::sqlx::SqliteConnection;
use hashbrown::{HashMap, HashSet};
use model::{
    Coarse, Labels, Matcher, ReadError, ReadSamples, RolledSeries, Selection, SeriesExemplars,
    SeriesSamples, TimestampMs,
};
use tokio_util::task::AbortOnDropHandle;

use crate::chunk::Unpacker;
use crate::compaction::SPAN_MS;
use crate::error::Error;
use crate::head::Run;
use crate::histograms;
use crate::index::{GroupId, SeriesId};
use crate::storage::Storage;
use crate::store::{self, ChunkRow};
use crate::{chunk, row};

/// Series that are read together over a few hours.
pub(crate) const PAGE: usize = 192;
/// Over a longer time fewer are: how long all of a page may be together, as if there were one series.
const PAGE_MS: u64 = 192 * 24 * 3_600_000;
/// Pages that are fetched and decoded while one is used, where pages are small.
const AHEAD: usize = 2;
/// How many numbers a histogram is taken for, when it is not known yet how large it is.
const OF_A_HISTOGRAM: usize = 64;

/// From when to when, both inclusive.
pub(crate) type Range = (TimestampMs, TimestampMs);

/// Decoded times by their numbers.
pub(crate) type TimesById = HashMap<i64, Arc<[TimestampMs]>>;

impl ReadSamples for Storage {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let (ids, dormant) = self.matching(&selection.matchers);
        let ids = without(ids, &dormant);
        self.select_ids(&ids, (selection.from_ms, selection.to_ms), each)
    }

    fn select_rolled(
        &self,
        selection: &Selection,
        coarse: Coarse,
        each: &mut dyn FnMut(RolledSeries) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.read_rolled(selection, coarse, each)
    }

    fn exemplars(
        &self,
        any_of: &[Vec<Matcher>],
        from_ms: TimestampMs,
        to_ms: TimestampMs,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Vec<SeriesExemplars> {
        self.find_exemplars(any_of, (from_ms, to_ms), go_on)
    }

    fn series(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let range = (
            selection.from_ms.max(self.oldest.load(Ordering::Relaxed)),
            selection.to_ms,
        );
        let (mut found, mut unsure) = self.in_memory(&selection.matchers, range);
        let windows = (selection.from_ms, selection.to_ms);
        let rolled = self.rolled_within(&selection.matchers, windows);
        let mut rolled = rolled.map_err(|error| ReadError(error.into()))?;
        found.iter().for_each(|labels| _ = rolled.remove(labels));
        unsure.retain(|(_, labels)| !rolled.contains(labels));
        if !unsure.is_empty() {
            let mut groups: Vec<GroupId> = unsure.iter().map(|(group, _)| *group).collect();
            groups.dedup();
            let stored = store::groups_within(&self.db, &groups, range, SPAN_MS);
            let stored = self.runtime.block_on(stored);
            let stored = stored.map_err(|error| ReadError(error.into()))?;
            let stored: HashSet<GroupId> = stored.into_iter().collect();
            let within = unsure
                .into_iter()
                .filter(|(group, _)| stored.contains(group));
            found.extend(within.map(|(_, labels)| labels));
        }
        found.extend(rolled);
        for labels in &found {
            if each(labels).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// All but some series.
pub(crate) fn without(
    mut ids: Vec<(GroupId, SeriesId)>,
    dormant: &HashSet<SeriesId>,
) -> Vec<(GroupId, SeriesId)> {
    if !dormant.is_empty() {
        ids.retain(|(_, id)| !dormant.contains(id));
    }
    ids
}

impl Storage {
    /// The series that match, by group, and those of them that have nothing but windows.
    pub(crate) fn matching(
        &self,
        matchers: &[Matcher],
    ) -> (Vec<(GroupId, SeriesId)>, HashSet<SeriesId>) {
        let head = self.read_head();
        let matching = head.index.matching(matchers);
        let ids = matching.iter().map(|series| (series.group, series.id));
        let mut ids: Vec<_> = ids.collect();
        ids.sort_unstable();
        let all = ids.iter().map(|(_, id)| *id);
        let dormant = all.filter(|id| head.index.is_dormant(*id)).collect();
        (ids, dormant)
    }

    /// Hands over the samples of some series in a range.
    pub(crate) fn select_ids(
        &self,
        ids: &[(GroupId, SeriesId)],
        (from_ms, to_ms): Range,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let from_ms = from_ms.max(self.oldest.load(Ordering::Relaxed));
        let range = (from_ms, to_ms);
        let (page, ahead) = self.page_of(ids, range);
        let mut pages = ids.chunks(page);
        let mut next = move || Some(self.begin_page(pages.next()?, range));
        let mut coming: VecDeque<Page> = VecDeque::with_capacity(ahead + 1);
        loop {
            while coming.len() <= ahead
                && let Some(page) = next()
            {
                coming.push_back(page);
            }
            let Some(page) = coming.pop_front() else {
                break;
            };
            let found = self.finish_page(page);
            for series in found.map_err(|error| ReadError(error.into()))? {
                if each(series).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// How many series are read together, and how many pages ahead of use.
    pub(crate) fn page_of(
        &self,
        ids: &[(GroupId, SeriesId)],
        (from_ms, to_ms): Range,
    ) -> (usize, usize) {
        let length_ms = to_ms.abs_diff(from_ms).max(1);
        let fit = usize::try_from(PAGE_MS / length_ms).unwrap_or(PAGE);
        let with_histograms = self.with_histograms();
        let has_histograms =
            !with_histograms.is_empty() && ids.iter().any(|(_, id)| with_histograms.contains(id));
        match (fit, has_histograms) {
            (0, _) => (1, 0),
            (fit, false) => (fit.min(PAGE), AHEAD),
            // Each of them is as large as many numbers.
            (fit, true) => ((fit.min(PAGE) / OF_A_HISTOGRAM).max(1), 0),
        }
    }

    /// The series of which memory has samples in a range, and those of which only chunks may have some,
    /// by group.
    fn in_memory(
        &self,
        matchers: &[Matcher],
        (from_ms, to_ms): Range,
    ) -> (Vec<Labels>, Vec<(GroupId, Labels)>) {
        // In this order everywhere, or two who read could wait for each other.
        let head = self.read_head();
        let with_histograms = self.with_histograms();
        let (mut found, mut unsure) = (Vec::new(), Vec::new());
        for series in head.index.matching(matchers) {
            let labels = series.labels.clone();
            if head.has_between(series.id, from_ms, to_ms) {
                found.push(labels);
            } else if !head.is_complete_from(from_ms) && !head.index.is_dormant(series.id) {
                match with_histograms.contains(&series.id) {
                    // Which rows there are is not looked up for them: they may have samples there.
                    true => found.push(labels),
                    false => unsure.push((series.group, labels)),
                }
            }
        }
        unsure.sort_unstable_by_key(|(group, _)| *group);
        (found, unsure)
    }
}

/// Series that are being read: what memory has of them, by number, and what chunks have is to come.
pub(crate) struct Page {
    series: Vec<(SeriesId, Labels, Run)>,
    older: Option<AbortOnDropHandle<Result<HashMap<SeriesId, Run>, Error>>>,
    histograms: histograms::Page,
}

impl Storage {
    pub(crate) fn begin_page(&self, ids: &[(GroupId, SeriesId)], range: Range) -> Page {
        let (from_ms, to_ms) = range;
        // Memory first: what a compaction moves meanwhile is then seen twice, never not at all.
        let head = self.read_head();
        let of = |(_, id): &(GroupId, SeriesId)| {
            let labels = head.index.get(*id)?.labels.clone();
            Some((*id, labels, head.floats.between(*id, from_ms, to_ms)))
        };
        let series = ids.iter().filter_map(of).collect();
        let is_complete = head.is_complete_from(from_ms);
        let histograms = self.begin_histograms(&head, ids, range);
        drop(head);
        let older = (!is_complete).then(|| {
            let db = self.db.clone();
            let mut groups: Vec<GroupId> = ids.iter().map(|(group, _)| *group).collect();
            groups.dedup();
            let wanted: HashSet<SeriesId> = ids.iter().map(|(_, id)| *id).collect();
            AbortOnDropHandle::new(self.runtime.spawn(async move {
                let mut moment = store::moment(&db).await?;
                let rows = store::chunks(&db, &mut moment, &groups, range, SPAN_MS).await?;
                let times = times_of(&db, &mut moment, &rows, |id| wanted.contains(&id)).await?;
                drop(moment);
                all_decoded(&rows, &times, &wanted, range).await
            }))
        });
        Page {
            series,
            older,
            histograms,
        }
    }

    pub(crate) fn finish_page(&self, page: Page) -> Result<Vec<SeriesSamples>, Error> {
        let mut older = match page.older {
            Some(older) => {
                let older = self.runtime.block_on(older);
                older.map_err(|e| Error::damaged("a page of chunks", e))??
            }
            None => HashMap::new(),
        };
        let mut histograms = self.finish_histograms(page.histograms)?;
        let merged = page.series.into_iter().map(|(id, labels, newest)| {
            let run = older.remove(&id).unwrap_or_default().merge(newest);
            let floats = SeriesSamples::floats(labels, run.at_ms, run.values);
            match histograms.remove(&id) {
                None => floats,
                Some(found) => histograms::beside(floats, found),
            }
        });
        Ok(merged.filter(|series| !series.is_empty()).collect())
    }
}

/// The samples of some series in a range, from rows in the order of time. It is work, so others get their
/// turn after each row. (Where blocking is allowed, all threads may be waiting for this.)
async fn all_decoded(
    rows: &[ChunkRow],
    times: &TimesById,
    wanted: &HashSet<SeriesId>,
    range: Range,
) -> Result<HashMap<SeriesId, Run>, Error> {
    let mut all: HashMap<SeriesId, Run> = HashMap::with_capacity(wanted.len());
    for row in rows {
        for (id, run) in decoded(row, times, |id| wanted.contains(&id), range)? {
            let known = all.entry(id).or_default();
            let before = std::mem::take(known);
            *known = before.merge(run);
        }
        tokio::task::yield_now().await;
    }
    Ok(all)
}

/// The times that some series of rows name.
pub(crate) async fn times_of(
    db: &Db,
    moment: &mut SqliteConnection,
    rows: &[ChunkRow],
    is_wanted: impl Fn(SeriesId) -> bool,
) -> Result<TimesById, Error> {
    let mut wanted = BTreeSet::new();
    for row in rows {
        let series = row::series(&row.data)?;
        let some = series.filter(|(id, _)| is_wanted(*id));
        wanted.extend(some.map(|(_, times_id)| times_id));
    }
    let wanted: Vec<i64> = wanted.into_iter().collect();
    let mut times = TimesById::new();
    for (id, count, blob) in store::times(db, moment, &wanted).await? {
        // Whoever needs them says that they are missing; others do not suffer.
        if let Ok(decoded) = chunk::decode::<TimestampMs>(&blob, count) {
            times.insert(id, decoded.into());
        }
    }
    Ok(times)
}

/// The samples of some series of a row in a range.
pub(crate) fn decoded(
    row: &ChunkRow,
    times: &TimesById,
    is_wanted: impl Fn(SeriesId) -> bool,
    (from_ms, to_ms): Range,
) -> Result<Vec<(SeriesId, Run)>, Error> {
    let mut found = Vec::new();
    for block in row::blocks(&row.data)? {
        let mut unpacker = None;
        for part in block.parts.iter().filter(|part| is_wanted(part.id)) {
            let what = || format!("the chunk of series {} from {}", part.id, row.from_ms);
            let at_ms = times.get(&part.times_id);
            let missing = || Error::damaged(what(), "its times are missing or damaged");
            let at_ms = at_ms.ok_or_else(missing)?;
            let begin = at_ms.partition_point(|at| *at < from_ms);
            let end = at_ms.partition_point(|at| *at <= to_ms);
            if begin >= end {
                continue;
            }
            let damaged = |error| Error::damaged(what(), error);
            let unpacker = match &mut unpacker {
                Some(unpacker) => unpacker,
                none => none.insert(Unpacker::new(block.head).map_err(damaged)?.0),
            };
            let values = unpacker.read(part.page, at_ms.len(), begin..end);
            let run = Run {
                at_ms: at_ms[begin..end].to_vec(),
                values: values.map_err(damaged)?,
            };
            found.push((part.id, run));
        }
    }
    Ok(found)
}
