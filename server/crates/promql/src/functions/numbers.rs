//! Functions of single numbers, with or without bounds.

use std::f64::consts::PI;

use crate::QueryError;
use crate::change::OfValue;
use crate::eval::unexpected;
use crate::steps::Scalars;

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
        // In this order, so that every bit is that of Prometheus.
        "deg" => |value| value * 180.0 / PI,
        "exp" => f64::exp,
        "floor" => f64::floor,
        "ln" => f64::ln,
        "log10" => f64::log10,
        "log2" => f64::log2,
        "rad" => |value| value * PI / 180.0,
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

/// `round` and the clamps: functions of a number and of bounds that may differ from step to step.
pub(crate) fn bounded(name: &str, bounds: Vec<Scalars>) -> Result<OfValue, QueryError> {
    let mut bounds = bounds.into_iter();
    let first = bounds.next();
    let second = bounds.next();
    Ok(match (name, first, second) {
        ("round", None, _) => Box::new(|_, value| Some(round(value, 1.0))),
        ("round", Some(to), _) => Box::new(move |step, value| Some(round(value, to.at(step)))),
        ("clamp_min", Some(min), _) => Box::new(move |step, value| Some(most(value, min.at(step)))),
        ("clamp_max", Some(max), _) => {
            Box::new(move |step, value| Some(least(value, max.at(step))))
        }
        ("clamp", Some(min), Some(max)) => Box::new(move |step, value| {
            let (min, max) = (min.at(step), max.at(step));
            // Between bounds that cross there is nothing.
            let crosses = min > max;
            (!crosses).then(|| most(min, least(max, value)))
        }),
        _ => return Err(unexpected("a missing bound")),
    })
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
