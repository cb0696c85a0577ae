//! Time ranges as people type them: `last 6h`, `2026-11-20 to now`, `yesterday`, `14:00 to 15:30`.

use wire::TimeRange;

use super::length;
use crate::format;

const DAY_MS: i64 = 86_400_000;

/// The range that a text means. `now_ms` is now, `shift_ms` how far the zone of the text is ahead of
/// UTC.
///
/// # Errors
/// A sentence that says what was not understood and what can be written.
pub fn read(text: &str, now_ms: i64, shift_ms: i64) -> Result<TimeRange, String> {
    let words = text.trim().to_ascii_lowercase();
    if words.is_empty() {
        return Err("write a range, such as \"last 6h\" or \"2026-11-20 to now\"".to_owned());
    }
    let today = (now_ms + shift_ms).div_euclid(DAY_MS) * DAY_MS - shift_ms;
    match words.as_str() {
        "today" => return Ok(TimeRange::Between(today, now_ms)),
        "yesterday" => return Ok(TimeRange::Between(today - DAY_MS, today)),
        _ => {}
    }
    if let Some(ms) = last(&words) {
        return Ok(TimeRange::Last(ms));
    }
    let (from, to) = ends(&words).ok_or_else(|| {
        format!(
            "{text:?} is no range: write \"last 6h\", \"yesterday\", \"2026-11-20 to now\" or \"2026-11-20 14:00 to 15:30\""
        )
    })?;
    let from_ms = read_time(from, now_ms, shift_ms)?;
    // `14:00 to 15:30` of a day that was named means the same day.
    let to_ms = match day_and_clock(from) {
        Some((day, _)) if is_clock(to) => read_time(&format!("{day} {to}"), now_ms, shift_ms)?,
        _ => read_time(to, now_ms, shift_ms)?,
    };
    if from_ms >= to_ms {
        return Err(format!(
            "{text:?} ends before it begins: exchange the two times"
        ));
    }
    if to == "now" && from.starts_with("now-") {
        return Ok(TimeRange::Last(to_ms - from_ms));
    }
    Ok(TimeRange::Between(from_ms, to_ms))
}

/// `last 6h`, `6 hours`, `past 2 days`, `now-6h`: so many milliseconds until now.
fn last(words: &str) -> Option<i64> {
    let words = words
        .strip_prefix("last ")
        .or_else(|| words.strip_prefix("past "))
        .or_else(|| words.strip_prefix("now-"))
        .or_else(|| words.strip_prefix('-'))
        .unwrap_or(words)
        .trim();
    // `last hour` is one of them.
    let words = match words.starts_with(|c: char| c.is_ascii_digit()) {
        true => words.to_owned(),
        false => format!("1{words}"),
    };
    let at = words.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = words.split_at(at);
    let letter = match unit.trim() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "week" | "weeks" => "w",
        _ => return None,
    };
    length(&format!("{number}{letter}"))
}

/// The two ends of `… to …`, `… until …`, `… – …`.
fn ends(words: &str) -> Option<(&str, &str)> {
    for between in [" to ", " until ", " - ", " – ", " .. ", ".."] {
        if let Some((from, to)) = words.split_once(between) {
            return Some((from.trim(), to.trim()));
        }
    }
    None
}

/// `2026-11-20 14:00` or `2026-11-20t14:00` in its two parts.
fn day_and_clock(text: &str) -> Option<(&str, &str)> {
    let at = text
        .find(' ')
        .or_else(|| text.get(10..)?.starts_with('t').then_some(10))?;
    Some((&text[..at], text[at + 1..].trim()))
}

fn is_clock(text: &str) -> bool {
    clock(text).is_some()
}

/// `14:00` and `14:00:30` in milliseconds of a day.
fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let mut next = |below: i64| -> Option<i64> {
        let part = parts.next()?;
        let is_number = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        let value = is_number.then(|| part.parse::<i64>().ok()).flatten()?;
        (value < below).then_some(value)
    };
    let (hour, minute) = (next(24)?, next(60)?);
    let second = if text.matches(':').count() == 2 {
        next(60)?
    } else {
        0
    };
    parts.next().is_none().then_some(())?;
    Some(((hour * 60 + minute) * 60 + second) * 1000)
}

/// A single time: `now`, `now-2h`, `2026-11-20`, `2026-11-20 14:00`, `14:00`, `yesterday`, RFC 3339.
///
/// # Errors
/// A sentence that says what was not understood and what can be written.
pub fn read_time(text: &str, now_ms: i64, shift_ms: i64) -> Result<i64, String> {
    let words = text.trim().to_ascii_lowercase();
    let today = (now_ms + shift_ms).div_euclid(DAY_MS) * DAY_MS;
    let local = |at: i64| at - shift_ms;
    let found = match words.as_str() {
        "now" => Some(now_ms),
        "today" => Some(local(today)),
        "yesterday" => Some(local(today - DAY_MS)),
        _ => None,
    };
    let ago = || words.strip_prefix("now-").and_then(length);
    let dated = || {
        let (day, rest) = day_and_clock(&words).unwrap_or((&words, ""));
        let day = match day {
            "today" => today,
            "yesterday" => today - DAY_MS,
            day => format::parse_date(day)?,
        };
        match rest {
            "" => Some(local(day)),
            rest => Some(local(day + clock(rest)?)),
        }
    };
    found
        .or_else(|| Some(now_ms - ago()?))
        .or_else(|| clock(&words).map(|at| local(today + at)))
        .or_else(|| format::parse_machine(&words.to_ascii_uppercase()))
        .or_else(dated)
        .ok_or_else(|| {
            format!("{text:?} is no time: write \"now\", \"14:00\", \"2026-11-20\" or \"2026-11-20 14:00\"")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 04:05:06 UTC.
    const NOW: i64 = 1_795_233_906_000;
    const HOUR: i64 = 3_600_000;
    const TODAY: i64 = NOW - 4 * HOUR - 5 * 60_000 - 6_000;

    #[test]
    fn ranges() {
        for (text, expected) in [
            ("last 6h", TimeRange::Last(6 * HOUR)),
            ("6h", TimeRange::Last(6 * HOUR)),
            ("Last 90 minutes", TimeRange::Last(90 * 60_000)),
            ("past 2 days", TimeRange::Last(48 * HOUR)),
            ("last hour", TimeRange::Last(HOUR)),
            ("now-15m to now", TimeRange::Last(15 * 60_000)),
            ("today", TimeRange::Between(TODAY, NOW)),
            ("yesterday", TimeRange::Between(TODAY - DAY_MS, TODAY)),
            ("2026-11-20 to now", TimeRange::Between(TODAY - DAY_MS, NOW)),
            (
                "2026-11-20 14:00 to 15:30",
                TimeRange::Between(TODAY - 10 * HOUR, TODAY - 10 * HOUR + 5_400_000),
            ),
            (
                "01:00 to 02:30",
                TimeRange::Between(TODAY + HOUR, TODAY + HOUR + 5_400_000),
            ),
            (
                "yesterday 23:00 to today",
                TimeRange::Between(TODAY - HOUR, TODAY),
            ),
            (
                "2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z",
                TimeRange::Between(TODAY - DAY_MS, TODAY),
            ),
        ] {
            assert_eq!(read(text, NOW, 0), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_zone_ahead_of_utc() {
        let ahead = 2 * HOUR;
        let expected = TimeRange::Between(TODAY - 2 * HOUR, TODAY - HOUR);
        assert_eq!(read("00:00 to 01:00", NOW, ahead), Ok(expected));
        assert_eq!(
            read("2026-11-21 to 2026-11-22", NOW, ahead),
            Ok(TimeRange::Between(TODAY - ahead, TODAY - ahead + DAY_MS))
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, words) in [
            ("", "write a range"),
            ("soon", "\"soon\" is no range"),
            ("last 6 parsecs", "is no range"),
            ("2026-13-40 to now", "\"2026-13-40\" is no time"),
            ("now to 2026-11-20", "ends before it begins"),
            ("25:00 to 26:00", "\"25:00\" is no time"),
            ("last 0h", "is no range"),
        ] {
            let message = read(text, NOW, 0).unwrap_err();
            assert!(message.contains(words), "{text}: {message}");
        }
    }
}
