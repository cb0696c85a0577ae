//! The time axis of pictures that the server draws: round times, as shares of the width.

use crate::format;

/// Steps between labels that people read as round, in milliseconds.
const STEPS_MS: [f64; 24] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3,
    300e3, 600e3, 1800e3, 3600e3, 7200e3, 10_800e3, 21_600e3, 43_200e3,
];
const DAY_MS: f64 = 86_400e3;

/// From when to when a picture goes, in milliseconds; since 1970, or since something began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) from_ms: f64,
    pub(crate) to_ms: f64,
    /// Whether its labels are durations.
    pub(crate) is_elapsed: bool,
}

impl Axis {
    /// Where a time lies, 0 to 100.
    pub(crate) fn percent(self, at_ms: f64) -> f64 {
        let share = (at_ms - self.from_ms) / (self.to_ms - self.from_ms).max(1e-9);
        if share.is_nan() {
            0.0
        } else {
            share.clamp(0.0, 1.0) * 100.0
        }
    }

    /// Begin and width of a stretch; what is there at all is seen.
    pub(crate) fn stretch(self, from_ms: f64, to_ms: f64) -> (f64, f64) {
        const LEAST: f64 = 0.4;
        let (from, to) = (self.percent(from_ms), self.percent(to_ms));
        (from.min(100.0 - LEAST), (to - from).max(LEAST))
    }

    /// Where labels stand and what they say, at most `most`.
    pub(crate) fn ticks(self, most: usize) -> Vec<(f64, String)> {
        let span = self.to_ms - self.from_ms;
        if !(span > 0.0 && span.is_finite()) {
            return Vec::new();
        }
        let fits = |step: &f64| span / step <= most as f64;
        let smaller = (1..=9).rev().map(|power| 10f64.powi(-power));
        let steps = smaller.chain(STEPS_MS).find(|step| fits(step));
        let step = steps.unwrap_or_else(|| (span / most as f64 / DAY_MS).ceil() * DAY_MS);
        let first = (self.from_ms / step).ceil();
        let ticks = (0..=most).map(|n| (first + n as f64) * step);
        ticks
            .take_while(|at| *at <= self.to_ms)
            .map(|at| (self.percent(at), self.label(at, step)))
            .collect()
    }

    fn label(self, at_ms: f64, step: f64) -> String {
        if self.is_elapsed {
            return match at_ms {
                0.0 => "0".to_owned(),
                at if at < 1e3 && step >= 1.0 => format!("{} ms", format::fixed(at, 0)),
                at if at < 60e3 && step >= 1e3 => format!("{} s", format::fixed(at / 1e3, 0)),
                at => format::seconds(at / 1e3),
            };
        }
        let at = at_ms as i64;
        if step >= DAY_MS {
            format::day(at)
        } else {
            format::clock(at, step < 60e3)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_labels() {
        let hour = 3600e3;
        for (from_ms, to_ms, is_elapsed, expected) in [
            (
                0.0,
                100.0,
                true,
                "0:0 20:20 ms 40:40 ms 60:60 ms 80:80 ms 100:100 ms",
            ),
            (0.0, 4e3, true, "0:0 25:1 s 50:2 s 75:3 s 100:4 s"),
            (
                0.0,
                0.5,
                true,
                "0:0 20:0.1 ms 40:0.2 ms 60:0.3 ms 80:0.4 ms 100:0.5 ms",
            ),
            (
                hour / 2.0,
                5.5 * hour,
                false,
                "10:01:00 30:02:00 50:03:00 70:04:00 90:05:00",
            ),
            (
                0.0,
                10.0 * 24.0 * hour,
                false,
                "0:01-01 20:01-03 40:01-05 60:01-07 80:01-09 100:01-11",
            ),
            (0.0, 0.0, false, ""),
            (5.0, 1.0, false, ""),
            (0.0, f64::INFINITY, true, ""),
        ] {
            let axis = Axis {
                from_ms,
                to_ms,
                is_elapsed,
            };
            let ticks = axis.ticks(5);
            let ticks: Vec<_> = ticks
                .iter()
                .map(|(at, text)| format!("{at:.0}:{text}"))
                .collect();
            assert_eq!(ticks.join(" "), expected, "{axis:?}");
        }
    }

    #[test]
    fn stretches_are_seen_and_stay_inside() {
        let axis = Axis {
            from_ms: 100.0,
            to_ms: 200.0,
            is_elapsed: false,
        };
        for (from, to, expected) in [
            (100.0, 200.0, (0.0, 100.0)),
            (150.0, 175.0, (50.0, 25.0)),
            (0.0, 150.0, (0.0, 50.0)),
            (150.0, 150.0, (50.0, 0.4)),
            (300.0, 400.0, (99.6, 0.4)),
            (180.0, 120.0, (80.0, 0.4)),
            (f64::NAN, 150.0, (0.0, 50.0)),
        ] {
            let (x, width) = axis.stretch(from, to);
            let off = (x - expected.0).abs() + (width - expected.1).abs();
            assert!(off < 1e-9, "{from} to {to}: {x} {width}");
        }
    }
}
