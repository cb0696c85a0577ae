//! The functions: which there are, and who evaluates each.

mod absence;
mod calendar;
mod labels;
mod numbers;
mod over_time;

use promql_parser::parser::{Call, Expr};

pub(crate) use numbers::bounded;
pub(crate) use over_time::{differ, of as over_windows};

use crate::QueryError;
use crate::eval::{Evaluation, Outcome, unexpected, without_parentheses};
use crate::histogram::Demand;
use crate::native::{mean, variance};
use crate::ranking::sorted;
use crate::select::Newest;
use crate::steps::{Columns, Point, Scalars, Steps, joined, nameless};

/// What is evaluated here rather than in one of the tables of the modules.
pub(crate) const OTHERS: &[&str] = &[
    "absent",
    "absent_over_time",
    "clamp",
    "clamp_max",
    "clamp_min",
    "histogram_avg",
    "histogram_count",
    "histogram_fraction",
    "histogram_quantile",
    "histogram_stddev",
    "histogram_stdvar",
    "histogram_sum",
    "label_join",
    "label_replace",
    "pi",
    "predict_linear",
    "quantile_over_time",
    "round",
    "scalar",
    "sort",
    "sort_desc",
    "time",
    "timestamp",
    "vector",
];

/// The function of a single number that has this name.
pub(crate) fn of_number(name: &str) -> Option<fn(f64) -> f64> {
    numbers::of(name).or_else(|| calendar::of(name))
}

/// Whether there is a function of this name here; experimental ones are not.
pub(crate) fn is_known(name: &str) -> bool {
    OTHERS.contains(&name) || of_number(name).is_some() || over_windows(name).is_some()
}

impl Evaluation<'_> {
    pub fn call(&self, call: &Call, steps: Steps) -> Result<Outcome, QueryError> {
        let arguments = Arguments::of(call);
        match call.func.name {
            "pi" => Ok(Outcome::Scalar(Scalars::Same(std::f64::consts::PI))),
            "time" => Ok(Outcome::Scalar(times(steps))),
            "scalar" => {
                let columns = self.vector(arguments.get(0)?, steps)?;
                Ok(Outcome::Scalar(only_values(&columns, steps)))
            }
            name => self
                .call_for_vector(name, arguments, steps)
                .map(Outcome::Vector),
        }
    }

    fn call_for_vector(
        &self,
        name: &str,
        arguments: Arguments<'_>,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        if let Some(function) = calendar::of(name) {
            // With an argument it would be the change of a vector.
            return Ok(vec![times(steps).map(function).into_column(steps)]);
        }
        if let Some(over) = over_windows(name) {
            return self.over_all(arguments.get(0)?, steps, over.manner, &over.function);
        }
        match name {
            "absent" => self.absent(arguments.get(0)?, steps),
            "absent_over_time" => self.absent_over_time(arguments.get(0)?, steps),
            "predict_linear" => self.predict_linear(arguments, steps),
            "quantile_over_time" => self.quantile_over_time(arguments, steps),
            "label_replace" => self.label_replace(arguments, steps),
            "label_join" => self.label_join(arguments, steps),
            "sort" | "sort_desc" => {
                let columns = self.vector(arguments.get(0)?, steps)?;
                Ok(sorted(numbers_of(columns), name == "sort_desc", steps))
            }
            "timestamp" => match without_parentheses(arguments.get(0)?) {
                Expr::VectorSelector(selector) => {
                    let columns =
                        self.collected(|each| self.newest(selector, steps, Newest::Time, each))?;
                    replaced(columns, |_, value| value)
                }
                other => {
                    let columns = stepped(self.vector(other, steps)?);
                    replaced(columns, |step, _| steps.at(step) as f64 / 1000.0)
                }
            },
            "vector" => {
                let scalars = self.scalar(arguments.get(0)?, steps)?;
                Ok(vec![scalars.into_column(steps)])
            }
            "histogram_quantile" => {
                let quantiles = self.scalar(arguments.get(0)?, steps)?;
                let columns = self.vector(arguments.get(1)?, steps)?;
                self.histograms(columns, &Demand::Quantile(quantiles), steps)
            }
            "histogram_fraction" => {
                let lower = self.scalar(arguments.get(0)?, steps)?;
                let upper = self.scalar(arguments.get(1)?, steps)?;
                let columns = self.vector(arguments.get(2)?, steps)?;
                self.histograms(columns, &Demand::Fraction(lower, upper), steps)
            }
            "histogram_avg" => self.of_histograms(arguments.get(0)?, mean, steps),
            "histogram_count" => self.of_histograms(arguments.get(0)?, |one| one.count, steps),
            "histogram_sum" => self.of_histograms(arguments.get(0)?, |one| one.sum, steps),
            "histogram_stddev" => {
                self.of_histograms(arguments.get(0)?, |one| variance(one).sqrt(), steps)
            }
            "histogram_stdvar" => self.of_histograms(arguments.get(0)?, variance, steps),
            _ => Err(unexpected("an unknown function")),
        }
    }
}

/// What a function is given.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'a>(&'a [Box<Expr>]);

impl<'a> Arguments<'a> {
    pub fn of(call: &'a Call) -> Self {
        Self(&call.args.args)
    }

    pub fn get(self, place: usize) -> Result<&'a Expr, QueryError> {
        let found = self.0.get(place).map(|expression| &**expression);
        found.ok_or_else(|| unexpected("a missing argument"))
    }

    pub fn from(self, place: usize) -> impl Iterator<Item = &'a Expr> {
        self.0.iter().skip(place).map(|expression| &**expression)
    }
}

/// A vector with other values and without names.
fn replaced(mut columns: Columns, change: impl Fn(u32, f64) -> f64) -> Result<Columns, QueryError> {
    for column in &mut columns {
        column.labels = nameless(&column.labels);
        for point in &mut column.points {
            point.value = change(point.step, point.value);
        }
    }
    joined(columns)
}

/// A vector without histograms.
fn numbers_of(mut columns: Columns) -> Columns {
    for column in &mut columns {
        column.histograms.clear();
    }
    columns.retain(|column| !column.is_empty());
    columns
}

/// A vector with some number in the place of each histogram.
fn stepped(mut columns: Columns) -> Columns {
    for column in &mut columns {
        let histograms = std::mem::take(&mut column.histograms).into_iter();
        column.points.extend(histograms.map(|point| Point {
            step: point.step,
            value: 0.0,
        }));
        column.points.sort_by_key(|point| point.step);
    }
    columns
}

/// The times of the steps in seconds.
fn times(steps: Steps) -> Scalars {
    Scalars::each(steps, |step| steps.at(step) as f64 / 1000.0)
}

/// The value of the only series at each step; where there are none or several, not-a-number.
fn only_values(columns: &Columns, steps: Steps) -> Scalars {
    let mut values = vec![f64::NAN; steps.count as usize];
    let mut seen = vec![false; steps.count as usize];
    for point in columns.iter().flat_map(|column| &column.points) {
        let step = point.step as usize;
        values[step] = if seen[step] { f64::NAN } else { point.value };
        seen[step] = true;
    }
    Scalars::Each(values)
}
