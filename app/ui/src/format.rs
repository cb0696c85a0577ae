//! Numbers with units and sensible precision, and times, the same on server and in the browser.

/// `0.4 ms`, `182 ms`, `1.24 s`, `2 min 5 s`.
pub fn seconds(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    match value {
        v if v < 0.01 => format!("{:.1} ms", v * 1000.0),
        v if v < 1.0 => format!("{:.0} ms", v * 1000.0),
        v if v < 60.0 => format!("{v:.2} s"),
        v => duration((v * 1000.0) as i64),
    }
}

/// A ratio of 0 to 1: `99.93 %`. What is not quite everything never reads `100 %`.
pub fn ratio(value: f64) -> String {
    let percent = value * 100.0;
    if percent >= 100.0 || percent <= 0.0 {
        return format!("{percent:.0} %");
    }
    let rounded = (percent * 100.0).floor() / 100.0;
    format!("{rounded:.2} %")
}

/// A percentage of 0 to 100: `38 %`.
pub fn percent(value: f64) -> String {
    format!("{value:.0} %")
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
fn civil(ms: i64) -> (i64, i64, i64, i64, i64, i64) {
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

/// `1 server`, `2 servers`.
pub fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(seconds(value), expected);
        }
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
        assert_eq!(machine(0), "1970-01-01T00:00:00Z");
        assert_eq!(clock(1_795_233_906_789, false), "04:05");
        assert_eq!(day(1_795_233_906_789), "11-21");
    }
}
