//! Windows over samples: range selectors and subqueries, and where the windows of each series lie.

use std::ops::Range;
use std::sync::Arc;

use model::{Histogram, METRIC_NAME, Rolled, SeriesSamples, TimestampMs, Wanted, is_stale};
use promql_parser::parser::{Expr, SubqueryExpr};

use crate::eval::{Evaluation, unexpected, without_parentheses};
use crate::limits::Budget;
use crate::native::OverHistograms;
use crate::query::milliseconds;
use crate::rolled::{self, OverRolled};
use crate::select::{Reading, Reference};
use crate::steps::{Column, Columns, Point, Steps, distinct, nameless};
use crate::stream::{EachColumn, has_one_name};
use crate::{QueryError, RangeSeries};

/// How windows lie.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub range_ms: i64,
    pub reference: Reference,
    pub steps: Steps,
}

/// Which samples of a series a step sees.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub step: u32,
    pub first: usize,
    pub after: usize,
}

impl Span {
    /// Which samples these are.
    pub fn places(&self) -> Range<usize> {
        self.first..self.after
    }
}

/// The histograms of one series and all windows over them that are not empty.
#[derive(Clone, Copy)]
pub(crate) struct HistogramWindows<'a> {
    pub all: &'a [(TimestampMs, Arc<Histogram>)],
    pub spans: &'a [Span],
}

/// The samples of one series and all windows over them that are not empty, in the order of time.
pub(crate) struct Windows<'a> {
    pub at_ms: &'a [TimestampMs],
    pub values: &'a [f64],
    pub spans: &'a [Span],
    pub histograms: HistogramWindows<'a>,
    /// What the first samples are, where they are none.
    pub rolled: Option<&'a Rolled>,
    frame: Frame,
    budget: &'a Budget<'a>,
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
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// The name of the metric stays.
    pub keeps_name: bool,
    /// The result is for a counter.
    pub is_for_counters: bool,
    /// What becomes of histograms.
    pub histograms: OverHistograms,
    /// What it wants where samples are rolled up, and what it makes of that; without such a function the
    /// same as of samples.
    pub wanted: Wanted,
    pub over_rolled: Option<OverRolled>,
}

/// Appends what the windows of a series come to.
pub(crate) type OverWindows<'a> =
    dyn Fn(&Windows<'_>, &mut Vec<Point>) -> Result<(), QueryError> + 'a;

impl Evaluation<'_> {
    /// What a function makes of the windows of each series of a range selector or a subquery. Without
    /// their names two of them may have the same labels, unless `has_one_name` excludes it.
    pub fn over(
        &self,
        expression: &Expr,
        steps: Steps,
        manner: Manner,
        function: &OverWindows<'_>,
        each: EachColumn<'_>,
    ) -> Result<(), QueryError> {
        let (mut column, mut noted) = (Column::default(), String::new());
        self.windows(expression, steps, manner.wanted, &mut |series, windows| {
            if manner.is_for_counters
                && series.labels.get(METRIC_NAME) != noted
                && !windows.spans.is_empty()
            {
                noted = series.labels.get(METRIC_NAME).to_owned();
                self.notes.counter(&noted);
            }
            column.points.clear();
            column.histograms.clear();
            match (windows.rolled, manner.over_rolled) {
                _ if !windows.histograms.all.is_empty() => {
                    let name = series.labels.get(METRIC_NAME);
                    self.over_histograms(manner, function, name, windows, &mut column)?;
                }
                (Some(rolled), Some(over_rolled)) => {
                    let (before, after) = windows.split(rolled);
                    over_rolled(&before, rolled, &mut column.points)?;
                    function(&after, &mut column.points)?;
                }
                _ => function(windows, &mut column.points)?,
            }
            if column.is_empty() {
                return Ok(());
            }
            column.labels = match manner.keeps_name {
                true => series.labels.clone(),
                false => nameless(&series.labels),
            };
            each(&mut column)
        })
    }

    /// The same as a whole.
    pub fn over_all(
        &self,
        expression: &Expr,
        steps: Steps,
        manner: Manner,
        function: &OverWindows<'_>,
    ) -> Result<Columns, QueryError> {
        let columns =
            self.collected(|each| self.over(expression, steps, manner, function, each))?;
        if manner.keeps_name || has_one_name(expression) {
            return Ok(columns);
        }
        distinct(columns)
    }

    /// Hands over each series of a range selector or a subquery that has samples in any window.
    pub fn windows(
        &self,
        expression: &Expr,
        steps: Steps,
        wanted: Wanted,
        each: &mut dyn FnMut(&SeriesSamples, &Windows<'_>) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let (mut spans, mut of_histograms) = (Vec::new(), Vec::new());
        let mut slide = |frame: Frame, series: SeriesSamples, rolled: Option<Rolled>| {
            match &rolled {
                None => frame.spans(&series.at_ms, &mut spans),
                Some(rolled) => {
                    rolled::spans(frame, rolled, &series.at_ms, &mut spans);
                }
            }
            of_histograms.clear();
            if !series.histograms.is_empty() {
                let times: Vec<_> = series.histograms.iter().map(|(at_ms, _)| *at_ms).collect();
                frame.spans(&times, &mut of_histograms);
            }
            let windows = Windows {
                at_ms: &series.at_ms,
                values: &series.values,
                spans: &spans,
                histograms: HistogramWindows {
                    all: &series.histograms,
                    spans: &of_histograms,
                },
                rolled: rolled.as_ref(),
                frame,
                budget: &self.budget,
            };
            match spans.is_empty() && of_histograms.is_empty() {
                true => Ok(()),
                false => each(&series, &windows),
            }
        };
        match without_parentheses(expression) {
            Expr::MatrixSelector(selector) => {
                let range_ms = milliseconds(selector.range);
                let reading = Reading {
                    back_ms: range_ms,
                    wanted,
                    enough_ms: rolled::enough_ms(steps, Some(range_ms)),
                };
                self.read(&selector.vs, reading, steps, &mut |reference, found| {
                    let frame = Frame {
                        range_ms,
                        reference,
                        steps,
                    };
                    // What is rolled up has no markers where it is wanted for windows.
                    let mut series = found.series;
                    drop_stale(&mut series);
                    slide(frame, series, found.rolled)
                })
            }
            Expr::Subquery(subquery) => self.subquery(subquery, steps, &mut |frame, series| {
                slide(frame, series, None)
            }),
            _ => Err(unexpected("no range vector")),
        }
    }

    /// All samples that the only step of an instant query sees.
    pub fn samples(&self, expression: &Expr, steps: Steps) -> Result<Vec<RangeSeries>, QueryError> {
        let (mut found, mut held) = (Vec::new(), 0);
        self.windows(expression, steps, Wanted::Edges, &mut |series, windows| {
            // There is one step, so there is one window at most of each kind.
            let numbers = windows.spans.first().map_or(0..0, Span::places);
            let histograms = windows.histograms.spans.first().map_or(0..0, Span::places);
            let points = windows.at_ms.iter().zip(windows.values);
            let seen = points.take(numbers.end).skip(numbers.start);
            let histograms = windows.histograms.all[histograms].to_vec();
            held += numbers.len();
            held += histograms
                .iter()
                .map(|(_, one)| one.weight())
                .sum::<usize>();
            found.push(RangeSeries {
                labels: series.labels.clone(),
                points: seen.map(|(at_ms, value)| (*at_ms, *value)).collect(),
                histograms,
            });
            self.budget.hold(held)
        })?;
        found.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(found)
    }

    /// The inner expression is evaluated at multiples of its step, whatever the outer steps are.
    fn subquery(
        &self,
        subquery: &SubqueryExpr,
        steps: Steps,
        slide: &mut dyn FnMut(Frame, SeriesSamples) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let range_ms = milliseconds(subquery.range);
        let reference = self.reference(subquery.at.as_ref(), subquery.offset.as_ref());
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
            steps,
        };
        self.each_column(&subquery.expr, inner, &mut |column| {
            let points = column.points.iter();
            let mut series = SeriesSamples::floats(
                column.labels.clone(),
                points.clone().map(|point| inner.at(point.step)).collect(),
                points.map(|point| point.value).collect(),
            );
            let histograms = column.histograms.iter();
            let histograms = histograms.map(|point| (inner.at(point.step), point.value.clone()));
            series.histograms = histograms.collect();
            slide(frame, series)
        })
    }
}

impl Frame {
    /// Where the windows of a series lie that are not empty.
    fn spans(self, at_ms: &[TimestampMs], spans: &mut Vec<Span>) {
        spans.clear();
        let (mut first, mut after) = (0, 0);
        for (step, now_ms) in self.steps.times() {
            let to_ms = self.reference.of(now_ms);
            let from_ms = to_ms.saturating_sub(self.range_ms);
            while after < at_ms.len() && at_ms[after] <= to_ms {
                after += 1;
            }
            while first < after && at_ms[first] <= from_ms {
                first += 1;
            }
            if first < after {
                spans.push(Span { step, first, after });
            } else if first == at_ms.len() {
                break;
            }
        }
    }
}

impl<'a> Windows<'a> {
    /// The same with other windows over the numbers.
    pub fn with_spans<'b>(&'b self, spans: &'b [Span]) -> Windows<'b> {
        Windows { spans, ..*self }
    }

    /// From when to when the window of a step reaches.
    pub fn reach(&self, step: u32) -> (TimestampMs, TimestampMs) {
        let to_ms = self.frame.reference.of(self.frame.steps.at(step));
        (to_ms.saturating_sub(self.frame.range_ms), to_ms)
    }

    /// What one step sees.
    pub fn window(&self, span: Span) -> Window<'a> {
        let now_ms = self.frame.steps.at(span.step);
        let to_ms = self.frame.reference.of(now_ms);
        Window {
            at_ms: &self.at_ms[span.first..span.after],
            values: &self.values[span.first..span.after],
            from_ms: to_ms.saturating_sub(self.range_at(to_ms)),
            to_ms,
            step: span.step,
            now_ms,
        }
    }

    fn range_at(&self, to_ms: TimestampMs) -> i64 {
        match self.rolled {
            None => self.frame.range_ms,
            Some(rolled) => rolled::range_at(self.frame, rolled, to_ms),
        }
    }

    /// How much of what a step sees was asked for: less than one where the range is shorter than the
    /// windows that the store has.
    pub fn share(&self, span: Span) -> f64 {
        let to_ms = self.frame.reference.of(self.frame.steps.at(span.step));
        self.frame.range_ms as f64 / self.range_at(to_ms) as f64
    }

    /// The steps that see something rolled up, and those after them, which see only samples.
    fn split(&self, rolled: &Rolled) -> (Self, Self) {
        let place = (self.spans).partition_point(|span| span.first < rolled.points());
        let (before, after) = self.spans.split_at(place);
        let of = |spans| Self { spans, ..*self };
        (of(before), of(after))
    }

    /// Appends the values of a function of each window.
    pub fn map(
        &self,
        points: &mut Vec<Point>,
        mut function: impl FnMut(&Window<'_>) -> Option<f64>,
    ) -> Result<(), QueryError> {
        self.map_spans(points, |span| function(&self.window(span)))
    }

    /// The same by where the windows lie.
    pub fn map_spans(
        &self,
        points: &mut Vec<Point>,
        mut function: impl FnMut(Span) -> Option<f64>,
    ) -> Result<(), QueryError> {
        let mut work = 0;
        for span in self.spans {
            work += span.after - span.first;
            if work > 1 << 20 {
                work = 0;
                self.budget.check()?;
            }
            if let Some(value) = function(*span) {
                let step = span.step;
                points.push(Point { step, value });
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
