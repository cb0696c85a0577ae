//! Functions over windows of samples.

use crate::QueryError;
use crate::aggregate::{greater, lesser};
use crate::eval::Evaluation;
use crate::functions::Arguments;
use crate::rate::{Change, extrapolated, instant};
use crate::regression::{prediction, slope};
use crate::steps::{Columns, Steps};
use crate::sums::{Mean, Spread, Sum, quantile};
use crate::window::{Manner, Window};

type OverWindow = fn(&Window<'_>) -> Option<f64>;

const PLAIN: Manner = Manner {
    keeps_name: false,
    is_for_counters: false,
};

/// The function of a window that has this name, and how it treats its series.
pub(super) fn of(name: &str) -> Option<(Manner, OverWindow)> {
    let function: OverWindow = match name {
        "avg_over_time" => |window| Some(mean(window.values)),
        "changes" => |window| Some(count_pairs(window, differ)),
        "count_over_time" => |window| Some(window.values.len() as f64),
        "delta" => |window| extrapolated(window, DELTA),
        "deriv" => slope,
        "first_over_time" => |window| window.values.first().copied(),
        "idelta" => |window| instant(window, DELTA),
        "increase" => |window| extrapolated(window, INCREASE),
        "irate" => |window| instant(window, RATE),
        "last_over_time" => |window| window.values.last().copied(),
        "max_over_time" => |window| window.values.iter().copied().reduce(greater),
        "min_over_time" => |window| window.values.iter().copied().reduce(lesser),
        "present_over_time" => |_| Some(1.0),
        "rate" => |window| extrapolated(window, RATE),
        "resets" => |window| Some(count_pairs(window, |before, after| after < before)),
        "stddev_over_time" => |window| Some(variance(window.values).sqrt()),
        "stdvar_over_time" => |window| Some(variance(window.values)),
        "sum_over_time" => |window| Some(Sum::of(window.values.iter().copied())),
        _ => return None,
    };
    let manner = Manner {
        keeps_name: matches!(name, "first_over_time" | "last_over_time"),
        is_for_counters: matches!(name, "rate" | "increase"),
    };
    Some((manner, function))
}

const DELTA: Change = Change {
    is_counter: false,
    is_rate: false,
};
const INCREASE: Change = Change {
    is_counter: true,
    is_rate: false,
};
const RATE: Change = Change {
    is_counter: true,
    is_rate: true,
};

fn mean(values: &[f64]) -> f64 {
    let mut mean = Mean::default();
    values.iter().for_each(|value| mean.add(*value));
    mean.value()
}

fn variance(values: &[f64]) -> f64 {
    let mut spread = Spread::default();
    values.iter().for_each(|value| spread.add(*value));
    spread.variance()
}

/// Whether two values differ; not-a-number does not differ from itself.
fn differ(before: f64, after: f64) -> bool {
    before != after && !(before.is_nan() && after.is_nan())
}

fn count_pairs(window: &Window<'_>, counts: fn(f64, f64) -> bool) -> f64 {
    let pairs = window.values.windows(2);
    pairs.filter(|pair| counts(pair[0], pair[1])).count() as f64
}

impl Evaluation<'_> {
    pub(super) fn predict_linear(
        &mut self,
        arguments: Arguments<'_>,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let seconds = self.scalar(arguments.get(1)?, steps)?;
        self.over(arguments.get(0)?, steps, &PLAIN, |window| {
            prediction(window, seconds.at(window.step))
        })
    }

    pub(super) fn quantile_over_time(
        &mut self,
        arguments: Arguments<'_>,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let quantiles = self.scalar(arguments.get(0)?, steps)?;
        let mut values = Vec::new();
        let columns = self.over(arguments.get(1)?, steps, &PLAIN, |window| {
            values.clear();
            values.extend_from_slice(window.values);
            Some(quantile(quantiles.at(window.step), &mut values))
        })?;
        if !columns.is_empty() {
            (steps.each()).for_each(|step| self.notes.quantile(quantiles.at(step)));
        }
        Ok(columns)
    }
}
