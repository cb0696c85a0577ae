//! Numbers with units and sensible precision, and times, the same on server and in the browser.

use wire::Unit;

/// A number with so many digits after the point, at most nine. (What the standard library has for it
/// weighs 7 kB in every first load.)
pub fn fixed(value: f64, digits: usize) -> String {
    const SCALES: [u64; 10] = [
        1,
        10,
        100,
        1_000,
        10_000,
        100_000,
        1_000_000,
        10_000_000,
        100_000_000,
        1_000_000_000,
    ];
    let scale = SCALES[digits.min(9)];
    // What is larger than all whole numbers stays at the largest; nobody reads so many digits.
    let parts = (value.abs() * scale as f64 + 0.5) as u64;
    let sign = if value < 0.0 && parts > 0 { "-" } else { "" };
    let whole = parts / scale;
    match digits.min(9) {
        0 => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{:0digits$}", parts % scale),
    }
}

/// A value as its unit is written.
pub fn value(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Number => number(value),
        Unit::Percent => percent(value),
        Unit::Ratio => ratio(value),
        Unit::Seconds => seconds(value),
        Unit::Bytes => bytes(value),
        Unit::PerSecond => format!("{}/s", number(value)),
    }
}

/// A text as [`value`] gives it, the number apart from its unit.
pub fn apart(text: &str) -> (&str, &str) {
    let is_unit = |c: char| c == ' ' || c == '/';
    let (number, unit) = text.split_at(text.find(is_unit).unwrap_or(text.len()));
    (number, unit.trim_start())
}

/// A number in three digits with the letter of its size: `0.25`, `37`, `12.4 k`, `1.28 M`.
pub fn number(value: f64) -> String {
    scaled(value, &["", " k", " M", " G", " T", " P", " E"])
}

/// A size in powers of ten: `38.2 MB`.
pub fn bytes(value: f64) -> String {
    scaled(value, &[" B", " kB", " MB", " GB", " TB", " PB", " EB"])
}

fn scaled(value: f64, letters: &[&str]) -> String {
    if !value.is_finite() {
        return infinite(value).to_owned();
    }
    let size = value.abs();
    if size == 0.0 {
        return format!("0{}", letters[0]);
    }
    if size < 0.001 {
        return format!("{}{}", exponential(value, 1), letters[0]);
    }
    let (mut scaled, mut letter) = (value, 0);
    // What would round to four digits belongs to the next letter.
    while scaled.abs() >= 999.5 && letter + 1 < letters.len() {
        scaled /= 1000.0;
        letter += 1;
    }
    if scaled.abs() >= 999.5 {
        return format!("{}{}", exponential(value, 1), letters[0]);
    }
    let digits = match scaled.abs() {
        v if v < 0.0995 => 3,
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    let mut text = fixed(scaled, digits);
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    format!("{text}{}", letters[letter])
}

/// A number that is too large or too small for letters: `1.5e22`. (What the standard library has for
/// it is 5 kB in every first load.)
pub(crate) fn exponential(value: f64, digits: usize) -> String {
    let (mut scaled, mut exponent) = (value, 0);
    if value == 0.0 || !value.is_finite() {
        return infinite(value).to_owned();
    }
    // What would round to ten belongs to the next power.
    let ten = if digits > 1 { 9.995 } else { 9.95 };
    while scaled.abs() >= ten {
        scaled /= 10.0;
        exponent += 1;
    }
    while scaled.abs() < ten / 10.0 {
        scaled *= 10.0;
        exponent -= 1;
    }
    format!("{}e{exponent}", fixed(scaled, digits))
}

/// What stands for a number that is none.
fn infinite(value: f64) -> &'static str {
    match value {
        f64::INFINITY => "∞",
        f64::NEG_INFINITY => "−∞",
        _ => "–",
    }
}

/// `0.4 ms`, `182 ms`, `1.24 s`, `2 min 5 s`.
pub fn seconds(value: f64) -> String {
    if !value.is_finite() {
        return infinite(value).to_owned();
    }
    match value {
        v if v < 0.0 => format!("−{}", seconds(-v)),
        v if v > 1e15 => format!("{} s", exponential(v, 1)),
        v if v == 0.0 || (0.00005..0.01).contains(&v) => format!("{} ms", fixed(v * 1000.0, 1)),
        v if v < 0.000_000_05 => format!("{} s", exponential(v, 1)),
        v if v < 0.00005 => format!("{} µs", fixed(v * 1e6, 1)),
        v if v < 1.0 => format!("{} ms", fixed(v * 1000.0, 0)),
        v if v < 60.0 => format!("{} s", fixed(v, 2)),
        v => duration((v * 1000.0) as i64),
    }
}

/// A ratio of 0 to 1: `99.93 %`. What is not quite everything never reads `100 %`.
pub fn ratio(value: f64) -> String {
    let percent = value * 100.0;
    if !percent.is_finite() {
        return infinite(value).to_owned();
    }
    if percent >= 100.0 || percent <= 0.0 {
        return format!("{} %", fixed(percent, 0));
    }
    let rounded = (percent * 100.0).floor() / 100.0;
    format!("{} %", fixed(rounded, 2))
}

/// A percentage of 0 to 100: `38 %`, `4.8 %`.
pub fn percent(value: f64) -> String {
    match value.abs() {
        v if !v.is_finite() => infinite(value).to_owned(),
        v if v > 1e6 => format!("{} %", exponential(value, 1)),
        v if v > 0.0 && v < 9.95 => format!("{} %", fixed(value, 1)),
        _ => format!("{} %", fixed(value, 0)),
    }
}

/// A length of time in its two largest units: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`.
pub fn duration(ms: i64) -> String {
    let s = ms.max(0) / 1000;
    let two = |a: i64, unit: &str, b: i64, smaller: &str| match b {
        0 => format!("{a} {unit}"),
        b => format!("{a} {unit} {b} {smaller}"),
    };
    match s {
        0..60 => format!("{s} s"),
        60..600 => two(s / 60, "min", s % 60, "s"),
        600..3600 => format!("{} min", s / 60),
        3600..86_400 => two(s / 3600, "h", s % 3600 / 60, "min"),
        _ => two(s / 86_400, "d", s % 86_400 / 3600, "h"),
    }
}

/// How long ago: `now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`.
pub fn ago(at_ms: i64, now_ms: i64) -> String {
    let s = (now_ms - at_ms).max(0) / 1000;
    match s {
        0..2 => "now".to_owned(),
        2..60 => format!("{s} s ago"),
        60..3600 => format!("{} min ago", s / 60),
        3600..172_800 => format!("{} h ago", s / 3600),
        _ => format!("{} d ago", s / 86_400),
    }
}

/// Year, month, day, hour, minute, second of a time in UTC.
///
/// Howard Hinnant's `civil_from_days`: <https://howardhinnant.github.io/date_algorithms.html>.
pub(crate) fn civil(ms: i64) -> (i64, i64, i64, i64, i64, i64) {
    let s = ms.div_euclid(1000);
    let (days, second) = (s.div_euclid(86_400), s.rem_euclid(86_400));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (
        year,
        month,
        day,
        second / 3600,
        second % 3600 / 60,
        second % 60,
    )
}

/// `2026-11-21 04:05:06 UTC`.
pub fn exact(ms: i64) -> String {
    let (year, month, day, hour, minute, second) = civil(ms);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// RFC 3339, for `<time datetime>`.
pub fn machine(ms: i64) -> String {
    let (year, month, day, hour, minute, second) = civil(ms);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The time that RFC 3339 names, with `Z` or an offset and with or without seconds.
pub fn parse_machine(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let at = time.find(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at(at);
    let number = |text: &str, below: i64| -> Option<i64> {
        let is_number = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        let number: i64 = is_number.then(|| text.parse().ok()).flatten()?;
        (number < below).then_some(number)
    };
    // Fractions of a second are not looked at.
    let clock = clock.split('.').next()?;
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 24)?, number(parts.next()?, 60)?);
    let second = parts.next().map_or(Some(0), |text| number(text, 60))?;
    let ahead_s = match zone {
        "Z" => 0,
        zone => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let ahead = number(hours, 24)? * 3600 + number(minutes, 60)? * 60;
            if zone.starts_with('-') { -ahead } else { ahead }
        }
    };
    let of_day = (hour * 60 + minute) * 60 + second - ahead_s;
    Some(parse_date(date)? + of_day * 1000)
}

/// The beginning of a day written `2026-11-21`, in UTC.
pub fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let mut next = |length: usize| -> Option<i64> {
        let part = parts.next()?;
        let is_number = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    let ms = begin_of_day(year, month, day);
    // A day that the month does not have would have become another.
    let (got_year, got_month, got_day, ..) = civil(ms);
    (parts.next().is_none() && (got_year, got_month, got_day) == (year, month, day)).then_some(ms)
}

/// The beginning of a day in UTC: Howard Hinnant's `days_from_civil`.
pub(crate) fn begin_of_day(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    (era * 146_097 + doe - 719_468) * 86_400_000
}

/// `2026-11-21`.
pub fn date(ms: i64) -> String {
    let (year, month, day, ..) = civil(ms);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `04:05`, and `04:05:06` with seconds.
pub fn clock(ms: i64, with_seconds: bool) -> String {
    let (_, _, _, hour, minute, second) = civil(ms);
    if with_seconds {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{hour:02}:{minute:02}")
    }
}

/// `11-21`.
pub fn day(ms: i64) -> String {
    let (_, month, day, ..) = civil(ms);
    format!("{month:02}-{day:02}")
}

/// `1 server`, `2 servers`, `10,000 servers`.
pub fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{} {what}s", grouped(n))
    }
}

/// A whole number with its thousands apart: `10,000`.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits() {
        for (value, digits, expected) in [
            (0.0, 0, "0"),
            (-0.0, 1, "0.0"),
            (-0.04, 1, "0.0"),
            (-0.06, 1, "-0.1"),
            (1.005, 1, "1.0"),
            (99.99, 1, "100.0"),
            (12.0345, 3, "12.035"),
            (7.0, 4, "7.0000"),
            (1e300, 0, "18446744073709551615"),
        ] {
            assert_eq!(fixed(value, digits), expected, "{value}");
        }
    }

    #[test]
    fn numbers() {
        for (value, expected) in [
            (0.0004, "0.4 ms"),
            (0.0099, "9.9 ms"),
            (0.182, "182 ms"),
            (1.239, "1.24 s"),
            (59.0, "59.00 s"),
            (125.0, "2 min 5 s"),
            (f64::NAN, "–"),
            (f64::INFINITY, "∞"),
            (0.0, "0.0 ms"),
            (0.000_004, "4.0 µs"),
            (1e-12, "1.0e-12 s"),
            (1e18, "1.0e18 s"),
            (-0.182, "−182 ms"),
        ] {
            assert_eq!(seconds(value), expected);
        }
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.25, "0.25"),
            (37.0, "37"),
            (999.4, "999"),
            (999.6, "1 k"),
            (12_400.0, "12.4 k"),
            (1_284_000.0, "1.28 M"),
            (-1500.0, "-1.5 k"),
            (1e18, "1 E"),
            (1e22, "1.0e22"),
            (1e-12, "1.0e-12"),
            (f64::NEG_INFINITY, "−∞"),
        ] {
            assert_eq!(number(value), expected, "{value}");
        }
        assert_eq!(bytes(38_200_000.0), "38.2 MB");
        for (n, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(grouped(n), expected);
        }
        assert_eq!(super::value(Unit::PerSecond, 12_400.0), "12.4 k/s");
        assert_eq!(percent(4.84), "4.8 %");
        for (value, expected) in [
            (1.0, "100 %"),
            (0.99999, "99.99 %"),
            (0.9993, "99.93 %"),
            (0.0, "0 %"),
            (0.5, "50.00 %"),
        ] {
            assert_eq!(ratio(value), expected);
        }
    }

    #[test]
    fn lengths_of_time() {
        for (s, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min 1 s"),
            (120, "2 min"),
            (725, "12 min"),
            (11_100, "3 h 5 min"),
            (187_200, "2 d 4 h"),
        ] {
            assert_eq!(duration(s * 1000), expected);
        }
        for (s, expected) in [
            (-5, "now"),
            (1, "now"),
            (12, "12 s ago"),
            (300, "5 min ago"),
            (7200, "2 h ago"),
            (200_000, "2 d ago"),
        ] {
            assert_eq!(ago(0, s * 1000), expected);
        }
    }

    #[test]
    fn times() {
        for (ms, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_827_696_000, "2000-02-29 12:34:56 UTC"),
            (1_795_233_906_789, "2026-11-21 04:05:06 UTC"),
            (-1000, "1969-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(exact(ms), expected);
        }
        for text in ["2026-11-21T04:05:06Z", "2026-11-21T05:05:06.789+01:00"] {
            assert_eq!(parse_machine(text), Some(1_795_233_906_000), "{text}");
        }
        assert_eq!(parse_date("2000-02-29"), Some(951_782_400_000));
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-1", "26-11-21", "x"] {
            assert_eq!(parse_date(wrong), None, "{wrong}");
        }
        assert_eq!(date(1_795_233_906_789), "2026-11-21");
        assert_eq!(machine(0), "1970-01-01T00:00:00Z");
        assert_eq!(clock(1_795_233_906_789, false), "04:05");
        assert_eq!(day(1_795_233_906_789), "11-21");
    }
}
