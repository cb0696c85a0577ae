//! Numbers in a form for people, to the digit as Prometheus writes them.
//!
//! `template/template.go` in <https://github.com/prometheus/prometheus>.

use super::print::number;

fn four(value: f64) -> String {
    number(value, 'g', Some(4))
}

/// A number with a prefix of the thousands: `12.35k`, `1.5m`.
pub fn metric(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return four(value);
    }
    if value.abs() >= 1.0 {
        let (value, prefix) = divided(
            value,
            1000.0,
            1000.0,
            &["k", "M", "G", "T", "P", "E", "Z", "Y"],
        );
        return four(value) + prefix;
    }
    small(value)
}

fn small(value: f64) -> String {
    let (mut value, mut prefix) = (value, "");
    for next in ["m", "u", "n", "p", "f", "a", "z", "y"] {
        if value.abs() >= 1.0 {
            break;
        }
        (value, prefix) = (value * 1000.0, next);
    }
    four(value) + prefix
}

fn divided(value: f64, from: f64, by: f64, prefixes: &[&'static str]) -> (f64, &'static str) {
    let (mut value, mut prefix) = (value, "");
    for next in prefixes {
        if value.abs() < from {
            break;
        }
        (value, prefix) = (value / by, next);
    }
    (value, prefix)
}

/// A number with a prefix of the powers of 1024.
pub fn binary(value: f64) -> String {
    if value.abs() <= 1.0 || !value.is_finite() {
        return four(value);
    }
    let prefixes = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
    let (value, prefix) = divided(value, 1024.0, 1024.0, &prefixes);
    four(value) + prefix
}

/// Seconds as days, hours, minutes and seconds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "as in Go, where it is cut as well"
)]
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return four(seconds);
    }
    if seconds == 0.0 {
        return four(seconds) + "s";
    }
    if seconds.abs() < 1.0 {
        return small(seconds) + "s";
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = seconds.abs() as i64;
    let (days, hours, minutes, rest) = (
        whole / 86_400,
        whole / 3600 % 24,
        whole / 60 % 60,
        whole % 60,
    );
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{sign}{}s", four(seconds.abs())),
        (0, 0, _) => format!("{sign}{minutes}m {rest}s"),
        (0, ..) => format!("{sign}{hours}h {minutes}m {rest}s"),
        _ => format!("{sign}{days}d {hours}h {minutes}m {rest}s"),
    }
}

/// A share of 1 as percents.
pub fn percentage(value: f64) -> String {
    four(value * 100.0) + "%"
}

#[cfg(test)]
mod tests {
    use super::*;

    type Form = fn(f64) -> String;

    #[test]
    fn as_prometheus_writes_them() {
        for (form, value, expected) in [
            (metric as Form, 0.0, "0"),
            (metric, 1_234_567.0, "1.235M"),
            (metric, -1000.0, "-1k"),
            (metric, 999.99, "1000"),
            (metric, 0.00123, "1.23m"),
            (metric, 1e-30, "1e-06y"),
            (metric, 1e30, "1e+06Y"),
            (metric, f64::NAN, "NaN"),
            (metric, f64::INFINITY, "+Inf"),
            (binary, 1.0, "1"),
            (binary, 0.5, "0.5"),
            (binary, 1024.0, "1ki"),
            (binary, 1_073_741_824.0, "1Gi"),
            (binary, 1023.0, "1023"),
            (duration, 0.0, "0s"),
            (duration, 0.5, "500ms"),
            (duration, 59.9, "59.9s"),
            (duration, 60.0, "1m 0s"),
            (duration, 3661.5, "1h 1m 1s"),
            (duration, -90_061.0, "-1d 1h 1m 1s"),
            (duration, 1e-9, "1ns"),
            (percentage, 0.123_456, "12.35%"),
            (percentage, 1.0, "100%"),
        ] {
            assert_eq!(form(value), expected, "{value}");
        }
    }
}
