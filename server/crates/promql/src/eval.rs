//! The way through an expression, and the two ways to ask: at one time, or over a range.

use model::{ReadSamples, TimestampMs};
use promql_parser::parser::Expr;

use crate::change::changed_part;
use crate::fixed::is_fixed;
use crate::limits::Budget;
use crate::notes::Notes;
use crate::patterns::Patterns;
use crate::query::milliseconds;
use crate::select::Newest;
use crate::steps::{Column, Columns, HistogramPoint, Point, Scalars, Steps};
use crate::{Answer, HistogramSample, Limits, Query, QueryError, RangeSeries, Value, VectorSample};

/// Times beyond are refused, so that sums and differences of times do not overflow.
const FARTHEST_MS: i64 = 1 << 60;

/// One evaluation of one query.
pub(crate) struct Evaluation<'a> {
    pub store: &'a dyn ReadSamples,
    pub patterns: &'a Patterns,
    pub budget: Budget<'a>,
    pub notes: Notes,
    /// What `start()` and `end()` mean.
    pub ends: (TimestampMs, TimestampMs),
    pub lookback_ms: i64,
    pub subquery_step_ms: i64,
}

/// What an expression yields at all steps; ranges are asked for by those who take them.
pub(crate) enum Outcome {
    Scalar(Scalars),
    Vector(Columns),
    Text(String),
}

/// The answer to a query at one time.
///
/// # Errors
/// When it has none; [`QueryError`] says why.
pub fn evaluate_instant(
    query: &Query,
    store: &dyn ReadSamples,
    at_ms: TimestampMs,
    limits: &Limits,
) -> Result<Answer, QueryError> {
    check_time(at_ms)?;
    let evaluation = Evaluation::new(query, store, (at_ms, at_ms), limits);
    let steps = Steps::instant(at_ms);
    let expression = without_parentheses(&query.expression);
    let mut histograms = Vec::new();
    let value = match expression {
        Expr::MatrixSelector(_) | Expr::Subquery(_) => {
            Value::Matrix(evaluation.samples(expression, steps)?)
        }
        _ => match evaluation.evaluate(expression, steps)? {
            Outcome::Scalar(scalars) => Value::Scalar(at_ms, scalars.at(0)),
            Outcome::Text(text) => Value::String(at_ms, text),
            Outcome::Vector(columns) => {
                let mut samples = Vec::with_capacity(columns.len());
                for Column {
                    labels,
                    points,
                    histograms: found,
                } in columns
                {
                    if let Some(Point { value, .. }) = points.first() {
                        samples.push(VectorSample {
                            value: *value,
                            labels,
                            at_ms,
                        });
                    } else if let Some(HistogramPoint { value, .. }) = found.into_iter().next() {
                        histograms.push(HistogramSample {
                            value,
                            labels,
                            at_ms,
                        });
                    }
                }
                Value::Vector(samples)
            }
        },
    };
    Ok(Answer {
        histograms,
        ..evaluation.answer(value)
    })
}

/// The answer to a query at each of the times `from_ms`, `from_ms + step_ms`, … up to `to_ms`.
///
/// # Errors
/// When it has none; [`QueryError`] says why.
pub fn evaluate_range(
    query: &Query,
    store: &dyn ReadSamples,
    from_ms: TimestampMs,
    to_ms: TimestampMs,
    step_ms: i64,
    limits: &Limits,
) -> Result<Answer, QueryError> {
    query.check_for_range()?;
    check_time(from_ms)?;
    check_time(to_ms)?;
    let bad = |why: &str| QueryError::Bad(why.into());
    if step_ms <= 0 {
        return Err(bad("the step has to be greater than zero"));
    }
    if to_ms < from_ms {
        return Err(bad("the end must not be before the start"));
    }
    let steps = Steps::range(from_ms, to_ms, step_ms).ok_or_else(|| bad("too many steps"))?;
    let evaluation = Evaluation::new(query, store, (from_ms, to_ms), limits);
    evaluation.budget.hold(steps.count as usize)?;
    let columns = match evaluation.evaluate(&query.expression, steps)? {
        Outcome::Scalar(scalars) => vec![scalars.into_column(steps)],
        Outcome::Vector(columns) => columns,
        Outcome::Text(_) => return Err(bad("a text has no values over time")),
    };
    let series = columns.into_iter().map(|column| RangeSeries {
        labels: column.labels,
        // Of the same size as before, so it takes the same place.
        points: (column.points.into_iter())
            .map(|point| (steps.at(point.step), point.value))
            .collect(),
        histograms: (column.histograms.into_iter())
            .map(|point| (steps.at(point.step), point.value))
            .collect(),
    });
    let is_empty = |series: &RangeSeries| series.points.is_empty() && series.histograms.is_empty();
    let mut series: Vec<_> = series.filter(|series| !is_empty(series)).collect();
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    Ok(evaluation.answer(Value::Matrix(series)))
}

fn check_time(at_ms: TimestampMs) -> Result<(), QueryError> {
    if (-FARTHEST_MS..=FARTHEST_MS).contains(&at_ms) {
        return Ok(());
    }
    Err(QueryError::Bad("the time is out of bounds".into()))
}

/// What stands in parentheses.
pub(crate) fn without_parentheses(mut expression: &Expr) -> &Expr {
    while let Expr::Paren(inner) = expression {
        expression = &inner.expr;
    }
    expression
}

impl<'a> Evaluation<'a> {
    fn new(
        query: &'a Query,
        store: &'a dyn ReadSamples,
        ends: (TimestampMs, TimestampMs),
        limits: &'a Limits,
    ) -> Self {
        Self {
            store,
            patterns: &query.patterns,
            budget: Budget::new(limits),
            notes: Notes::default(),
            ends,
            lookback_ms: milliseconds(limits.lookback).max(1),
            subquery_step_ms: milliseconds(limits.subquery_step).max(1),
        }
    }

    fn answer(self, value: Value) -> Answer {
        let (warnings, infos) = self.notes.into_texts();
        Answer {
            value,
            histograms: Vec::new(),
            warnings,
            infos,
            samples_read: self.budget.samples_read(),
        }
    }

    /// The value of an expression at all steps.
    pub fn evaluate(&self, expression: &Expr, steps: Steps) -> Result<Outcome, QueryError> {
        self.budget.check()?;
        let expression = without_parentheses(expression);
        if steps.count > 1 && is_fixed(expression) {
            return self.repeated(expression, steps);
        }
        if changed_part(expression).is_some() {
            return self.changed(expression, steps).map(Outcome::Vector);
        }
        match expression {
            Expr::NumberLiteral(number) => Ok(Outcome::Scalar(Scalars::Same(number.val))),
            Expr::StringLiteral(text) => Ok(Outcome::Text(text.val.clone())),
            Expr::VectorSelector(selector) => {
                let columns =
                    self.collected(|each| self.newest(selector, steps, Newest::Value, each));
                columns.map(Outcome::Vector)
            }
            Expr::Unary(unary) => {
                let scalars = self.scalar(&unary.expr, steps)?;
                Ok(Outcome::Scalar(scalars.map(|value| -value)))
            }
            Expr::Binary(binary) => self.binary(binary, steps),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate, steps).map(Outcome::Vector),
            Expr::Call(call) => self.call(call, steps),
            Expr::Paren(_) => Err(unexpected("parentheses")),
            Expr::MatrixSelector(_) | Expr::Subquery(_) => Err(unexpected("a range vector")),
            Expr::Extension(_) => Err(unexpected("an unknown expression")),
        }
    }

    /// An expression that yields a vector.
    pub fn vector(&self, expression: &Expr, steps: Steps) -> Result<Columns, QueryError> {
        match self.evaluate(expression, steps)? {
            Outcome::Vector(columns) => Ok(columns),
            Outcome::Scalar(_) => Err(unexpected("a scalar")),
            Outcome::Text(_) => Err(unexpected("a text")),
        }
    }

    /// An expression that yields a number a step.
    pub fn scalar(&self, expression: &Expr, steps: Steps) -> Result<Scalars, QueryError> {
        match self.evaluate(expression, steps)? {
            Outcome::Scalar(scalars) => Ok(scalars),
            Outcome::Vector(_) => Err(unexpected("a vector")),
            Outcome::Text(_) => Err(unexpected("a text")),
        }
    }

    /// An expression that is a text.
    pub fn text(&self, expression: &Expr) -> Result<String, QueryError> {
        match without_parentheses(expression) {
            Expr::StringLiteral(text) => Ok(text.val.clone()),
            _ => Err(unexpected("no text")),
        }
    }
}

/// The parser checks types; what it lets through all the same ends here.
pub(crate) fn unexpected(found: &str) -> QueryError {
    QueryError::Bad(format!("unexpected type of expression: {found}"))
}
