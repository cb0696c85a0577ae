//! A year of minutes, with a clock that is moved from day to day: what budgets say of a known outage.

use slo::{Kind, MINUTE_MS, Minute, Objective, Sums, Window, budget, incidents};

use crate::is_query;

const DAY: usize = 1440;

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn objective(window: &str, zone: &str) -> Objective {
    let text = format!(
        "objectives: [{{ service: a, name: b, availability: up, target: 99.9, window: {window}, zone: {zone} }}]"
    );
    let reading = slo::read(&text, &is_query);
    assert_eq!(reading.mistakes, []);
    reading.objectives[0].0.clone()
}

/// From 1 January 2024, a leap year: 40 minutes down on 29 February, 20 minutes on 31 March while clocks change in
/// Berlin, a day without data in July, and two hours of maintenance in which it is down in October.
fn year() -> (i64, Vec<Minute>) {
    let begin_ms = ms("2024-01-01T00:00:00Z");
    let number = |text: &str| ((ms(text) - begin_ms) / MINUTE_MS) as usize;
    let mut minutes: Vec<_> = (0..366 * DAY)
        .map(|number| Minute::counted(begin_ms + number as i64 * MINUTE_MS, 1.0, 1.0))
        .collect();
    for (from, to) in [
        ("2024-02-29T10:00:00Z", "2024-02-29T10:40:00Z"),
        ("2024-03-31T00:50:00Z", "2024-03-31T01:10:00Z"),
        ("2024-10-10T02:00:00Z", "2024-10-10T04:00:00Z"),
    ] {
        for minute in &mut minutes[number(from)..number(to)] {
            minute.good = 0.0;
        }
    }
    for minute in &mut minutes[number("2024-07-10T00:00:00Z")..number("2024-07-11T00:00:00Z")] {
        *minute = Minute::gap(minute.at_ms);
    }
    for minute in &mut minutes[number("2024-10-10T02:00:00Z")..number("2024-10-10T04:00:00Z")] {
        *minute = minute.excluded();
    }
    (begin_ms, minutes)
}

/// The sums of a stretch, as a ledger has them.
fn sums(begin_ms: i64, minutes: &[Minute], from_ms: i64, to_ms: i64) -> Sums {
    let place =
        |at_ms: i64| ((at_ms - begin_ms) / MINUTE_MS).clamp(0, minutes.len() as i64) as usize;
    Sums::of(&minutes[place(from_ms)..place(to_ms)], 0.999)
}

#[test]
fn a_rolling_window_forgets_after_its_days() {
    let (begin_ms, minutes) = year();
    let objective = objective("30d", "UTC");
    let mut spent_by_day = Vec::new();
    for day in 30..366 {
        let now_ms = begin_ms + (day as i64) * 86_400_000;
        let (from_ms, to_ms) = objective.window.span(now_ms, &objective.zone);
        let sums = sums(begin_ms, &minutes, from_ms, to_ms);
        let one = budget(&objective, (from_ms, to_ms), &sums, now_ms);
        assert_eq!(sums.minutes(), 43_200, "day {day}");
        assert!(
            (one.allowed - 0.001 * sums.counted as f64).abs() < 1e-9,
            "day {day}"
        );
        spent_by_day.push(one.spent as u64);
    }
    // Day 59 is 29 February: its outage is in windows that end on days 60 to 89. That of 31 March (day 90) is in
    // those of days 91 to 120. Maintenance in October is in none.
    for (day, spent) in (30..).zip(spent_by_day) {
        let expected = match day {
            60..=89 => 40,
            91..=120 => 20,
            _ => 0,
        };
        assert_eq!(spent, expected, "day {day}");
    }
}

#[test]
fn months_have_what_fell_into_them_where_clocks_change() {
    let (begin_ms, minutes) = year();
    // 31 March 00:50 to 01:10 UTC is in March everywhere; minutes of the month: 31 days, one hour less in Berlin
    // and New York.
    for (zone, february, march, april) in [
        ("UTC", 41_760, 44_640, 43_200),
        ("Europe/Berlin", 41_760, 44_580, 43_200),
        ("America/New_York", 41_760, 44_580, 43_200),
    ] {
        let objective = objective("month", zone);
        for (month, minutes_of_it, spent) in [
            ("2024-02", february, 40),
            ("2024-03", march, 20),
            ("2024-04", april, 0),
        ] {
            let span = slo::period(month, zone).unwrap();
            assert_eq!(objective.window.span(span.0, zone), span);
            let sums = sums(begin_ms, &minutes, span.0, span.1);
            assert_eq!(sums.minutes(), minutes_of_it, "{zone} {month}");
            let one = budget(&objective, span, &sums, span.1);
            assert_eq!(one.spent as u64, spent, "{zone} {month}");
            assert_eq!(one.bad_minutes, spent);
            // 0.1 % of the month, less what is spent, is left.
            let left = 0.001 * minutes_of_it as f64 - spent as f64;
            assert!(
                (one.left_minutes - left.max(0.0)).abs() < 1e-6,
                "{zone} {month}: {}",
                one.left_minutes
            );
        }
    }
}

#[test]
fn the_year_adds_up_by_days_months_and_quarters() {
    let (begin_ms, minutes) = year();
    let whole = Sums::of(&minutes, 0.999);
    assert_eq!(
        (whole.counted, whole.gap, whole.excluded, whole.bad),
        (366 * 1440 - 1440 - 120, 1440, 120, 60)
    );
    for window in [Window::Month, Window::Quarter] {
        let (mut at_ms, mut sum) = (begin_ms, Sums::default());
        while at_ms < begin_ms + 366 * 86_400_000 {
            let (from_ms, to_ms) = window.span(at_ms, "UTC");
            sum += sums(begin_ms, &minutes, from_ms, to_ms);
            at_ms = to_ms;
        }
        assert_eq!(sum, whole, "{window:?}");
    }
    let found = incidents(&minutes, 0.999);
    let shown: Vec<_> = found
        .iter()
        .map(|one| (one.from_ms, one.bad_minutes, one.spent))
        .collect();
    assert_eq!(
        shown,
        [
            (ms("2024-02-29T10:00:00Z"), 40, 40.0),
            (ms("2024-03-31T00:50:00Z"), 20, 20.0)
        ]
    );
    assert!(
        minutes
            .iter()
            .any(|minute| minute.kind == Kind::Excluded && minute.good == 0.0)
    );
}

/// A month day by day: its budget is that of the whole month from the first day on, and goes with what was bad.
#[test]
fn a_month_is_counted_as_it_goes_on() {
    let (begin_ms, minutes) = year();
    let objective = objective("month", "UTC");
    let (from_ms, to_ms) = objective.window.span(ms("2024-02-15T00:00:00Z"), "UTC");
    for day in 1..=29 {
        let now_ms = from_ms + day * 86_400_000;
        let sums = sums(begin_ms, &minutes, from_ms, now_ms);
        let one = budget(&objective, (from_ms, to_ms), &sums, now_ms);
        assert!((one.allowed - 41.76).abs() < 1e-9, "day {day}");
        // 40 minutes on the last day, of 41.76 that may be bad: 4.2 % is left.
        let left = if day == 29 { 1.0 - 40.0 / 41.76 } else { 1.0 };
        assert!((one.left.unwrap() - left).abs() < 1e-9, "day {day}");
    }
}
