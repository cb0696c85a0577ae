//! What the samples of one series come to in a window, and several windows in a longer one.
//!
//! Least and greatest values, sums and resets are those of PromQL's functions: a not-a-number is the least
//! value only where there is no number, a fall is the reset of a counter, which then has lost the value
//! before, and markers that the series has ended are no values.

use model::{TimestampMs, is_stale};

use super::{FARTHEST_MS, Level};
use crate::head::Run;

/// What samples came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Window {
    /// Its end, which it includes; it begins after the end of the one before.
    pub(crate) end_ms: TimestampMs,
    /// How many values there are. Where there are none, there is only a marker.
    pub(crate) count: i64,
    pub(crate) first_ms: TimestampMs,
    pub(crate) last_ms: TimestampMs,
    /// When the series ended, if it did after the last value.
    pub(crate) ended_ms: Option<TimestampMs>,
    /// How often a value was less than the one before it.
    pub(crate) resets: i64,
    pub(crate) first: f64,
    pub(crate) last: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) sum: f64,
    /// The sum of the values before resets.
    pub(crate) lost: f64,
}

/// The windows of some samples, in the order of time.
pub(crate) fn windows(run: &Run, level: Level) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    let (mut sum, mut lost) = (Sum::default(), Sum::default());
    let known = -FARTHEST_MS..=FARTHEST_MS;
    let samples = run.at_ms.iter().copied().zip(run.values.iter().copied());
    for (at_ms, value) in samples.filter(|(at_ms, _)| known.contains(at_ms)) {
        if windows.last().is_none_or(|last| at_ms > last.end_ms) {
            (sum, lost) = (Sum::default(), Sum::default());
            windows.push(Window {
                end_ms: level.end_of(at_ms),
                ..Window::default()
            });
        }
        let Some(window) = windows.last_mut() else {
            continue;
        };
        if is_stale(value) {
            window.ended_ms = window.ended_ms.or(Some(at_ms));
            continue;
        }
        if window.count == 0 {
            (window.first_ms, window.first) = (at_ms, value);
            (window.least, window.most) = (value, value);
        } else if value < window.last {
            window.resets += 1;
            lost.add(window.last);
        }
        window.count += 1;
        window.ended_ms = None;
        (window.last_ms, window.last) = (at_ms, value);
        window.least = lesser(window.least, value);
        window.most = greater(window.most, value);
        sum.add(value);
        (window.sum, window.lost) = (sum.total(), lost.total());
    }
    windows
}

/// Longer windows out of shorter ones, in the order of time.
pub(crate) fn joined(parts: &[Window], level: Level) -> Vec<Window> {
    let of_one = |a: &Window, b: &Window| level.end_of(a.end_ms) == level.end_of(b.end_ms);
    let whole = parts.chunk_by(of_one).map(|parts| join(parts, level));
    whole.collect()
}

fn join(parts: &[Window], level: Level) -> Window {
    let mut whole = Window::default();
    let (mut sum, mut lost) = (Sum::default(), Sum::default());
    for part in parts {
        whole.end_ms = level.end_of(part.end_ms);
        if part.count == 0 {
            whole.ended_ms = whole.ended_ms.or(part.ended_ms);
            continue;
        }
        if whole.count == 0 {
            (whole.first_ms, whole.first) = (part.first_ms, part.first);
            (whole.least, whole.most) = (part.least, part.most);
        } else if part.first < whole.last {
            whole.resets += 1;
            lost.add(whole.last);
        }
        whole.count += part.count;
        whole.resets += part.resets;
        whole.ended_ms = part.ended_ms;
        (whole.last_ms, whole.last) = (part.last_ms, part.last);
        whole.least = lesser(whole.least, part.least);
        whole.most = greater(whole.most, part.most);
        sum.add(part.sum);
        lost.add(part.lost);
    }
    Window {
        sum: sum.total(),
        lost: lost.total(),
        ..whole
    }
}

fn lesser(known: f64, value: f64) -> f64 {
    match value < known || known.is_nan() {
        true => value,
        false => known,
    }
}

fn greater(known: f64, value: f64) -> f64 {
    match value > known || known.is_nan() {
        true => value,
        false => known,
    }
}

/// A sum with the error that rounding left (Kahan's summation as Neumaier improved it).
#[derive(Default)]
struct Sum {
    value: f64,
    error: f64,
}

impl Sum {
    fn add(&mut self, more: f64) {
        let value = self.value + more;
        self.error = if !value.is_finite() {
            0.0
        } else if self.value.abs() >= more.abs() {
            self.error + ((self.value - value) + more)
        } else {
            self.error + ((more - value) + self.value)
        };
        self.value = value;
    }

    fn total(&self) -> f64 {
        self.value + self.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::STALE;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    const FIVE: Level = Level::FiveMinutes;

    fn run(samples: &[(i64, f64)]) -> Run {
        let (at_ms, values) = samples.iter().copied().unzip();
        Run { at_ms, values }
    }

    /// Of seconds and values, all within one window: count, first, last, least, most, sum, lost, resets.
    fn one(samples: &[(i64, f64)]) -> (i64, [f64; 6], i64) {
        let samples: Vec<_> = samples.iter().map(|(s, v)| (s * 1000, *v)).collect();
        let windows = windows(&run(&samples), FIVE);
        assert_eq!(windows.len(), 1);
        let w = windows[0];
        let values = [w.first, w.last, w.least, w.most, w.sum, w.lost];
        (w.count, values, w.resets)
    }

    #[test]
    fn what_samples_come_to() {
        const NAN: f64 = f64::NAN;
        const INF: f64 = f64::INFINITY;
        for (values, count, expected, resets) in [
            (&[5.0][..], 1, [5.0, 5.0, 5.0, 5.0, 5.0, 0.0], 0),
            (&[1.0, 3.0, -2.0], 3, [1.0, -2.0, -2.0, 3.0, 2.0, 3.0], 1),
            (
                &[10.0, 2.0, 4.0, 0.0, 7.0],
                5,
                [10.0, 7.0, 0.0, 10.0, 23.0, 14.0],
                2,
            ),
            (&[-1.0, -5.0], 2, [-1.0, -5.0, -5.0, -1.0, -6.0, -1.0], 1),
            (&[NAN, 1.0, 2.0], 3, [NAN, 2.0, 1.0, 2.0, NAN, 0.0], 0),
            (&[3.0, NAN, 1.0], 3, [3.0, 1.0, 1.0, 3.0, NAN, 0.0], 0),
            (&[NAN, NAN], 2, [NAN, NAN, NAN, NAN, NAN, 0.0], 0),
            (&[1.0, INF, 2.0], 3, [1.0, 2.0, 1.0, INF, INF, INF], 1),
            (&[INF, -INF], 2, [INF, -INF, -INF, INF, NAN, INF], 1),
            (
                &[1e16, 1.0, -1e16],
                3,
                [1e16, -1e16, -1e16, 1e16, 1.0, 1e16 + 1.0],
                2,
            ),
            (
                &[1.0, STALE, 2.0, STALE],
                2,
                [1.0, 2.0, 1.0, 2.0, 3.0, 0.0],
                0,
            ),
        ] {
            let samples: Vec<_> = (1..).zip(values.iter().copied()).collect();
            let (found_count, found, found_resets) = one(&samples);
            assert_eq!((found_count, found_resets), (count, resets), "{values:?}");
            let text = |values: [f64; 6]| format!("{values:?}");
            assert_eq!(text(found), text(expected), "{values:?}");
        }
    }

    #[test]
    fn windows_include_their_end_and_know_when_a_series_ended() {
        let run = run(&[
            (0, 1.0),
            (1, 2.0),
            (300_000, 3.0),
            (300_001, STALE),
            (300_002, STALE),
            (900_000, 4.0),
            (900_001, 5.0),
            (1_000_000, STALE),
            (1_100_000, 6.0),
            (i64::MAX, 7.0),
        ]);
        let found = windows(&run, FIVE);
        let found: Vec<_> = found
            .iter()
            .map(|w| (w.end_ms, w.count, w.ended_ms))
            .collect();
        let expected = [
            (0, 1, None),
            (300_000, 2, None),
            (600_000, 0, Some(300_001)),
            (900_000, 1, None),
            (1_200_000, 2, None),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn hours_of_five_minutes_are_hours_of_samples() {
        let mut random = StdRng::seed_from_u64(5);
        for round in 0..200 {
            let mut at_ms = 0;
            let mut samples = Vec::new();
            for _ in 0..400 {
                at_ms += random.random_range(1..200_000);
                let value = match random.random_range(0..40) {
                    0 => STALE,
                    1 => f64::NAN,
                    2 => f64::NEG_INFINITY,
                    n if round % 2 == 0 => f64::from(n) - 20.0,
                    _ => f64::from(random.random_range(0..1_000_000)),
                };
                samples.push((at_ms, value));
            }
            let run = run(&samples);
            let direct = windows(&run, Level::Hour);
            let of_parts = joined(&windows(&run, FIVE), Level::Hour);
            // Whole numbers, so nothing is rounded.
            assert_eq!(format!("{direct:?}"), format!("{of_parts:?}"));
        }
    }
}
