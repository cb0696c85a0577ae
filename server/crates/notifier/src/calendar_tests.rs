//! Calendars: what they are written as, and what none is.

use jiff::civil::date;

use super::*;

fn with(change: impl Fn(&mut Calendar)) -> Calendar {
    let mut calendar = Calendar::default();
    change(&mut calendar);
    calendar
}

fn range<T: Copy>(from: T, to: T) -> Vec<Range<T>> {
    vec![Range { from, to }]
}

#[test]
fn mistakes_are_named() {
    for (calendar, word) in [
        (
            with(|it| it.zone = "Europe/Berln".to_owned()),
            "did you mean Europe/Berlin",
        ),
        (
            with(|it| it.weekdays = range(0, 3)),
            "weekdays are 1 (Monday) to 7 (Sunday), and 0 is not",
        ),
        (
            with(|it| it.weekdays = range(6, 1)),
            "weekdays: 6 to 1 ends before it begins; a range over the week's end",
        ),
        (
            with(|it| it.months = range(1, 13)),
            "months are 1 to 12, and 13",
        ),
        (
            with(|it| it.years = range(2027, 2026)),
            "2027 to 2026 ends before",
        ),
        (
            with(|it| it.days_of_month = range(0, 3)),
            "1 to 31, or -31 to -1",
        ),
        (with(|it| it.days_of_month = range(32, 33)), "and 32 is not"),
        (
            with(|it| it.days_of_month = range(-1, 5)),
            "write two ranges",
        ),
        (
            with(|it| it.days_of_month = range(-1, -5)),
            "-1 to -5 ends before",
        ),
        (
            with(|it| it.times = vec![Times::Between(60, 60)]),
            "lasts between",
        ),
        (
            with(|it| it.times = vec![Times::For(60, 0)]),
            "lasts between",
        ),
        (
            with(|it| it.times = vec![Times::For(60, 50_000)]),
            "lasts between",
        ),
        (
            with(|it| it.times = vec![Times::Between(1440, 60)]),
            "times of day are",
        ),
        (
            with(|it| it.times = vec![Times::Between(0, 1441)]),
            "times of day are",
        ),
        (
            with(|it| (it.first, it.last) = (Some(date(2027, 1, 2)), Some(date(2027, 1, 1)))),
            "2027-01-02 to 2027-01-01 ends before",
        ),
        (
            with(|it| it.months = vec![Range { from: 1, to: 1 }; 101]),
            "at most 100",
        ),
    ] {
        let error = calendar.check().unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn days_on_which_it_begins() {
    for (calendar, day, expected) in [
        (Calendar::default(), date(2026, 2, 28), true),
        (
            with(|it| it.days_of_month = range(-3, -1)),
            date(2026, 2, 26),
            true,
        ),
        (
            with(|it| it.days_of_month = range(-3, -1)),
            date(2026, 2, 25),
            false,
        ),
        (
            with(|it| it.days_of_month = range(-3, -1)),
            date(2028, 2, 26),
            false,
        ),
        (
            with(|it| it.days_of_month = range(25, -2)),
            date(2026, 2, 27),
            true,
        ),
        (
            with(|it| it.days_of_month = range(25, -2)),
            date(2026, 2, 28),
            false,
        ),
        (
            with(|it| it.days_of_month = range(28, 31)),
            date(2026, 2, 28),
            true,
        ),
        (
            with(|it| it.days_of_month = range(29, 31)),
            date(2026, 2, 28),
            false,
        ),
        // All of a short month is within the last 31 days.
        (
            with(|it| it.days_of_month = range(-31, -1)),
            date(2026, 2, 1),
            true,
        ),
        (
            with(|it| it.weekdays = range(7, 7)),
            date(2026, 11, 29),
            true,
        ),
        (
            with(|it| it.weekdays = range(1, 6)),
            date(2026, 11, 29),
            false,
        ),
        (
            with(|it| it.years = range(2026, 2027)),
            date(2028, 1, 1),
            false,
        ),
        (
            with(|it| it.first = Some(date(2026, 11, 30))),
            date(2026, 11, 29),
            false,
        ),
        (
            with(|it| it.last = Some(date(2026, 11, 29))),
            date(2026, 11, 29),
            true,
        ),
    ] {
        assert_eq!(calendar.is_on(day), expected, "{calendar:?} {day}");
    }
}
