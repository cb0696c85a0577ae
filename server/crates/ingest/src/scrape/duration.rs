//! Durations and sizes as Prometheus writes them.

use std::time::Duration;

/// Writes a duration as Prometheus does.
pub(super) fn written(duration: Duration) -> String {
    let mut ms = duration.as_millis();
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, factor, is_whole) in [
        ("y", 365 * 86_400_000, true),
        ("w", 7 * 86_400_000, true),
        ("d", 86_400_000, true),
        ("h", 3_600_000, false),
        ("m", 60_000, false),
        ("s", 1_000, false),
        ("ms", 1, false),
    ] {
        if ms < factor || (is_whole && !ms.is_multiple_of(factor)) {
            continue;
        }
        text.push_str(&format!("{}{unit}", ms / factor));
        ms %= factor;
    }
    text
}

/// Reads a size such as `10MB` (of 1024, as in Prometheus), or `0`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no size; write for instance 512KB or 10MB");
    let digits = text.find(|c: char| !c.is_ascii_digit());
    let digits = digits.unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let shift = match &text[digits..] {
        "" if number == 0 => 0,
        "B" => 0,
        "KB" | "KiB" => 10,
        "MB" | "MiB" => 20,
        "GB" | "GiB" => 30,
        "TB" | "TiB" => 40,
        _ => return Err(wrong()),
    };
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes() {
        for text in ["0s", "1m30s", "5ms", "25h", "1d", "2w", "1h1ms"] {
            assert_eq!(written(model::parse_duration(text).unwrap()), text);
        }
        for (text, bytes) in [
            ("0", Some(0)),
            ("10MB", Some(10 << 20)),
            ("3B", Some(3)),
            ("3", None),
            ("MB", None),
            ("99999999TB", None),
        ] {
            assert_eq!(size(text).ok(), bytes, "{text}");
        }
    }
}
