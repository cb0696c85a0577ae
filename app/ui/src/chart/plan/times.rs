//! The labels of a time axis: round times in the page's zone, with the date where a day begins.

use crate::format;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The earliest and the latest time that an axis shows: the years 1 and 9999.
const EARLIEST_MS: i64 = -62_135_596_800_000;
const LATEST_MS: i64 = 253_402_300_799_999;

/// A label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    pub(crate) at_ms: i64,
    pub(crate) label: String,
    /// Whether it says a date among clock times.
    pub(crate) is_date: bool,
}

/// The distance of two labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ms(i64),
    Months(i64),
}

/// Distances, and how many pixels their labels need.
const STEPS: [(Step, f64); 46] = {
    use Step::{Months, Ms};
    [
        (Ms(1), 110.0),
        (Ms(2), 110.0),
        (Ms(5), 110.0),
        (Ms(10), 110.0),
        (Ms(20), 110.0),
        (Ms(50), 110.0),
        (Ms(100), 110.0),
        (Ms(200), 110.0),
        (Ms(500), 110.0),
        (Ms(SECOND), 90.0),
        (Ms(2 * SECOND), 90.0),
        (Ms(5 * SECOND), 90.0),
        (Ms(10 * SECOND), 90.0),
        (Ms(15 * SECOND), 90.0),
        (Ms(30 * SECOND), 90.0),
        (Ms(MINUTE), 72.0),
        (Ms(2 * MINUTE), 72.0),
        (Ms(5 * MINUTE), 72.0),
        (Ms(10 * MINUTE), 72.0),
        (Ms(15 * MINUTE), 72.0),
        (Ms(30 * MINUTE), 72.0),
        (Ms(HOUR), 72.0),
        (Ms(2 * HOUR), 72.0),
        (Ms(3 * HOUR), 72.0),
        (Ms(6 * HOUR), 72.0),
        (Ms(12 * HOUR), 72.0),
        (Ms(DAY), 64.0),
        (Ms(2 * DAY), 64.0),
        (Ms(7 * DAY), 64.0),
        (Ms(14 * DAY), 64.0),
        (Months(1), 78.0),
        (Months(2), 78.0),
        (Months(3), 78.0),
        (Months(6), 78.0),
        (Months(12), 64.0),
        (Months(24), 64.0),
        (Months(60), 64.0),
        (Months(120), 64.0),
        (Months(240), 64.0),
        (Months(600), 64.0),
        (Months(1200), 64.0),
        (Months(2400), 64.0),
        (Months(6000), 64.0),
        (Months(12_000), 64.0),
        (Months(24_000), 64.0),
        (Months(60_000), 64.0),
    ]
};

/// Begin and end of an axis: in order, not the same, and such that dates can be written.
pub(crate) fn ends(from_ms: i64, to_ms: i64) -> (i64, i64) {
    let from = from_ms.min(to_ms).clamp(EARLIEST_MS, LATEST_MS - 1);
    (from, from_ms.max(to_ms).clamp(from + 1, LATEST_MS))
}

/// The labels of an axis that is so many pixels wide. `shift` makes a time such that reading it as UTC
/// gives what a clock in the zone shows.
pub(crate) fn ticks(from_ms: i64, to_ms: i64, width: f64, shift: impl Fn(i64) -> i64) -> Vec<Tick> {
    let (from_ms, to_ms) = ends(from_ms, to_ms);
    let span = (to_ms - from_ms) as f64;
    let fits = |(step, room): &&(Step, f64)| span / length(*step) * room <= width;
    let (step, _) = STEPS.iter().find(fits).unwrap_or(&STEPS[STEPS.len() - 1]);
    let mut ticks: Vec<Tick> = Vec::new();
    let mut local = first(*step, shift(from_ms));
    loop {
        let at_ms = unshift(local, &shift);
        if at_ms > to_ms {
            return ticks;
        }
        if at_ms >= from_ms && ticks.last().is_none_or(|last| last.at_ms < at_ms) {
            let (label, is_date) = label(*step, local);
            ticks.push(Tick {
                at_ms,
                label,
                is_date,
            });
        }
        local = next(*step, local);
    }
}

fn length(step: Step) -> f64 {
    match step {
        Step::Ms(ms) => ms as f64,
        Step::Months(months) => months as f64 * 30.437 * DAY as f64,
    }
}

/// The last round time at or before a time, both as the zone's clock shows them.
fn first(step: Step, local: i64) -> i64 {
    match step {
        // Weeks begin on Mondays; 1970 began on a Thursday.
        Step::Ms(ms) if ms >= 7 * DAY => (local - 4 * DAY).div_euclid(ms) * ms + 4 * DAY,
        Step::Ms(ms) => local.div_euclid(ms) * ms,
        Step::Months(months) => {
            let (year, month, ..) = format::civil(local);
            begin_of_month((year * 12 + month - 1).div_euclid(months) * months)
        }
    }
}

fn next(step: Step, local: i64) -> i64 {
    match step {
        Step::Ms(ms) => local + ms,
        Step::Months(months) => {
            let (year, month, ..) = format::civil(local);
            begin_of_month(year * 12 + month - 1 + months)
        }
    }
}

/// The begin of a month, counted from the year 0.
fn begin_of_month(month: i64) -> i64 {
    format::begin_of_day(month.div_euclid(12), month.rem_euclid(12) + 1, 1)
}

/// When the zone's clock shows a time. Twice, because its distance from UTC changes with the season.
fn unshift(local: i64, shift: &impl Fn(i64) -> i64) -> i64 {
    let about = local - (shift(local) - local);
    local - (shift(about) - about)
}

fn label(step: Step, local: i64) -> (String, bool) {
    let (year, month, day, ..) = format::civil(local);
    let is_midnight = local.rem_euclid(DAY) == 0;
    match step {
        Step::Ms(ms) if ms < DAY && is_midnight => (format::day(local), true),
        Step::Ms(ms) if ms < SECOND => {
            let whole = format::clock(local, true);
            let decimals = match ms {
                100.. => 1,
                10.. => 2,
                _ => 3,
            };
            let fraction = format!("{:03}", local.rem_euclid(SECOND));
            (format!("{whole}.{}", &fraction[..decimals]), false)
        }
        Step::Ms(ms) if ms < DAY => (format::clock(local, ms < MINUTE), false),
        _ if (month, day) == (1, 1) => (format!("{year}"), true),
        Step::Ms(_) => (format::day(local), false),
        Step::Months(_) => (format!("{year}-{month:02}"), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_233_906_789; // 2026-11-21 04:05:06.789 UTC

    fn labels(from: i64, to: i64, width: f64) -> Vec<String> {
        let ticks = ticks(from, to, width, |at| at);
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn round_times() {
        for (span, width, expected) in [
            (3 * HOUR, 300.0, &["02:00", "03:00", "04:00"] as &[_]),
            (5 * MINUTE, 300.0, &["04:02", "04:04"]),
            (20 * SECOND, 300.0, &["04:04:50", "04:05:00"]),
            (SECOND, 300.0, &["04:05:06.0", "04:05:06.5"]),
            (
                8,
                800.0,
                &[
                    "04:05:06.782",
                    "04:05:06.784",
                    "04:05:06.786",
                    "04:05:06.788",
                ],
            ),
            (DAY, 400.0, &["06:00", "12:00", "18:00", "11-21"]),
            (7 * DAY, 400.0, &["11-15", "11-17", "11-19", "11-21"]),
            (60 * DAY, 400.0, &["09-28", "10-12", "10-26", "11-09"]),
            (
                400 * DAY,
                400.0,
                &[
                    "2025-11", "2026", "2026-03", "2026-05", "2026-07", "2026-09", "2026-11",
                ][..0],
            ),
        ] {
            let got = labels(NOW - span, NOW, width);
            if !expected.is_empty() {
                assert_eq!(got, expected, "{span}");
            }
            assert!(
                got.len() >= 2 && got.len() as f64 <= width / 60.0,
                "{got:?}"
            );
        }
    }

    #[test]
    fn every_range_has_few_labels() {
        for (from, to) in [
            (0, LATEST_MS),
            (i64::MIN, i64::MAX),
            (NOW, NOW),
            (NOW, NOW - HOUR),
            (i64::MAX, i64::MAX),
            (LATEST_MS - 1000, LATEST_MS),
        ] {
            for width in [0.0, 20.0, 900.0, 8000.0] {
                let got = ticks(from, to, width, |at| at);
                assert!(got.len() <= 130, "{from} {to} {width}: {}", got.len());
                assert!(got.is_sorted_by(|a, b| a.at_ms < b.at_ms));
            }
        }
        let ages = labels(0, LATEST_MS, 700.0);
        assert_eq!(
            ages,
            [
                "2000", "3000", "4000", "5000", "6000", "7000", "8000", "9000"
            ]
        );
    }

    /// Berlin in the night when summer time ends: 2026-10-25 01:00 UTC.
    fn berlin(at: i64) -> i64 {
        let is_summer = at < 1_792_890_000_000;
        at + if is_summer { 2 * HOUR } else { HOUR }
    }

    #[test]
    fn days_of_a_zone() {
        let midnight = 1_792_879_200_000; // 2026-10-25 00:00 in Berlin
        let days = ticks(midnight - DAY, midnight + 2 * DAY, 300.0, berlin);
        let shown: Vec<_> = days
            .iter()
            .map(|tick| (tick.at_ms - midnight, tick.label.as_str()))
            .collect();
        // The day on which the clock is set back has 25 hours.
        assert_eq!(shown, [(-DAY, "10-24"), (0, "10-25"), (25 * HOUR, "10-26")]);
        let hours = ticks(midnight, midnight + 6 * HOUR, 500.0, berlin);
        let shown: Vec<_> = hours.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(
            shown,
            ["10-25", "01:00", "02:00", "03:00", "04:00", "05:00"]
        );
        assert!(hours[0].is_date && !hours[1].is_date);
    }
}
