//! Numbers as expositions write them: those of Go's `strconv.ParseFloat` without `p`, `P` and `_`.

/// A value.
pub(super) fn float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    // Most values are short integers.
    if bytes.len() <= 15 && bytes.iter().all(u8::is_ascii_digit) && !bytes.is_empty() {
        let digits = bytes.iter();
        let whole = digits.fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        #[expect(clippy::cast_precision_loss, reason = "fifteen digits fit")]
        return Some(whole as f64);
    }
    let value: f64 = text.parse().ok()?;
    let first = bytes.first()?;
    // Go knows no signed NaN, and refuses what is too large.
    match value.is_finite() {
        true => Some(value),
        false if value.is_nan() => first.eq_ignore_ascii_case(&b'n').then_some(f64::NAN),
        false => bytes
            .iter()
            .any(|it| it.eq_ignore_ascii_case(&b'i'))
            .then_some(value),
    }
}

/// Milliseconds, as the text format writes times.
pub(super) fn milliseconds(text: &str) -> Option<i64> {
    let is_plain = text.bytes().all(|it| it.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

/// Seconds, as OpenMetrics writes times, in milliseconds.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let seconds = float(text)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "beyond its range it stays at the end"
    )]
    seconds.is_finite().then_some((seconds * 1000.0) as i64)
}

/// A number as OpenMetrics writes it in the labels `le` and `quantile`: `1.0`, `0.25`, `1e+06`. It is that of Go's
/// `strconv.FormatFloat(number, 'g', -1, 64)` with `.0` behind whole numbers, as Prometheus stores bounds since 3.0,
/// whichever way they came.
pub(super) fn bound(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        let text = if number > 0.0 { "+Inf" } else { "-Inf" };
        return text.to_owned();
    }
    // Without the sign of a negative zero.
    let number = number + 0.0;
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse().unwrap_or(0) {
        exponent @ (..-4 | 6..) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", i32::abs(exponent))
        }
        _ if number.fract() == 0.0 => format!("{number:.1}"),
        _ => number.to_string(),
    }
}

/// A bound that stands in a text, as [`bound`] writes it; nothing where it is no number.
pub(super) fn normal(text: &str) -> Option<String> {
    float(text).map(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Prometheus makes of them.
    #[test]
    fn bounds() {
        for (number, expected) in [
            (0.0, "0.0"),
            (-0.0, "0.0"),
            (1.0, "1.0"),
            (-1.0, "-1.0"),
            (0.5, "0.5"),
            (100_000.0, "100000.0"),
            (1_000_000.0, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (123_456.5, "123456.5"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (0.000_012_5, "1.25e-05"),
            (1e100, "1e+100"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(bound(number), expected);
        }
        assert_eq!(normal("1"), Some("1.0".to_owned()));
        assert_eq!(normal("1.000"), Some("1.0".to_owned()));
        assert_eq!(normal("+inf"), Some("+Inf".to_owned()));
        assert_eq!(normal("x"), None);
    }
}
