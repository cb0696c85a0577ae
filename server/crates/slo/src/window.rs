//! Stretches of time: windows of objectives, months and quarters of reports, windows of alerts.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::Window;
use crate::minute::MINUTE_MS;

const DAY_MS: i64 = 86_400_000;

/// A time zone by its name in the database of zones; empty is UTC.
///
/// # Errors
/// When there is none of this name: a sentence.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    match name.trim() {
        "" | "UTC" | "Etc/UTC" => Ok(TimeZone::UTC),
        name => TimeZoneDatabase::bundled().get(name).map_err(|_| {
            format!("there is no time zone {name:?}; write for instance Europe/Berlin or UTC")
        }),
    }
}

impl Window {
    /// The window that a time is in: its begin, and its end. A rolling one ends with the last whole minute; months
    /// and quarters end when the next begins, in the zone. A zone that there is not is UTC
    /// ([`Objective::check`](crate::Objective::check) says so).
    pub fn span(self, now_ms: i64, zone_name: &str) -> (i64, i64) {
        let zone = zone(zone_name).unwrap_or(TimeZone::UTC);
        let months = match self {
            Self::Rolling(days) => {
                let to_ms = now_ms - now_ms.rem_euclid(MINUTE_MS);
                return (to_ms - i64::from(days) * DAY_MS, to_ms);
            }
            Self::Month => 1,
            Self::Quarter => 3,
        };
        let today = day_of(now_ms, &zone);
        let month = today.month() - (today.month() - 1) % months;
        months_from(today.year(), month, months, &zone).unwrap_or((now_ms, now_ms))
    }

    /// The days by which its alerts and rules are scaled: a month is 30, a quarter 90.
    pub fn days(self) -> u32 {
        match self {
            Self::Rolling(days) => days,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }

    /// In words: `30 days`, `month`, `quarter`.
    pub fn name(self) -> String {
        match self {
            Self::Rolling(1) => "1 day".to_owned(),
            Self::Rolling(days) => format!("{days} days"),
            Self::Month => "month".to_owned(),
            Self::Quarter => "quarter".to_owned(),
        }
    }
}

/// The day that a time is on, where clocks show the time of a zone.
pub(crate) fn day_of(at_ms: i64, zone: &TimeZone) -> Date {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    zone.to_datetime(at).date()
}

/// When a day begins.
fn begin_ms(day: Date, zone: &TimeZone) -> Option<i64> {
    let begin = day.to_zoned(zone.clone()).ok()?;
    Some(begin.timestamp().as_millisecond())
}

fn months_from(year: i16, month: i8, months: i8, zone: &TimeZone) -> Option<(i64, i64)> {
    let first = Date::new(year, month, 1).ok()?;
    let next = match month + months {
        over @ 13.. => Date::new(year.checked_add(1)?, over - 12, 1).ok()?,
        month => Date::new(year, month, 1).ok()?,
    };
    Some((begin_ms(first, zone)?, begin_ms(next, zone)?))
}

/// A month (`2026-10`), quarter (`2026-Q3`), day (`2026-10-07`) or year (`2026`) as its begin and end in a zone.
///
/// # Errors
/// When the text is none, or there is no such zone: a sentence.
pub fn period(text: &str, zone_name: &str) -> Result<(i64, i64), String> {
    let zone = zone(zone_name)?;
    let wrong = || {
        format!(
            "{text:?} is no month, quarter or day; write for instance 2026-10, 2026-Q3 or 2026-10-07"
        )
    };
    let parts: Vec<_> = text.trim().split('-').collect();
    let number = |text: &str, digits: usize| {
        let is_one = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        is_one.then(|| text.parse::<i16>().ok()).flatten()
    };
    let year = parts.first().and_then(|year| number(year, 4));
    let year = year.ok_or_else(wrong)?;
    let small = |text: &str| number(text, 2).and_then(|number| i8::try_from(number).ok());
    let found = match parts[1..] {
        [] => months_from(year, 1, 12, &zone),
        ["Q1" | "q1"] => months_from(year, 1, 3, &zone),
        ["Q2" | "q2"] => months_from(year, 4, 3, &zone),
        ["Q3" | "q3"] => months_from(year, 7, 3, &zone),
        ["Q4" | "q4"] => months_from(year, 10, 3, &zone),
        [month] => small(month).and_then(|month| months_from(year, month, 1, &zone)),
        [month, day] => small(month).zip(small(day)).and_then(|(month, day)| {
            let day = Date::new(year, month, day).ok()?;
            Some((
                begin_ms(day, &zone)?,
                begin_ms(day.tomorrow().ok()?, &zone)?,
            ))
        }),
        _ => None,
    };
    found.ok_or_else(wrong)
}

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Somebody is called.
    Page,
    /// Somebody is told.
    Ticket,
}

/// A pair of windows: an alert fires while the budget burns faster than `factor` over both. The long one says that
/// it matters, the short one that it still goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlertWindow {
    /// The long window, as PromQL writes it.
    pub long: &'static str,
    /// The short one.
    pub short: &'static str,
    /// For how many minutes its rules have to have been evaluated within the long window: half of it. A bad minute is a
    /// large part of what is known at first, and of no window yet.
    pub known_minutes: u32,
    /// The burn rate from which it fires.
    pub factor: f64,
    /// How urgent it is.
    pub severity: Severity,
}

/// Pairs of windows as in the Google SRE workbook ("Alerting on SLOs", multi-window multi-burn-rate): 2 % of the
/// budget in one hour, 5 % in six hours, 10 % in one day and 10 % in three. The factor is
/// `part of the budget * window / long window`: 14.4, 6, 3 and 1 for 30 days. It is never below 1: what burns
/// slower leaves the budget unspent, and nobody has to be told. Long windows that are no shorter than the
/// objective's are left out.
pub fn alert_windows(window: &Window) -> Vec<AlertWindow> {
    let hours = f64::from(window.days()) * 24.0;
    let pairs = [
        ("1h", 1, "5m", 0.02, Severity::Page),
        ("6h", 6, "30m", 0.05, Severity::Page),
        ("1d", 24, "2h", 0.10, Severity::Ticket),
        ("3d", 72, "6h", 0.10, Severity::Ticket),
    ];
    let pairs = pairs
        .into_iter()
        .filter(|(_, long_hours, ..)| f64::from(*long_hours) < hours);
    let pairs = pairs.map(|(long, long_hours, short, part, severity)| AlertWindow {
        long,
        short,
        known_minutes: 30 * long_hours,
        // 14.399999999999999 is 14.4.
        factor: ((part * hours / f64::from(long_hours)) * 1e6)
            .round()
            .max(1e6)
            / 1e6,
        severity,
    });
    pairs.collect()
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
