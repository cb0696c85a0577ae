//! Months and quarters over changes of clocks, leap days and years.

use super::*;

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

/// Hand-computed: the zone, a time in the window, its begin and its end in UTC.
const MONTHS: &[(&str, &str, &str, &str)] = &[
    (
        "UTC",
        "2024-02-29T23:59:59Z",
        "2024-02-01T00:00:00Z",
        "2024-03-01T00:00:00Z",
    ),
    (
        "UTC",
        "2026-02-10T00:00:00Z",
        "2026-02-01T00:00:00Z",
        "2026-03-01T00:00:00Z",
    ),
    (
        "UTC",
        "2026-12-31T23:59:59Z",
        "2026-12-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    ),
    // Clocks go on at the end of March: the month ends an hour earlier for who counts in UTC.
    (
        "Europe/Berlin",
        "2026-03-15T12:00:00Z",
        "2026-02-28T23:00:00Z",
        "2026-03-31T22:00:00Z",
    ),
    (
        "Europe/Berlin",
        "2026-10-15T12:00:00Z",
        "2026-09-30T22:00:00Z",
        "2026-10-31T23:00:00Z",
    ),
    // It is March already where clocks are ahead.
    (
        "Europe/Berlin",
        "2026-02-28T23:30:00Z",
        "2026-02-28T23:00:00Z",
        "2026-03-31T22:00:00Z",
    ),
    (
        "America/New_York",
        "2026-03-01T04:59:00Z",
        "2026-02-01T05:00:00Z",
        "2026-03-01T05:00:00Z",
    ),
    (
        "America/New_York",
        "2026-03-20T00:00:00Z",
        "2026-03-01T05:00:00Z",
        "2026-04-01T04:00:00Z",
    ),
    (
        "America/New_York",
        "2026-11-20T00:00:00Z",
        "2026-11-01T04:00:00Z",
        "2026-12-01T05:00:00Z",
    ),
    // Half an hour, in the southern summer.
    (
        "Australia/Lord_Howe",
        "2026-04-10T00:00:00Z",
        "2026-03-31T13:00:00Z",
        "2026-04-30T13:30:00Z",
    ),
    (
        "",
        "2026-05-10T00:00:00Z",
        "2026-05-01T00:00:00Z",
        "2026-06-01T00:00:00Z",
    ),
];

#[test]
fn months_begin_where_clocks_say_so() {
    for (zone, at, from, to) in MONTHS {
        let span = Window::Month.span(ms(at), zone);
        assert_eq!(span, (ms(from), ms(to)), "{zone} {at}");
        assert_eq!(Window::Month.span(ms(from), zone), span, "{zone} {at}");
        assert_eq!(Window::Month.span(ms(to) - 1, zone), span, "{zone} {at}");
    }
}

#[test]
fn quarters_are_three_months() {
    for (zone, at, from, to) in [
        (
            "UTC",
            "2026-11-29T00:00:00Z",
            "2026-10-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
        ),
        (
            "UTC",
            "2024-01-01T00:00:00Z",
            "2024-01-01T00:00:00Z",
            "2024-04-01T00:00:00Z",
        ),
        (
            "Europe/Berlin",
            "2026-06-30T21:59:00Z",
            "2026-03-31T22:00:00Z",
            "2026-06-30T22:00:00Z",
        ),
        (
            "Europe/Berlin",
            "2026-06-30T22:00:00Z",
            "2026-06-30T22:00:00Z",
            "2026-09-30T22:00:00Z",
        ),
        (
            "America/New_York",
            "2026-02-01T00:00:00Z",
            "2026-01-01T05:00:00Z",
            "2026-04-01T04:00:00Z",
        ),
    ] {
        assert_eq!(
            Window::Quarter.span(ms(at), zone),
            (ms(from), ms(to)),
            "{zone} {at}"
        );
    }
}

#[test]
fn windows_of_calendars_follow_each_other_for_years() {
    for zone in ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"] {
        for (window, a_year) in [(Window::Month, 12), (Window::Quarter, 4)] {
            let (mut at_ms, end_ms) = (ms("2011-01-15T12:00:00Z"), ms("2031-01-15T12:00:00Z"));
            let (mut count, mut last) = (0, None);
            while at_ms < end_ms {
                let (from_ms, to_ms) = window.span(at_ms, zone);
                assert!(from_ms <= at_ms && at_ms < to_ms, "{zone} {at_ms}");
                assert!(last.is_none_or(|last| last == from_ms), "{zone} {at_ms}");
                (last, at_ms, count) = (Some(to_ms), to_ms, count + 1);
            }
            assert_eq!(count, 20 * a_year + 1, "{zone}");
        }
    }
}

#[test]
fn a_rolling_window_ends_with_the_last_whole_minute() {
    let now = ms("2026-03-29T12:00:59.999Z");
    let (from, to) = Window::Rolling(30).span(now, "Europe/Berlin");
    assert_eq!(
        (from, to),
        (ms("2026-02-27T12:00:00Z"), ms("2026-03-29T12:00:00Z"))
    );
    assert_eq!((to - from) / MINUTE_MS, 43_200);
}

#[test]
fn periods_are_read_as_people_write_them() {
    for (text, zone, from, to) in [
        (
            "2026-10",
            "UTC",
            "2026-10-01T00:00:00Z",
            "2026-11-01T00:00:00Z",
        ),
        (
            "2026-10",
            "Europe/Berlin",
            "2026-09-30T22:00:00Z",
            "2026-10-31T23:00:00Z",
        ),
        (
            "2026-Q3",
            "UTC",
            "2026-07-01T00:00:00Z",
            "2026-10-01T00:00:00Z",
        ),
        (
            "2026-q4",
            "UTC",
            "2026-10-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
        ),
        (
            "2024-02-29",
            "UTC",
            "2024-02-29T00:00:00Z",
            "2024-03-01T00:00:00Z",
        ),
        // A day of 25 hours.
        (
            "2026-10-25",
            "Europe/Berlin",
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
        ),
        (
            "2026",
            "UTC",
            "2026-01-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
        ),
        (
            " 2026-10 ",
            "",
            "2026-10-01T00:00:00Z",
            "2026-11-01T00:00:00Z",
        ),
    ] {
        assert_eq!(period(text, zone), Ok((ms(from), ms(to))), "{text} {zone}");
    }
    for text in [
        "",
        "October",
        "2026-13",
        "2026-00",
        "2026-Q5",
        "2026-02-29",
        "26-10",
        "2026-1",
        "2026-10-07-1",
        "-2026",
    ] {
        let why = period(text, "UTC").unwrap_err();
        assert!(why.contains("2026-Q3"), "{text}: {why}");
    }
    assert!(
        period("2026-10", "Berlin")
            .unwrap_err()
            .contains("Europe/Berlin")
    );
}

/// Windows in days and the factors of 1h, 6h, 1d and 3d, computed by hand: part of the budget * days * 24 / hours.
#[test]
fn factors_are_scaled_with_the_window() {
    for (window, factors) in [
        (Window::Rolling(30), &[14.4, 6.0, 3.0, 1.0][..]),
        (Window::Month, &[14.4, 6.0, 3.0, 1.0]),
        (Window::Rolling(28), &[13.44, 5.6, 2.8, 1.0]),
        (Window::Rolling(90), &[43.2, 18.0, 9.0, 3.0]),
        (Window::Quarter, &[43.2, 18.0, 9.0, 3.0]),
        // 1.4 and 0.7 of a day's and three days' rate: below 1 nothing is spent too early.
        (Window::Rolling(7), &[3.36, 1.4, 1.0, 1.0]),
        (Window::Rolling(3), &[1.44, 1.0, 1.0]),
        (Window::Rolling(1), &[1.0, 1.0]),
    ] {
        let pairs = alert_windows(&window);
        let found: Vec<_> = pairs.iter().map(|pair| pair.factor).collect();
        assert_eq!(found, factors, "{window:?}");
        let names: Vec<_> = pairs.iter().map(|pair| (pair.long, pair.short)).collect();
        let all = [("1h", "5m"), ("6h", "30m"), ("1d", "2h"), ("3d", "6h")];
        assert_eq!(names, all[..factors.len()], "{window:?}");
    }
}
