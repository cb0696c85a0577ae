//! Windows as points, the way PromQL's functions understand them (`model::Rolled`).

use model::{Behind, Labels, Rolled, RolledSeries, STALE, SeriesSamples, TimestampMs, Wanted};

use super::Level;
use super::window::Window;

/// The points of some windows, and the samples after them.
pub(super) fn points(
    labels: Labels,
    windows: &[Window],
    wanted: Wanted,
    until: Vec<(TimestampMs, i64)>,
    newer: Option<SeriesSamples>,
) -> RolledSeries {
    let mut points = Points {
        series: SeriesSamples::floats(labels, Vec::new(), Vec::new()),
        rolled: Rolled {
            behind: Vec::new(),
            until,
        },
    };
    match wanted {
        Wanted::Newest => points.newest(windows),
        Wanted::Edges => points.edges(windows),
        Wanted::Least => points.ends(windows, |window| window.least),
        Wanted::Most => points.ends(windows, |window| window.most),
        Wanted::Total => points.ends(windows, |window| window.sum),
    }
    if let Some(newer) = newer {
        points.series.at_ms.extend(newer.at_ms);
        points.series.values.extend(newer.values);
        points.series.histograms = newer.histograms;
    }
    RolledSeries {
        rolled: Some(points.rolled).filter(|rolled| rolled.points() > 0),
        series: points.series,
    }
}

struct Points {
    series: SeriesSamples,
    rolled: Rolled,
}

impl Points {
    fn push(&mut self, at_ms: TimestampMs, value: f64, behind: Behind) {
        self.series.at_ms.push(at_ms);
        self.series.values.push(value);
        self.rolled.behind.push(behind);
    }

    /// The newest sample of each window, and a marker where the next window has none: what follows a window
    /// without samples is no value of before.
    fn newest(&mut self, windows: &[Window]) {
        let seam_ms = self.rolled.until.last().map(|(until, _)| *until);
        for (place, window) in windows.iter().enumerate() {
            if window.count > 0 {
                let samples = window.count as f64;
                let behind = Behind {
                    samples,
                    ..Behind::default()
                };
                self.push(window.last_ms, window.last, behind);
            }
            if let Some(ended_ms) = window.ended_ms {
                self.push(ended_ms, STALE, Behind::default());
                continue;
            }
            let next = windows.get(place + 1);
            let goes_on = match next {
                Some(next) => self.begin_of(next) <= window.end_ms,
                None => Some(window.end_ms) == seam_ms,
            };
            if !goes_on && window.count > 0 {
                self.push(window.end_ms + 1, STALE, Behind::default());
            }
        }
    }

    fn begin_of(&self, window: &Window) -> TimestampMs {
        let length_ms = self.rolled.resolution_at(window.end_ms);
        let length_ms = length_ms.unwrap_or(Level::Hour.length_ms());
        window.end_ms.saturating_sub(length_ms)
    }

    /// The first and the newest sample of each window.
    fn edges(&mut self, windows: &[Window]) {
        let mut before: Option<f64> = None;
        for window in windows.iter().filter(|window| window.count > 0) {
            let lost = before.filter(|before| window.first < *before);
            let first = Behind {
                samples: 1.0,
                lost: lost.unwrap_or_default(),
                resets: f64::from(u8::from(lost.is_some())),
                within: false,
            };
            self.push(window.first_ms, window.first, first);
            if window.count > 1 {
                let last = Behind {
                    samples: (window.count - 1) as f64,
                    lost: window.lost,
                    resets: window.resets as f64,
                    within: true,
                };
                self.push(window.last_ms, window.last, last);
            }
            before = Some(window.last);
        }
    }

    /// One value at the end of each window.
    fn ends(&mut self, windows: &[Window], value: impl Fn(&Window) -> f64) {
        for window in windows.iter().filter(|window| window.count > 0) {
            let behind = Behind {
                samples: window.count as f64,
                ..Behind::default()
            };
            self.push(window.end_ms, value(window), behind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::Run;
    use model::is_stale;

    const FIVE: i64 = 300_000;

    fn windows(samples: &[(i64, f64)]) -> Vec<Window> {
        let (at_ms, values) = samples.iter().copied().unzip();
        super::super::window::windows(&Run { at_ms, values }, Level::FiveMinutes)
    }

    fn shown(samples: &[(i64, f64)], wanted: Wanted) -> Vec<(i64, String)> {
        let until = vec![(4 * FIVE, FIVE)];
        let found = points(Labels::new(), &windows(samples), wanted, until, None);
        let values = found
            .series
            .values
            .iter()
            .map(|value| match is_stale(*value) {
                true => "stale".to_owned(),
                false => value.to_string(),
            });
        found.series.at_ms.iter().copied().zip(values).collect()
    }

    #[test]
    fn a_value_lasts_as_long_as_windows_follow() {
        for (samples, expected) in [
            (
                &[(100, 1.0), (200, 2.0), (FIVE + 100, 3.0)][..],
                &[(200, "2"), (FIVE + 100, "3"), (2 * FIVE + 1, "stale")][..],
            ),
            (
                &[(100, 1.0), (3 * FIVE - 1, 2.0), (4 * FIVE, 3.0)],
                &[
                    (100, "1"),
                    (FIVE + 1, "stale"),
                    (3 * FIVE - 1, "2"),
                    (4 * FIVE, "3"),
                ],
            ),
            (
                &[(100, 1.0), (150, STALE), (FIVE + 1, STALE)],
                &[(100, "1"), (150, "stale"), (FIVE + 1, "stale")],
            ),
        ] {
            let expected = expected.iter().map(|(at, text)| (*at, (*text).to_owned()));
            assert_eq!(shown(samples, Wanted::Newest), expected.collect::<Vec<_>>());
        }
    }

    #[test]
    fn edges_say_what_lies_between_them() {
        let samples = [
            (1, 5.0),
            (2, 9.0),
            (3, 1.0),
            (4, 2.0),
            (FIVE + 1, 1.0),
            (2 * FIVE + 1, 3.0),
            (2 * FIVE + 2, 4.0),
        ];
        let found = points(
            Labels::new(),
            &windows(&samples),
            Wanted::Edges,
            Vec::new(),
            None,
        );
        let between = |behind: &Behind| (behind.samples, behind.lost, behind.resets, behind.within);
        let found: Vec<_> = (found.series.values.iter().copied())
            .zip(found.rolled.unwrap().behind.iter().map(between))
            .collect();
        let expected = [
            (5.0, (1.0, 0.0, 0.0, false)),
            (2.0, (3.0, 9.0, 1.0, true)),
            (1.0, (1.0, 2.0, 1.0, false)),
            (3.0, (1.0, 0.0, 0.0, false)),
            (4.0, (1.0, 0.0, 0.0, true)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn sums_and_extremes_stand_at_the_ends_of_windows() {
        let samples = [(1, 5.0), (2, 9.0), (FIVE + 1, STALE), (2 * FIVE + 1, 3.0)];
        for (wanted, first) in [
            (Wanted::Least, "5"),
            (Wanted::Most, "9"),
            (Wanted::Total, "14"),
        ] {
            let expected = [(FIVE, first.to_owned()), (3 * FIVE, "3".to_owned())];
            assert_eq!(shown(&samples, wanted), expected, "{wanted:?}");
        }
    }
}
