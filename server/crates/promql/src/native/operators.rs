//! Operators on histograms: with numbers, and with each other.

use std::sync::Arc;

use model::{CounterReset, Histogram};

use super::{Found, Sample};
use crate::binary::Operator;
use crate::notes::Notes;
use crate::steps::{HistogramPoint, Scalars};

/// What something that changes values one by one makes of histograms.
pub(crate) enum OfHistogram {
    /// It takes numbers only.
    Dropped,
    /// The other sign.
    Negated,
    /// An operator with a number; whether the histogram is on the left.
    Operated {
        operator: Operator,
        scalars: Scalars,
        is_left: bool,
    },
}

impl OfHistogram {
    pub fn apply(&self, histograms: &mut Vec<HistogramPoint>, notes: &Notes) {
        match self {
            Self::Dropped => histograms.clear(),
            Self::Negated => {
                for point in histograms {
                    Arc::make_mut(&mut point.value).scale(-1.0);
                }
            }
            Self::Operated {
                operator,
                scalars,
                is_left,
            } => histograms.retain_mut(|point| {
                let number = Sample::Number(scalars.at(point.step));
                let histogram = Sample::Histogram(&point.value);
                let pair = match is_left {
                    true => (histogram, number),
                    false => (number, histogram),
                };
                match operate(*operator, pair, false, notes) {
                    Some(Found::Histogram(found)) => {
                        point.value = found;
                        true
                    }
                    Some(Found::Number(_)) | None => false,
                }
            }),
        }
    }
}

/// What an operator makes of two values; nothing where a comparison filters or nothing fits.
pub(crate) fn operate(
    operator: Operator,
    pair: (Sample<'_>, Sample<'_>),
    is_bool: bool,
    notes: &Notes,
) -> Option<Found> {
    let (left, right) = match pair {
        (Sample::Number(left), Sample::Number(right)) => {
            let value = operator.apply((left, right), left, is_bool);
            return value.map(Found::Number);
        }
        (Sample::Histogram(left), Sample::Histogram(right)) => {
            return of_two(operator, (left, right), is_bool, notes);
        }
        (Sample::Histogram(one), Sample::Number(by)) => match operator {
            Operator::Multiply => return Some(changed(one, |one| one.scale(by))),
            Operator::Divide => return Some(changed(one, |one| one.divide(by))),
            _ => ("histogram", "float"),
        },
        (Sample::Number(by), Sample::Histogram(one)) => match operator {
            Operator::Multiply => return Some(changed(one, |one| one.scale(by))),
            _ => ("float", "histogram"),
        },
    };
    notes.incompatible_types(left, operator.text(), right);
    None
}

fn of_two(
    operator: Operator,
    (left, right): (&Arc<Histogram>, &Arc<Histogram>),
    is_bool: bool,
    notes: &Notes,
) -> Option<Found> {
    let mut result = Histogram::clone(left);
    let (fitted, word) = match operator {
        Operator::Add => (result.add(right), "addition"),
        Operator::Subtract => {
            let fitted = result.subtract(right);
            result.reset = CounterReset::Gauge;
            (fitted, "subtraction")
        }
        Operator::Equal | Operator::NotEqual => {
            let holds = left.is_same(right) == (operator == Operator::Equal);
            return match is_bool {
                true => Some(Found::Number(f64::from(u8::from(holds)))),
                false => holds.then(|| Found::Histogram(Arc::clone(left))),
            };
        }
        _ => {
            notes.incompatible_types("histogram", operator.text(), "histogram");
            return None;
        }
    };
    match fitted {
        Ok(fitted) => {
            notes.fitted(fitted, word);
            result.compact();
            Some(Found::Histogram(Arc::new(result)))
        }
        Err(_) => {
            notes.incompatible_buckets(operator.text());
            None
        }
    }
}

fn changed(histogram: &Histogram, change: impl FnOnce(&mut Histogram)) -> Found {
    let mut histogram = histogram.clone();
    change(&mut histogram);
    Found::Histogram(Arc::new(histogram))
}
