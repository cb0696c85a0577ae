//! Series as a table for spreadsheets: the long form, a row a value, in which every tool can filter, group and
//! pivot. Times are text that people and programs read (RFC 3339); each series has one name, and each label a
//! column.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use wire::{Cell, Problem, Series, SeriesQuery, Span, Table, TimeRange};

use crate::metrics::MOST_POINTS;

/// Steps of an export that gives none.
const STEPS: u32 = 720;
/// Most queries of an export.
const MOST_QUERIES: usize = 20;
/// Most rows of an export: more than that no spreadsheet likes to open.
const MOST_ROWS: usize = 300_000;
/// Columns that are not labels.
const OWN: [&str; 5] = ["time", "query", "series", "value", "metric"];

/// What the queries yielded, in their order.
pub(super) type Found<'a> = Vec<(&'a str, Vec<Series>)>;

/// At which times is asked.
pub(super) fn span(query: &SeriesQuery, now_ms: i64) -> Result<Span, Problem> {
    if query.queries.is_empty() || query.queries.len() > MOST_QUERIES {
        return Err(Problem::invalid(format!(
            "an export is of 1 to {MOST_QUERIES} queries, and this is of {}",
            query.queries.len()
        )));
    }
    let Some(step_ms) = query.step_ms else {
        return Ok(query.range.span(now_ms, STEPS));
    };
    let (from_ms, to_ms) = query.range.ends(now_ms);
    if step_ms <= 0 || (to_ms - from_ms) / step_ms > MOST_POINTS {
        return Err(Problem::invalid(format!(
            "a step of {step_ms} ms gives no or more than {MOST_POINTS} points; choose a longer one"
        )));
    }
    // Points lie where charts have them.
    let whole = |ms: i64| ms.div_euclid(step_ms) * step_ms;
    Ok(Span::new(whole(from_ms), whole(to_ms), step_ms))
}

/// Whether it is not too much for a table.
pub(super) fn check(found: &Found<'_>) -> Result<(), Problem> {
    let series = found.iter().flat_map(|(_, series)| series);
    let rows: usize = series.map(|series| series.points.len()).sum();
    match rows > MOST_ROWS {
        true => Err(Problem::invalid(format!(
            "this would be {rows} rows, and an export has at most {MOST_ROWS}: choose a longer step (step_ms=), a \
             shorter range, or put series together with sum by (…)"
        ))),
        false => Ok(()),
    }
}

/// One row a value, the series of a query together.
pub(super) fn table(found: &Found<'_>) -> Table {
    let all = || found.iter().flat_map(|(_, series)| series);
    let labels: BTreeSet<&str> = all()
        .flat_map(|series| series.labels.keys().map(String::as_str))
        .collect();
    let has_queries = found.len() > 1;
    let has_metrics = all().any(|series| !series.metric.is_empty());

    let mut columns = vec!["time"];
    columns.extend(has_queries.then_some("query"));
    columns.extend(["series", "value"]);
    columns.extend(has_metrics.then_some("metric"));
    let titles = labels.iter().map(|label| match OWN.contains(label) {
        true => Cow::from(format!("label_{label}")),
        false => Cow::from(*label),
    });
    let titles: Vec<Cow<'_, str>> = columns.into_iter().map(Cow::from).chain(titles).collect();

    let text = |text: &str| Cell::Text(text.to_owned());
    let mut rows = Vec::new();
    for (expr, series) in found {
        for series in series {
            let name = name(series, expr);
            for point in &series.points {
                let mut row = vec![Cell::Text(time(point.at_ms))];
                row.extend(has_queries.then(|| text(expr)));
                row.extend([Cell::Text(name.clone()), number(point.value)]);
                row.extend(has_metrics.then(|| text(&series.metric)));
                row.extend(labels.iter().map(|label| match series.label(label) {
                    "" => Cell::Empty,
                    value => text(value),
                }));
                rows.push(row);
            }
        }
    }
    let titles: Vec<&str> = titles.iter().map(|title| &**title).collect();
    super::table(&titles, rows)
}

/// As PromQL writes it; what has no labels is called by its query.
fn name(series: &Series, expr: &str) -> String {
    let labels = series.labels.iter();
    let labels: Vec<_> = labels
        .map(|(label, value)| format!("{label}={value:?}"))
        .collect();
    match (series.metric.as_str(), labels.is_empty()) {
        ("", true) => expr.to_owned(),
        (metric, true) => metric.to_owned(),
        (metric, false) => format!("{metric}{{{}}}", labels.join(",")),
    }
}

fn number(value: f64) -> Cell {
    match value.is_nan() {
        true => Cell::Empty,
        false => Cell::Number(value),
    }
}

fn time(at_ms: i64) -> String {
    // Ranges end long before times that have no name.
    Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), |time| time.to_string())
}

/// A range as addresses of pages have it (`range=6h`, `from=` and `to=`), or in milliseconds.
///
/// # Errors
/// What cannot be read of it.
pub(crate) fn range(
    range: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
    now_ms: i64,
) -> Result<TimeRange, Problem> {
    let time = |name: &str, text: &str| {
        let at_ms = text.parse().ok();
        let named = || Some(text.parse::<Timestamp>().ok()?.as_millisecond());
        at_ms.or_else(named).ok_or_else(|| {
            Problem::invalid(format!(
                "{name}: {text:?} is no time: write 2026-11-21T14:00:00Z, or milliseconds since 1970"
            ))
        })
    };
    match (range, from, to) {
        (None, None, None) => Ok(TimeRange::default()),
        (None, Some(from), to) => {
            let to_ms = to.map_or(Ok(now_ms), |to| time("to", to))?;
            Ok(TimeRange::Between(time("from", from)?, to_ms))
        }
        (Some(text), None, None) => {
            let length = model::parse_duration(text);
            let length = length.map_err(|why| Problem::invalid(format!("range: {why}")))?;
            Ok(TimeRange::Last(
                i64::try_from(length.as_millis()).unwrap_or(i64::MAX),
            ))
        }
        _ => Err(Problem::invalid(
            "a range is written as range=6h, or as from= and, if it does not end now, to=",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::Point;

    fn series(metric: &str, labels: &[(&str, &str)], values: &[f64]) -> Series {
        let points = values.iter().zip(0..).map(|(value, place)| Point {
            at_ms: 1_795_233_600_000 + place * 500,
            value: *value,
        });
        let labels = labels.iter();
        Series {
            metric: metric.to_owned(),
            labels: labels
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            points: points.collect(),
        }
    }

    fn text(found: &Found<'_>) -> String {
        let table = table(found);
        let titles = table.columns.iter().map(|column| column.name.clone());
        let mut lines = vec![titles.collect::<Vec<_>>().join("|")];
        for row in table.rows {
            let cells = row.into_iter().map(|cell| match cell {
                Cell::Empty => String::new(),
                Cell::Integer(number) => number.to_string(),
                Cell::Number(number) => number.to_string(),
                Cell::Text(text) => text,
            });
            lines.push(cells.collect::<Vec<_>>().join("|"));
        }
        lines.join("\n")
    }

    #[test]
    fn one_row_a_value() {
        for (found, expected) in [
            (
                vec![(
                    "up",
                    vec![
                        series("up", &[("server", "a")], &[1.0, 0.5]),
                        series("up", &[("value", "b\"c")], &[f64::NAN]),
                    ],
                )],
                "time|series|value|metric|server|label_value\n\
                 2026-11-21T04:00:00Z|up{server=\"a\"}|1|up|a|\n\
                 2026-11-21T04:00:00.5Z|up{server=\"a\"}|0.5|up|a|\n\
                 2026-11-21T04:00:00Z|up{value=\"b\\\"c\"}||up||b\"c",
            ),
            (
                vec![
                    ("sum(up)", vec![series("", &[], &[2.0])]),
                    ("count(up)", vec![series("", &[], &[3.0])]),
                ],
                "time|query|series|value\n\
                 2026-11-21T04:00:00Z|sum(up)|sum(up)|2\n\
                 2026-11-21T04:00:00Z|count(up)|count(up)|3",
            ),
            (vec![("none", vec![])], "time|series|value"),
        ] {
            assert_eq!(text(&found), expected);
        }
        let long = series("up", &[], &vec![1.0; MOST_ROWS]);
        assert!(check(&vec![("up", vec![long.clone()])]).is_ok());
        let message = check(&vec![("up", vec![long.clone(), long])])
            .unwrap_err()
            .message;
        assert!(
            message.contains("600000 rows") && message.contains("step_ms"),
            "{message}"
        );
    }

    #[test]
    fn ranges_and_steps() {
        const NOW_MS: i64 = 1_795_233_600_000;
        for (words, expected) in [
            ([None; 3], Ok(TimeRange::Last(3_600_000))),
            ([Some("6h"), None, None], Ok(TimeRange::Last(21_600_000))),
            ([None, Some("5"), Some("7")], Ok(TimeRange::Between(5, 7))),
            ([None, Some("5"), None], Ok(TimeRange::Between(5, NOW_MS))),
            (
                [
                    None,
                    Some("2026-11-21T03:00:00Z"),
                    Some("2026-11-21T05:00:00+01:00"),
                ],
                Ok(TimeRange::Between(NOW_MS - 3_600_000, NOW_MS)),
            ),
            ([Some("soon"), None, None], Err("\"soon\"")),
            ([Some("6h"), Some("5"), None], Err("range=6h")),
            ([None, None, Some("5")], Err("range=6h")),
            ([None, Some("yesterday"), None], Err("from: \"yesterday\"")),
        ] {
            let [length, from, to] = words;
            match (range(length, from, to, NOW_MS), expected) {
                (Ok(range), Ok(expected)) => assert_eq!(range, expected),
                (Err(problem), Err(part)) => {
                    assert!(problem.message.contains(part), "{problem}");
                }
                (got, _) => panic!("{words:?}: {got:?}"),
            }
        }
        let asked = |count: usize, range, step_ms| {
            let query = SeriesQuery {
                queries: vec!["up".to_owned(); count],
                range,
                step_ms,
            };
            span(&query, NOW_MS + 7)
        };
        let hour = TimeRange::Last(3_600_000);
        assert_eq!(asked(1, hour, None).unwrap().step_ms, 10_000);
        let own = asked(1, hour, Some(7_000)).unwrap();
        assert_eq!(
            (own.from_ms % 7_000, own.to_ms % 7_000, own.step_ms),
            (0, 0, 7_000)
        );
        for (count, step_ms) in [
            (0, None),
            (21, None),
            (1, Some(0)),
            (1, Some(-1)),
            (1, Some(1)),
        ] {
            assert!(asked(count, hour, step_ms).is_err(), "{count} {step_ms:?}");
        }
        assert!(asked(1, TimeRange::Between(i64::MIN, i64::MAX), Some(i64::MAX)).is_ok());
    }
}
