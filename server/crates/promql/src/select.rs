//! Selectors: reading what matches, once for all steps, and the newest value at each step.

use std::ops::ControlFlow;

use model::{Coarse, RolledSeries, Selection, TimestampMs, Wanted, is_stale};
use promql_parser::parser::{AtModifier, Offset, VectorSelector};

use crate::QueryError;
use crate::eval::Evaluation;
use crate::query::{at_ms, matchers, offset_ms};
use crate::rolled::enough_ms;
use crate::steps::{Column, Point, Steps};
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
            matchers: matchers(selector)?,
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
                    .and_then(|()| self.budget.read(series.series.values.len()))
                    .and_then(|()| each(reference, series));
                match outcome {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            })?;
        outcome
    }

    /// What the newest sample of each series yields at each step: its value, or something else.
    pub fn newest(
        &self,
        selector: &VectorSelector,
        steps: Steps,
        yields: fn(TimestampMs, f64) -> f64,
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
                        let value = yields(at_ms, value);
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
