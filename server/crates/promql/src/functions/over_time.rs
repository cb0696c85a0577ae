//! Functions over windows of samples.

use model::Wanted;

use crate::QueryError;
use crate::eval::Evaluation;
use crate::functions::Arguments;
use crate::native::OverHistograms;
use crate::rate::{Change, extrapolated, instant};
use crate::regression::{predictions, slopes};
use crate::rolled;
use crate::states::{Least, Most, Total, Variance, maximum, mean, minimum, sum, variance};
use crate::steps::{Columns, Point, Steps};
use crate::sums::quantile;
use crate::window::{Manner, Windows};

/// A function of windows, and how it treats its series.
#[derive(Clone, Copy)]
pub(crate) struct Over {
    pub manner: Manner,
    pub function: fn(&Windows<'_>, &mut Vec<Point>) -> Result<(), QueryError>,
}

const PLAIN: Manner = Manner {
    keeps_name: false,
    is_for_counters: false,
    histograms: OverHistograms::Ignored,
    wanted: Wanted::Edges,
    over_rolled: None,
};

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

/// The function of windows that has this name.
pub(crate) fn of(name: &str) -> Option<Over> {
    type Function = fn(&Windows<'_>, &mut Vec<Point>) -> Result<(), QueryError>;
    let function: Function = match name {
        "avg_over_time" => |all, into| all.fold(into, mean, Total::mean),
        "changes" => |all, into| count_pairs(all, into, differ),
        "count_over_time" => |all, into| all.map(into, |one| Some(one.values.len() as f64)),
        "delta" => |all, into| extrapolated(all, into, DELTA),
        "deriv" => slopes,
        "first_over_time" => |all, into| all.map(into, |one| one.values.first().copied()),
        "idelta" => |all, into| all.map(into, |one| instant(one, DELTA)),
        "increase" => |all, into| extrapolated(all, into, INCREASE),
        "irate" => |all, into| all.map(into, |one| instant(one, RATE)),
        "last_over_time" => |all, into| all.map(into, |one| one.values.last().copied()),
        "max_over_time" => |all, into| all.fold(into, maximum, |Most(value), _| value),
        "min_over_time" => |all, into| all.fold(into, minimum, |Least(value), _| value),
        "present_over_time" => |all, into| all.map(into, |_| Some(1.0)),
        "rate" => |all, into| extrapolated(all, into, RATE),
        "resets" => |all, into| count_pairs(all, into, |before, after| after < before),
        "stddev_over_time" => |all, into| {
            let deviation = |state: Variance, values: &[f64]| state.variance(values).sqrt();
            all.fold(into, |values| variance(values).sqrt(), deviation)
        },
        "stdvar_over_time" => |all, into| all.fold(into, variance, Variance::variance),
        "sum_over_time" => |all, into| all.fold(into, sum, Total::sum),
        _ => return None,
    };
    let (wanted, over_rolled) = rolled::of(name);
    let manner = Manner {
        wanted,
        over_rolled,
        keeps_name: matches!(name, "first_over_time" | "last_over_time"),
        is_for_counters: matches!(name, "rate" | "increase"),
        histograms: match name {
            "avg_over_time" => OverHistograms::Mean,
            "changes" => OverHistograms::Changes,
            "count_over_time" => OverHistograms::Count,
            "delta" => OverHistograms::Extrapolated(DELTA),
            "first_over_time" => OverHistograms::First,
            "idelta" => OverHistograms::Instant(DELTA),
            "increase" => OverHistograms::Extrapolated(INCREASE),
            "irate" => OverHistograms::Instant(RATE),
            "last_over_time" => OverHistograms::Last,
            "present_over_time" => OverHistograms::Present,
            "rate" => OverHistograms::Extrapolated(RATE),
            "resets" => OverHistograms::Resets,
            "sum_over_time" => OverHistograms::Sum,
            _ => OverHistograms::Ignored,
        },
    };
    Some(Over { manner, function })
}

/// Whether two values differ; not-a-number does not differ from itself.
pub(crate) fn differ(before: f64, after: f64) -> bool {
    before != after && !(before.is_nan() && after.is_nan())
}

/// How many neighbours in each window are counted.
fn count_pairs(
    windows: &Windows<'_>,
    points: &mut Vec<Point>,
    counts: fn(f64, f64) -> bool,
) -> Result<(), QueryError> {
    // How many there are up to each sample: the difference of two is what lies between.
    let mut count = 0_u32;
    let pairs = windows.values.windows(2).map(|pair| {
        count += u32::from(counts(pair[0], pair[1]));
        count
    });
    let up_to: Vec<u32> = std::iter::once(0).chain(pairs).collect();
    for span in windows.spans {
        let value = f64::from(up_to[span.after - 1] - up_to[span.first]);
        let step = span.step;
        points.push(Point { step, value });
    }
    Ok(())
}

impl Evaluation<'_> {
    pub(super) fn predict_linear(
        &self,
        arguments: Arguments<'_>,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let seconds = self.scalar(arguments.get(1)?, steps)?;
        self.over_all(arguments.get(0)?, steps, PLAIN, &|windows, points| {
            predictions(windows, points, |step| seconds.at(step))
        })
    }

    pub(super) fn quantile_over_time(
        &self,
        arguments: Arguments<'_>,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let quantiles = self.scalar(arguments.get(0)?, steps)?;
        let columns = self.over_all(arguments.get(1)?, steps, PLAIN, &|windows, points| {
            let mut values = Vec::new();
            windows.map(points, |window| {
                values.clear();
                values.extend_from_slice(window.values);
                Some(quantile(quantiles.at(window.step), &mut values))
            })
        })?;
        if !columns.is_empty() {
            self.notes.quantiles(&quantiles, steps);
        }
        Ok(columns)
    }
}
