//! Time ranges in words and in addresses.

mod typed;

use wire::TimeRange;

use crate::format;
pub use typed::{read, read_time};

/// Ranges that are offered: what stands in the address, and what they are called.
pub const PRESETS: [(&str, &str); 9] = [
    ("5m", "Last 5 minutes"),
    ("15m", "Last 15 minutes"),
    ("1h", "Last hour"),
    ("3h", "Last 3 hours"),
    ("6h", "Last 6 hours"),
    ("12h", "Last 12 hours"),
    ("24h", "Last 24 hours"),
    ("2d", "Last 2 days"),
    ("7d", "Last 7 days"),
];

/// The latest time that is looked at: the end of the year 9999. The earliest is the beginning of 1970.
const LATEST_MS: i64 = 253_402_300_799_000;

/// The milliseconds of a unit's letter.
fn unit_ms(letter: &str) -> Option<i64> {
    Some(match letter {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    })
}

/// `90m`, `6h`, `2d` in milliseconds.
fn length(text: &str) -> Option<i64> {
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    let ms = number.parse::<i64>().ok()?.checked_mul(unit_ms(unit)?)?;
    (ms > 0).then_some(ms)
}

/// The shortest text that [`length`] reads as so many milliseconds.
fn length_text(ms: i64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)];
    for (letter, unit) in units {
        // A day is said as 24 hours.
        if ms % unit == 0 && ms > 0 && !(letter == "d" && ms == unit) {
            return format!("{}{letter}", ms / unit);
        }
    }
    format!("{}s", ms / 1000)
}

/// The range that the address `?range=6h`, `?range=yesterday` or `?from=…&to=…` (RFC 3339, or
/// milliseconds since 1970) names.
pub fn from_query(
    range: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
    now_ms: i64,
) -> Option<TimeRange> {
    if let (Some(from), Some(to)) = (from, to) {
        let at = |text: &str| text.parse().ok().or_else(|| format::parse_machine(text));
        let at = |text: &str| Some(at(text)?.clamp(0, LATEST_MS));
        return Some(TimeRange::Between(at(from)?, at(to)?));
    }
    read(range?, now_ms, 0).ok()
}

/// The range as the query of an address, without a question mark.
pub fn to_query(range: TimeRange) -> String {
    match range {
        TimeRange::Last(ms) => format!("range={}", length_text(ms)),
        TimeRange::Between(from_ms, to_ms) => {
            let (from, to) = (format::machine(from_ms), format::machine(to_ms));
            format!("from={from}&to={to}")
        }
    }
}

/// The range in words: `Last 6 hours`, `11-20 14:00 to 15:30`.
pub fn describe(range: TimeRange, shift: impl Fn(i64) -> i64) -> String {
    match range {
        TimeRange::Last(ms) => {
            let text = length_text(ms);
            let preset = PRESETS.iter().find(|(known, _)| *known == text);
            preset.map_or_else(
                || format!("Last {}", format::duration(ms)),
                |(_, words)| (*words).to_owned(),
            )
        }
        TimeRange::Between(from_ms, to_ms) => {
            let (from, to) = (shift(from_ms), shift(to_ms));
            let seconds = to_ms - from_ms < 600_000;
            let begin = format!("{} {}", format::date(from), format::clock(from, seconds));
            match from.div_euclid(86_400_000) == to.div_euclid(86_400_000) {
                true => format!("{begin} to {}", format::clock(to, seconds)),
                false => format!(
                    "{begin} to {} {}",
                    format::date(to),
                    format::clock(to, seconds)
                ),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (range, query) in [
            (TimeRange::Last(21_600_000), "range=6h"),
            (TimeRange::Last(86_400_000), "range=24h"),
            (TimeRange::Last(172_800_000), "range=2d"),
            (TimeRange::Last(90_000), "range=90s"),
            (
                TimeRange::Between(0, 1_795_233_906_000),
                "from=1970-01-01T00:00:00Z&to=2026-11-21T04:05:06Z",
            ),
        ] {
            assert_eq!(to_query(range), query);
            let value = |name: &str| {
                let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                pairs.into_iter().find(|(n, _)| *n == name).map(|(_, v)| v)
            };
            let read = from_query(value("range"), value("from"), value("to"), 0);
            assert_eq!(read, Some(range), "{query}");
        }
        assert_eq!(
            from_query(None, Some("5"), Some("7"), 0),
            Some(TimeRange::Between(5, 7))
        );
        let (least, most) = (i64::MIN.to_string(), i64::MAX.to_string());
        assert_eq!(
            from_query(None, Some(&least), Some(&most), 0),
            Some(TimeRange::Between(0, LATEST_MS))
        );
        for wrong in ["", "6", "6x", "0h", "99999999999999999999h"] {
            assert_eq!(from_query(Some(wrong), None, None, 0), None, "{wrong}");
        }
    }

    #[test]
    fn words() {
        for (range, expected) in [
            (TimeRange::Last(3_600_000), "Last hour"),
            (TimeRange::Last(5_400_000), "Last 1 h 30 min"),
            (
                TimeRange::Between(0, 5_400_000),
                "1970-01-01 00:00 to 01:30",
            ),
            (
                TimeRange::Between(0, 90_000_000),
                "1970-01-01 00:00 to 1970-01-02 01:00",
            ),
        ] {
            assert_eq!(describe(range, |at| at), expected);
        }
    }
}
