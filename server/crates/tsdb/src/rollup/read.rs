//! Reading windows, and the samples after them.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use hashbrown::{HashMap, HashSet};
use model::{
    Coarse, Labels, Matcher, ReadError, ReadSamples, RolledSeries, Selection, SeriesSamples,
    TimestampMs, Wanted,
};

use super::pack::Fields;
use super::points::points;
use super::window::Window;
use super::{HOUR_MS, Level, pack, store};
use crate::error::Error;
use crate::index::{GroupId, SeriesId};
use crate::read::{PAGE, Range};
use crate::storage::Storage;

/// So many samples of a selection, or windows, are few enough to be read.
const MANY: u64 = 20_000_000;
/// How far samples are taken to be apart, to estimate how many there are.
const USUAL_MS: u64 = 15_000;
/// Windows that are unpacked at a time.
const OF_A_PAGE: u64 = 500_000;

/// Which part of a range is read from where: windows of an hour first, then of five minutes, then samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    /// Up to here there are windows of an hour.
    hours_ms: TimestampMs,
    /// Up to here there are windows of any kind.
    seam_ms: TimestampMs,
}

impl Storage {
    /// Hands over what is rolled up of a range, and the samples after that.
    pub(crate) fn read_rolled(
        &self,
        selection: &Selection,
        coarse: Coarse,
        each: &mut dyn FnMut(RolledSeries) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let failed = |error: Error| ReadError(error.into());
        let range = (selection.from_ms, selection.to_ms);
        let ids = self.matching(&selection.matchers);
        let (mut plan, mut seen) = self.plan(range, coarse, ids.len()).map_err(failed)?;
        if plan.is_none() {
            return self.select(selection, &mut |series| each(series.into()));
        }
        let finest = match plan {
            Some(plan) if plan.hours_ms >= plan.seam_ms => Level::Hour,
            _ => Level::FiveMinutes,
        };
        let length_ms = selection.to_ms.abs_diff(selection.from_ms);
        let windows = length_ms / finest.length_ms().unsigned_abs() + 1;
        let page = usize::try_from(OF_A_PAGE / windows).unwrap_or(PAGE);
        for page in ids.chunks(page.clamp(1, PAGE)) {
            let found = loop {
                let found =
                    self.read_page(page, range, plan.unwrap_or(Plan::NOTHING), coarse.wanted);
                if self.borders() == seen {
                    break found.map_err(failed)?;
                }
                // What was samples a moment ago may be windows now.
                (plan, seen) = self.plan(range, coarse, ids.len()).map_err(failed)?;
            };
            for series in found {
                if each(series).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The series that match and have windows in a range, as far as their groups tell.
    pub(crate) fn rolled_within(
        &self,
        matchers: &[Matcher],
        (from_ms, to_ms): Range,
    ) -> Result<HashSet<Labels>, Error> {
        let (borders, oldest_ms) = self.borders();
        if borders.seam_ms(oldest_ms).is_none_or(|seam| from_ms > seam) {
            return Ok(HashSet::new());
        }
        let ids = self.matching(matchers);
        let reaching = ids
            .into_iter()
            .filter(|(_, id)| self.seams.reaches(*id, from_ms));
        let reaching: Vec<_> = reaching.collect();
        let mut groups: Vec<GroupId> = reaching.iter().map(|(group, _)| *group).collect();
        groups.dedup();
        let range = (from_ms.saturating_sub(1), to_ms);
        let stored = store::groups_within(&self.db, &groups, range);
        let stored = self.runtime.block_on(stored)?;
        let head = self.read_head();
        let within = reaching
            .iter()
            .filter(|(group, _)| stored.binary_search(group).is_ok());
        let labels = within.filter_map(|(_, id)| Some(head.index.get(*id)?.labels.clone()));
        Ok(labels.collect())
    }

    /// The series that match, by group.
    fn matching(&self, matchers: &[Matcher]) -> Vec<(GroupId, SeriesId)> {
        let head = self.read_head();
        let matching = head.index.matching(matchers);
        let ids = matching.iter().map(|series| (series.group, series.id));
        let mut ids: Vec<_> = ids.collect();
        ids.sort_unstable();
        ids
    }

    fn borders(&self) -> Seen {
        (self.seams.borders(), self.oldest.load(Ordering::Relaxed))
    }

    /// How a range is read, and what that follows from. Without a plan there are only samples.
    fn plan(
        &self,
        (from_ms, to_ms): Range,
        coarse: Coarse,
        series: usize,
    ) -> Result<(Option<Plan>, Seen), Error> {
        let seen = self.borders();
        let (borders, oldest_ms) = seen;
        let kept = self.config().rollups;
        let seam_ms = borders.seam_ms(oldest_ms).unwrap_or(TimestampMs::MIN);
        let hours_ms = borders.hours_until_ms().unwrap_or(TimestampMs::MIN);
        let mut plan = Plan { hours_ms, seam_ms };
        let begin_ms = from_ms.max(seam_ms);
        let length_ms = to_ms.max(begin_ms).abs_diff(begin_ms);
        let estimate = |every_ms: u64| (length_ms / every_ms).saturating_mul(series as u64);
        if estimate(USUAL_MS) > MANY {
            let levels = kept.levels();
            let fine = levels.filter(|level| level.length_ms() <= coarse.enough_ms);
            let fine: Vec<Level> = fine.collect();
            let few = |level: &&Level| estimate(level.length_ms().unsigned_abs()) <= MANY;
            if let Some(level) = fine.iter().find(few).or(fine.last()) {
                let until_ms = self.rolled_until()?.min(to_ms);
                let until_ms = until_ms.saturating_sub(until_ms.rem_euclid(HOUR_MS));
                plan.seam_ms = plan.seam_ms.max(until_ms);
                if *level == Level::Hour {
                    plan.hours_ms = plan.seam_ms;
                }
            }
        }
        plan.hours_ms = plan.hours_ms.min(plan.seam_ms);
        let plan = Some(plan).filter(|plan| from_ms <= plan.seam_ms && !kept.is_off());
        Ok((plan, seen))
    }

    /// Up to when all samples there are have been rolled up.
    fn rolled_until(&self) -> Result<TimestampMs, Error> {
        let due = self.runtime.block_on(store::oldest_due(&self.db))?;
        let unwritten = self.read_head().oldest_unwritten();
        Ok(due.unwrap_or(TimestampMs::MAX).min(unwritten))
    }

    fn read_page(
        &self,
        ids: &[(GroupId, SeriesId)],
        (from_ms, to_ms): Range,
        plan: Plan,
        wanted: Wanted,
    ) -> Result<Vec<RolledSeries>, Error> {
        let newer = (from_ms.max(plan.seam_ms.saturating_add(1)), to_ms);
        let newer = match newer.0 <= to_ms {
            true => self.finish_page(self.begin_page(ids, newer))?,
            false => Vec::new(),
        };
        let newer = newer
            .into_iter()
            .map(|series| (series.labels.clone(), series));
        let mut newer: HashMap<Labels, SeriesSamples> = newer.collect();
        let mut windows = self.windows(ids, (from_ms, to_ms), plan, wanted)?;
        // Histograms are not rolled up, so they are read as long as they are kept.
        let older = (
            from_ms.max(self.oldest.load(Ordering::Relaxed)),
            to_ms.min(plan.seam_ms),
        );
        let histograms = {
            let head = self.read_head();
            self.begin_histograms(&head, ids, older)
        };
        let mut histograms = self.finish_histograms(histograms)?;
        let labels: Vec<(SeriesId, Labels)> = {
            let head = self.read_head();
            let of =
                |(_, id): &(GroupId, SeriesId)| Some((*id, head.index.get(*id)?.labels.clone()));
            ids.iter().filter_map(of).collect()
        };
        let mut found = Vec::new();
        for (id, labels) in labels {
            let newer = newer.remove(&labels);
            let mut series = match windows.remove(&id) {
                Some(windows) => points(labels, &windows, wanted, plan.until(), newer),
                None => {
                    let none = || SeriesSamples::floats(labels, Vec::new(), Vec::new());
                    newer.unwrap_or_else(none).into()
                }
            };
            if let Some(run) = histograms.remove(&id) {
                let newer = std::mem::take(&mut series.series.histograms);
                let all = run.at_ms.into_iter().zip(run.values).chain(newer);
                series.series.histograms = all.collect();
            }
            if !series.series.is_empty() {
                found.push(series);
            }
        }
        Ok(found)
    }

    /// The windows of some series in a range, in the order of time.
    fn windows(
        &self,
        ids: &[(GroupId, SeriesId)],
        (from_ms, to_ms): Range,
        plan: Plan,
        wanted: Wanted,
    ) -> Result<HashMap<SeriesId, Vec<Window>>, Error> {
        let mut groups: Vec<GroupId> = ids.iter().map(|(group, _)| *group).collect();
        groups.dedup();
        let is_wanted: HashSet<SeriesId> = ids.iter().map(|(_, id)| *id).collect();
        let mut all: HashMap<SeriesId, Vec<Window>> = HashMap::new();
        for (level, after_ms, until_ms) in plan.parts() {
            // Whoever asks for less than a window gets the one that it lies in.
            let after_ms =
                after_ms.max(from_ms.saturating_sub(1).saturating_sub(level.length_ms()));
            if after_ms >= until_ms {
                continue;
            }
            let range = (
                after_ms,
                until_ms.min(to_ms.saturating_add(level.length_ms())),
            );
            let rows = store::rows(&self.db, level, &groups, range);
            for row in self.runtime.block_on(rows)? {
                let fields = fields(wanted);
                let unpacked = pack::read(level, row.to_ms, &row.data, fields, |id| {
                    is_wanted.contains(&id)
                })?;
                for (id, windows) in unpacked {
                    let within = |one: &Window| one.end_ms > range.0 && one.end_ms <= range.1;
                    let within = windows.into_iter().filter(within);
                    all.entry(id).or_default().extend(within);
                }
            }
        }
        Ok(all)
    }
}

type Seen = (super::seams::Borders, TimestampMs);

impl Plan {
    const NOTHING: Self = Self {
        hours_ms: TimestampMs::MIN,
        seam_ms: TimestampMs::MIN,
    };

    /// The levels, after when and up to when.
    fn parts(self) -> [(Level, TimestampMs, TimestampMs); 2] {
        [
            (Level::Hour, TimestampMs::MIN, self.hours_ms),
            (Level::FiveMinutes, self.hours_ms, self.seam_ms),
        ]
    }

    /// How long windows are, up to when.
    fn until(self) -> Vec<(TimestampMs, i64)> {
        let parts = self.parts().into_iter();
        let parts = parts.filter(|(_, after_ms, until_ms)| after_ms < until_ms);
        parts
            .map(|(level, _, until_ms)| (until_ms, level.length_ms()))
            .collect()
    }
}

/// What has to be unpacked of windows.
fn fields(wanted: Wanted) -> Fields {
    let mut fields = Fields::default();
    match wanted {
        Wanted::Newest => fields.last = true,
        Wanted::Edges => (fields.first, fields.last, fields.resets) = (true, true, true),
        Wanted::Least => fields.least = true,
        Wanted::Most => fields.most = true,
        Wanted::Total => fields.sum = true,
    }
    fields
}
