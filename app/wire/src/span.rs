//! Stretches of time: as people choose them, and as they are asked for.

use serde::{Deserialize, Serialize};

use crate::record::record;
/// The earliest time that can be asked for: the beginning of 1970.
const EARLIEST_MS: i64 = 0;
/// The latest time that can be asked for: the end of the year 9999.
const LATEST_MS: i64 = 253_402_300_799_000;
/// The shortest stretch that can be shown.
const SHORTEST_MS: i64 = 1_000;
/// Distances of points: few, so that people who look at the same thing share its answer.
const STEPS_S: [i64; 20] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
    172_800, 604_800,
];
/// How many samples a stretch has that `rate` is taken over: one that is late leaves enough.
const WINDOW_SAMPLES: i64 = 4;
/// The shortest such stretch: it suits samples at the usual distance, 15 s.
const SHORTEST_WINDOW_MS: i64 = 60_000;

/// What a page looks at.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeRange {
    /// The last so many milliseconds: it slides.
    Last(i64),
    /// From one time to another, in milliseconds since 1970: it stands.
    Between(i64, i64),
}

impl Default for TimeRange {
    fn default() -> Self {
        Self::Last(3_600_000)
    }
}

record! {
    /// A stretch of time and the distance of its points; both ends are multiples of the distance.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Span {
        /// The first point.
        pub from_ms: i64,
        /// The last point.
        pub to_ms: i64,
        /// The distance of two points.
        pub step_ms: i64,
        /// A stretch around each point that `rate` can be taken over.
        pub window_ms: i64,
    }
}

impl TimeRange {
    /// The stretch of a length that ends at a time, or now.
    pub fn of(range_ms: i64, until_ms: Option<i64>) -> Self {
        match until_ms {
            Some(to_ms) => Self::Between(to_ms.saturating_sub(range_ms), to_ms),
            None => Self::Last(range_ms),
        }
    }

    /// Its length, and its end where it stands.
    pub fn parts(self) -> (i64, Option<i64>) {
        match self {
            Self::Last(ms) => (ms, None),
            Self::Between(from_ms, to_ms) => (to_ms.saturating_sub(from_ms), Some(to_ms)),
        }
    }

    /// Whether it moves with the time.
    pub fn slides(self) -> bool {
        matches!(self, Self::Last(_))
    }

    /// Begin and end, seen from now.
    pub fn ends(self, now_ms: i64) -> (i64, i64) {
        let (from_ms, to_ms) = match self {
            Self::Last(ms) => (now_ms.saturating_sub(ms.max(SHORTEST_MS)), now_ms),
            Self::Between(from_ms, to_ms) => (from_ms.min(to_ms), from_ms.max(to_ms)),
        };
        let from_ms = from_ms.clamp(EARLIEST_MS, LATEST_MS - SHORTEST_MS);
        (from_ms, to_ms.clamp(from_ms + SHORTEST_MS, LATEST_MS))
    }

    /// What is asked for to show it with at most `points` points a series.
    pub fn span(self, now_ms: i64, points: u32) -> Span {
        let (from_ms, to_ms) = self.ends(now_ms);
        let least_ms = (to_ms - from_ms) / i64::from(points.clamp(10, 11_000)) + 1;
        let step_ms = STEPS_S
            .iter()
            .map(|step| step * 1000)
            .find(|step| *step >= least_ms)
            .unwrap_or_else(|| whole(least_ms + 86_399_999, 86_400_000));
        Span::new(whole(from_ms, step_ms), whole(to_ms, step_ms), step_ms)
    }
}

impl Span {
    /// From one point to another, so far apart.
    pub const fn new(from_ms: i64, to_ms: i64, step_ms: i64) -> Self {
        let window_ms = match step_ms > SHORTEST_WINDOW_MS {
            true => step_ms,
            false => SHORTEST_WINDOW_MS,
        };
        Self {
            from_ms,
            to_ms,
            step_ms,
            window_ms,
        }
    }

    /// How many points it has.
    pub fn points(self) -> usize {
        usize::try_from((self.to_ms - self.from_ms) / self.step_ms.max(1) + 1).unwrap_or(0)
    }

    /// It for samples that are farther apart than usual: a stretch around a point has some of them.
    pub fn for_samples_every(self, interval_ms: i64) -> Self {
        let least_ms = interval_ms.saturating_mul(WINDOW_SAMPLES);
        Self {
            window_ms: self.window_ms.max(least_ms),
            ..self
        }
    }
}

/// The multiple of a step at or before a time.
fn whole(ms: i64, step_ms: i64) -> i64 {
    ms.div_euclid(step_ms) * step_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        const NOW: i64 = 1_795_233_906_789;
        const DAY: i64 = 86_400_000;
        for (range, step_ms, count) in [
            (TimeRange::Last(3_600_000), 15_000, 241),
            (TimeRange::Last(300_000), 2_000, 151),
            (TimeRange::Last(DAY), 300_000, 289),
            (TimeRange::Last(i64::MAX), 70 * DAY, 297),
            (TimeRange::Last(0), 1_000, 2),
            (TimeRange::Between(NOW, NOW - 3_600_000), 15_000, 241),
            (TimeRange::Between(0, LATEST_MS), 9777 * DAY, 300),
            (TimeRange::Between(i64::MIN, i64::MAX), 9777 * DAY, 300),
            (TimeRange::Between(i64::MAX, i64::MAX), 1_000, 2),
            (TimeRange::Between(-5, -1), 1_000, 2),
        ] {
            let span = range.span(NOW, 300);
            assert_eq!((span.step_ms, span.points()), (step_ms, count), "{range:?}");
            assert_eq!(span.from_ms % span.step_ms, 0, "{range:?}");
            assert!(span.from_ms < span.to_ms, "{range:?} {span:?}");
            let (length, until) = range.parts();
            assert_eq!(TimeRange::of(length, until).ends(NOW), range.ends(NOW));
        }
    }

    #[test]
    fn windows_have_several_samples() {
        for (step_ms, interval_ms, window_ms) in [
            (15_000, 1_000, 60_000),
            (15_000, 15_000, 60_000),
            (15_000, 60_000, 240_000),
            (300_000, 60_000, 300_000),
            (15_000, i64::MAX, i64::MAX),
        ] {
            let span = Span::new(0, 0, step_ms).for_samples_every(interval_ms);
            assert_eq!(span.window_ms, window_ms, "{step_ms} {interval_ms}");
        }
    }
}
