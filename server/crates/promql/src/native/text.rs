//! A histogram as a text, as `count_values` writes it into a label.

use std::fmt::Write as _;

use model::Histogram;

/// `{count:4, sum:5, (0.5,1]:1, (1,2]:3}`: count, sum, and buckets that are not empty.
pub(crate) fn histogram_text(histogram: &Histogram) -> String {
    let (count, sum) = (general(histogram.count), general(histogram.sum));
    let mut text = format!("{{count:{count}, sum:{sum}");
    for bucket in histogram.buckets() {
        let open = if bucket.has_lower { '[' } else { '(' };
        let close = if bucket.has_upper { ']' } else { ')' };
        let (lower, upper) = (general(bucket.lower), general(bucket.upper));
        // Writing into a string does not fail.
        let _ = write!(
            text,
            ", {open}{lower},{upper}{close}:{}",
            general(bucket.count)
        );
    }
    text.push('}');
    text
}

/// A number as Go's `%g` writes it.
fn general(value: f64) -> String {
    if !value.is_finite() {
        return crate::steps::number_text(value);
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use model::Buckets;

    use super::*;

    #[test]
    fn texts() {
        let histogram = Histogram {
            zero_threshold: 0.00001,
            zero_count: 1.0,
            count: 7.0,
            sum: -2.5,
            positive: Buckets::from_numbered([(0, 1.0), (1, 3.0), (2, 0.0)]),
            negative: Buckets::from_numbered([(0, 2.0)]),
            ..Histogram::default()
        };
        let expected = "{count:7, sum:-2.5, [-1,-0.5):2, [-1e-05,1e-05]:1, (0.5,1]:1, (1,2]:3}";
        assert_eq!(histogram_text(&histogram), expected);
        assert_eq!(histogram_text(&Histogram::default()), "{count:0, sum:0}");
    }
}
