//! Which report an address asks for: one that is kept, by its number, or one that is made of what stands in the query.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use ui::{PageTime, format, time};
use wire::{Report, ReportQuery, ReportScope, TimeRange};

use super::api::{load_report, make_report};
use crate::answer::{Answer, Failure};
use crate::searched;

/// Where the reports are.
pub(super) const REPORTS: &str = "/slo/reports";

/// A report that is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ReportAsked {
    /// The number of one that is kept; 0 for one that is made.
    id: i64,
    query: ReportQuery,
    range: TimeRange,
}

impl ReportAsked {
    /// What the address asks for: its last part, and its query.
    pub(crate) fn of(id: &str, query: &ParamsMap, time: PageTime) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default();
        let scope = ReportScope::parse(&text("scope")).unwrap_or_default();
        let query = ReportQuery {
            scope,
            of: match scope {
                ReportScope::All => String::new(),
                _ => text("of"),
            },
            month: text("month"),
            zone: Some(text("zone"))
                .filter(|zone| !zone.is_empty())
                .unwrap_or_else(|| "UTC".to_owned()),
            ..ReportQuery::default()
        };
        Self {
            id: id.parse().unwrap_or_default(),
            query,
            range: time.range.get(),
        }
    }

    /// Whether it is one that is kept.
    pub(super) fn is_kept(&self) -> bool {
        self.id > 0
    }

    /// Loads it, or makes it without keeping it.
    pub(crate) async fn load(self) -> Result<Answer<Report>, Failure> {
        match self.is_kept() {
            true => load_report(self.id).await,
            false => self.make(false, String::new()).await,
        }
    }

    /// Where it is as a file, but for its format, which follows.
    pub(super) fn files(&self, report: &Report) -> String {
        if self.is_kept() {
            return format!("/observability/slo/reports/{}?", report.id);
        }
        let (from_ms, to_ms) = (report.from_ms.to_string(), report.to_ms.to_string());
        let query = &self.query;
        let mut parts = vec![
            ("scope", query.scope.as_str()),
            ("of", query.of.as_str()),
            ("zone", query.zone.as_str()),
        ];
        match query.month.as_str() {
            "" => parts.extend([("from_ms", from_ms.as_str()), ("to_ms", to_ms.as_str())]),
            month => parts.push(("month", month)),
        }
        format!("/sla/report?{}&", searched::query(&parts))
    }

    /// Makes it.
    pub(super) async fn make(self, keep: bool, by: String) -> Result<Answer<Report>, Failure> {
        let (range_ms, until_ms) = self.range.parts();
        let query = ReportQuery {
            keep,
            by,
            ..self.query
        };
        let query = serde_json::to_string(&query).map_err(|error| {
            Failure(wire::Problem::new(wire::Code::Internal, error.to_string()))
        })?;
        make_report(query, range_ms, until_ms).await
    }
}

/// The address of a report about something over a month, quarter or day.
pub(super) fn made(scope: ReportScope, of: &str, month: &str) -> String {
    let parts = [("scope", scope.as_str()), ("of", of), ("month", month)];
    searched::address(&format!("{REPORTS}/new"), &parts)
}

/// The month so many months before the one of a time: `2026-10`.
pub(super) fn month(now_ms: i64, before: i64) -> String {
    let date = format::date(now_ms);
    let mut parts = date.split('-').filter_map(|part| part.parse::<i64>().ok());
    let (year, month) = (parts.next().unwrap_or(1970), parts.next().unwrap_or(1));
    let count = year * 12 + month - 1 - before;
    format!(
        "{:04}-{:02}",
        count.div_euclid(12),
        count.rem_euclid(12) + 1
    )
}

/// The quarter so many quarters before the one of a time: `2026-Q3`.
pub(super) fn quarter(now_ms: i64, before: i64) -> String {
    let month = month(now_ms, 0);
    let (year, month) = month.split_once('-').unwrap_or(("1970", "1"));
    let (year, month): (i64, i64) = (year.parse().unwrap_or(1970), month.parse().unwrap_or(1));
    let count = year * 4 + (month - 1) / 3 - before;
    format!("{:04}-Q{}", count.div_euclid(4), count.rem_euclid(4) + 1)
}

/// Times that a report can be about, as they are sent and as they are called.
pub(super) fn times(now_ms: i64, range: TimeRange) -> Vec<(String, String)> {
    let called = |sent: String, before: i64, this: &str| match before {
        0 => (sent.clone(), format!("{sent}, {this} so far")),
        _ => (sent.clone(), sent),
    };
    let months = (0..13).map(|before| called(month(now_ms, before), before, "this month"));
    let quarters = (0..5).map(|before| called(quarter(now_ms, before), before, "this quarter"));
    let looked_at = (
        String::new(),
        format!("what the page looks at: {}", time::describe(range, |at| at)),
    );
    // The last month that is over comes first: it is what reports are about.
    let mut months: Vec<_> = months.collect();
    months.swap(0, 1);
    months
        .into_iter()
        .chain(quarters)
        .chain([looked_at])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_quarters() {
        // 2026-01-15.
        let now_ms = 1_768_435_200_000;
        for (before, expected) in [(0, "2026-01"), (1, "2025-12"), (13, "2024-12")] {
            assert_eq!(month(now_ms, before), expected);
        }
        for (before, expected) in [(0, "2026-Q1"), (1, "2025-Q4"), (5, "2024-Q4")] {
            assert_eq!(quarter(now_ms, before), expected);
        }
        let times = times(now_ms, TimeRange::default());
        assert_eq!(times[0].0, "2025-12");
        assert_eq!(times[1].1, "2026-01, this month so far");
        assert!(times.last().unwrap().1.contains("hour"), "{times:?}");
    }

    #[test]
    fn addresses() {
        assert_eq!(
            made(ReportScope::Owner, "team a", "2026-10"),
            "/slo/reports/new?scope=owner&of=team%20a&month=2026-10"
        );
    }
}
