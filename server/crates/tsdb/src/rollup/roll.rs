//! Rolling up: a stretch of time of a few groups at a time, all of its windows anew.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashMap;
use model::{Clock, TimestampMs};
use tokio_util::sync::CancellationToken;

use super::pack::{Fields, Windows};
use super::seams::write_reach;
use super::store::{Rolled, Row};
use super::window::{Window, joined, windows};
use super::{FARTHEST_MS, Level, Rollups, pack, store};
use crate::chunk::Effort;
use crate::compaction::SPAN_MS;
use crate::error::Error;
use crate::head::Run;
use crate::index::{GroupId, SeriesId};
use crate::storage::Storage;
use crate::store::ChunkRow;
use crate::{read, row};

/// Groups that are rolled up in one transaction: others wait for it.
const AT_ONCE: usize = 16;
/// How often it is looked for what there is to be done.
const INTERVAL: Duration = Duration::from_secs(60);
/// After an attempt that failed.
const PAUSE: Duration = Duration::from_secs(30);
/// Between two turns there is a pause of so many times what one has taken, so that it never takes much
/// of the machine.
const REST: u32 = 4;
/// A stretch that is over is left alone for the time that late samples may come, but no longer than this.
const LONGEST_WAIT_MS: i64 = 3_600_000;

impl Storage {
    /// Rolls up whatever is over, in many small turns, until told to stop.
    pub async fn keep_rolled_up(self: Arc<Self>, clock: Arc<dyn Clock>, stop: CancellationToken) {
        let turns = async {
            loop {
                let begun = std::time::Instant::now();
                let pause = match self.roll_some(clock.now_ms()).await {
                    Ok(true) => begun.elapsed() * REST,
                    Ok(false) => INTERVAL,
                    Err(error) => {
                        tracing::error!(%error, "samples cannot be rolled up; it is tried again");
                        PAUSE
                    }
                };
                tokio::time::sleep(pause).await;
            }
        };
        // What is being written when it stops is written wholly or not at all.
        stop.run_until_cancelled(turns).await;
    }

    /// Rolls up everything that is over.
    ///
    /// # Errors
    /// When the disk refuses; what has been rolled up until then stays so.
    pub async fn roll_up(&self, now_ms: TimestampMs) -> Result<(), Error> {
        while self.roll_some(now_ms).await? {}
        Ok(())
    }

    /// Rolls up some groups of the oldest stretch that is over; whether there was any.
    async fn roll_some(&self, now_ms: TimestampMs) -> Result<bool, Error> {
        let late_ms = i64::try_from(self.config().late.as_millis()).unwrap_or(i64::MAX);
        let wait_ms = SPAN_MS + late_ms.min(LONGEST_WAIT_MS);
        // A stretch is over when its end is.
        let before_ms = now_ms.saturating_sub(wait_ms).saturating_add(1);
        let _one = self.compacting.lock().await;
        self.roll_next(before_ms).await
    }

    /// Rolls up everything that begins before a time, over or not, because it is about to be deleted.
    pub(crate) async fn roll_before(&self, before_ms: TimestampMs) -> Result<(), Error> {
        loop {
            let _one = self.compacting.lock().await;
            if !self.roll_next(before_ms).await? {
                return Ok(());
            }
        }
    }

    /// The same for whoever keeps compactions away.
    pub(crate) async fn roll_rest_before(&self, before_ms: TimestampMs) -> Result<(), Error> {
        while self.roll_next(before_ms).await? {}
        Ok(())
    }

    /// Rolls up some groups of the oldest stretch that begins before a time; whether there was any. No
    /// compaction may go on meanwhile: what it changes would be taken for done.
    async fn roll_next(&self, before_ms: TimestampMs) -> Result<bool, Error> {
        let kept = self.config().rollups;
        if kept.is_off() {
            return Ok(false);
        }
        let Some((slot_ms, groups)) = store::due(&self.db, before_ms, AT_ONCE).await? else {
            return Ok(false);
        };
        let range = (slot_ms.saturating_add(1), slot_ms.saturating_add(SPAN_MS));
        let mut moment = crate::store::moment(&self.db).await?;
        let mut rows = crate::store::chunks(&self.db, &mut moment, &groups, range, SPAN_MS).await?;
        // What is damaged must not keep the rest from being rolled up, and deleted in the end.
        rows.retain(|stored| is_readable(row::blocks(&stored.data)));
        let times = read::times_of(&self.db, &mut moment, &rows, |_| true).await?;
        drop(moment);
        let mut stored = Vec::new();
        for level in kept.levels() {
            stored.extend(store::rows(&self.db, level, &groups, (slot_ms, range.1)).await?);
        }
        let members: HashMap<GroupId, Vec<SeriesId>> = {
            let head = self.read_head();
            let of = |group: &GroupId| {
                let members = head.index.members(*group);
                (*group, members.map(|series| series.id).collect())
            };
            groups.iter().map(of).collect()
        };
        let ids: Vec<SeriesId> = members.values().flatten().copied().collect();
        let turn = Turn {
            slot_ms,
            groups,
            members,
            kept,
            // All samples are there from this time on.
            complete_ms: self.seams.borders().samples_ms.unwrap_or(TimestampMs::MIN),
            now_ms: before_ms,
            reach: self.seams.reach_of(&ids),
            newest_ms: None,
        };
        // It is work; others go on meanwhile.
        let rolling = tokio::task::spawn_blocking(move || turn.roll(rows, &times, stored)).await;
        let (rolled, reach) = rolling.map_err(|e| Error::damaged("a rollup", e))??;
        store::write(&self.db, &rolled).await?;
        self.seams.extend(reach);
        if rolled.left_out.is_some() {
            self.seams.renew(&self.db).await?;
        }
        Ok(true)
    }
}

/// One stretch of time of some groups.
struct Turn {
    slot_ms: TimestampMs,
    groups: Vec<GroupId>,
    members: HashMap<GroupId, Vec<SeriesId>>,
    kept: Rollups,
    complete_ms: TimestampMs,
    now_ms: TimestampMs,
    /// How far the series of the groups are rolled up.
    reach: HashMap<SeriesId, TimestampMs>,
    /// The end of the last window of the stretch.
    newest_ms: Option<TimestampMs>,
}

type Reach = HashMap<SeriesId, TimestampMs>;

impl Turn {
    fn roll(
        mut self,
        chunks: Vec<ChunkRow>,
        times: &read::TimesById,
        stored: Vec<Row>,
    ) -> Result<(Rolled, Reach), Error> {
        let range = (self.slot_ms.saturating_add(1), self.end_ms());
        let mut runs: HashMap<GroupId, BTreeMap<SeriesId, Run>> = HashMap::new();
        for chunk in &chunks {
            let decoded = read::decoded(chunk, times, |_| true, range);
            let of_group = runs.entry(chunk.group).or_default();
            let decoded = match decoded {
                Ok(decoded) => decoded,
                damaged => {
                    is_readable(damaged);
                    continue;
                }
            };
            for (id, run) in decoded {
                let known = of_group.remove(&id).unwrap_or_default();
                of_group.insert(id, known.merge(run));
            }
        }
        let mut stored: HashMap<(Level, GroupId), Row> = stored
            .into_iter()
            .map(|row| ((row.level, row.group), row))
            .collect();
        let mut rolled = Rolled::default();
        let left_out = Level::ALL
            .into_iter()
            .find(|level| self.kept.of(*level).is_none());
        for group in std::mem::take(&mut self.groups) {
            let runs = runs.remove(&group).unwrap_or_default();
            rolled.done.insert((self.slot_ms, group));
            self.roll_group(group, &runs, &mut stored, &mut rolled)?;
        }
        let newest = self.newest_ms;
        rolled.left_out = left_out
            .zip(newest)
            .map(|(level, newest)| (level, level.end_of(newest)));
        Ok((rolled, self.reach))
    }

    fn roll_group(
        &mut self,
        group: GroupId,
        runs: &BTreeMap<SeriesId, Run>,
        stored: &mut HashMap<(Level, GroupId), Row>,
        rolled: &mut Rolled,
    ) -> Result<(), Error> {
        let of = |(id, run): (&SeriesId, &Run)| (*id, windows(run, Level::FiveMinutes));
        let fresh: Windows = runs.iter().map(of).collect();
        for level in self.kept.levels() {
            let fresh = match level {
                Level::FiveMinutes => fresh.clone(),
                Level::Hour => {
                    let whole = fresh.iter().map(|(id, parts)| (*id, joined(parts, level)));
                    whole.collect()
                }
            };
            let to_ms = level.row_of(self.end_ms());
            let known = stored.remove(&(level, group));
            let known = known.map(|row| pack::read(level, to_ms, &row.data, Fields::ALL, |_| true));
            let known = match known {
                None => Windows::new(),
                Some(Ok(known)) => known,
                Some(damaged) => {
                    is_readable(damaged);
                    Windows::new()
                }
            };
            let windows = self.renewed(level, known, fresh);
            if windows.is_empty() {
                continue;
            }
            let effort = match to_ms <= self.now_ms.max(self.end_ms()) {
                true => Effort::Full,
                false => Effort::Little,
            };
            let data = pack::write(level, to_ms, &windows, effort)
                .map_err(|e| Error::damaged("windows to be written", e))?;
            rolled.rows.push(Row {
                level,
                group,
                to_ms,
                data,
            });
        }
        for (id, windows) in fresh {
            if let Some(last) = windows.last() {
                let reach = self.reach.entry(id).or_insert(last.end_ms);
                *reach = last.end_ms.max(*reach);
                self.newest_ms = self.newest_ms.max(Some(last.end_ms));
            }
        }
        let members = self.members.remove(&group).unwrap_or_default();
        let of = |id: &SeriesId| Some((*id, *self.reach.get(id)?));
        let reach = write_reach(members.iter().filter_map(of));
        rolled.reach.push((group, reach));
        Ok(())
    }

    /// What is known of a row, with the windows of the stretch as they are now. A window of which samples
    /// have been deleted stays as it was computed from all of them.
    fn renewed(&self, level: Level, mut known: Windows, fresh: Windows) -> Windows {
        let is_complete =
            |window: &Window| window.end_ms.saturating_sub(level.length_ms()) >= self.complete_ms;
        let is_within =
            |window: &Window| window.end_ms > self.slot_ms && window.end_ms <= self.end_ms();
        for windows in known.values_mut() {
            windows.retain(|window| !is_within(window) || !is_complete(window));
        }
        for (id, windows) in fresh {
            let all = known.entry(id).or_default();
            for window in windows {
                match all.binary_search_by_key(&window.end_ms, |known| known.end_ms) {
                    Ok(_) => {}
                    Err(place) => all.insert(place, window),
                }
            }
        }
        known.retain(|_, windows| !windows.is_empty());
        known
    }

    fn end_ms(&self) -> TimestampMs {
        self.slot_ms.saturating_add(SPAN_MS)
    }
}

/// Whether something could be read; the log says it where not.
fn is_readable<T>(read: Result<T, Error>) -> bool {
    if let Err(error) = &read {
        tracing::error!(%error, "what is damaged is not rolled up");
    }
    read.is_ok()
}

/// Which stretches have changed where samples of a group are written into one of them.
pub(crate) fn changed<'a>(
    group: GroupId,
    slot_ms: TimestampMs,
    runs: impl Iterator<Item = &'a Run>,
) -> impl Iterator<Item = (TimestampMs, GroupId)> {
    let firsts = runs.filter_map(|run| run.at_ms.first().copied());
    let first = firsts.min();
    // What lies exactly at its begin belongs to the window that ends there.
    let before = first.filter(|first| *first == slot_ms);
    let before = before.map(|_| slot_ms.saturating_sub(SPAN_MS));
    let slots = first.map(|_| slot_ms).into_iter().chain(before);
    let known = slots.filter(|slot| (-FARTHEST_MS..=FARTHEST_MS).contains(slot));
    known.map(move |slot| (slot, group))
}
