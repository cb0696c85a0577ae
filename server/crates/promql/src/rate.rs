//! How fast things change: `rate`, `increase` and `delta` with extrapolation, `irate` and `idelta`.

use model::TimestampMs;

use crate::QueryError;
use crate::slide::{Slider, State};
use crate::states::Total;
use crate::steps::Point;
use crate::window::{Window, Windows};

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

/// Up to so many resets in a window are added up one by one, as Prometheus does.
const FEW: usize = 16;

/// The resets of the counter that a series is: what it lost, and at which sample.
struct Resets {
    places: Vec<usize>,
    lost: Vec<f64>,
    /// Those that the window sees; it only goes forward.
    first: usize,
    after: usize,
    slider: Slider<Total>,
}

impl Resets {
    fn of(values: &[f64]) -> Self {
        let mut resets = Self {
            places: Vec::new(),
            lost: Vec::new(),
            first: 0,
            after: 0,
            slider: Slider::new(),
        };
        for (place, pair) in (1..).zip(values.windows(2)) {
            if pair[1] < pair[0] {
                resets.places.push(place);
                resets.lost.push(pair[0]);
            }
        }
        resets
    }

    /// A change over these samples and what was lost by the resets among them.
    fn added(&mut self, change: f64, first: usize, after: usize) -> f64 {
        let places = &self.places;
        while self.after < places.len() && places[self.after] < after {
            self.after += 1;
        }
        // A reset is between a sample and the one before it: the window has to see both.
        while self.first < self.after && places[self.first] <= first {
            self.first += 1;
        }
        let lost = &self.lost[self.first..self.after];
        if lost.len() <= FEW {
            return lost.iter().fold(change, |change, lost| change + lost);
        }
        let of = |place: usize| Total::of(0.0, self.lost[place]);
        let total = self.slider.slide(self.first, self.after, of);
        change + total.sum(lost)
    }
}

/// The changes over the windows of a series, extrapolated to their borders as far as the series seems to
/// reach there.
pub(crate) fn extrapolated(
    windows: &Windows<'_>,
    points: &mut Vec<Point>,
    change: Change,
) -> Result<(), QueryError> {
    let mut resets = match change.is_counter {
        true => Resets::of(windows.values),
        false => Resets::of(&[]),
    };
    windows.map_spans(points, |span| {
        let window = windows.window(span);
        let (first, last) = (window.values.first()?, window.values.last()?);
        if window.values.len() == 1 {
            return None;
        }
        let grown = resets.added(last - first, span.first, span.after);
        extrapolate(&window, grown, change)
    })
}

fn extrapolate(window: &Window<'_>, grown: f64, change: Change) -> Option<f64> {
    let first = *window.values.first()?;
    let reach = Reach {
        window: (window.from_ms, window.to_ms),
        samples: (*window.at_ms.first()?, *window.at_ms.last()?),
        gaps: window.values.len() - 1,
    };
    // A counter does not begin below zero.
    let from_zero = (grown > 0.0 && first >= 0.0).then(|| first / grown);
    Some(grown * reach.factor(change, from_zero))
}

/// Where the samples of a window lie in it.
pub(crate) struct Reach {
    /// From when to when the window is.
    pub window: (TimestampMs, TimestampMs),
    /// When the first and the last sample are.
    pub samples: (TimestampMs, TimestampMs),
    /// How many samples there are, less one.
    pub gaps: usize,
}

impl Reach {
    /// What the change between the first and the last sample is multiplied with. A counter was at zero
    /// so many times the time between them before the first.
    pub fn factor(&self, change: Change, from_zero: Option<f64>) -> f64 {
        let ((from_ms, to_ms), (first_ms, last_ms)) = (self.window, self.samples);
        let mut to_start = seconds(first_ms - from_ms);
        let mut to_end = seconds(to_ms - last_ms);
        let covered = seconds(last_ms - first_ms);
        let gap = covered / self.gaps as f64;
        if to_start >= gap * CLOSE {
            to_start = gap / 2.0;
        }
        if let (true, Some(from_zero)) = (change.is_counter, from_zero) {
            to_start = to_start.min(covered * from_zero);
        }
        if to_end >= gap * CLOSE {
            to_end = gap / 2.0;
        }
        let mut factor = (covered + to_start + to_end) / covered;
        if change.is_rate {
            factor /= seconds(to_ms - from_ms);
        }
        factor
    }
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

pub(crate) fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
