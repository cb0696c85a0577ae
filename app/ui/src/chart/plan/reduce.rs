//! No more points than pixels: what is drawn of a line costs by the width of the chart.

use std::ops::Range;

/// The parts of a line between gaps.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trace {
    /// Time and value of all points that are drawn.
    pub(crate) points: Vec<(f64, f64)>,
    /// Where each part ends.
    pub(crate) ends: Vec<usize>,
}

impl Trace {
    /// The parts, oldest first.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &[(f64, f64)]> {
        let mut begin = 0;
        self.ends.iter().map(move |end| {
            let part = &self.points[begin..*end];
            begin = *end;
            part
        })
    }
}

/// Where each column of pixels begins in a list of times; nothing where points are few enough to be
/// drawn as they are.
pub(crate) fn columns(
    at_ms: &[f64],
    range: Range<usize>,
    (from_ms, to_ms): (f64, f64),
    count: usize,
) -> Option<Vec<usize>> {
    if range.len() <= count * 2 || count == 0 {
        return None;
    }
    let shown = &at_ms[range.clone()];
    let width = (to_ms - from_ms) / count as f64;
    let mut begins = Vec::with_capacity(count + 1);
    let mut place = 0;
    for column in 1..=count {
        begins.push(range.start + place);
        let end = from_ms + column as f64 * width;
        place += shown[place..].partition_point(|at| *at < end);
    }
    // What stands exactly at the end belongs to the last column.
    begins.push(range.end);
    Some(begins)
}

/// What is drawn of a row: everything, or of each column the first, lowest, highest and last value, so
/// that a spike cannot vanish. Points further apart than `gap_ms` are not connected. The points before
/// and after the range belong to it: lines reach the edges.
pub(crate) fn trace(
    at_ms: &[f64],
    values: &[f64],
    range: Range<usize>,
    columns: Option<&[usize]>,
    gap_ms: f64,
) -> Trace {
    let mut out = Trace::default();
    // Only neighbours are looked at for a gap: of a column, its first value and the last one before it.
    let mut put = |place: usize, is_neighbour: bool| {
        let at = at_ms[place];
        if let Some((last, _)) = out.points.last()
            && is_neighbour
            && at - last > gap_ms
        {
            out.ends.push(out.points.len());
        }
        out.points.push((at, values[place]));
    };
    let before = values[..range.start].iter().rposition(|v| !v.is_nan());
    if let Some(place) = before {
        put(place, true);
    }
    match columns {
        None => {
            for place in range.clone() {
                if !values[place].is_nan() {
                    put(place, true);
                }
            }
        }
        Some(begins) => {
            for pair in begins.windows(2) {
                let (begin, end) = (pair[0], pair[1]);
                let Some(first) = values[begin..end].iter().position(|v| !v.is_nan()) else {
                    continue;
                };
                let first = begin + first;
                let value = values[first];
                let (mut last, mut low, mut high) = (first, (first, value), (first, value));
                for (place, value) in values[first..end].iter().enumerate() {
                    let (place, value) = (first + place, *value);
                    if value < low.1 {
                        low = (place, value);
                    }
                    if value > high.1 {
                        high = (place, value);
                    }
                    if !value.is_nan() {
                        last = place;
                    }
                }
                let inner = [low.0.min(high.0), low.0.max(high.0)];
                put(first, true);
                for place in inner {
                    if place != first && place != last {
                        put(place, false);
                    }
                }
                if last != first {
                    put(last, false);
                }
            }
        }
    }
    let after = values[range.end..].iter().position(|v| !v.is_nan());
    if let Some(place) = after.map(|place| range.end + place) {
        put(place, true);
    }
    if !out.points.is_empty() {
        out.ends.push(out.points.len());
    }
    out
}

/// How far apart points may be and still be connected: three times the usual distance of the row's points.
pub(crate) fn gap(at_ms: &[f64], values: &[f64]) -> f64 {
    usual_distance(at_ms, values).map_or(f64::INFINITY, |usual| usual * 3.0)
}

/// The median distance of neighbours, of a sample of them where there are many.
pub(crate) fn usual_distance(at_ms: &[f64], values: &[f64]) -> Option<f64> {
    const SAMPLE: usize = 256;
    let count = values.len();
    let mut distances = Vec::with_capacity(SAMPLE.min(count));
    let mut take = |begin: usize, end: usize, most: usize| {
        let mut last: Option<f64> = None;
        let mut taken = 0;
        for place in begin..end {
            if !values[place].is_nan() {
                if let Some(last) = last {
                    distances.push(at_ms[place] - last);
                    taken += 1;
                }
                last = Some(at_ms[place]);
                if taken == most {
                    return;
                }
            }
        }
    };
    match count > SAMPLE * 8 {
        false => take(0, count, usize::MAX),
        // Evenly spread places, and from each of them the next distance.
        true => (0..SAMPLE).for_each(|n| take(n * count / SAMPLE, count, 1)),
    }
    let middle = distances.len().checked_sub(1)? / 2;
    let (_, median, _) = distances.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*median)
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: f64 = f64::NAN;

    fn times(count: usize) -> Vec<f64> {
        (0..count).map(|n| n as f64).collect()
    }

    #[test]
    fn gaps_stay_gaps() {
        type Row = (&'static [f64], &'static [f64], &'static [usize]);
        let rows: [Row; 9] = [
            (&[], &[], &[]),
            (&[5.0], &[1.0], &[1]),
            (&[0.0, 10.0, 20.0, 30.0], &[1.0; 4], &[4]),
            (&[0.0, 10.0, 20.0, 51.0, 61.0], &[1.0; 5], &[3, 5]),
            (&[0.0, 10.0, 20.0, 50.0, 60.0], &[1.0; 5], &[5]),
            // A row of its own pace on a denser grid is connected.
            (
                &[0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0],
                &[1.0, N, N, 1.0, N, N, 1.0],
                &[3],
            ),
            // Runs without values are gaps, and one that is alone stays alone.
            (
                &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0],
                &[1.0, 1.0, 1.0, N, N, N, 1.0, N, N, N, 1.0, 1.0],
                &[3, 4, 6],
            ),
            (&[0.0, 1.0], &[N, N], &[]),
            // Two points in the same millisecond.
            (&[7.0, 7.0], &[1.0, 2.0], &[2]),
        ];
        for (at, values, ends) in rows {
            let got = trace(at, values, 0..at.len(), None, gap(at, values));
            assert_eq!(got.ends, ends, "{at:?} {values:?}");
        }
    }

    #[test]
    fn a_spike_survives() {
        let at = times(100_000);
        let mut values = vec![1.0; 100_000];
        values[54_321] = 99.0;
        values[54_322] = -99.0;
        values[77_777] = N;
        let columns = columns(&at, 0..100_000, (0.0, 99_999.0), 300);
        assert_eq!(columns.as_ref().map(Vec::len), Some(301));
        let got = trace(&at, &values, 0..100_000, columns.as_deref(), 3.0);
        assert!(got.points.len() <= 1200, "{}", got.points.len());
        assert!(got.points.contains(&(54_321.0, 99.0)) && got.points.contains(&(54_322.0, -99.0)));
        assert!(got.points.is_sorted_by_key(|point| point.0));
        // Only what is missing is a gap, however far the points that are drawn are from each other.
        assert_eq!(got.ends.len(), 1);
        let mut broken = values.clone();
        broken[60_000..70_000].fill(N);
        let parts = trace(&at, &broken, 0..100_000, columns.as_deref(), 3.0);
        let parts: Vec<_> = parts
            .parts()
            .map(|part| (part[0].0, part[part.len() - 1].0))
            .collect();
        assert_eq!(parts, [(0.0, 59_999.0), (70_000.0, 99_999.0)]);
        let (first, last) = (got.points[0].0, got.points[got.points.len() - 1].0);
        assert_eq!((first, last), (0.0, 99_999.0));
    }

    #[test]
    fn few_points_are_drawn_as_they_are() {
        let at = times(600);
        assert_eq!(columns(&at, 0..600, (0.0, 600.0), 300), None);
        assert_eq!(columns(&at, 5..5, (0.0, 600.0), 0), None);
        let values = [1.0, N, -0.0, f64::INFINITY, 1e-12];
        let got = trace(&times(5), &values, 0..5, None, 9.0);
        assert_eq!(
            got.points,
            [(0.0, 1.0), (2.0, 0.0), (3.0, f64::INFINITY), (4.0, 1e-12)]
        );
    }

    #[test]
    fn lines_reach_the_edges() {
        let at = times(10);
        let values = [1.0, N, 3.0, 4.0, 5.0, 6.0, 7.0, N, 9.0, 10.0];
        let got = trace(&at, &values, 3..6, None, 9.0);
        let places: Vec<_> = got.points.iter().map(|point| point.0).collect();
        assert_eq!(places, [2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn the_usual_distance() {
        let at: Vec<f64> = (0..50_000).map(|n| f64::from(n) * 5000.0).collect();
        let every = |n: usize| -> Vec<f64> {
            let value = |place| if place % n == 0 { 1.0 } else { N };
            (0..50_000).map(value).collect()
        };
        assert_eq!(usual_distance(&at, &every(1)), Some(5000.0));
        assert_eq!(usual_distance(&at, &every(6)), Some(30_000.0));
        assert_eq!(usual_distance(&at[..9], &every(6)[..9]), Some(30_000.0));
        assert_eq!(usual_distance(&at[..1], &every(1)[..1]), None);
        assert_eq!(usual_distance(&[], &[]), None);
    }
}
