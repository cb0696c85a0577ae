//! Selectors: reading what matches, once for all steps, and the newest value at each step.

use std::ops::ControlFlow;

use model::{Coarse, RolledSeries, Selection, SeriesSamples, TimestampMs, Wanted, is_stale};
use promql_parser::parser::{AtModifier, Offset, VectorSelector};

use crate::QueryError;
use crate::eval::Evaluation;
use crate::query::{at_ms, offset_ms};
use crate::rolled::enough_ms;
use crate::steps::{Column, HistogramPoint, Point, Steps};
use crate::stream::EachColumn;

/// Where a selector looks from, as `@` and `offset` shift it.
#[derive(Clone, Copy)]
pub(crate) struct Reference {
    pub fixed_ms: Option<TimestampMs>,
    pub offset_ms: i64,
}

impl Reference {
    /// The time that counts for a step at this time.
    pub fn of(self, step_ms: TimestampMs) -> TimestampMs {
        self.fixed_ms
            .unwrap_or(step_ms)
            .saturating_sub(self.offset_ms)
    }
}

/// What a selector reads.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    /// How far it looks back.
    pub back_ms: i64,
    /// What it wants where samples are rolled up.
    pub wanted: Wanted,
    /// The longest windows that do where there are too many samples.
    pub enough_ms: i64,
}

impl Evaluation<'_> {
    pub fn reference(&self, at: Option<&AtModifier>, offset: Option<&Offset>) -> Reference {
        Reference {
            fixed_ms: at.map(|at| at_ms(at, self.ends)),
            offset_ms: offset_ms(offset),
        }
    }

    /// Hands over all that matches and is needed to look back so far from each step, in the order of
    /// the store.
    pub fn read(
        &self,
        selector: &VectorSelector,
        reading: Reading,
        steps: Steps,
        each: &mut dyn FnMut(Reference, RolledSeries) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        if steps.count == 0 {
            return Ok(());
        }
        let reference = self.reference(selector.at.as_ref(), selector.offset.as_ref());
        // Windows are open on the left: what lies exactly at their begin is not in them.
        let selection = Selection {
            matchers: self.patterns.matchers(selector)?,
            from_ms: (reference.of(steps.from_ms))
                .saturating_sub(reading.back_ms)
                .saturating_add(1),
            to_ms: reference.of(steps.last_ms()),
        };
        let coarse = Coarse {
            wanted: reading.wanted,
            enough_ms: reading.enough_ms,
        };
        let (mut found, mut outcome) = (0, Ok(()));
        self.store
            .select_rolled(&selection, coarse, &mut |series| {
                found += 1;
                self.notes.rolled(&series, selection.from_ms);
                outcome = (self.budget.series(found))
                    .and_then(|()| self.budget.read(weight(&series.series)))
                    .and_then(|()| each(reference, series));
                match outcome {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            })?;
        outcome
    }

    /// What the newest sample of each series yields at each step.
    pub fn newest(
        &self,
        selector: &VectorSelector,
        steps: Steps,
        yields: Newest,
        each: EachColumn<'_>,
    ) -> Result<(), QueryError> {
        let lookback_ms = self.lookback_ms;
        let mut column = Column::default();
        let reading = Reading {
            back_ms: lookback_ms,
            wanted: Wanted::Newest,
            enough_ms: enough_ms(steps, None),
        };
        self.read(selector, reading, steps, &mut |reference, found| {
            let (series, rolled) = (found.series, found.rolled);
            // A value of a window is good until the next window ends.
            let window_ms = |now_ms| {
                rolled
                    .as_ref()
                    .and_then(|rolled| rolled.resolution_at(now_ms))
            };
            column.points.clear();
            column.histograms.clear();
            if !series.histograms.is_empty() {
                newest_of_both(
                    &series,
                    |now_ms| (reference.of(now_ms), lookback_ms),
                    steps,
                    yields,
                    &mut column,
                );
                column.labels = series.labels;
                return match column.is_empty() {
                    true => Ok(()),
                    false => each(&mut column),
                };
            }
            let (times, values) = (&*series.at_ms, &*series.values);
            let mut seen = 0;
            for (step, now_ms) in steps.times() {
                let now_ms = reference.of(now_ms);
                while seen < times.len() && times[seen] <= now_ms {
                    seen += 1;
                }
                let Some(newest) = seen.checked_sub(1) else {
                    continue;
                };
                let (at_ms, value) = (times[newest], values[newest]);
                let back_ms = lookback_ms.saturating_add(window_ms(now_ms).unwrap_or(0));
                if at_ms > now_ms.saturating_sub(back_ms) {
                    if !is_stale(value) {
                        let value = match yields {
                            Newest::Value => value,
                            Newest::Time => at_ms as f64 / 1000.0,
                        };
                        column.points.push(Point { step, value });
                    }
                } else if seen == times.len() {
                    break;
                }
            }
            if column.points.is_empty() {
                return Ok(());
            }
            column.labels = series.labels;
            each(&mut column)
        })
    }
}

/// What of the newest sample is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Newest {
    /// Its value, which may be a histogram.
    Value,
    /// When it was taken, in seconds.
    Time,
}

/// How much is read of a series: a histogram is as much as the numbers that take its place.
fn weight(series: &SeriesSamples) -> usize {
    let histograms = series.histograms.iter().map(|(_, one)| one.weight());
    series.values.len() + histograms.sum::<usize>()
}

/// The newest samples of a series that has histograms, and perhaps numbers too.
fn newest_of_both(
    series: &SeriesSamples,
    look: impl Fn(TimestampMs) -> (TimestampMs, i64),
    steps: Steps,
    yields: Newest,
    column: &mut Column,
) {
    let (mut numbers, mut histograms) = (0, 0);
    for (step, now_ms) in steps.times() {
        let (now_ms, lookback_ms) = look(now_ms);
        while series.at_ms.get(numbers).is_some_and(|at| *at <= now_ms) {
            numbers += 1;
        }
        while (series.histograms.get(histograms)).is_some_and(|(at, _)| *at <= now_ms) {
            histograms += 1;
        }
        let is_young = |at_ms: TimestampMs| at_ms > now_ms.saturating_sub(lookback_ms);
        let number = numbers
            .checked_sub(1)
            .map(|place| (series.at_ms[place], place));
        let number = number.filter(|(at_ms, _)| is_young(*at_ms));
        let histogram = histograms
            .checked_sub(1)
            .map(|place| &series.histograms[place]);
        let histogram = histogram.filter(|(at_ms, _)| is_young(*at_ms));
        match (number, histogram) {
            (Some((at_ms, place)), other) if other.is_none_or(|(other, _)| at_ms >= *other) => {
                let value = series.values[place];
                if !is_stale(value) {
                    let value = match yields {
                        Newest::Value => value,
                        Newest::Time => at_ms as f64 / 1000.0,
                    };
                    column.points.push(Point { step, value });
                }
            }
            (_, Some((at_ms, histogram))) => match yields {
                Newest::Value => column.histograms.push(HistogramPoint {
                    step,
                    value: histogram.clone(),
                }),
                Newest::Time => column.points.push(Point {
                    step,
                    value: *at_ms as f64 / 1000.0,
                }),
            },
            (_, None) => {}
        }
    }
}
