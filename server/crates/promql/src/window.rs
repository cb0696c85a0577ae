//! Windows over samples: range selectors and subqueries, slid over each series step by step.

use model::{METRIC_NAME, SeriesSamples, TimestampMs, is_stale};
use promql_parser::parser::{Expr, SubqueryExpr};

use crate::eval::{Evaluation, unexpected, without_parentheses};
use crate::limits::Budget;
use crate::query::{at_ms, milliseconds, offset_ms};
use crate::select::Reference;
use crate::steps::{Column, Columns, Point, Steps, distinct, nameless};
use crate::{QueryError, RangeSeries};

/// How windows lie.
#[derive(Clone, Copy)]
struct Frame {
    range_ms: i64,
    reference: Reference,
}

/// The samples of one series that a step sees: newer than `from_ms`, not newer than `to_ms`.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a> {
    pub at_ms: &'a [TimestampMs],
    pub values: &'a [f64],
    pub from_ms: TimestampMs,
    pub to_ms: TimestampMs,
    /// The number of the step and its time, which `@` and `offset` do not shift.
    pub step: u32,
    pub now_ms: TimestampMs,
}

/// How a function over windows treats what it is given.
pub(crate) struct Manner {
    /// The name of the metric stays.
    pub keeps_name: bool,
    /// The result is for a counter.
    pub is_for_counters: bool,
}

impl Evaluation<'_> {
    /// What a function makes of the windows of each series of a range selector or a subquery, as a
    /// vector.
    pub fn over(
        &mut self,
        expression: &Expr,
        steps: Steps,
        manner: &Manner,
        function: impl FnMut(&Window<'_>) -> Option<f64>,
    ) -> Result<Columns, QueryError> {
        let mut columns = self.windows(expression, steps, function)?;
        for column in &mut columns {
            if manner.is_for_counters {
                self.notes.counter(column.labels.get(METRIC_NAME));
            }
            if !manner.keeps_name {
                column.labels = nameless(&column.labels);
            }
        }
        distinct(columns)
    }

    /// The same, with the labels of the series as they are, for all series that have samples in any
    /// window. Only one series of a selector is held in
    /// memory at a time.
    pub fn windows(
        &mut self,
        expression: &Expr,
        steps: Steps,
        mut function: impl FnMut(&Window<'_>) -> Option<f64>,
    ) -> Result<Columns, QueryError> {
        let mut columns = Columns::new();
        let mut held = 0;
        self.series_of(expression, steps, &mut |budget, frame, series| {
            let mut points = Vec::new();
            let (mut work, mut is_seen) = (0, false);
            frame.slide(&series, steps, |window| {
                is_seen = true;
                work += window.values.len();
                if work > 1 << 20 {
                    work = 0;
                    budget.check()?;
                }
                if let Some(value) = function(window) {
                    let step = window.step;
                    points.push(Point { step, value });
                }
                Ok(())
            })?;
            held += points.len();
            if is_seen {
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

    /// All samples that the only step of an instant query sees.
    pub fn samples(
        &mut self,
        expression: &Expr,
        steps: Steps,
    ) -> Result<Vec<RangeSeries>, QueryError> {
        let mut found: Vec<RangeSeries> = Vec::new();
        self.series_of(expression, steps, &mut |_, frame, series| {
            frame.slide(&series, steps, |window| {
                let points = window.at_ms.iter().copied();
                found.push(RangeSeries {
                    labels: series.labels.clone(),
                    points: points.zip(window.values.iter().copied()).collect(),
                });
                Ok(())
            })
        })?;
        found.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(found)
    }

    /// Hands over the series that a range selector or a subquery yields for all steps.
    fn series_of(
        &mut self,
        expression: &Expr,
        steps: Steps,
        each: &mut dyn FnMut(&Budget<'_>, Frame, SeriesSamples) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        match without_parentheses(expression) {
            Expr::MatrixSelector(selector) => {
                let frame = Frame {
                    range_ms: milliseconds(selector.range),
                    reference: self.reference(&selector.vs),
                };
                self.read(
                    &selector.vs,
                    frame.range_ms,
                    steps,
                    &mut |budget, mut series| {
                        drop_stale(&mut series);
                        each(budget, frame, series)
                    },
                )
            }
            Expr::Subquery(subquery) => self.subquery(subquery, steps, each),
            _ => Err(unexpected("no range vector")),
        }
    }

    /// The inner expression is evaluated at multiples of its step, whatever the outer steps are.
    fn subquery(
        &mut self,
        subquery: &SubqueryExpr,
        steps: Steps,
        each: &mut dyn FnMut(&Budget<'_>, Frame, SeriesSamples) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let range_ms = milliseconds(subquery.range);
        let reference = Reference {
            fixed_ms: subquery.at.as_ref().map(|at| at_ms(at, self.ends)),
            offset_ms: offset_ms(subquery.offset.as_ref()),
        };
        let given = subquery.step.map(milliseconds);
        let step_ms = given.unwrap_or(self.subquery_step_ms).max(1);
        let after_ms = reference.of(steps.from_ms).saturating_sub(range_ms);
        let first_ms = (after_ms.div_euclid(step_ms))
            .saturating_add(1)
            .saturating_mul(step_ms);
        let inner = Steps::range(first_ms, reference.of(steps.last_ms()), step_ms);
        let inner = inner.ok_or_else(|| QueryError::execution("too many steps in a subquery"))?;
        if inner.count == 0 || steps.count == 0 {
            return Ok(());
        }
        self.budget.hold(inner.count as usize)?;
        let frame = Frame {
            range_ms,
            reference,
        };
        for column in self.vector(&subquery.expr, inner)? {
            let points = column.points.iter();
            let series = SeriesSamples {
                at_ms: points.clone().map(|point| inner.at(point.step)).collect(),
                values: points.map(|point| point.value).collect(),
                labels: column.labels,
            };
            each(&self.budget, frame, series)?;
        }
        Ok(())
    }
}

impl Frame {
    /// Goes over all windows of a series that are not empty.
    fn slide(
        self,
        series: &SeriesSamples,
        steps: Steps,
        mut each: impl FnMut(&Window<'_>) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let (mut first, mut after) = (0, 0);
        for step in steps.each() {
            let now_ms = steps.at(step);
            let to_ms = self.reference.of(now_ms);
            let from_ms = to_ms.saturating_sub(self.range_ms);
            while series.at_ms.get(after).is_some_and(|at| *at <= to_ms) {
                after += 1;
            }
            while first < after && series.at_ms[first] <= from_ms {
                first += 1;
            }
            if first < after {
                each(&Window {
                    at_ms: &series.at_ms[first..after],
                    values: &series.values[first..after],
                    from_ms,
                    to_ms,
                    step,
                    now_ms,
                })?;
            }
        }
        Ok(())
    }
}

fn drop_stale(series: &mut SeriesSamples) {
    if series.values.iter().any(|value| is_stale(*value)) {
        let values = &series.values;
        let mut place = 0;
        series.at_ms.retain(|_| {
            place += 1;
            !is_stale(values[place - 1])
        });
        series.values.retain(|value| !is_stale(*value));
    }
}
