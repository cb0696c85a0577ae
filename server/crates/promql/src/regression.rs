//! Straight lines through samples: `deriv` and `predict_linear`.

use model::TimestampMs;

use crate::QueryError;
use crate::slide::State;
use crate::steps::Point;
use crate::sums::Sum;
use crate::window::{Window, Windows};

/// A line: its slope a second, and its value at the time that counts as zero.
struct Line {
    slope: f64,
    intercept: f64,
}

/// The slopes of the lines through the windows of a series.
pub(crate) fn slopes(windows: &Windows<'_>, points: &mut Vec<Point>) -> Result<(), QueryError> {
    if windows.overlap() {
        return windows.fold_states(points, |trend: Trend, _| Some(trend.line(0.0)?.slope));
    }
    windows.map(points, |window| {
        let zero_ms = *window.at_ms.first()?;
        Some(line(window, zero_ms)?.slope)
    })
}

/// Where the lines will be so many seconds after each step.
pub(crate) fn predictions(
    windows: &Windows<'_>,
    points: &mut Vec<Point>,
    seconds: impl Fn(u32) -> f64,
) -> Result<(), QueryError> {
    let later = |line: Line, step| line.slope * seconds(step) + line.intercept;
    if windows.overlap() {
        let zero_ms = windows.zero_ms();
        return windows.fold_states(points, |trend: Trend, window| {
            let now = window.now_ms.saturating_sub(zero_ms) as f64;
            Some(later(trend.line(now)?, window.step))
        });
    }
    windows.map(points, |window| {
        Some(later(line(window, window.now_ms)?, window.step))
    })
}

/// By least squares; none of less than two samples.
fn line(window: &Window<'_>, zero_ms: TimestampMs) -> Option<Line> {
    let (first, rest) = window.values.split_first()?;
    if rest.is_empty() {
        return None;
    }
    if rest.iter().all(|value| value == first) {
        return Some(level(*first));
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

/// Through samples of the same value.
fn level(value: f64) -> Line {
    let is_infinite = value.is_infinite();
    Line {
        slope: if is_infinite { f64::NAN } else { 0.0 },
        intercept: if is_infinite { f64::NAN } else { value },
    }
}

/// What a line is made of, as a state of windows: sums over samples, with times in milliseconds, which
/// are whole numbers. Sums and products keep the error of their rounding, so their differences below
/// are as good as those of times that count from the window's own begin.
#[derive(Clone, Copy)]
struct Trend {
    count: f64,
    x: Sum,
    y: Sum,
    xy: Sum,
    xx: Sum,
    /// The first value, as long as all others are the same.
    level: Option<f64>,
}

impl State for Trend {
    fn of(at: f64, value: f64) -> Self {
        let (x, y) = (Sum::of_one(at), Sum::of_one(value));
        Self {
            count: 1.0,
            x,
            y,
            xy: x.by(y),
            xx: x.by(x),
            level: Some(value),
        }
    }

    fn then(self, later: Self) -> Self {
        Self {
            count: self.count + later.count,
            x: self.x.merged(later.x),
            y: self.y.merged(later.y),
            xy: self.xy.merged(later.xy),
            xx: self.xx.merged(later.xx),
            level: self.level.filter(|_| self.level == later.level),
        }
    }
}

impl Trend {
    /// The line, its intercept at that time. It is none through values that are not finite.
    fn line(self, zero: f64) -> Option<Line> {
        if self.count < 2.0 {
            return None;
        }
        if let Some(value) = self.level {
            return Some(level(value));
        }
        let count = Sum::of_one(self.count);
        let less = |sum: Sum, other: Sum| sum.merged(other.by(Sum::of_one(-1.0))).total();
        let covariance = less(self.xy.by(count), self.x.by(self.y));
        let variance = less(self.xx.by(count), self.x.by(self.x));
        let slope = covariance / variance;
        let slope = if slope.is_finite() { slope } else { f64::NAN };
        let behind = less(self.x, count.by(Sum::of_one(zero)));
        Some(Line {
            slope: slope * 1000.0,
            intercept: (self.y.total() - slope * behind) / self.count,
        })
    }
}
