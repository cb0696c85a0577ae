//! Straight lines through samples: `deriv` and `predict_linear`.

use model::TimestampMs;

use crate::sums::Sum;
use crate::window::Window;

/// A line: its slope a second, and its value at the time that counts as zero.
struct Line {
    slope: f64,
    intercept: f64,
}

/// The slope of the line.
pub(crate) fn slope(window: &Window<'_>) -> Option<f64> {
    let zero_ms = *window.at_ms.first()?;
    Some(line(window, zero_ms)?.slope)
}

/// Where the line will be so many seconds after the step.
pub(crate) fn prediction(window: &Window<'_>, seconds: f64) -> Option<f64> {
    let line = line(window, window.now_ms)?;
    Some(line.slope * seconds + line.intercept)
}

/// By least squares; none of less than two samples.
fn line(window: &Window<'_>, zero_ms: TimestampMs) -> Option<Line> {
    let (first, rest) = window.values.split_first()?;
    if rest.is_empty() {
        return None;
    }
    if rest.iter().all(|value| value == first) {
        return Some(match first.is_infinite() {
            true => Line {
                slope: f64::NAN,
                intercept: f64::NAN,
            },
            false => Line {
                slope: 0.0,
                intercept: *first,
            },
        });
    }
    let count = window.values.len() as f64;
    let times = || {
        let relative = window.at_ms.iter().map(move |at_ms| at_ms - zero_ms);
        relative.map(|milliseconds| milliseconds as f64 / 1000.0)
    };
    let values = || window.values.iter().copied();
    let sum_x = Sum::of(times());
    let sum_y = Sum::of(values());
    let sum_xy = Sum::of(times().zip(values()).map(|(x, y)| x * y));
    let sum_xx = Sum::of(times().map(|x| x * x));
    let covariance = sum_xy - sum_x * sum_y / count;
    let variance = sum_xx - sum_x * sum_x / count;
    let slope = covariance / variance;
    Some(Line {
        slope,
        intercept: sum_y / count - slope * sum_x / count,
    })
}
