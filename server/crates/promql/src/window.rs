//! Windows over samples: range selectors and subqueries, slid over each series step by step.

use model::{SeriesSamples, TimestampMs, is_stale};
use promql_parser::parser::{Expr, SubqueryExpr};

use crate::eval::{Evaluation, unexpected, without_parentheses};
use crate::query::{at_ms, milliseconds, offset_ms};
use crate::select::Reference;
use crate::steps::{Column, Columns, Point, Steps, distinct, nameless};
use crate::{QueryError, RangeSeries};

/// Series and how far to look back on them.
pub(crate) struct Ranges {
    pub series: Vec<SeriesSamples>,
    pub range_ms: i64,
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
    /// The series that a range selector or a subquery yields for all steps.
    pub fn ranges(&mut self, expression: &Expr, steps: Steps) -> Result<Ranges, QueryError> {
        match without_parentheses(expression) {
            Expr::MatrixSelector(selector) => {
                let range_ms = milliseconds(selector.range);
                let mut series = self.read(&selector.vs, range_ms, steps)?;
                series.iter_mut().for_each(drop_stale);
                Ok(Ranges {
                    series,
                    range_ms,
                    reference: self.reference(&selector.vs),
                })
            }
            Expr::Subquery(subquery) => self.subquery(subquery, steps),
            _ => Err(unexpected("no range vector")),
        }
    }

    /// The inner expression is evaluated at multiples of its step, whatever the outer steps are.
    fn subquery(&mut self, subquery: &SubqueryExpr, steps: Steps) -> Result<Ranges, QueryError> {
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
        let mut ranges = Ranges {
            series: Vec::new(),
            range_ms,
            reference,
        };
        if inner.count == 0 || steps.count == 0 {
            return Ok(ranges);
        }
        self.budget.hold(inner.count as usize)?;
        let columns = self.vector(&subquery.expr, inner)?;
        ranges.series = columns
            .into_iter()
            .map(|column| SeriesSamples {
                at_ms: (column.points.iter())
                    .map(|point| inner.at(point.step))
                    .collect(),
                values: column.points.iter().map(|point| point.value).collect(),
                labels: column.labels,
            })
            .collect();
        Ok(ranges)
    }

    /// What a function makes of the window of each series at each step.
    pub fn over(
        &mut self,
        ranges: Ranges,
        steps: Steps,
        manner: &Manner,
        mut function: impl FnMut(&Window<'_>) -> Option<f64>,
    ) -> Result<Columns, QueryError> {
        let mut columns = Columns::with_capacity(ranges.series.len());
        let mut held = 0;
        for series in &ranges.series {
            let mut points = Vec::new();
            let mut work = 0;
            ranges.slide(series, steps, |window| {
                work += window.values.len();
                if work > 1 << 20 {
                    work = 0;
                    self.budget.check()?;
                }
                if let Some(value) = function(window) {
                    points.push(Point {
                        step: window.step,
                        value,
                    });
                }
                Ok(())
            })?;
            held += points.len();
            self.budget.hold(held)?;
            if manner.is_for_counters && !points.is_empty() {
                self.notes.counter(series.labels.get(model::METRIC_NAME));
            }
            let labels = match manner.keeps_name {
                true => series.labels.clone(),
                false => nameless(&series.labels),
            };
            columns.push(Column { labels, points });
        }
        distinct(columns)
    }
}

impl Ranges {
    /// Goes over all windows of a series that are not empty.
    pub fn slide(
        &self,
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

    /// All samples that the only step of an instant query sees.
    pub fn whole(self, steps: Steps) -> Vec<RangeSeries> {
        let mut found: Vec<RangeSeries> = Vec::new();
        for series in &self.series {
            // It cannot fail: the function does not.
            let _: Result<(), QueryError> = self.slide(series, steps, |window| {
                let points = window.at_ms.iter().copied();
                found.push(RangeSeries {
                    labels: series.labels.clone(),
                    points: points.zip(window.values.iter().copied()).collect(),
                });
                Ok(())
            });
        }
        found.sort_by(|a, b| a.labels.cmp(&b.labels));
        found
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
