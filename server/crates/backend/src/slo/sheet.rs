//! The sums of some time of a ledger: whole hours as rows, and minutes where an hour is cut.

use std::collections::{BTreeMap, BTreeSet};

use db::Db;
use slo::{MINUTE_MS, Sums};

use super::ledger::{HOUR_MS, hour_of};
use super::minutes::Hour;
use super::question::minute;
use super::store::{self, HourRow, Stretch};

/// What is known of some time.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    /// Stretches of whole hours with their sums, in the order of time.
    rows: Vec<(Stretch, Sums)>,
    /// The minutes of some hours, by their begin.
    minutes: BTreeMap<i64, Hour>,
    target: f64,
}

/// How finely a sheet is read: in steps until a time, in hours from then on, and in minutes where that is asked for.
pub(super) struct Grain<'a> {
    /// The steps before `hours_from_ms`, in whole hours.
    pub(super) step_ms: i64,
    pub(super) hours_from_ms: i64,
    pub(super) minutes_from_ms: i64,
    /// Times at which somebody cuts.
    pub(super) cuts: &'a [i64],
}

fn sums(row: &HourRow) -> Sums {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Sums {
        good: row.good,
        total: row.total,
        counted: count(row.counted),
        gap: count(row.gaps),
        excluded: count(row.excluded),
        bad: count(row.bad),
    }
}

impl Sheet {
    /// Reads one.
    pub(super) async fn read(
        db: &Db,
        ledger: i64,
        target: f64,
        (from_ms, to_ms): Stretch,
        grain: Grain<'_>,
    ) -> Result<Self, db::Error> {
        let begin_ms = hour_of(from_ms);
        let fine_ms = hour_of(grain.hours_from_ms).clamp(begin_ms, to_ms.max(begin_ms));
        let steps = (grain.step_ms, fine_ms);
        let found = store::sums_by(db, ledger, (begin_ms, to_ms), steps).await?;
        let row = |row: &HourRow| {
            let is_alone = row.at_ms == begin_ms || row.at_ms >= fine_ms;
            let end_ms = match is_alone {
                true => row.at_ms + HOUR_MS,
                false => {
                    let number = (row.at_ms - begin_ms) / grain.step_ms;
                    (begin_ms + (number + 1) * grain.step_ms).min(fine_ms)
                }
            };
            ((row.at_ms, end_ms), sums(row))
        };
        let rows = found.iter().map(row).collect();
        let within = grain.cuts.iter().filter(|at| hour_of(**at) != **at);
        let recent_ms = hour_of(grain.minutes_from_ms).max(begin_ms);
        let hours: BTreeSet<_> = within
            .map(|at| hour_of(*at))
            .chain((recent_ms..to_ms).step_by(3_600_000))
            .collect();
        let hours: Vec<_> = hours.into_iter().collect();
        let minutes = store::minutes_at(db, ledger, &hours).await?;
        Ok(Self {
            rows,
            minutes,
            target,
        })
    }

    /// That of minutes in memory.
    pub(super) fn of(hours: BTreeMap<i64, Hour>, target: f64) -> Self {
        let rows = hours.iter().map(|(at_ms, hour)| {
            let sums = super::ledger::sums_of(*at_ms, hour, target);
            ((*at_ms, at_ms + HOUR_MS), sums)
        });
        Self {
            rows: rows.collect(),
            minutes: hours,
            target,
        }
    }

    /// The sums of whole minutes from one time until before another.
    pub(super) fn sums(&self, (from_ms, to_ms): Stretch) -> Sums {
        let first = self.rows.partition_point(|((_, end), _)| *end <= from_ms);
        let mut all = Sums::default();
        for ((begin, end), sums) in &self.rows[first..] {
            if *begin >= to_ms {
                break;
            }
            if from_ms <= *begin && *end <= to_ms {
                all += *sums;
                continue;
            }
            let hours = (*begin..*end).step_by(3_600_000);
            for at_ms in hours.filter(|at| at + HOUR_MS > from_ms && *at < to_ms) {
                let Some(hour) = self.minutes.get(&at_ms) else {
                    continue;
                };
                for (at_ms, slot) in (at_ms..).step_by(60_000).zip(hour) {
                    if from_ms <= at_ms
                        && at_ms + MINUTE_MS <= to_ms
                        && let Some(minute) = minute(at_ms, *slot)
                    {
                        all.count(&minute, self.target);
                    }
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests;
