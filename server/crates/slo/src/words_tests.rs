//! Numbers in sentences.

use super::numbers::percent_plain;
use super::*;

#[test]
fn parts_are_never_told_as_more_than_they_are() {
    for (part, expected) in [
        (1.0, "100 %"),
        (0.999_96, "99.996 %"),
        (0.999_999_9, "99.99999 %"),
        (0.999_999_99, "99.999999 %"),
        (0.999_5, "99.95 %"),
        (0.999, "99.9 %"),
        (0.998_999, "99.89 %"),
        (0.95, "95 %"),
        (0.5, "50 %"),
        (0.0, "0 %"),
        (43_192.0 / 43_200.0, "99.981 %"),
    ] {
        assert_eq!(percent(part), expected, "{part}");
        assert!(part == 1.0 || percent(part) != "100 %");
    }
    for (target, expected) in [
        (0.999, "99.9 %"),
        (0.9995, "99.95 %"),
        (0.58, "58 %"),
        (1.0 - 0.999, "0.1 %"),
    ] {
        assert_eq!(percent_of_target(target), expected);
    }
    for (part, expected) in [
        (0.37, "37 %"),
        (0.0213, "2.13 %"),
        (-0.5, "-50 %"),
        (7.3333, "733.3 %"),
        (-0.00001, "0 %"),
    ] {
        assert_eq!(percent_plain(part), expected);
    }
    for (part, expected) in [
        (0.004, "less than 1 %"),
        (0.63, "63 %"),
        (0.996, "99 %"),
        (1.0, "100 %"),
        (12.34, "1,234 %"),
    ] {
        assert_eq!(percent_loose(part), expected);
    }
}

#[test]
fn amounts_and_times() {
    for (number, expected) in [
        (0.0, "0"),
        (1.0, "1"),
        (21.6, "21.6"),
        (13.64, "13.6"),
        (1.234, "1.23"),
        (0.043_21, "0.0432"),
        (999.6, "1,000"),
        (1234.5, "1,234"),
        (1_234_567.0, "1,234,567"),
        (-1234.0, "-1,234"),
    ] {
        assert_eq!(amount(number), expected, "{number}");
    }
    assert_eq!(plural(1.0, "event", "events"), "1 event");
    assert_eq!(plural(0.0, "event", "events"), "0 events");
    for (seconds, expected) in [
        (0.0, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (820.0, "13 min 40 s"),
        (3600.0, "1 h"),
        (3661.0, "1 h 1 min"),
        (86_400.0, "1 day"),
        (2.0 * 86_400.0 + 3.0 * 3600.0 + 5.0, "2 days 3 h"),
        (-5.0, "0 s"),
    ] {
        assert_eq!(lasting(seconds), expected, "{seconds}");
    }
}
