//! From memory to chunks: what the journal holds is written by series, compressed, and the journal cut.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hashbrown::HashMap;
use model::TimestampMs;
use tokio_util::sync::CancellationToken;

use crate::chunk::{self, Block, Damage, Effort};
use crate::error::Error;
use crate::head::Run;
use crate::index::{GroupId, SeriesId};
use crate::storage::Storage;
use crate::store::{self, ChunkRow, NewBlock, NewRow, Rewrite, Times};
use crate::{read, rollup, row};

/// A row of chunks stays within one stretch of so much time, beginning at a multiple of it.
pub(crate) const SPAN_MS: i64 = 4 * 3_600_000;
/// Most samples of a series in one row: two hours every 15 s. Who asks for an hour unpacks it all.
pub(crate) const FULL: usize = 480;
/// A row of a stretch that is not over yet and has so many samples of a series is written again only when
/// it is.
const ENOUGH: usize = 240;
/// Groups that are compacted in one transaction: others wait for it.
const AT_ONCE: usize = 16;
/// What is younger stays in memory, compacted or not: look-back, the usual window of a rate, and a
/// little more.
const RECENT_MS: i64 = 6 * 60_000;
/// After an attempt that failed.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is done when there is little.
const INTERVAL: Duration = Duration::from_secs(30 * 60);

/// All times there are.
const ALWAYS: (TimestampMs, TimestampMs) = (TimestampMs::MIN, TimestampMs::MAX);

/// The samples of a group, by series.
type Runs = BTreeMap<SeriesId, Run>;
/// What was set aside of the series of a group.
type Sealed = Vec<(SeriesId, Arc<Run>)>;
/// A group and the begin of a stretch of time.
type Slot = (GroupId, TimestampMs);

impl Storage {
    /// Compacts when there is much in memory, every half hour, and once more when told to stop, so that
    /// the next start has little to read.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut is_stopping = false;
        while !is_stopping {
            let due = tokio::time::timeout(INTERVAL, self.is_full.notified());
            let due = stop.run_until_cancelled(due).await;
            is_stopping = due.is_none();
            let is_full = matches!(due, Some(Ok(())));
            let least = if is_full {
                self.config().most_in_memory
            } else {
                0
            };
            if let Err(error) = self.compact_if_above(least).await {
                tracing::error!(%error, "samples cannot be compacted; they stay in the journal");
                let pause = tokio::time::sleep(PAUSE);
                is_stopping |= stop.run_until_cancelled(pause).await.is_none();
            }
        }
    }

    /// Writes what memory has as chunks and cuts the journal behind it.
    ///
    /// # Errors
    /// When the disk refuses; then everything is still in journal and memory, and the next one tries again.
    pub async fn compact(self: &Arc<Self>) -> Result<(), Error> {
        self.compact_if_above(0).await
    }

    /// The same, unless somebody else has just done it.
    pub(crate) async fn compact_if_above(self: &Arc<Self>, least: usize) -> Result<(), Error> {
        let mut last_newest = self.compacting.lock().await;
        if self.samples_in_memory() < least {
            return Ok(());
        }
        let (up_to, samples, sealed, histograms) = {
            let last = self.committing.lock().await;
            let mut head = self.write_head();
            let histograms = head.histograms.seal();
            (
                *last,
                self.samples_in_memory(),
                head.floats.seal(),
                histograms,
            )
        };
        let newest = sealed.iter().filter_map(|(_, run)| run.at_ms.last());
        let newest = newest.chain(histograms.iter().filter_map(|(_, run)| run.at_ms.last()));
        let Some(newest) = newest.max().copied() else {
            return Ok(());
        };
        let mut groups: BTreeMap<GroupId, Sealed> = BTreeMap::new();
        {
            let head = self.read_head();
            for (id, run) in sealed {
                if let Some(series) = head.index.get(id) {
                    groups.entry(series.group).or_default().push((id, run));
                }
            }
        }
        let mut groups = groups.into_iter().peekable();
        while groups.peek().is_some() {
            let some: Vec<_> = groups.by_ref().take(AT_ONCE).collect();
            self.compact_groups(some, newest).await?;
        }
        self.compact_histograms(histograms, newest).await?;
        // While the journal has them, it wakes them at a start.
        let woken = self.write_head().index.take_woken();
        if !woken.is_empty() {
            rollup::wake(&self.db, &woken).await?;
        }
        store::cut_journal(&self.db, up_to).await?;
        self.write_head()
            .finish_compaction(newest.saturating_sub(RECENT_MS));
        self.pending.fetch_sub(samples, Ordering::Relaxed);
        if slot_of(*last_newest) < slot_of(newest) {
            self.join_rows_before(slot_of(newest), newest).await?;
        }
        *last_newest = newest;
        Ok(())
    }

    /// Makes full rows of those of a stretch that has just ended, of groups of which nothing came since.
    async fn join_rows_before(&self, end: TimestampMs, newest: TimestampMs) -> Result<(), Error> {
        let slot = end.saturating_sub(SPAN_MS);
        let groups = store::groups_of_rows(&self.db, slot, slot_end(slot)).await?;
        for groups in groups.chunks(AT_ONCE) {
            let slots = groups.iter().map(|group| ((*group, slot), Runs::new()));
            self.rewrite_slots(slots.collect(), newest).await?;
        }
        Ok(())
    }

    async fn compact_groups(
        &self,
        groups: Vec<(GroupId, Sealed)>,
        newest: TimestampMs,
    ) -> Result<(), Error> {
        let mut slots: BTreeMap<Slot, Runs> = BTreeMap::new();
        for (group, members) in groups {
            for (id, run) in members {
                for (slot, part) in by_slot(&run) {
                    slots.entry((group, slot)).or_default().insert(id, part);
                }
            }
        }
        self.rewrite_slots(slots, newest).await
    }

    /// Writes samples into the rows of their stretches of time.
    async fn rewrite_slots(
        &self,
        slots: BTreeMap<Slot, Runs>,
        newest: TimestampMs,
    ) -> Result<(), Error> {
        let wanted: Vec<_> = slots
            .keys()
            .map(|(group, slot)| (*group, *slot, slot_end(*slot)))
            .collect();
        let mut moment = store::moment(&self.db).await?;
        let mut rows = store::chunks_of_slots(&self.db, &mut moment, &wanted).await?;
        // A damaged row stays as it is; what is new must not be kept from the disk by it.
        rows.retain(|row| is_readable(row::blocks(&row.data)));
        let times = read::times_of(&self.db, &mut moment, &rows, |_| true).await?;
        drop(moment);
        // Compressing takes a while; others go on meanwhile.
        let rewriting = move || rewrite(slots, rows, &times, newest);
        let rewritten = tokio::task::spawn_blocking(rewriting).await;
        let rewritten = rewritten.map_err(|e| Error::damaged("a compaction", e))?;
        store::rewrite(&self.db, &rewritten?).await
    }
}

/// New rows for some groups, together with what the rows have that they overlap or that are not full.
fn rewrite(
    slots: BTreeMap<Slot, Runs>,
    rows: Vec<ChunkRow>,
    times: &read::TimesById,
    newest: TimestampMs,
) -> Result<Rewrite, Error> {
    let mut by_slot: HashMap<Slot, Vec<ChunkRow>> = HashMap::new();
    for row in rows {
        let slot = (row.group, slot_of(row.from_ms));
        by_slot.entry(slot).or_default().push(row);
    }
    let mut writing = Writing::default();
    for ((group, slot), mut runs) in slots {
        let due = rollup::changed(group, slot, runs.values());
        writing.rewrite.due.extend(due);
        let is_over = slot.saturating_add(SPAN_MS) <= newest;
        let enough = if is_over { FULL } else { ENOUGH };
        let mut stored = by_slot.remove(&(group, slot)).unwrap_or_default();
        // The nearest first, so that neighbours are joined before those behind them. Rows may overlap: a
        // full one is left alone, and reading merges.
        while let Some(row) = stored.pop() {
            let first = runs.values().filter_map(|run| run.at_ms.first()).min();
            let last = runs.values().filter_map(|run| run.at_ms.last()).max();
            let is_behind = last.is_some_and(|last| row.from_ms > *last);
            let is_before = first.is_some_and(|first| row.to_ms < *first);
            let counts = row::series(&row.data)?;
            let counts = counts.filter_map(|(_, times_id)| Some(times.get(&times_id)?.len()));
            let is_full = counts.max().is_some_and(|most| most >= enough);
            if is_behind || (is_before && is_full) {
                continue;
            }
            let old = read::decoded(&row, times, |_| true, ALWAYS);
            let Ok(old) = old else {
                is_readable(old);
                continue;
            };
            writing.replaces(&row)?;
            for (id, run) in old {
                let newer = runs.remove(&id).unwrap_or_default();
                runs.insert(id, run.merge(newer));
            }
        }
        writing.write(group, &runs, is_over)?;
    }
    Ok(writing.rewrite)
}

/// Whether a row could be read; the log says it where not.
pub(crate) fn is_readable<T>(read: Result<T, Error>) -> bool {
    if let Err(error) = &read {
        tracing::error!(%error, "a row of chunks is left alone");
    }
    read.is_ok()
}

/// A rewrite that is being put together.
#[derive(Default)]
struct Writing {
    rewrite: Rewrite,
    places: HashMap<Vec<TimestampMs>, usize>,
}

impl Writing {
    fn replaces(&mut self, row: &ChunkRow) -> Result<(), Error> {
        self.rewrite.old.push(row.id);
        for (_, times_id) in row::series(&row.data)? {
            *self.rewrite.released.entry(times_id).or_default() += 1;
        }
        Ok(())
    }

    fn write(&mut self, group: GroupId, runs: &Runs, is_over: bool) -> Result<(), Error> {
        let mut from = TimestampMs::MIN;
        while let Some((first, last)) = next_piece(runs, from) {
            // What another piece follows is complete, and so is what time has left behind.
            let is_followed = next_piece(runs, last.saturating_add(1)).is_some();
            let effort = match is_over || is_followed {
                true => Effort::Full,
                false => Effort::Little,
            };
            let row = self.row(group, runs, (first, last), effort);
            let row = row.map_err(|e| Error::damaged("chunks to be written", e))?;
            self.rewrite.new.push(row);
            if last == TimestampMs::MAX {
                break;
            }
            from = last + 1;
        }
        Ok(())
    }

    fn row(
        &mut self,
        group: GroupId,
        runs: &Runs,
        (from_ms, to_ms): (TimestampMs, TimestampMs),
        effort: Effort,
    ) -> Result<NewRow, Damage> {
        let (mut series, mut values) = (Vec::new(), Vec::new());
        for (id, run) in runs {
            let piece = run.places(from_ms, to_ms);
            if !piece.is_empty() {
                series.push((*id, self.place(&run.at_ms[piece.clone()], effort)?));
                values.push(&run.values[piece]);
            }
        }
        let blocks = match effort {
            Effort::Little => vec![Block::new(&values, effort)?],
            Effort::Full => Block::smallest(&values)?,
        };
        let mut series = series.into_iter();
        let blocks = blocks.into_iter().map(|values| NewBlock {
            series: series.by_ref().take(values.pages.len()).collect(),
            values,
        });
        Ok(NewRow {
            group,
            from_ms,
            to_ms,
            blocks: blocks.collect(),
        })
    }

    /// The place of times among those to be written.
    fn place(&mut self, at_ms: &[TimestampMs], effort: Effort) -> Result<usize, Damage> {
        let times = &mut self.rewrite.times;
        if let Some(place) = self.places.get(at_ms) {
            times[*place].uses += 1;
            return Ok(*place);
        }
        times.push(Times {
            to_ms: at_ms[at_ms.len() - 1],
            count: at_ms.len(),
            uses: 1,
            blob: chunk::encode(at_ms, effort)?,
        });
        let place = times.len() - 1;
        self.places.insert(at_ms.to_vec(), place);
        Ok(place)
    }
}

/// The begin of the stretch that a time lies in.
pub(crate) fn slot_of(at_ms: TimestampMs) -> TimestampMs {
    // The oldest stretch of all begins before time does.
    at_ms.saturating_sub(at_ms.rem_euclid(SPAN_MS))
}

/// A run by stretches of time.
pub(crate) fn by_slot<V: Clone>(run: &Run<V>) -> Vec<(TimestampMs, Run<V>)> {
    let mut parts = Vec::new();
    let mut begin = 0;
    while let Some(first) = run.at_ms.get(begin) {
        let slot = slot_of(*first);
        let last = slot_end(*first);
        let end = run.at_ms.partition_point(|at| *at <= last);
        parts.push((slot, run.slice(begin..end)));
        begin = end;
    }
    parts
}

/// The last millisecond of the stretch that a time lies in.
pub(crate) fn slot_end(at_ms: TimestampMs) -> TimestampMs {
    at_ms.saturating_add(SPAN_MS - 1 - at_ms.rem_euclid(SPAN_MS))
}

/// The first and the last time of the next piece from a time on that is not too much for a row.
fn next_piece(runs: &Runs, from: TimestampMs) -> Option<(TimestampMs, TimestampMs)> {
    let (mut first, mut last, mut bound) = (None, None, None);
    for run in runs.values() {
        let begin = run.at_ms.partition_point(|at| *at < from);
        let Some(at) = run.at_ms.get(begin).copied() else {
            continue;
        };
        first = Some(first.map_or(at, |first: TimestampMs| first.min(at)));
        last = last.max(run.at_ms.last().copied());
        // The first sample that would be too many.
        if let Some(at) = run.at_ms.get(begin + FULL).copied() {
            bound = Some(bound.map_or(at, |bound: TimestampMs| bound.min(at)));
        }
    }
    let last = match bound {
        None => last?,
        Some(bound) => {
            let before = runs.values().filter_map(|run| {
                let end = run.at_ms.partition_point(|at| *at < bound);
                run.at_ms[..end].last()
            });
            *before.max()?
        }
    };
    Some((first?, last))
}
