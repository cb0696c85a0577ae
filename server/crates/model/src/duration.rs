//! Durations as Prometheus writes them: `90s`, `2m`, `1h30m`.

use std::time::Duration;

/// Reads a duration: whole numbers with the units `ms s m h d w y`, largest first, each at most once; or `0`.
///
/// # Errors
/// A sentence that names the input.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, u64); 7] = [
        ("y", 365 * 86_400_000),
        ("w", 7 * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    let wrong = || format!("{text:?} is no duration; write for instance 30s, 2m or 1h30m");
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total_ms = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        // The iterator goes on where the last unit was found: that enforces order and uniqueness.
        let (_, factor) = units
            .find(|(unit, _)| *unit == &rest[..letters])
            .ok_or_else(wrong)?;
        rest = &rest[letters..];
        total_ms = number
            .checked_mul(*factor)
            .and_then(|ms| total_ms.checked_add(ms))
            .ok_or_else(wrong)?;
    }
    if text.is_empty() {
        return Err(wrong());
    }
    Ok(Duration::from_millis(total_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_prometheus_reads() {
        for (text, ms) in [
            ("0", Some(0)),
            ("0s", Some(0)),
            ("5ms", Some(5)),
            ("90s", Some(90_000)),
            ("2m", Some(120_000)),
            ("1h30m", Some(5_400_000)),
            ("1d", Some(86_400_000)),
            ("1w2d", Some(9 * 86_400_000)),
            ("1m5ms", Some(60_005)),
            ("", None),
            ("5", None),
            ("m", None),
            ("30m1h", None),
            ("1m1m", None),
            ("1.5h", None),
            ("-1s", None),
            ("99999999999999999999s", None),
            ("9999999999999999999y", None),
        ] {
            let got = parse_duration(text).ok().map(|d| d.as_millis());
            assert_eq!(got, ms.map(|ms: u64| u128::from(ms)), "{text:?}");
        }
    }
}
