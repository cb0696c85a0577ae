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
