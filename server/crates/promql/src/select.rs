//! Selectors: reading what matches, once for all steps, and the newest value at each step.

use std::ops::ControlFlow;

use model::{Selection, SeriesSamples, TimestampMs, is_stale};
use promql_parser::parser::VectorSelector;

use crate::QueryError;
use crate::eval::Evaluation;
use crate::limits::Budget;
use crate::query::{at_ms, matchers, offset_ms};
use crate::steps::{Column, Columns, Point, Steps};

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

impl Evaluation<'_> {
    pub fn reference(&self, selector: &VectorSelector) -> Reference {
        Reference {
            fixed_ms: selector.at.as_ref().map(|at| at_ms(at, self.ends)),
            offset_ms: offset_ms(selector.offset.as_ref()),
        }
    }

    /// Hands over all that matches and is needed to look back so far from each step.
    pub fn read(
        &mut self,
        selector: &VectorSelector,
        back_ms: i64,
        steps: Steps,
        each: &mut dyn FnMut(&Budget<'_>, SeriesSamples) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        if steps.count == 0 {
            return Ok(());
        }
        let reference = self.reference(selector);
        // Windows are open on the left: what lies exactly at their begin is not in them.
        let selection = Selection {
            matchers: matchers(selector)?,
            from_ms: (reference.of(steps.from_ms))
                .saturating_sub(back_ms)
                .saturating_add(1),
            to_ms: reference.of(steps.last_ms()),
        };
        let budget = &mut self.budget;
        let (mut found, mut outcome) = (0, Ok(()));
        self.store.select(&selection, &mut |series| {
            found += 1;
            outcome = (budget.series(found))
                .and_then(|()| budget.read(series.values.len()))
                .and_then(|()| each(budget, series));
            match outcome {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        })?;
        outcome
    }

    /// The newest value of each series at each step.
    pub fn instants(
        &mut self,
        selector: &VectorSelector,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        self.newest(selector, steps, |_, value| value)
    }

    /// When the newest value of each series was measured, in seconds.
    pub fn timestamps(
        &mut self,
        selector: &VectorSelector,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        self.newest(selector, steps, |at_ms, _| at_ms as f64 / 1000.0)
    }

    fn newest(
        &mut self,
        selector: &VectorSelector,
        steps: Steps,
        yields: impl Fn(TimestampMs, f64) -> f64,
    ) -> Result<Columns, QueryError> {
        let reference = self.reference(selector);
        let lookback_ms = self.lookback_ms;
        let mut columns = Columns::new();
        let mut held = 0;
        self.read(selector, lookback_ms, steps, &mut |budget, series| {
            let mut points = Vec::new();
            let mut seen = 0;
            for step in steps.each() {
                let now_ms = reference.of(steps.at(step));
                while series.at_ms.get(seen).is_some_and(|at| *at <= now_ms) {
                    seen += 1;
                }
                let Some(newest) = seen.checked_sub(1) else {
                    continue;
                };
                let (at_ms, value) = (series.at_ms[newest], series.values[newest]);
                if at_ms > now_ms.saturating_sub(lookback_ms) && !is_stale(value) {
                    let value = yields(at_ms, value);
                    points.push(Point { step, value });
                }
            }
            held += points.len();
            if !points.is_empty() {
                columns.push(Column {
                    labels: series.labels,
                    points,
                });
            }
            budget.hold(held)
        })?;
        columns.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(columns)
    }
}
