//! How fast things change: `rate`, `increase` and `delta` with extrapolation, `irate` and `idelta`.

use crate::window::Window;

/// What is asked of the change over a window.
#[derive(Clone, Copy)]
pub(crate) struct Change {
    /// Falling values are resets to zero.
    pub is_counter: bool,
    /// A second.
    pub is_rate: bool,
}

/// How much of the mean distance between samples may be missing at a border of the window for the
/// series to be taken as going on to that border.
const CLOSE: f64 = 1.1;

/// The change over a window, extrapolated to its borders as far as the series seems to reach there.
pub(crate) fn extrapolated(window: &Window<'_>, change: Change) -> Option<f64> {
    let (first, last) = (*window.values.first()?, *window.values.last()?);
    let gaps = window.values.len() - 1;
    if gaps == 0 {
        return None;
    }
    let mut result = last - first;
    if change.is_counter {
        for pair in window.values.windows(2) {
            if pair[1] < pair[0] {
                result += pair[0];
            }
        }
    }
    let (first_ms, last_ms) = (*window.at_ms.first()?, *window.at_ms.last()?);
    let mut to_start = seconds(first_ms - window.from_ms);
    let mut to_end = seconds(window.to_ms - last_ms);
    let covered = seconds(last_ms - first_ms);
    let gap = covered / gaps as f64;
    if to_start >= gap * CLOSE {
        to_start = gap / 2.0;
    }
    if change.is_counter && result > 0.0 && first >= 0.0 {
        // A counter does not begin below zero.
        to_start = to_start.min(covered * (first / result));
    }
    if to_end >= gap * CLOSE {
        to_end = gap / 2.0;
    }
    let mut factor = (covered + to_start + to_end) / covered;
    if change.is_rate {
        factor /= seconds(window.to_ms - window.from_ms);
    }
    Some(result * factor)
}

/// The change between the last two samples.
pub(crate) fn instant(window: &Window<'_>, change: Change) -> Option<f64> {
    let before = window.values.len().checked_sub(2)?;
    let (previous, last) = (window.values[before], window.values[before + 1]);
    let apart_ms = window.at_ms[before + 1] - window.at_ms[before];
    let is_reset = change.is_counter && last < previous;
    let result = if is_reset { last } else { last - previous };
    if change.is_rate {
        Some(result / seconds(apart_ms))
    } else {
        Some(result)
    }
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
