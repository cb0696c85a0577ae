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
            let now = window.now_ms.saturating_sub(zero_ms) as f64 / 1000.0;
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

/// What a line is made of, as a state of windows: means, and products of what differs from them.
#[derive(Clone, Copy)]
struct Trend {
    count: f64,
    mean_x: Sum,
    mean_y: Sum,
    products: Sum,
    squares: Sum,
    /// The first value, as long as all others are the same.
    level: Option<f64>,
}

impl State for Trend {
    fn of(at: f64, value: f64) -> Self {
        Self {
            count: 1.0,
            mean_x: Sum::of_one(at),
            mean_y: Sum::of_one(value),
            products: Sum::default(),
            squares: Sum::default(),
            level: Some(value),
        }
    }

    fn then(self, later: Self) -> Self {
        let count = self.count + later.count;
        let share = later.count / count;
        let weight = self.count * share;
        let x = later.mean_x.total() - self.mean_x.total();
        let y = later.mean_y.total() - self.mean_y.total();
        let products = self.products.merged(later.products);
        let squares = self.squares.merged(later.squares);
        Self {
            count,
            mean_x: self.mean_x.plus(x * share),
            mean_y: self.mean_y.plus(y * share),
            products: products.plus(x * y * weight),
            squares: squares.plus(x * x * weight),
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
        let slope = self.products.total() / self.squares.total();
        let slope = if slope.is_finite() { slope } else { f64::NAN };
        let intercept = self.mean_y.total() + slope * (zero - self.mean_x.total());
        Some(Line { slope, intercept })
    }
}
