//! What became slower, and since when.
//!
//! A series of times is cut in two where both parts are closest to their medians: the sum of the absolute distances is
//! least there (least absolute deviations). A single slow build moves no median, so it is no change.

/// Values that are needed before a change, and after it.
const BEFORE: usize = 3;
const AFTER: usize = 2;
/// What counts: so many times as long, and so much longer.
const RATIO: f64 = 1.25;
const SECONDS: f64 = 0.25;
/// The newest values that are looked at: the work grows with the square of them.
const MOST: usize = 60;

/// A change for the worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The place of the first value after it.
    pub since: usize,
    /// The median before.
    pub before: f64,
    /// The median since.
    pub after: f64,
}

/// The change for the worse in times, the oldest first, if there is one that counts.
#[must_use]
pub fn slower(seconds: &[f64]) -> Option<Change> {
    let skipped = seconds.len().saturating_sub(MOST);
    let seconds = &seconds[skipped..];
    let places = BEFORE..=seconds.len().checked_sub(AFTER)?;
    let change = |since: usize| {
        let (old, new) = seconds.split_at(since);
        let (before, after) = (median(old), median(new));
        let off =
            |part: &[f64], middle: f64| part.iter().map(|it| (it - middle).abs()).sum::<f64>();
        let change = Change {
            since: skipped + since,
            before,
            after,
        };
        (off(old, before) + off(new, after), change)
    };
    let (_, worst) = places.map(change).min_by(|a, b| a.0.total_cmp(&b.0))?;
    let counts = worst.after >= worst.before * RATIO && worst.after - worst.before >= SECONDS;
    counts.then_some(worst)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_found_where_it_is() {
        let found = |since, before, after| {
            Some(Change {
                since,
                before,
                after,
            })
        };
        for (seconds, expected) in [
            (&[][..], None),
            (&[1.0, 1.0, 9.0, 9.0], None),
            (&[1.0, 1.1, 0.9, 2.0, 2.1], found(3, 1.0, 2.05)),
            (&[1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 3.0], found(4, 1.0, 3.0)),
            // One slow build is none, nor what is slower by a hair, nor what is faster.
            (&[1.0, 1.0, 1.0, 9.0, 1.0, 1.0, 1.0], None),
            (&[1.0, 1.0, 1.0, 1.1, 1.1, 1.1], None),
            (&[0.01, 0.01, 0.01, 0.1, 0.1, 0.1], None),
            (&[3.0, 3.0, 3.0, 1.0, 1.0, 1.0], None),
        ] {
            assert_eq!(slower(seconds), expected, "{seconds:?}");
        }
        let long: Vec<f64> = (0..500)
            .map(|at| if at < 480 { 1.0 } else { 2.0 })
            .collect();
        assert_eq!(slower(&long), found(480, 1.0, 2.0));
    }
}
