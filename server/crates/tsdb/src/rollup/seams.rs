//! Where samples and windows of each level begin, and how far each series is rolled up.

use std::sync::{Mutex, MutexGuard, PoisonError};

use db::Db;
use hashbrown::{HashMap, HashSet};
use model::TimestampMs;

use super::{HOUR_MS, Kept, Level, Rollups, store, up_to_multiple};
use crate::error::Error;
use crate::index::{GroupId, SeriesId};
use crate::journal::{put_number, take_number};

/// What is known of the rollups that there are.
#[derive(Default)]
pub(crate) struct Seams(Mutex<Known>);

/// The same at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Borders {
    /// Samples before this may be missing.
    pub(super) samples_ms: Option<TimestampMs>,
    /// Windows of five minutes before this may be missing.
    pub(super) five_minutes_ms: Option<TimestampMs>,
    /// Windows of an hour before this may be missing.
    pub(super) hours_ms: Option<TimestampMs>,
}

#[derive(Default)]
struct Known {
    borders: Borders,
    /// The end of the last window of each series.
    reach: HashMap<SeriesId, TimestampMs>,
    kept: Vec<Kept>,
}

impl Seams {
    /// As they are stored.
    pub(crate) async fn open(db: &Db) -> Result<Self, Error> {
        let mut reach = HashMap::new();
        for (group, blob) in store::reach(db).await? {
            reach.extend(read_reach(group, &blob)?);
        }
        // Earlier versions noted the end of a row as gone, which may lie ahead of all windows.
        if let Some(last_ms) = reach.values().max() {
            for level in Level::ALL {
                store::no_later(db, level, level.end_of(*last_ms)).await?;
            }
        }
        let borders = borders(db).await?;
        let kept = Vec::new();
        Ok(Self(Mutex::new(Known {
            borders,
            reach,
            kept,
        })))
    }

    /// Looks again at what has been deleted.
    pub(crate) async fn renew(&self, db: &Db) -> Result<(), Error> {
        let borders = borders(db).await?;
        self.known().borders = borders;
        Ok(())
    }

    pub(super) fn kept(&self) -> Vec<Kept> {
        self.known().kept.clone()
    }

    pub(super) fn set_kept(&self, kept: Vec<Kept>) {
        self.known().kept = kept;
    }

    pub(super) fn borders(&self) -> Borders {
        self.known().borders
    }

    /// How far some series are rolled up.
    pub(super) fn reach_of(&self, ids: &[SeriesId]) -> HashMap<SeriesId, TimestampMs> {
        let known = self.known();
        let of = |id: &SeriesId| Some((*id, *known.reach.get(id)?));
        ids.iter().filter_map(of).collect()
    }

    /// Whether a series has windows that end at a time or later.
    pub(super) fn reaches(&self, id: SeriesId, at_ms: TimestampMs) -> bool {
        self.known().reach.get(&id).is_some_and(|end| *end >= at_ms)
    }

    pub(super) fn extend(&self, reach: impl IntoIterator<Item = (SeriesId, TimestampMs)>) {
        self.known().reach.extend(reach);
    }

    /// The end of the last window of a level that any series can have.
    pub(super) fn last_ms(&self, level: Level) -> Option<TimestampMs> {
        let known = self.known();
        known.reach.values().max().map(|last| level.end_of(*last))
    }

    /// Leaves of some series that have windows at most so many, those whose windows reach furthest; the others come
    /// back.
    pub(crate) fn beyond(&self, series: &HashSet<SeriesId>, most: usize) -> Vec<SeriesId> {
        let Some(surplus) = series.len().checked_sub(most).filter(|many| *many > 0) else {
            return Vec::new();
        };
        let known = self.known();
        let mut all: Vec<_> = series
            .iter()
            .map(|id| (known.reach.get(id).copied(), *id))
            .collect();
        all.sort_unstable();
        all.truncate(surplus);
        all.into_iter().map(|(_, id)| id).collect()
    }

    /// Those of some series that have windows of a level that is kept.
    pub(crate) fn with_windows(&self, ids: &[SeriesId], kept: &Rollups) -> HashSet<SeriesId> {
        let known = self.known();
        let is_kept = |id: &&SeriesId| {
            let Some(end_ms) = known.reach.get(*id) else {
                return false;
            };
            kept.levels().any(|level| {
                let gone = known.borders.of(level);
                gone.is_none_or(|before| level.end_of(*end_ms) > before)
            })
        };
        ids.iter().filter(is_kept).copied().collect()
    }

    /// Series that are no more.
    pub(crate) fn remove(&self, ids: &[SeriesId]) {
        let mut known = self.known();
        for id in ids {
            known.reach.remove(id);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Borders {
    fn of(&self, level: Level) -> Option<TimestampMs> {
        match level {
            Level::FiveMinutes => self.five_minutes_ms,
            Level::Hour => self.hours_ms,
        }
    }

    /// Up to this time windows are read rather than samples, which are not read before `oldest_ms`.
    pub(super) fn seam_ms(&self, oldest_ms: TimestampMs) -> Option<TimestampMs> {
        let known = Some(oldest_ms).filter(|oldest| *oldest > TimestampMs::MIN);
        let begin_ms = self.samples_ms.max(known)?;
        Some(up_to_multiple(begin_ms, HOUR_MS))
    }

    /// From this time on there are all windows of a level, as far as they were made; nothing where none
    /// has gone.
    pub(super) fn begin_ms(&self, level: Level) -> Option<TimestampMs> {
        Some(up_to_multiple(self.of(level)?, HOUR_MS))
    }

    /// Up to this time there are windows of an hour only.
    pub(super) fn hours_until_ms(&self) -> Option<TimestampMs> {
        let begin_ms = self.five_minutes_ms?;
        Some(up_to_multiple(begin_ms, HOUR_MS))
    }
}

async fn borders(db: &Db) -> Result<Borders, Error> {
    let (samples_ms, levels) = store::gone(db).await?;
    let of = |level: Level| {
        let found = levels.iter().find(|(known, _)| *known == level);
        found.map(|(_, before)| *before)
    };
    Ok(Borders {
        samples_ms,
        five_minutes_ms: of(Level::FiveMinutes),
        hours_ms: of(Level::Hour),
    })
}

const VERSION: u8 = 1;

/// How far the series of a group are rolled up, as it is stored: a version, then for each its number and
/// the end of its last window.
pub(super) fn write_reach(reach: impl IntoIterator<Item = (SeriesId, TimestampMs)>) -> Vec<u8> {
    let mut blob = vec![VERSION];
    for (id, end_ms) in reach {
        put_number(&mut blob, u64::from(id));
        put_number(&mut blob, end_ms.wrapping_sub(TimestampMs::MIN) as u64);
    }
    blob
}

fn read_reach(group: GroupId, blob: &[u8]) -> Result<Vec<(SeriesId, TimestampMs)>, Error> {
    let damaged = || {
        Error::damaged(
            format!("how far group {group} is rolled up"),
            "it is cut short",
        )
    };
    let Some((&VERSION, mut rest)) = blob.split_first() else {
        return Err(damaged());
    };
    let mut reach = Vec::new();
    let mut number = || take_number(&mut rest);
    while let Some(id) = number() {
        let id = SeriesId::try_from(id).map_err(|_| damaged())?;
        let end_ms = number().ok_or_else(damaged)? as i64;
        reach.push((id, end_ms.wrapping_add(TimestampMs::MIN)));
    }
    Ok(reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reach_is_written_and_read() {
        let all = [
            (1, 300_000),
            (70_000, -300_000),
            (u32::MAX, 1_795_233_900_000),
        ];
        let blob = write_reach(all);
        assert_eq!(read_reach(1, &blob).unwrap(), all);
        assert!(read_reach(1, &blob[..3]).is_err());
        assert!(read_reach(1, &[]).is_err() && read_reach(1, &[9]).is_err());
    }

    #[test]
    fn windows_are_read_where_samples_may_be_missing() {
        let mut borders = Borders::default();
        assert_eq!(borders.seam_ms(i64::MIN), None);
        assert_eq!(borders.seam_ms(HOUR_MS + 1), Some(2 * HOUR_MS));
        borders.samples_ms = Some(3 * HOUR_MS - 5);
        assert_eq!(borders.seam_ms(i64::MIN), Some(3 * HOUR_MS));
        assert_eq!(borders.seam_ms(4 * HOUR_MS), Some(4 * HOUR_MS));
    }

    #[test]
    fn a_series_has_windows_until_its_row_has_gone() {
        let seams = Seams::default();
        seams.extend([(1, 300_000)]);
        let day = 86_400_000;
        let has = |five: Option<i64>, hour: Option<i64>, kept: &Rollups| {
            seams.known().borders = Borders {
                samples_ms: None,
                five_minutes_ms: five,
                hours_ms: hour,
            };
            seams.with_windows(&[1, 2], kept).contains(&1)
        };
        let both = Rollups::default();
        assert!(has(None, None, &both));
        assert!(has(Some(day), None, &both));
        assert!(has(None, Some(8 * day), &both));
        assert!(!has(Some(day), Some(8 * day), &both));
        assert!(!has(None, None, &Rollups::OFF));
        seams.remove(&[1]);
        assert!(!has(None, None, &both));
    }
}
