//! Classic histograms: cumulative counts by their upper bounds (`le`), as counts of their own.

use wire::Unit;

use crate::format;

/// A bucket of a histogram.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bucket {
    /// Its upper bound.
    pub(crate) le: f64,
    /// The rows that count it.
    pub(crate) rows: Vec<usize>,
}

/// The buckets that rows count, the smallest first; rows without a bound are none.
pub(crate) fn buckets<'a>(le: impl Iterator<Item = &'a str>) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    for (row, text) in le.enumerate() {
        let Some(le) = bound(text) else { continue };
        match buckets.iter_mut().find(|bucket| bucket.le == le) {
            Some(bucket) => bucket.rows.push(row),
            None => buckets.push(Bucket {
                le,
                rows: vec![row],
            }),
        }
    }
    buckets.sort_by(|a, b| a.le.total_cmp(&b.le));
    buckets
}

fn bound(text: &str) -> Option<f64> {
    let le = match text {
        "+Inf" | "Inf" | "inf" => f64::INFINITY,
        text => number(text),
    };
    (!le.is_nan()).then_some(le)
}

/// What a text says as a number. The browser has a reader of its own; ours would be loaded besides.
#[cfg(feature = "hydrate")]
fn number(text: &str) -> f64 {
    wasm_bindgen::JsValue::from_str(text).unchecked_into_f64()
}

#[cfg(not(feature = "hydrate"))]
fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// How many are in each bucket alone, of cumulative counts: NaN where nothing is known.
pub(crate) fn own(cumulative: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut below = 0.0;
    let own = |count: f64| {
        if count.is_nan() {
            return count;
        }
        // Buckets are read one after the other: a later one can lag behind.
        let own = (count - below).max(0.0);
        below = count.max(below);
        own
    };
    cumulative.map(own).collect()
}

/// Sums that pass over what is missing.
pub(crate) fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let known = values.filter(|value| !value.is_nan());
    known.fold(f64::NAN, |sum, value| match sum.is_nan() {
        true => value,
        false => sum + value,
    })
}

/// What is in a bucket, in words: `≤ 5 ms`, `5 ms to 10 ms`, `> 10 s`.
pub(crate) fn words(buckets: &[Bucket], place: usize, unit: Unit) -> String {
    let said = |value: f64| edge(value, unit);
    let le = buckets[place].le;
    match place.checked_sub(1).map(|below| buckets[below].le) {
        None => format!("≤ {}", said(le)),
        Some(below) if le == f64::INFINITY => format!("> {}", said(below)),
        Some(below) => format!("{} to {}", said(below), said(le)),
    }
}

/// A bound, as short as it can be said.
pub(crate) fn edge(le: f64, unit: Unit) -> String {
    let text = format::value(unit, le);
    // `1.00 s` says no more than `1 s`.
    match text.split_once(' ') {
        Some((number, word)) if number.contains('.') => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {word}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_in_order() {
        let le = ["+Inf", "0.1", "10", "2.5", "", "what", "0.1", "NaN", "1e-3"];
        let buckets = buckets(le.into_iter());
        let bounds: Vec<_> = buckets.iter().map(|bucket| bucket.le).collect();
        assert_eq!(bounds, [0.001, 0.1, 2.5, 10.0, f64::INFINITY]);
        assert_eq!(buckets[1].rows, [1, 6]);
        let all: Vec<_> = (0..5).map(|n| words(&buckets, n, Unit::Seconds)).collect();
        assert_eq!(
            all,
            [
                "≤ 1 ms",
                "1 ms to 100 ms",
                "100 ms to 2.5 s",
                "2.5 s to 10 s",
                "> 10 s"
            ]
        );
    }

    #[test]
    fn cumulative_counts() {
        let n = f64::NAN;
        for (counts, expected) in [
            (&[1.0, 4.0, 4.0, 10.0] as &[f64], "1 3 0 6"),
            (&[2.0, 1.0, 5.0], "2 0 3"),
            (&[1.0, n, 4.0], "1 NaN 3"),
            (&[], ""),
        ] {
            let own = own(counts.iter().copied());
            let text: Vec<_> = own.iter().map(f64::to_string).collect();
            assert_eq!(text.join(" "), expected);
        }
        assert_eq!(sum([1.0, n, 2.0].into_iter()), 3.0);
        assert!(sum([n].into_iter()).is_nan());
    }
}
