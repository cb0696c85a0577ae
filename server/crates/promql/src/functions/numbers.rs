//! Functions of single numbers, with or without bounds.

use crate::QueryError;
use crate::eval::Evaluation;
use crate::functions::{Arguments, changed};
use crate::steps::{Columns, Scalars, Steps};

/// The function of a number that has this name.
pub(super) fn of(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "acos" => f64::acos,
        "acosh" => f64::acosh,
        "asin" => f64::asin,
        "asinh" => f64::asinh,
        "atan" => f64::atan,
        "atanh" => f64::atanh,
        "ceil" => f64::ceil,
        "cos" => f64::cos,
        "cosh" => f64::cosh,
        "deg" => f64::to_degrees,
        "exp" => f64::exp,
        "floor" => f64::floor,
        "ln" => f64::ln,
        "log10" => f64::log10,
        "log2" => f64::log2,
        "rad" => f64::to_radians,
        "sgn" => sign,
        "sin" => f64::sin,
        "sinh" => f64::sinh,
        "sqrt" => f64::sqrt,
        "tan" => f64::tan,
        "tanh" => f64::tanh,
        _ => return None,
    })
}

fn sign(value: f64) -> f64 {
    match value {
        value if value > 0.0 => 1.0,
        value if value < 0.0 => -1.0,
        value => value,
    }
}

impl Evaluation<'_> {
    /// `round` and the clamps: functions of a number and of bounds that may differ from step to step.
    pub(super) fn bounded(
        &mut self,
        name: &str,
        arguments: Arguments<'_>,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let columns = self.vector(arguments.get(0)?, steps)?;
        let first = match arguments.get(1) {
            Ok(given) => self.scalar(given, steps)?,
            Err(_) => Scalars::Same(1.0),
        };
        match name {
            "round" => changed(columns, |step, value| round(value, first.at(step))),
            "clamp_min" => changed(columns, |step, value| most(value, first.at(step))),
            "clamp_max" => changed(columns, |step, value| least(value, first.at(step))),
            _ => {
                let second = self.scalar(arguments.get(2)?, steps)?;
                let mut columns = columns;
                for column in &mut columns {
                    // Between bounds that cross there is nothing.
                    let crosses = |step| first.at(step) > second.at(step);
                    column.points.retain(|point| !crosses(point.step));
                }
                changed(columns, |step, value| {
                    most(first.at(step), least(second.at(step), value))
                })
            }
        }
    }
}

/// To the nearest multiple; halves go up.
fn round(value: f64, multiple: f64) -> f64 {
    let inverse = 1.0 / multiple;
    (value * inverse + 0.5).floor() / inverse
}

/// The lesser, not-a-number if one of them is.
fn least(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.min(b)
    }
}

/// The greater, not-a-number if one of them is.
fn most(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.max(b)
    }
}
