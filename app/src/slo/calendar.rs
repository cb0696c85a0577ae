//! The days of a report: which they are, and which of them kept the target.

use leptos::prelude::*;
use ui::{Zone, all, format};
use wire::{BudgetPoint, Level, Report};

use super::words::{days, kept, stretch};

/// Half a day: a day begins near a midnight of UTC, in whichever zone it is one.
const HALF_DAY_MS: i64 = 43_200_000;

fn is_utc(report: &Report) -> bool {
    ["", "UTC", "Etc/UTC"].contains(&report.zone.as_str())
}

/// Which time it is about. Days of a zone are called by their own dates, with the exact times beside them.
pub(super) fn when(it: &Report) -> String {
    let exact = stretch(it.from_ms, it.to_ms, Zone::Utc);
    let is_of_days = |at_ms: i64| at_ms.rem_euclid(900_000) == 0;
    if is_utc(it) {
        return days(it.from_ms, it.to_ms, Zone::Utc);
    }
    if !is_of_days(it.from_ms)
        || !is_of_days(it.to_ms)
        || it.to_ms - it.from_ms < 2 * HALF_DAY_MS - 3_600_000
    {
        return exact;
    }
    let (first, last) = (it.from_ms + HALF_DAY_MS, it.to_ms - HALF_DAY_MS);
    let (first, last) = (format::date(first), format::date(last));
    format!("{first} – {last} in {} ({exact})", it.zone)
}

/// The date of a day that begins at a time.
fn day_of(report: &Report, at_ms: i64) -> String {
    match is_utc(report) {
        true => format::date(at_ms),
        false => format::date(at_ms + HALF_DAY_MS),
    }
}

/// Days that met the target, days that did not, and days of which nothing is known.
fn counted(days: &[BudgetPoint], target: f64) -> (usize, usize, usize) {
    let (mut met, mut missed, mut unknown) = (0, 0, 0);
    for day in days {
        match day.value {
            None => unknown += 1,
            Some(value) if value < target => missed += 1,
            Some(_) => met += 1,
        }
    }
    (met, missed, unknown)
}

/// A mark a day: what missed the target is tall.
pub(super) fn strip(report: &Report, days: &[BudgetPoint], target: f64) -> AnyView {
    if days.is_empty() {
        return ().into_any();
    }
    let (met, missed, unknown) = counted(days, target);
    let mut said = Vec::new();
    if met > 0 {
        said.push(format!("{} kept the target", format::count(met, "day")));
    }
    if missed > 0 {
        said.push(format!("{} did not", format::count(missed, "day")));
    }
    if unknown > 0 {
        said.push(format!("{} without data", format::count(unknown, "day")));
    }
    let said = said.join(", ");
    let marks = all(days.iter().enumerate().map(|(place, day)| {
        let (level, height) = match day.value {
            None => (Level::Unknown, 4),
            Some(value) if value < target => (Level::Unhealthy, 20),
            Some(_) => (Level::Healthy, 12),
        };
        let value = day.value.map_or_else(|| "no data".to_owned(), kept);
        let title = format!("{}: {value}", day_of(report, day.at_ms));
        view! {
            <rect x=(place * 10 + 1).to_string() y=(20 - height).to_string() width="8" height=height.to_string() data-level=level.as_str()>
                <title>{title}</title>
            </rect>
        }
    }));
    let (first, last) = (days.first(), days.last());
    let day =
        |day: Option<&BudgetPoint>| day.map_or_else(String::new, |day| day_of(report, day.at_ms));
    let label = format!("Day by day: {said}");
    view! {
        <figure class="days">
            <svg viewBox=format!("0 0 {} 20", days.len() * 10) preserveAspectRatio="none" role="img" aria-label=label>{marks}</svg>
            <figcaption><span>{day(first)}</span> <span>{said}</span> <span>{day(last)}</span></figcaption>
        </figure>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::ReportScope;

    #[test]
    fn days_are_counted_against_the_target() {
        let day = |value: Option<f64>| BudgetPoint { at_ms: 0, value };
        let days = [day(Some(1.0)), day(Some(0.999)), day(Some(0.98)), day(None)];
        assert_eq!(counted(&days, 0.999), (2, 1, 1));
        assert_eq!(counted(&[], 0.999), (0, 0, 0));
    }

    #[test]
    fn days_of_a_zone_are_called_by_its_dates() {
        let report = |zone: &str, from_ms: i64, to_ms: i64| Report {
            id: 0,
            title: String::new(),
            scope: ReportScope::All,
            of: String::new(),
            from_ms,
            to_ms,
            zone: zone.to_owned(),
            made_ms: 0,
            summary: Vec::new(),
            rows: Vec::new(),
            worst_tools: Vec::new(),
            changes: Vec::new(),
        };
        let (hour, day) = (3_600_000, 86_400_000);
        for (zone, from_ms, to_ms, expected) in [
            ("UTC", 0, 31 * day, "1970-01-01 – 1970-01-31"),
            (
                "Europe/Berlin",
                -hour,
                31 * day - hour,
                "1970-01-01 – 1970-01-31 in Europe/Berlin (1969-12-31 23:00 – 1970-01-31 23:00 UTC)",
            ),
            (
                "America/New_York",
                5 * hour,
                day + 5 * hour,
                "1970-01-01 – 1970-01-01 in America/New_York (1970-01-01 05:00 – 1970-01-02 05:00 UTC)",
            ),
            (
                "Europe/Berlin",
                60_000,
                hour,
                "1970-01-01 00:01 – 01:00 UTC",
            ),
        ] {
            assert_eq!(when(&report(zone, from_ms, to_ms)), expected, "{zone}");
        }
        assert_eq!(day_of(&report("Europe/Berlin", 0, 0), -hour), "1970-01-01");
    }
}
