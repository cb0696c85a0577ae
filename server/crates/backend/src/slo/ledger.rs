//! The ledger of minutes: each objective is asked for each minute that is over, and what it says is kept.
//!
//! A ledger knows up to where somebody has looked, and goes on there: after a pause, from the beginning of what the
//! store has when an objective is new or asks something else, and each minute while the product runs. It begins with
//! the first minute of which something is known; minutes without data after that are gaps. Samples may come late
//! (an outage on the way, a spool), so gaps are looked at again: those of the last ten minutes each minute, and
//! each ten minutes those of the last six hours.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use model::TimestampMs;
use slo::{Indicator, MINUTE_MS, Measured, Sums};
use tokio_util::sync::CancellationToken;
use wire::Problem;

use super::SloService;
use super::known::Known;
use super::late::{first_gap, keep_known, late_from_ms};
use super::maintenance::{Maintenance, minute_before};
use super::minutes::{Hour, MINUTES, Slot};
use super::question::{Answered, Question, minute, slot};
use super::store::{self, HourRow, Ledger, Look, Stretch};
use crate::config::Retention;
use crate::error::{database_problem, fault};

pub(super) const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// How long a ledger is kept.
pub(super) const KEPT_MS: i64 = 400 * DAY_MS;
/// How long after its end a minute is looked at: samples take their time to arrive.
const SETTLED_MS: i64 = 20_000;
/// The longest time in which nobody looks; a clock that is set does not move what sleeps.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// What is looked at together, so that no objective waits long for another.
const MOST_AT_ONCE_MS: i64 = DAY_MS;
/// Objectives whose minutes are written together.
const MOST_TOGETHER: usize = 50;
/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// What is known of a ledger without asking the disk.
pub(super) struct Open {
    asks: String,
    pub(super) ledger: Ledger,
    /// Why its last minutes have no data, where a question of it has no answer.
    pub(super) trouble: String,
}

/// What is looked at next of one.
struct Task {
    known: Known,
    ledger: Ledger,
    stretch: Stretch,
    /// The hours that it is part of, as far as they are known.
    hours: BTreeMap<i64, Hour>,
    measured: Vec<Measured>,
}

/// An objective, what is written of its ledger, and what keeps it from an answer.
type Done = (String, i64, Look, String);

/// The sums of an hour.
pub(super) fn sums_of(at_ms: i64, hour: &Hour, target: f64) -> Sums {
    let minutes = (at_ms..).step_by(60_000).zip(hour);
    let minutes: Vec<_> = minutes
        .filter_map(|(at_ms, slot)| minute(at_ms, *slot))
        .collect();
    Sums::of(&minutes, target)
}

fn row(at_ms: i64, hour: &Hour, target: f64) -> HourRow {
    let sums = sums_of(at_ms, hour, target);
    let count = |number: u64| i64::try_from(number).unwrap_or(0);
    HourRow {
        at_ms,
        good: sums.good,
        total: sums.total,
        counted: count(sums.counted),
        gaps: count(sums.gap),
        excluded: count(sums.excluded),
        bad: count(sums.bad),
    }
}

pub(super) fn hour_of(at_ms: i64) -> i64 {
    at_ms.div_euclid(HOUR_MS) * HOUR_MS
}

pub(super) fn place_in_hour(at_ms: i64) -> usize {
    usize::try_from((at_ms - hour_of(at_ms)) / MINUTE_MS).unwrap_or(0) % MINUTES
}

/// What is written of minutes that were looked at. Before the ledger begins there are no gaps.
fn look(
    answered: Answered,
    (from_ms, to_ms): Stretch,
    ledger: &Ledger,
    mut hours: BTreeMap<i64, Hour>,
    target: f64,
) -> Look {
    let mut touched = BTreeMap::new();
    let mut begin_ms = ledger.from_ms.filter(|begin| *begin <= from_ms);
    for (at_ms, slot) in (from_ms..to_ms).step_by(60_000).zip(&answered.slots) {
        if begin_ms.is_none() {
            match slot {
                Slot::Counted { .. } => begin_ms = Some(at_ms),
                _ => continue,
            }
        }
        let hour_ms = hour_of(at_ms);
        let hour = touched
            .entry(hour_ms)
            .or_insert_with(|| hours.remove(&hour_ms).unwrap_or([Slot::Open; MINUTES]));
        hour[place_in_hour(at_ms)] = *slot;
    }
    let mut parts: BTreeMap<(i64, BTreeMap<String, String>), f64> = BTreeMap::new();
    for (at_ms, labels, spent) in answered.parts {
        *parts.entry((hour_of(at_ms), labels)).or_default() += spent;
    }
    let mut parts: Vec<_> = parts
        .into_iter()
        .map(|((at_ms, labels), spent)| (at_ms, labels, spent))
        .collect();
    // Of each hour those that cost most come first: they are told apart.
    parts.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)));
    let hours = touched.into_iter();
    Look {
        hours: hours
            .map(|(at_ms, hour)| (row(at_ms, &hour, target), hour))
            .collect(),
        parts,
        from_ms: begin_ms,
        to_ms,
    }
}

/// The slots of what was measured elsewhere; minutes of which nothing was are gaps.
pub(super) fn slots_of_measured(
    measured: &[Measured],
    (from_ms, to_ms): Stretch,
) -> Result<Vec<Slot>, String> {
    let minutes = slo::overlay(measured)?;
    let count = usize::try_from((to_ms - from_ms) / MINUTE_MS).unwrap_or(0);
    let mut slots = vec![Slot::Gap; count];
    for found in minutes {
        let place = usize::try_from((found.at_ms - from_ms).div_euclid(MINUTE_MS));
        if let Some(place) = place.ok().and_then(|place| slots.get_mut(place)) {
            *place = slot(&found);
        }
    }
    Ok(slots)
}

impl SloService {
    /// Looks at each minute that is over and makes the reports that are due, until it is stopped.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        tokio::join!(self.keep_looking(&stop), self.keep_reporting(&stop));
    }

    async fn keep_looking(&self, stop: &CancellationToken) {
        let mut is_late = false;
        while !stop.is_cancelled() {
            // What is broken off has written nothing, and is looked at again.
            let Some(looked) = stop.run_until_cancelled(self.look()).await else {
                return;
            };
            let wait = match looked {
                // Others go on between.
                Ok(true) => Duration::ZERO,
                Ok(false) => {
                    is_late = false;
                    let now_ms = self.clock.now_ms();
                    let next_ms = minute_before(now_ms - SETTLED_MS) + MINUTE_MS + SETTLED_MS;
                    Duration::from_millis((next_ms - now_ms).max(0).unsigned_abs())
                }
                Err(problem) => {
                    if !is_late {
                        tracing::error!(%problem, "minutes of objectives wait to be looked at");
                    }
                    is_late = true;
                    AGAIN
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.changed.notified() => {}
                () = tokio::time::sleep(wait.min(LONGEST_WAIT)) => {}
            }
        }
    }

    /// Looks at minutes that are over, at most a day of each objective; whether there is more.
    ///
    /// # Errors
    /// When samples cannot be read, or what they say cannot be written: it is looked at again.
    pub(crate) async fn look(&self) -> Result<bool, Problem> {
        let _turn = self.filling.lock().await;
        let now_ms = self.clock.now_ms();
        let settled_ms = minute_before(now_ms - SETTLED_MS);
        let levels = self.levels();
        let mut tasks = Vec::new();
        let mut has_more = false;
        for known in levels.all.iter().filter(|it| it.objective.enabled) {
            let ledger = self.ledger(known).await?;
            let end_ms = settled_ms.min(ledger.to_ms + MOST_AT_ONCE_MS);
            if ledger.to_ms >= end_ms {
                continue;
            }
            has_more |= end_ms < settled_ms;
            let stretch = (ledger.to_ms, end_ms);
            let late_ms = match known.objective.indicator {
                // What is measured elsewhere says itself when it comes.
                Indicator::Measured => stretch.0,
                _ => late_from_ms(end_ms)
                    .clamp(ledger.from_ms.unwrap_or(i64::MAX).min(stretch.0), stretch.0),
            };
            let mut task = self.task(known.clone(), ledger, (late_ms, end_ms)).await?;
            task.stretch.0 =
                first_gap(&task.hours, late_ms).map_or(stretch.0, |gap| gap.min(stretch.0));
            tasks.push(task);
        }
        if tasks.is_empty() {
            return Ok(false);
        }
        while !tasks.is_empty() {
            let rest = tasks.split_off(tasks.len().min(MOST_TOGETHER));
            self.fill(std::mem::replace(&mut tasks, rest)).await?;
        }
        Ok(has_more)
    }

    async fn task(&self, known: Known, ledger: Ledger, stretch: Stretch) -> Result<Task, Problem> {
        let reading = |error: db::Error| database_problem("reading the ledger", &error);
        let hours = (hour_of(stretch.0), stretch.1);
        let hours = store::minutes_of(&self.state, ledger.id, hours, false).await;
        let measured = match known.objective.indicator {
            Indicator::Measured => self.measured(&known.id, stretch).await?,
            _ => Vec::new(),
        };
        Ok(Task {
            hours: hours.map_err(reading)?,
            measured,
            known,
            ledger,
            stretch,
        })
    }

    pub(super) async fn measured(
        &self,
        id: &str,
        stretch: Stretch,
    ) -> Result<Vec<Measured>, Problem> {
        let found = store::measured(&self.state, id, stretch).await;
        let found = found.map_err(|error| database_problem("reading measurements", &error))?;
        let measured = found.into_iter().map(|(_, it)| Measured {
            from_ms: it.from_ms,
            to_ms: it.to_ms,
            good: it.good,
            total: it.total,
            name: it.note,
        });
        Ok(measured.collect())
    }

    /// Asks, and writes what is answered.
    async fn fill(&self, tasks: Vec<Task>) -> Result<(), Problem> {
        let begin_ms = tasks.iter().map(|task| task.stretch.0).min().unwrap_or(0);
        let end_ms = tasks.iter().map(|task| task.stretch.1).max().unwrap_or(0);
        let windows = self.alerts.kept_windows().await;
        let maintenance = Maintenance::of(&windows, (begin_ms, end_ms));
        let samples = self.samples.fresh().await;
        let asked = move || {
            let mut done: Vec<Done> = Vec::new();
            for task in tasks {
                let Task {
                    known,
                    ledger,
                    stretch,
                    hours,
                    measured,
                } = task;
                let is_measured = known.objective.indicator == Indicator::Measured;
                let answered = match &known.objective.indicator {
                    Indicator::Measured => {
                        slots_of_measured(&measured, stretch).map(|slots| Answered {
                            slots,
                            ..Answered::default()
                        })
                    }
                    _ => match Question::of(&known.objective) {
                        Ok(question) => {
                            let answer = question.answer(&*samples, &maintenance, stretch);
                            Ok(answer.map_err(|error| format!("{}: {error}", known.id))?)
                        }
                        Err(why) => Err(why),
                    },
                };
                let (mut answered, trouble) = match answered {
                    Ok(answered) => {
                        let trouble = answered.trouble.clone();
                        (answered, trouble)
                    }
                    // It was right when it was saved. Nothing is known of these minutes.
                    Err(why) => (gaps(stretch), why),
                };
                if !is_measured {
                    keep_known(&mut answered, stretch, &hours);
                }
                let target = known.objective.target;
                let look = look(answered, stretch, &ledger, hours, target);
                done.push((known.id.clone(), ledger.id, look, trouble));
            }
            Ok::<_, String>(done)
        };
        let asked = tokio::task::spawn_blocking(asked).await;
        let asked = asked.map_err(|error| fault("asking objectives", &error))?;
        let done = asked.map_err(|error| {
            Problem::new(
                wire::Code::Unavailable,
                format!("asking objectives: {error}"),
            )
        })?;
        self.write(done).await
    }

    async fn write(&self, done: Vec<Done>) -> Result<(), Problem> {
        let looks: Vec<_> = done
            .iter()
            .map(|(_, ledger, look, _)| (*ledger, look.clone()))
            .collect();
        let written = store::absorb(&self.state, &looks).await;
        written.map_err(|error| database_problem("writing the ledger", &error))?;
        let mut books = self.books();
        for (id, ledger, look, trouble) in done {
            let Some(open) = books.get_mut(&id).filter(|it| it.ledger.id == ledger) else {
                continue;
            };
            if !trouble.is_empty() && trouble != open.trouble {
                tracing::warn!(objective = %id, %trouble, "an objective has no answer");
            }
            open.trouble = trouble;
            let begin = [open.ledger.from_ms, look.from_ms].into_iter().flatten();
            open.ledger.from_ms = begin.min();
            open.ledger.to_ms = open.ledger.to_ms.max(look.to_ms);
        }
        Ok(())
    }

    /// Writes what measurements say of some time.
    pub(super) async fn overlay(&self, known: &Known, stretch: Stretch) -> Result<(), Problem> {
        let ledger = self.ledger(known).await?;
        // What lies between is a gap: somebody looks at it now.
        let to_ms = match ledger.from_ms {
            Some(from_ms) => stretch.1.max(from_ms),
            None => stretch.1.max(ledger.to_ms),
        };
        let from_ms = stretch.0.min(ledger.to_ms);
        let task = self.task(known.clone(), ledger, (from_ms, to_ms)).await?;
        self.fill(vec![task]).await
    }

    /// What is known of ledgers.
    pub(super) fn books(&self) -> std::sync::MutexGuard<'_, HashMap<String, Open>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ledger of an objective; a new one begins with what the store has.
    pub(super) async fn ledger(&self, known: &Known) -> Result<Ledger, Problem> {
        let target = known.objective.target;
        let open = {
            let books = self.books();
            let open = books.get(&known.id).filter(|it| it.asks == known.asks);
            open.map(|open| open.ledger.clone())
        };
        let reading = |error: db::Error| database_problem("reading the ledger", &error);
        let mut ledger = match open {
            Some(ledger) => ledger,
            None => {
                let begin_ms = self.reach_ms();
                let (id, asks) = (&known.id, &known.asks);
                let found = store::ledger(&self.state, id, asks, target, begin_ms).await;
                found.map_err(reading)?
            }
        };
        if (ledger.target - target).abs() > 0.0 {
            let bad = move |at_ms: i64, hour: &Hour| row(at_ms, hour, target).bad;
            let recounted = store::recount(&self.state, ledger.id, target, &bad).await;
            recounted.map_err(|error| database_problem("counting bad minutes anew", &error))?;
            ledger.target = target;
        }
        let mut books = self.books();
        let open = books.entry(known.id.clone()).or_insert_with(|| Open {
            asks: String::new(),
            ledger: ledger.clone(),
            trouble: String::new(),
        });
        if open.asks != known.asks {
            open.asks.clone_from(&known.asks);
            open.trouble.clear();
            open.ledger = ledger.clone();
        }
        open.ledger.target = target;
        Ok(ledger)
    }

    /// From when on the store may have an answer.
    pub(super) fn reach_ms(&self) -> TimestampMs {
        reach_ms(self.clock.now_ms(), &self.config.borrow().retention)
    }

    /// Deletes what is older than it is kept; how many hours.
    pub(crate) async fn forget(&self, now_ms: TimestampMs) -> Result<u64, db::Error> {
        let deleted = store::forget(&self.state, hour_of(now_ms - KEPT_MS)).await?;
        if deleted > 0 {
            self.books().clear();
        }
        Ok(deleted)
    }
}

/// From when on the store may have an answer: samples, and before them what they came to in each five minutes. What
/// they came to in an hour says too little of its minutes.
fn reach_ms(now_ms: TimestampMs, retention: &Retention) -> TimestampMs {
    let kept = [Some(retention.history), retention.rollups.five_minutes];
    let kept = kept.into_iter().flatten().map(|kept| match kept.is_zero() {
        true => KEPT_MS,
        false => i64::try_from(kept.as_millis()).unwrap_or(KEPT_MS),
    });
    minute_before(now_ms - kept.max().unwrap_or(0).min(KEPT_MS))
}

/// Minutes of which nothing is known.
fn gaps((from_ms, to_ms): Stretch) -> Answered {
    let minutes = usize::try_from((to_ms - from_ms) / MINUTE_MS).unwrap_or(0);
    Answered {
        slots: vec![Slot::Gap; minutes],
        ..Answered::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_reaches_back_as_far_as_anything_is_kept() {
        let days = |days: u64| Duration::from_secs(days * 86_400);
        for (history, five_minutes, expected) in [
            (days(7), Some(days(90)), 90),
            (days(7), None, 7),
            (days(30), Some(days(14)), 30),
            (days(0), Some(days(90)), 400),
            (days(7), Some(days(0)), 400),
            (days(500), None, 400),
        ] {
            let mut retention = Retention {
                history,
                ..Retention::default()
            };
            retention.rollups.five_minutes = five_minutes;
            let now_ms = 1_000 * DAY_MS;
            let reached = now_ms - reach_ms(now_ms, &retention);
            assert_eq!(reached, expected * DAY_MS, "{history:?} {five_minutes:?}");
        }
    }
}
