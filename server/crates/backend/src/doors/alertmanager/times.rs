//! Times as the API writes and reads them (`strfmt.DateTime` of `github.com/go-openapi/strfmt`).

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use model::TimestampMs;

/// What programs written in Go send for no time: the beginning of year 1.
const NEVER_MS: TimestampMs = -62_135_596_800_000;

/// A time, in UTC, with milliseconds.
pub(super) fn written(at_ms: TimestampMs) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    let ms = at_ms.rem_euclid(1000);
    format!("{}.{ms:03}Z", at.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// Reads a time; `Some(None)` is none. An empty text is the beginning of 1970, as there.
pub(super) fn read(text: &str) -> Option<Option<TimestampMs>> {
    if text.is_empty() {
        return Some(Some(0));
    }
    let (date, rest) = text.split_at_checked(10)?;
    let date: Date = date.parse().ok()?;
    let (zoned, rest) = match rest.as_bytes().first()? {
        b'T' => (true, &rest[1..]),
        b' ' => (false, &rest[1..]),
        _ => return None,
    };
    let (time, offset_minutes) = match zoned {
        true => zone(rest)?,
        false => (rest, None),
    };
    let has_seconds = time.len() > 5;
    // Only what is in the zone of nobody, or in UTC, may do without seconds.
    if !has_seconds && (!zoned || offset_minutes.is_some_and(|minutes| minutes != 0)) {
        return None;
    }
    let is_time = time.len() >= 5
        && time
            .as_bytes()
            .iter()
            .all(|byte| b"0123456789:.".contains(byte));
    let time: Time = time.parse().ok().filter(|_| is_time)?;
    let at = date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?;
    let at_ms = at.timestamp().as_millisecond() - offset_minutes.unwrap_or(0) * 60_000;
    Some((at_ms != NEVER_MS).then_some(at_ms))
}

/// Cuts the zone off: its distance from UTC in minutes, where there is one.
fn zone(text: &str) -> Option<(&str, Option<i64>)> {
    if let Some(time) = text.strip_suffix('Z') {
        return Some((time, Some(0)));
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return Some((text, None));
    };
    let (time, zone) = text.split_at(at);
    let (hours, minutes) = zone[1..].split_once(':')?;
    if (hours.len(), minutes.len()) != (2, 2) || time.len() <= 5 {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let size = hours * 60 + minutes;
    Some((time, Some(if zone.starts_with('-') { -size } else { size })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_time() {
        // Tried with Alertmanager.
        for (text, expected) in [
            ("2026-11-29T14:00:00Z", "2026-11-29T14:00:00.000Z"),
            ("2026-11-29T14:00:00.5Z", "2026-11-29T14:00:00.500Z"),
            ("2026-11-29T14:00Z", "2026-11-29T14:00:00.000Z"),
            ("2026-11-29T14:00", "2026-11-29T14:00:00.000Z"),
            ("2026-11-29T14:00:00", "2026-11-29T14:00:00.000Z"),
            ("2026-11-29 14:00:00", "2026-11-29T14:00:00.000Z"),
            (
                "2026-11-29T14:00:00.123456789+01:00",
                "2026-11-29T13:00:00.123Z",
            ),
            ("2026-11-29T14:00:00-01:30", "2026-11-29T15:30:00.000Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("", "1970-01-01T00:00:00.000Z"),
        ] {
            let at_ms = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(written(at_ms.unwrap()), expected, "{text}");
        }
        for text in [
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00.000Z",
            "0001-01-01T01:00:00+01:00",
        ] {
            assert_eq!(read(text), Some(None), "{text}");
        }
        for text in [
            "nonsense",
            "2026-11-29",
            "2026-11-29T",
            "1764424800",
            "2026-11-29t14:00:00z",
            "2026-11-29T14:00:00+0100",
            "2026-11-29T14:00+01:00",
            "2026-11-29 14:00:00Z",
            "2026-11-29 14:00",
            "2026-13-29T14:00:00Z",
            "2026-11-29T25:00:00Z",
            "2026-11-29T14:00:00[UTC]",
            "é026-11-29T14:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
