//! What a chart computes before anything is drawn: pure, and the same everywhere.

use wire::{Point, Series};

use super::Picture;
use crate::format;

/// A line: name, colour of the palette, points oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What the legend says.
    pub name: String,
    /// Index into the palette of eight.
    pub colour: usize,
    /// Time and value.
    pub points: Vec<(i64, f64)>,
}

/// Lines from series, named and coloured by `identify`.
pub fn lines(series: &[Series], identify: impl Fn(&Series) -> (String, usize)) -> Vec<Line> {
    let line = |series: &Series| {
        let (name, colour) = identify(series);
        let points = series.points.iter().map(|point| (point.at_ms, point.value));
        Line {
            name,
            colour,
            points: points.collect(),
        }
    };
    series.iter().map(line).collect()
}

/// Appends new points to the series they belong to, begins series that are new, and forgets what
/// has left the range.
pub fn append(series: &mut Vec<Series>, new: &[Series], from_ms: i64) {
    for update in new {
        let known = series
            .iter_mut()
            .find(|s| s.metric == update.metric && s.labels == update.labels);
        match known {
            Some(known) => {
                let last = known.points.last().map_or(i64::MIN, |point| point.at_ms);
                known
                    .points
                    .extend(update.points.iter().filter(|point| point.at_ms > last));
            }
            None => series.push(update.clone()),
        }
    }
    for known in series.iter_mut() {
        let gone = known
            .points
            .partition_point(|point: &Point| point.at_ms < from_ms);
        known.points.drain(..gone);
    }
    series.retain(|known| !known.points.is_empty());
}

/// Parts of a line between gaps: a gap is three times the usual distance of its points.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code))]
pub(super) fn segments(points: &[(i64, f64)]) -> Vec<Vec<(i64, f64)>> {
    let usual = usual_distance(points);
    let mut parts: Vec<Vec<(i64, f64)>> = Vec::new();
    let mut last = None;
    for point in points {
        match (parts.last_mut(), last) {
            (Some(part), Some(at)) if point.0 - at <= usual.saturating_mul(3) => part.push(*point),
            _ => parts.push(vec![*point]),
        }
        last = Some(point.0);
    }
    parts
}

/// The median distance of neighbours, found by halving: a sort is 3 kB in every first load.
fn usual_distance(points: &[(i64, f64)]) -> i64 {
    let distances = || points.windows(2).map(|pair| pair[1].0 - pair[0].0);
    let (mut low, mut high) = (0, distances().max().unwrap_or(0));
    while low < high {
        let middle = low + (high - low) / 2;
        let shorter = distances().filter(|distance| *distance <= middle).count();
        if shorter * 2 >= points.len() {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// At most four points a column of pixels: first, lowest, highest, last. A spike cannot vanish.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code))]
pub(super) fn reduce(
    points: &[(i64, f64)],
    from_ms: i64,
    to_ms: i64,
    columns: i64,
) -> Vec<(i64, f64)> {
    if i64::try_from(points.len()).unwrap_or(i64::MAX) <= columns * 2 {
        return points.to_vec();
    }
    let column = |at: i64| (at - from_ms) * columns / (to_ms - from_ms).max(1);
    let mut reduced = Vec::new();
    for group in points.chunk_by(|a, b| column(a.0) == column(b.0)) {
        let (mut lowest, mut highest) = (0, 0);
        for (i, point) in group.iter().enumerate() {
            if point.1 < group[lowest].1 {
                lowest = i;
            }
            if point.1 > group[highest].1 {
                highest = i;
            }
        }
        let mut previous = None;
        for i in [0, lowest.min(highest), lowest.max(highest), group.len() - 1] {
            if previous != Some(i) {
                reduced.push(group[i]);
            }
            previous = Some(i);
        }
    }
    reduced
}

/// Times to label: round ones, at most `most` of them.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code))]
pub(super) fn time_ticks(from_ms: i64, to_ms: i64, most: i64) -> Vec<i64> {
    const STEPS_S: [i64; 18] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
        86_400,
    ];
    let span_s = (to_ms - from_ms) / 1000;
    let fits = STEPS_S
        .into_iter()
        .find(|step| span_s / step <= most.max(1));
    let step_ms = fits.unwrap_or_else(|| (span_s / most.max(1) / 86_400 + 1) * 86_400) * 1000;
    let first = from_ms.div_euclid(step_ms) * step_ms
        + if from_ms.rem_euclid(step_ms) == 0 {
            0
        } else {
            step_ms
        };
    (0..)
        .map(|n| first + n * step_ms)
        .take_while(|at| *at <= to_ms)
        .collect()
}

/// The upper end of the value axis and its labels: round values that cover the largest.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code))]
pub(super) fn value_ticks(largest: f64) -> (f64, Vec<f64>) {
    let largest = if largest.is_finite() && largest > 0.0 {
        largest
    } else {
        1e-3
    };
    let mut magnitude = 1e-9;
    while magnitude * 10.0 <= largest / 4.0 {
        magnitude *= 10.0;
    }
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * magnitude);
    let step = steps
        .into_iter()
        .find(|step| largest / step <= 4.0)
        .unwrap_or(steps[4]);
    let count = (largest / step).ceil().max(1.0);
    let ticks = (0..=count as i32).map(|n| f64::from(n) * step);
    (count * step, ticks.collect())
}

/// What a picture shows, in words.
pub(super) fn describe(title: &str, picture: &Picture) -> String {
    let range = format::duration(picture.to_ms - picture.from_ms);
    if picture.lines.is_empty() {
        return format!("{title}, last {range}: no data");
    }
    let parts = picture.lines.iter().map(|line| {
        let last = line.points.last().map_or(f64::NAN, |(_, value)| *value);
        let largest = line
            .points
            .iter()
            .map(|(_, value)| *value)
            .fold(f64::NAN, f64::max);
        let (last, largest) = (picture.unit.format(last), picture.unit.format(largest));
        format!("{} {last} now, {largest} at most", line.name)
    });
    let parts: Vec<_> = parts.collect();
    format!("{title}, last {range}: {}", parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Unit;

    #[test]
    fn gaps_stay_gaps() {
        let at = |times: &[i64]| -> Vec<(i64, f64)> { times.iter().map(|t| (*t, 0.0)).collect() };
        for (times, expected) in [
            (vec![], vec![]),
            (vec![5], vec![1]),
            (vec![0, 10, 20, 30], vec![4]),
            (vec![0, 10, 20, 51, 61], vec![3, 2]),
            (vec![0, 10, 20, 50, 60], vec![5]),
        ] {
            let lengths: Vec<_> = segments(&at(&times)).iter().map(Vec::len).collect();
            assert_eq!(lengths, expected, "{times:?}");
        }
    }

    #[test]
    fn a_spike_survives_reduction() {
        let mut points: Vec<_> = (0..100_000).map(|i| (i64::from(i), 1.0)).collect();
        points[54_321].1 = 99.0;
        points[54_322].1 = -99.0;
        let reduced = reduce(&points, 0, 100_000, 300);
        assert!(reduced.len() <= 1200, "{}", reduced.len());
        assert!(reduced.contains(&(54_321, 99.0)) && reduced.contains(&(54_322, -99.0)));
        assert!(reduced.is_sorted_by_key(|point| point.0));
        assert_eq!((reduced[0].0, reduced[reduced.len() - 1].0), (0, 99_999));
        assert_eq!(reduce(&points[..10], 0, 100, 300), points[..10]);
    }

    #[test]
    fn round_ticks() {
        assert_eq!(
            time_ticks(0, 3_600_000, 6),
            [
                0, 600_000, 1_200_000, 1_800_000, 2_400_000, 3_000_000, 3_600_000
            ]
        );
        assert_eq!(time_ticks(1, 10_000, 5), [2000, 4000, 6000, 8000, 10_000]);
        for (largest, top, count) in [
            (0.182, 0.2, 5),
            (1.0, 1.0, 5),
            (37.0, 40.0, 5),
            (0.0, 0.001, 5),
            (f64::NAN, 0.001, 5),
        ] {
            let (got, ticks) = value_ticks(largest);
            assert!((got - top).abs() < 1e-9, "{largest}: {got}");
            assert_eq!(ticks.len(), count, "{largest}: {ticks:?}");
        }
    }

    #[test]
    fn appending_moves_the_picture() {
        let series = |name: &str, times: &[i64]| Series {
            metric: "m".into(),
            labels: [("server".to_owned(), name.to_owned())].into(),
            points: times
                .iter()
                .map(|t| Point {
                    at_ms: *t,
                    value: 1.0,
                })
                .collect(),
        };
        let mut known = vec![series("a", &[1, 2, 3]), series("old", &[1])];
        append(&mut known, &[series("a", &[3, 4]), series("b", &[4])], 2);
        assert_eq!(known, [series("a", &[2, 3, 4]), series("b", &[4])]);
    }

    #[test]
    fn words() {
        let mut picture = Picture {
            lines: Vec::new(),
            from_ms: 0,
            to_ms: 3_600_000,
            unit: Unit::Seconds,
            marks: Vec::new(),
        };
        assert_eq!(describe("Ping", &picture), "Ping, last 1 h: no data");
        picture.lines.push(Line {
            name: "fs".into(),
            colour: 0,
            points: vec![(0, 1.5), (1, 0.5)],
        });
        assert_eq!(
            describe("Ping", &picture),
            "Ping, last 1 h: fs 500 ms now, 1.50 s at most"
        );
    }
}
