//! Functions over windows of which a store has only what samples came to (`model::Rolled`).
//!
//! Where the windows of a query are made of whole windows of the store, the answer is that of the samples:
//! least and greatest values, sums, counts and means; and changes, because first and last samples, resets
//! and counts are known. Otherwise a window of the store counts as a whole where it ends, and changes are
//! taken to be even within it. A range that is shorter than the store's windows is taken as long as they
//! are, and what grows with the range (an increase, a sum, a count) in proportion. Functions that need
//! every sample see the first and the last one of each window of the store.

use model::{Behind, Rolled, TimestampMs, Wanted};

use crate::QueryError;
use crate::rate::Change;
use crate::slide::{Slider, State};
use crate::states::Total;
use crate::steps::{Point, Steps};
use crate::window::{Frame, Span, Window, Windows};

/// A function over windows of which some are rolled up.
pub(crate) type OverRolled = fn(&Windows<'_>, &Rolled, &mut Vec<Point>) -> Result<(), QueryError>;

/// How much of the mean distance between samples may be missing at a border of the window for the series
/// to be taken as going on to that border, as in `rate.rs`.
const CLOSE: f64 = 1.1;

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

/// What a function of this name wants of windows, and how it is evaluated over them; without such a way as
/// over samples.
pub(crate) fn of(name: &str) -> (Wanted, Option<OverRolled>) {
    match name {
        "avg_over_time" => (Wanted::Total, Some(means)),
        "count_over_time" => (Wanted::Total, Some(counts)),
        "sum_over_time" => (Wanted::Total, Some(sums)),
        "max_over_time" => (Wanted::Most, None),
        "min_over_time" => (Wanted::Least, None),
        "delta" => (
            Wanted::Edges,
            Some(|all, of, into| changes(all, of, into, DELTA)),
        ),
        "increase" => (
            Wanted::Edges,
            Some(|all, of, into| changes(all, of, into, INCREASE)),
        ),
        "rate" => (
            Wanted::Edges,
            Some(|all, of, into| changes(all, of, into, RATE)),
        ),
        "idelta" => (
            Wanted::Edges,
            Some(|all, of, into| instants(all, of, into, DELTA)),
        ),
        "irate" => (
            Wanted::Edges,
            Some(|all, of, into| instants(all, of, into, RATE)),
        ),
        "resets" => (Wanted::Edges, Some(resets)),
        _ => (Wanted::Edges, None),
    }
}

/// The longest windows of a store that do where there are too many samples: no longer than the distance
/// of steps, and than the range where there is one. A single step gets the samples.
pub(crate) fn enough_ms(steps: Steps, range_ms: Option<i64>) -> i64 {
    match steps.count {
        0 | 1 => 0,
        _ => steps.step_ms.min(range_ms.unwrap_or(i64::MAX)),
    }
}

/// Where the windows of a series lie that are not empty.
pub(crate) fn spans(frame: Frame, rolled: &Rolled, at_ms: &[TimestampMs], spans: &mut Vec<Span>) {
    spans.clear();
    let (mut first, mut after) = (0, 0);
    for (step, now_ms) in frame.steps.times() {
        let to_ms = frame.reference.of(now_ms);
        let range_ms = range_at(frame, rolled, to_ms);
        let from_ms = to_ms.saturating_sub(range_ms);
        while after < at_ms.len() && at_ms[after] <= to_ms {
            after += 1;
        }
        while first < after && at_ms[first] <= from_ms {
            first += 1;
        }
        if first < after {
            spans.push(Span { step, first, after });
        } else if first == at_ms.len() {
            break;
        }
    }
}

/// How long the window that ends at a time is: at least as long as those that the store has at its begin.
pub(crate) fn range_at(frame: Frame, rolled: &Rolled, to_ms: TimestampMs) -> i64 {
    let mut range_ms = frame.range_ms;
    // A longer window may begin where those of the store are longer again.
    for _ in 0..=rolled.until.len() {
        let begin_ms = to_ms.saturating_sub(range_ms).saturating_add(1);
        range_ms = range_ms.max(rolled.resolution_at(begin_ms).unwrap_or(0));
    }
    range_ms
}

/// The running sum of what each point stands for, from none on; what is behind those of windows is given.
fn up_to(
    windows: &Windows<'_>,
    rolled: &Rolled,
    each: impl Fn(usize, Option<&Behind>) -> f64,
) -> Vec<f64> {
    let mut all = 0.0;
    let mut sums = Vec::with_capacity(windows.values.len() + 1);
    sums.push(all);
    for place in 0..windows.values.len() {
        all += each(place, rolled.behind.get(place));
        sums.push(all);
    }
    sums
}

fn samples_up_to(windows: &Windows<'_>, rolled: &Rolled) -> Vec<f64> {
    up_to(windows, rolled, |_, behind| {
        behind.map_or(1.0, |behind| behind.samples)
    })
}

fn counts(
    windows: &Windows<'_>,
    rolled: &Rolled,
    points: &mut Vec<Point>,
) -> Result<(), QueryError> {
    let samples = samples_up_to(windows, rolled);
    windows.map_spans(points, |span| {
        Some((samples[span.after] - samples[span.first]) * windows.share(span))
    })
}

fn sums(windows: &Windows<'_>, _: &Rolled, points: &mut Vec<Point>) -> Result<(), QueryError> {
    let mut slider = Slider::new();
    windows.map_spans(points, |span| {
        Some(sum(windows.values, &mut slider, span.first, span.after) * windows.share(span))
    })
}

fn means(
    windows: &Windows<'_>,
    rolled: &Rolled,
    points: &mut Vec<Point>,
) -> Result<(), QueryError> {
    let samples = samples_up_to(windows, rolled);
    let mut slider = Slider::new();
    windows.map_spans(points, |span| {
        let count = samples[span.after] - samples[span.first];
        Some(sum(windows.values, &mut slider, span.first, span.after) / count)
    })
}

fn sum(values: &[f64], slider: &mut Slider<Total>, first: usize, after: usize) -> f64 {
    let total = slider.slide(first, after, |place| Total::of(0.0, values[place]));
    total.sum(&values[first..after])
}

fn resets(
    windows: &Windows<'_>,
    rolled: &Rolled,
    points: &mut Vec<Point>,
) -> Result<(), QueryError> {
    let values = windows.values;
    let resets = up_to(windows, rolled, |place, behind| match behind {
        Some(behind) => behind.resets,
        None => f64::from(u8::from(place > 0 && values[place] < values[place - 1])),
    });
    windows.map_spans(points, |span| {
        Some(resets[span.after] - resets[span.first + 1])
    })
}

/// What a counter has lost by resets between each point and the one before it.
fn losses(windows: &Windows<'_>, rolled: &Rolled, change: Change) -> Vec<f64> {
    let values = windows.values;
    let lost = |place: usize| match rolled.behind.get(place) {
        _ if !change.is_counter => 0.0,
        Some(behind) => behind.lost,
        None if place > 0 && values[place] < values[place - 1] => values[place - 1],
        None => 0.0,
    };
    (0..values.len()).map(lost).collect()
}

/// The changes over windows, extrapolated as in `rate.rs`. Where the border of a window cuts one of the
/// store's, the change is taken to be even within that one.
fn changes(
    windows: &Windows<'_>,
    rolled: &Rolled,
    points: &mut Vec<Point>,
    change: Change,
) -> Result<(), QueryError> {
    let lost = losses(windows, rolled, change);
    let samples = samples_up_to(windows, rolled);
    let mut slider = Slider::new();
    windows.map_spans(points, |span| {
        let window = windows.window(span);
        let (first, last) = (window.values.first()?, window.values.last()?);
        let mut seen = Seen {
            grown: last - first,
            gaps: samples[span.after] - samples[span.first + 1],
            covered: seconds(window.at_ms.last()? - window.at_ms.first()?),
            ..Seen::default()
        };
        if span.after - span.first > 1 {
            seen.grown += sum(&lost, &mut slider, span.first + 1, span.after);
        }
        let is_within = |place: usize| rolled.behind.get(place).is_some_and(|behind| behind.within);
        let mut cut = |place: usize, within_ms: i64| {
            let whole_ms = windows.at_ms[place] - windows.at_ms[place - 1];
            let share = within_ms as f64 / whole_ms as f64;
            let grown = windows.values[place] - windows.values[place - 1] + lost[place];
            seen.grown += grown * share;
            seen.gaps += rolled.behind[place].samples * share;
            seen.covered += seconds(within_ms);
        };
        let (is_cut_before, is_cut_after) = (is_within(span.first), is_within(span.after));
        if is_cut_before {
            cut(span.first, windows.at_ms[span.first] - window.from_ms);
        }
        if is_cut_after {
            cut(span.after, window.to_ms - windows.at_ms[span.after - 1]);
        }
        (seen.is_cut_before, seen.is_cut_after) = (is_cut_before, is_cut_after);
        let value = seen.extrapolated(&window, change)?;
        match change.is_rate {
            true => Some(value),
            false => Some(value * windows.share(span)),
        }
    })
}

/// What is seen of a series in a window.
#[derive(Clone, Copy, Default)]
struct Seen {
    grown: f64,
    /// Distances between samples.
    gaps: f64,
    /// Seconds between the first and the last sample.
    covered: f64,
    is_cut_before: bool,
    is_cut_after: bool,
}

impl Seen {
    fn extrapolated(self, window: &Window<'_>, change: Change) -> Option<f64> {
        if self.gaps <= 0.0 || self.covered <= 0.0 {
            return None;
        }
        let (first, grown, covered) = (*window.values.first()?, self.grown, self.covered);
        let gap = covered / self.gaps;
        let reaching = |missing: f64| match missing >= gap * CLOSE {
            true => gap / 2.0,
            false => missing,
        };
        let mut to_start = 0.0;
        if !self.is_cut_before {
            to_start = reaching(seconds(window.at_ms.first()? - window.from_ms));
            if change.is_counter && grown > 0.0 && first >= 0.0 {
                to_start = to_start.min(covered * (first / grown));
            }
        }
        let mut to_end = 0.0;
        if !self.is_cut_after {
            to_end = reaching(seconds(window.to_ms - window.at_ms.last()?));
        }
        let mut factor = (covered + to_start + to_end) / covered;
        if change.is_rate {
            factor /= seconds(window.to_ms - window.from_ms);
        }
        Some(grown * factor)
    }
}

/// The change between the last two points.
fn instants(
    windows: &Windows<'_>,
    rolled: &Rolled,
    points: &mut Vec<Point>,
    change: Change,
) -> Result<(), QueryError> {
    let lost = losses(windows, rolled, change);
    windows.map_spans(points, |span| {
        let last = span.after - 1;
        let before = last.checked_sub(1).filter(|before| *before >= span.first)?;
        let grown = windows.values[last] - windows.values[before] + lost[last];
        match change.is_rate {
            true => Some(grown / seconds(windows.at_ms[last] - windows.at_ms[before])),
            false => Some(grown),
        }
    })
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
