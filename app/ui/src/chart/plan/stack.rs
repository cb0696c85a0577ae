//! Rows one on another: what an area or a bar stands on, and where it ends.

use std::ops::Range;

/// A row's share of a stack: a value for each time of a range, NaN where the row has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layer {
    pub(crate) bottom: Vec<f64>,
    pub(crate) top: Vec<f64>,
}

/// Stacks rows, the first one at the bottom; negative values hang below zero. Each row comes with the
/// distance up to which its points are connected: between them it goes on, so that rows of different
/// paces can stand on each other.
pub(crate) fn stack(at_ms: &[f64], rows: &[(&[f64], f64)], range: Range<usize>) -> Vec<Layer> {
    let at_ms = &at_ms[range.clone()];
    let mut above = vec![0.0; at_ms.len()];
    let mut below = vec![0.0; at_ms.len()];
    let layer = |(values, gap_ms): &(&[f64], f64)| {
        let values = connected(at_ms, &values[range.clone()], *gap_ms);
        let mut layer = Layer {
            bottom: Vec::with_capacity(values.len()),
            top: Vec::with_capacity(values.len()),
        };
        for (place, value) in values.into_iter().enumerate() {
            let base = match value < 0.0 {
                true => &mut below[place],
                false => &mut above[place],
            };
            let top = *base + value;
            layer
                .bottom
                .push(if value.is_nan() { value } else { *base });
            layer.top.push(top);
            if top.is_finite() {
                *base = top;
            }
        }
        layer
    };
    rows.iter().map(layer).collect()
}

/// The values, with what lies between points that are connected.
fn connected(at_ms: &[f64], values: &[f64], gap_ms: f64) -> Vec<f64> {
    let mut filled = values.to_vec();
    let mut last: Option<usize> = None;
    for place in 0..values.len() {
        if values[place].is_nan() {
            continue;
        }
        if let Some(before) = last
            && before + 1 < place
            && at_ms[place] - at_ms[before] <= gap_ms
        {
            let span = (at_ms[place] - at_ms[before]).max(f64::MIN_POSITIVE);
            let rise = values[place] - values[before];
            for between in before + 1..place {
                let share = (at_ms[between] - at_ms[before]) / span;
                filled[between] = values[before] + rise * share;
            }
        }
        last = Some(place);
    }
    filled
}

/// The places whose bars are drawn: all that have a total, or, where there is no room for them, the
/// highest of each stretch.
pub(crate) fn bars(totals: &[f64], most: usize) -> Vec<usize> {
    let all: Vec<usize> = (0..totals.len())
        .filter(|place| !totals[*place].is_nan())
        .collect();
    if all.len() <= most {
        return all;
    }
    let most = most.max(1);
    let stretch = |n: usize| &all[n * all.len() / most..(n + 1) * all.len() / most];
    let highest = |n: usize| {
        let places = stretch(n).iter().copied();
        places.max_by(|a, b| totals[*a].total_cmp(&totals[*b]))
    };
    (0..most).filter_map(highest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: f64 = f64::NAN;

    fn tops(rows: &[&[f64]], gap_ms: f64) -> Vec<Vec<String>> {
        let at: Vec<f64> = (0..rows[0].len()).map(|n| n as f64).collect();
        let rows: Vec<_> = rows.iter().map(|row| (*row, gap_ms)).collect();
        let layers = stack(&at, &rows, 0..at.len());
        let text = |layer: &Layer| {
            let pairs = layer.bottom.iter().zip(&layer.top);
            pairs.map(|(b, t)| format!("{b}-{t}")).collect()
        };
        layers.iter().map(text).collect()
    }

    #[test]
    fn rows_stand_on_each_other() {
        for (rows, gap, expected) in [
            (
                &[&[1.0, 2.0] as &[f64], &[3.0, 4.0], &[0.5, 0.5]] as &[&[f64]],
                1.0,
                &["0-1 0-2", "1-4 2-6", "4-4.5 6-6.5"] as &[&str],
            ),
            // A row of its own pace goes on between its points, and a gap of it stays a gap.
            (
                &[&[2.0, N, 4.0, N, N], &[1.0; 5]],
                2.0,
                &["0-2 0-3 0-4 NaN-NaN NaN-NaN", "2-3 3-4 4-5 0-1 0-1"],
            ),
            // What is negative hangs below zero.
            (
                &[&[1.0, -1.0], &[-2.0, -2.0], &[3.0, 3.0]],
                1.0,
                &["0-1 0--1", "0--2 -1--3", "1-4 0-3"],
            ),
            (&[&[f64::INFINITY], &[1.0]], 1.0, &["0-inf", "0-1"]),
        ] {
            let got: Vec<_> = tops(rows, gap).iter().map(|row| row.join(" ")).collect();
            assert_eq!(got, expected, "{rows:?}");
        }
    }

    #[test]
    fn the_highest_bars_are_drawn() {
        assert_eq!(bars(&[1.0, 2.0, 3.0], 3), [0, 1, 2]);
        assert_eq!(bars(&[1.0, 9.0, 3.0, N, 5.0, 4.0, 2.0], 3), [1, 4, 5]);
        assert_eq!(bars(&[N, 9.0, N, 3.0], 3), [1, 3]);
        assert_eq!(bars(&[], 3), [0; 0]);
        assert_eq!(bars(&[1.0, 2.0], 0), [1]);
    }
}
