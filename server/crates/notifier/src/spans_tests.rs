//! When calendars hold, around changes of clocks as well.

use jiff::civil::date;

use super::*;
use crate::Range;

fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn told(spans: &[Span]) -> Vec<String> {
    let text = |ms| {
        let at = Timestamp::from_millisecond(ms).unwrap();
        at.strftime("%Y-%m-%dT%H:%MZ").to_string()
    };
    let told = spans
        .iter()
        .map(|it| format!("{} {}", text(it.from_ms), text(it.to_ms)));
    told.collect()
}

fn range<T: Copy>(from: T, to: T) -> Vec<Range<T>> {
    vec![Range { from, to }]
}

fn berlin(times: &[Times]) -> Calendar {
    Calendar {
        times: times.to_vec(),
        zone: "Europe/Berlin".to_owned(),
        ..Calendar::default()
    }
}

fn first(calendar: &Calendar, from: &str, most: usize) -> Vec<String> {
    let from_ms = at(from);
    told(
        &calendar
            .spans(from_ms, from_ms + 2 * 366 * DAY_MS, most)
            .unwrap(),
    )
}

const HALF_PAST_TWO: u16 = 150;

#[test]
fn an_hour_that_does_not_come() {
    // On 29 March 2026 clocks go from 02:00 to 03:00 at 01:00 UTC.
    for (times, expected) in [
        // What is left of it.
        (
            Times::Between(HALF_PAST_TWO, 240),
            "2026-03-29T01:00Z 2026-03-29T02:00Z",
        ),
        // Begins as clocks leap over it, and lasts as long as always.
        (
            Times::For(HALF_PAST_TWO, 90),
            "2026-03-29T01:00Z 2026-03-29T02:30Z",
        ),
        // All of it is leapt over: the next is that of the day after.
        (
            Times::Between(HALF_PAST_TWO, 165),
            "2026-03-30T00:30Z 2026-03-30T00:45Z",
        ),
        (
            Times::Between(90, 240),
            "2026-03-29T00:30Z 2026-03-29T02:00Z",
        ),
    ] {
        let spans = first(&berlin(&[times]), "2026-03-28T12:00:00Z", 1);
        assert_eq!(spans, [expected], "{times:?}");
    }
}

#[test]
fn an_hour_that_comes_twice() {
    // On 25 October 2026 clocks go from 03:00 to 02:00 at 01:00 UTC.
    for (times, expected) in [
        // Clocks show it twice.
        (
            Times::Between(HALF_PAST_TWO, 165),
            vec![
                "2026-10-25T00:30Z 2026-10-25T00:45Z",
                "2026-10-25T01:30Z 2026-10-25T01:45Z",
            ],
        ),
        // To the end of the second.
        (
            Times::Between(HALF_PAST_TWO, 240),
            vec![
                "2026-10-25T00:30Z 2026-10-25T01:00Z",
                "2026-10-25T01:30Z 2026-10-25T03:00Z",
            ],
        ),
        (
            Times::Between(90, 240),
            vec![
                "2026-10-24T23:30Z 2026-10-25T03:00Z",
                "2026-10-26T00:30Z 2026-10-26T03:00Z",
            ],
        ),
        // Begins once, with the first.
        (
            Times::For(HALF_PAST_TWO, 90),
            vec![
                "2026-10-25T00:30Z 2026-10-25T02:00Z",
                "2026-10-26T01:30Z 2026-10-26T03:00Z",
            ],
        ),
    ] {
        let spans = first(&berlin(&[times]), "2026-10-24T12:00:00Z", 2);
        assert_eq!(spans, expected, "{times:?}");
    }
}

#[test]
fn days_months_and_nights() {
    let utc = |change: fn(&mut Calendar)| {
        let mut calendar = Calendar::default();
        change(&mut calendar);
        calendar
    };
    for (calendar, from, expected) in [
        // A night belongs to the day on which it begins.
        (
            utc(|it| {
                it.times = vec![Times::Between(22 * 60, 6 * 60)];
                it.weekdays = range(5, 5);
            }),
            "2026-11-28T03:00:00Z",
            vec![
                "2026-11-27T22:00Z 2026-11-28T06:00Z",
                "2026-12-04T22:00Z 2026-12-05T06:00Z",
            ],
        ),
        // Whole days that touch are one.
        (
            utc(|it| it.weekdays = range(6, 7)),
            "2026-11-29T12:00:00Z",
            vec![
                "2026-11-28T00:00Z 2026-11-30T00:00Z",
                "2026-12-05T00:00Z 2026-12-07T00:00Z",
            ],
        ),
        // The last day of a month, whichever that is.
        (
            utc(|it| {
                it.days_of_month = range(-1, -1);
                it.times = vec![Times::For(60, 60)];
            }),
            "2027-01-31T02:00:00Z",
            vec![
                "2027-02-28T01:00Z 2027-02-28T02:00Z",
                "2027-03-31T01:00Z 2027-03-31T02:00Z",
            ],
        ),
        // The 31st is only in months that have one; a range ends with its month.
        (
            utc(|it| {
                it.days_of_month = range(31, 31);
                it.months = range(4, 7);
            }),
            "2026-04-01T00:00:00Z",
            vec![
                "2026-05-31T00:00Z 2026-06-01T00:00Z",
                "2026-07-31T00:00Z 2026-08-01T00:00Z",
            ],
        ),
        (
            utc(|it| {
                it.days_of_month = range(29, 31);
                it.months = range(2, 2);
            }),
            "2027-01-01T00:00:00Z",
            vec!["2028-02-29T00:00Z 2028-03-01T00:00Z"],
        ),
        // The last Friday of a month.
        (
            utc(|it| {
                it.days_of_month = range(-7, -1);
                it.weekdays = range(5, 5);
                it.times = vec![Times::Between(0, 60)];
            }),
            "2026-11-28T00:00:00Z",
            vec![
                "2026-12-25T00:00Z 2026-12-25T01:00Z",
                "2027-01-29T00:00Z 2027-01-29T01:00Z",
            ],
        ),
        (
            utc(|it| {
                it.first = Some(date(2027, 1, 1));
                it.last = Some(date(2027, 1, 2));
                it.times = vec![Times::Between(60, 120), Times::Between(600, 660)];
            }),
            "2026-11-28T00:00:00Z",
            vec![
                "2027-01-01T01:00Z 2027-01-01T02:00Z",
                "2027-01-01T10:00Z 2027-01-01T11:00Z",
            ],
        ),
        // What lasts for days runs on over its successors.
        (
            utc(|it| {
                it.days_of_month = range(1, 2);
                it.times = vec![Times::For(0, 3 * 1440)];
            }),
            "2026-12-04T12:00:00Z",
            vec![
                "2026-12-01T00:00Z 2026-12-05T00:00Z",
                "2027-01-01T00:00Z 2027-01-05T00:00Z",
            ],
        ),
    ] {
        assert_eq!(first(&calendar, from, 2), expected, "{calendar:?}");
    }
}

/// What Alertmanager's `ContainsTime` says of a time, minute by minute, against the stretches.
#[test]
fn stretches_hold_what_clocks_show() {
    let mut calendar = berlin(&[Times::Between(95, 170), Times::Between(1380, 1440)]);
    calendar.weekdays = vec![Range { from: 6, to: 7 }, Range { from: 1, to: 1 }];
    calendar.days_of_month = vec![Range { from: -8, to: -1 }, Range { from: 1, to: 2 }];
    let zone = calendar.time_zone().unwrap();
    for begin in ["2026-03-25T00:00:00Z", "2026-10-21T00:00:00Z"] {
        let (from_ms, days) = (at(begin), 12);
        let spans = calendar
            .spans(from_ms, from_ms + days * DAY_MS, 1000)
            .unwrap();
        for minute in 0..days * 1440 {
            let at_ms = from_ms + minute * MINUTE_MS;
            let clock = Timestamp::from_millisecond(at_ms)
                .unwrap()
                .to_zoned(zone.clone());
            let shown = i32::from(clock.hour()) * 60 + i32::from(clock.minute());
            let is_time = (95..170).contains(&shown) || (1380..1440).contains(&shown);
            let expected = is_time && calendar.is_on(clock.date());
            let held = spans.iter().any(|it| it.holds(at_ms));
            assert_eq!(held, expected, "{clock}");
        }
    }
}

#[test]
fn what_never_happens() {
    let now_ms = at("2026-11-29T12:00:00Z");
    let days = |from, to, months: i8| Calendar {
        days_of_month: range(from, to),
        months: range(months, months),
        ..Calendar::default()
    };
    let night = || berlin(&[Times::Between(60, 120)]);
    for (calendar, word) in [
        (days(30, 30, 2), "no month of those"),
        (days(31, 31, 4), "no month of those"),
        (
            Calendar {
                years: range(2020, 2025),
                ..night()
            },
            "its years are over",
        ),
        (
            Calendar {
                last: Some(date(2026, 11, 28)),
                ..night()
            },
            "its last day is over",
        ),
        (
            Calendar {
                weekdays: range(1, 1),
                first: Some(date(2026, 12, 1)),
                last: Some(date(2026, 12, 6)),
                ..night()
            },
            "no day",
        ),
        // Clocks leap over it on the only day on which it could be.
        (
            Calendar {
                first: Some(date(2027, 3, 28)),
                last: Some(date(2027, 3, 28)),
                ..berlin(&[Times::Between(130, 170)])
            },
            "never show",
        ),
        (berlin(&[]), "has no end"),
        (
            Calendar {
                times: vec![Times::Between(0, 720), Times::Between(720, 1440)],
                ..Calendar::default()
            },
            "has no end",
        ),
    ] {
        let error = calendar.happens(now_ms).unwrap_err().to_string();
        assert!(error.contains(word), "{calendar:?}: {error}");
    }
    for calendar in [
        days(29, 29, 2),
        days(-29, -29, 2),
        Calendar {
            weekdays: range(1, 1),
            ..days(29, 29, 2)
        },
        Calendar {
            years: range(2040, 2040),
            ..night()
        },
        // Its last day is today.
        Calendar {
            last: Some(date(2026, 11, 29)),
            ..berlin(&[Times::Between(1380, 1439)])
        },
        // Its last day was yesterday, and the night is not over.
        Calendar {
            last: Some(date(2026, 11, 28)),
            ..berlin(&[Times::For(0, 2 * 1440)])
        },
    ] {
        assert_eq!(calendar.happens(now_ms), Ok(()), "{calendar:?}");
    }
}
