//! How a panel over metrics is shown: its kind decides.

use leptos::prelude::*;
use ui::chart::{Chart, ChartHandle, Picture, png};
use ui::{
    BarItem, BarList, Changing, Empty, Gauge, LiveState, PageTime, PanelFrame, PanelMenu, Partial,
    Reading, Spark, Stat, StatTile, StateRow, States, Trouble, each, format, time, when, when_else,
};
use wire::{Kind, Level, MetricPanel, StateSpan, path_segment};

use crate::board::Shown;

/// A panel of any kind.
pub(crate) fn any(shown: &Shown) -> AnyView {
    match shown.panel.kind {
        Kind::Gauge | Kind::Budget => framed(shown, gauges(shown), None),
        Kind::BarList => framed(shown, bars(shown), None),
        Kind::States => framed(shown, states(shown), None),
        _ => tile_or_chart(shown),
    }
}

/// A panel of the kinds that the first page has; others are shown as lines.
pub(crate) fn tile_or_chart(shown: &Shown) -> AnyView {
    if shown.panel.kind == Kind::Stat {
        return tile(shown);
    }
    let (title, picture) = (shown.panel.title.clone(), shown.picture);
    let (as_table, handle) = (RwSignal::new(false), ChartHandle::default());
    let chart = view! { <Chart title=title picture=picture as_table=as_table handle=handle /> };
    framed(shown, chart.into_any(), Some((as_table, handle)))
}

fn framed(
    shown: &Shown,
    content: AnyView,
    chart: Option<(RwSignal<bool>, ChartHandle)>,
) -> AnyView {
    let panel = shown.panel.clone();
    let menu = PanelMenu {
        exports: Some(exports(shown)),
        query: Some(queries(shown)),
        explore: Some(explore(shown)),
        as_table: chart.map(|(as_table, _)| as_table),
        png: chart.map(|(_, handle)| std::sync::Arc::new(move || png(handle)) as _),
    };
    let summary = (!panel.summary.is_empty()).then(|| summary(shown));
    let troubles = troubles(shown);
    view! {
        <PanelFrame id=panel.id.clone() title=panel.title.clone() summary=summary menu=menu>
            {troubles}
            <div class="content" data-kind=panel.kind.as_str()>{content}</div>
        </PanelFrame>
    }
    .into_any()
}

/// The line of the catalogue, and what is left out.
fn summary(shown: &Shown) -> AnyView {
    let (shown, live) = (shown.clone(), expect_context::<LiveState>());
    let line = shown.panel.summary.clone();
    let cut = move || {
        let servers = live.servers.with(Vec::len);
        let count = |picture: &Picture| match shown.panel.kind {
            Kind::BarList => shown.newest(picture).len(),
            _ => picture.sheet.rows.len(),
        };
        cut(&shown.panel, shown.picture.with(count), servers)
    };
    view! { {line} {move || cut()} }.into_any()
}

/// How many of many are shown; nothing where all are.
fn cut(panel: &MetricPanel, count: usize, servers: usize) -> String {
    if panel.kind == Kind::BarList {
        let side = if starts_low(panel) {
            "lowest"
        } else {
            "largest"
        };
        return match count > MOST_BARS {
            true => format!("; the {MOST_BARS} {side}"),
            false => String::new(),
        };
    }
    let Some(most) = panel.most.map(|most| most as usize) else {
        return String::new();
    };
    // As many as the queries come to: whether there are more, only the list of servers says.
    let by_server = panel
        .queries
        .iter()
        .any(|query| query.legend == "{{server}}");
    match count > most || (count == most && by_server && servers > most) {
        true => format!("; at most {most} at a time"),
        false => String::new(),
    }
}

/// Whether low values are the bad ones, and come first.
fn starts_low(panel: &MetricPanel) -> bool {
    panel.thresholds.iter().any(|threshold| threshold.below)
}

/// What of a panel is missing and why, or what would fill it.
fn troubles(shown: &Shown) -> AnyView {
    let (troubles, picture) = (shown.troubles, shown.picture);
    let is_empty = move || picture.with(|picture| picture.sheet.rows.is_empty());
    let first = move || troubles.with(|all| all.iter().flatten().next().cloned());
    let whole = move || troubles.with(|all| all.iter().all(Option::is_some));
    let has_trouble = move || first().is_some();
    let empty = shown.panel.empty.clone();
    let nothing = when(
        move || is_empty() && !has_trouble(),
        move || {
            let empty = empty.clone();
            view! { <Empty>{empty}</Empty> }
        },
    );
    let trouble = when(has_trouble, move || {
        let message = first().unwrap_or_default();
        match whole() {
            true => view! { <Trouble message=message /> }.into_any(),
            false => view! { <Partial missing=message /> }.into_any(),
        }
    });
    view! { {nothing} {trouble} }.into_any()
}

/// What the page looks at, as a part of an address.
fn range_query() -> Changing<String> {
    let range = expect_context::<PageTime>().range;
    Changing::from(move || time::to_query(range.get()))
}

fn encoded(expressions: &[String], name: &str) -> String {
    let parts = expressions
        .iter()
        .map(|expr| format!("{name}={}", path_segment(expr)));
    parts.collect::<Vec<_>>().join("&")
}

fn exports(shown: &Shown) -> Changing<String> {
    let (shown, range) = (shown.clone(), range_query());
    Changing::from(move || {
        let span = shown.span.get();
        let queries = encoded(&shown.expressions(span), "query");
        format!("{queries}&{}", range.get())
    })
}

fn explore(shown: &Shown) -> Changing<String> {
    let (shown, range) = (shown.clone(), range_query());
    Changing::from(move || {
        let queries = encoded(&shown.expressions(shown.span.get()), "q");
        let legends = shown.panel.queries.iter();
        let legends: Vec<String> = legends.map(|query| query.legend.clone()).collect();
        let legends = encoded(&legends, "legend");
        let (unit, kind) = (shown.panel.unit.as_str(), shown.panel.kind.as_str());
        format!(
            "/explore?{queries}&{legends}&unit={unit}&kind={kind}&{}",
            range.get()
        )
    })
}

fn queries(shown: &Shown) -> Changing<String> {
    let shown = shown.clone();
    Changing::from(move || shown.expressions(shown.span.get()).join("\n"))
}

fn tile(shown: &Shown) -> AnyView {
    let panel = shown.panel.clone();
    let (stat_of, title) = (shown.clone(), panel.title.clone());
    let stat = move || stat_of.picture.with(|picture| stat(&stat_of, picture));
    view! { <StatTile title=title stat=stat /> }.into_any()
}

fn stat(shown: &Shown, picture: &Picture) -> Stat {
    let panel = &shown.panel;
    let newest = shown.newest(picture).first().copied();
    let failed = shown
        .troubles
        .with(|all| all.iter().flatten().next().cloned());
    let value = newest.map(|(_, value)| value);
    let detail = match (&failed, value) {
        (Some(message), _) => message.clone(),
        // How it could be filled is said where there is more room.
        (None, None) => first_sentence(&panel.empty),
        (None, Some(value)) => measured_against(panel, value),
    };
    let values = picture.sheet.rows.first().map(|row| row.values.clone());
    let threshold = panel.thresholds.first().map(|threshold| threshold.value);
    Stat::of(panel.unit, value)
        .detail(detail)
        .level(value.map_or(Level::Unknown, |value| panel.level(value)))
        .spark(Spark {
            values: values.unwrap_or_default(),
            threshold,
        })
}

fn first_sentence(text: &str) -> String {
    match text.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => text.to_owned(),
    }
}

/// What stands below a tile's number: the limit, or the line of the catalogue.
fn measured_against(panel: &MetricPanel, value: f64) -> String {
    let crossed = panel.thresholds.iter().rev().find(|t| t.is_crossed(value));
    let limit = crossed.or(panel.thresholds.first());
    match limit {
        Some(limit) => {
            let side = match (limit.below, crossed.is_some()) {
                (false, false) => "limit",
                (true, false) => "at least",
                (false, true) => "over the limit of",
                (true, true) => "under the limit of",
            };
            format!("{side} {}", format::value(panel.unit, limit.value))
        }
        None => panel.summary.clone(),
    }
}

fn gauges(shown: &Shown) -> AnyView {
    let shown = shown.clone();
    let (listed, is_budget) = (shown.clone(), shown.panel.kind == Kind::Budget);
    let rows = move || {
        listed.picture.with(|picture| {
            let rows = listed.newest(picture).into_iter();
            rows.map(|(place, _)| picture.sheet.rows[place].name.clone())
                .collect::<Vec<String>>()
        })
    };
    let gauge = move |name: String| {
        let (shown, wanted) = (shown.clone(), name.clone());
        let reading = move || {
            shown.picture.with(|picture| {
                let newest = shown.newest(picture);
                let ours = |(place, _): &&(usize, f64)| picture.sheet.rows[*place].name == wanted;
                let value = newest.iter().find(ours).map(|(_, value)| *value);
                reading(&shown.panel, value, is_budget)
            })
        };
        view! { <Gauge title=name reading=reading /> }
    };
    view! { <div class="gauges">{each(rows, String::clone, gauge)}</div> }.into_any()
}

fn reading(panel: &MetricPanel, value: Option<f64>, is_budget: bool) -> Reading {
    let Some(value) = value else {
        return Reading::default();
    };
    let full = panel.max.unwrap_or(match panel.unit {
        wire::Unit::Percent => 100.0,
        _ => 1.0,
    });
    let text = format::value(panel.unit, value);
    Reading {
        share: Some(value / full),
        text: if is_budget {
            format!("{text} left")
        } else {
            text
        },
        level: panel.level(value),
        ..Reading::default()
    }
}

/// Bars that are shown.
const MOST_BARS: usize = 12;

fn bars(shown: &Shown) -> AnyView {
    let (shown, panel) = (shown.clone(), shown.panel.clone());
    let (title, time) = (panel.title.clone(), expect_context::<PageTime>());
    let items = {
        let shown = shown.clone();
        move || {
            shown.picture.with(|picture| {
                let mut left = shown.newest(picture);
                let mut items = Vec::new();
                while items.len() < MOST_BARS
                    && let Some(at) = first(&left, starts_low(&panel))
                {
                    let (place, value) = left.swap_remove(at);
                    let row = &picture.sheet.rows[place];
                    items.push(BarItem {
                        name: row.name.clone(),
                        value,
                        text: format::value(panel.unit, value),
                        href: server_href(time, row.label("server")),
                        level: panel.level(value),
                    });
                }
                items
            })
        }
    };
    let full = shown.panel.max;
    let has_some = move || shown.picture.with(|picture| !picture.sheet.rows.is_empty());
    let list = move || {
        let (title, items) = (title.clone(), items.clone());
        view! { <BarList title=title items=items full=full /> }
    };
    when_else(has_some, list, || ())
}

/// Where the largest value stands, or the lowest; of equal ones the first.
fn first(values: &[(usize, f64)], is_lowest: bool) -> Option<usize> {
    let mut at: Option<usize> = None;
    for (n, (place, value)) in values.iter().enumerate() {
        let is_before = |(known_place, known): (usize, f64)| match known == *value {
            true => *place < known_place,
            false => (*value < known) == is_lowest,
        };
        if at.is_none_or(|at| is_before(values[at])) {
            at = Some(n);
        }
    }
    at
}

fn server_href(time: PageTime, server: &str) -> Option<String> {
    let path = || format!("/servers/{}", path_segment(server));
    (!server.is_empty()).then(|| time.href(&path()))
}

fn states(shown: &Shown) -> AnyView {
    let (title, time) = (shown.panel.title.clone(), expect_context::<PageTime>());
    let (rows_of, picture) = (shown.clone(), shown.picture);
    let rows = move || {
        rows_of.picture.with(|picture| {
            let step_ms = rows_of.span.get_untracked().step_ms;
            let rows = picture.sheet.rows.iter().map(|row| StateRow {
                name: row.name.clone(),
                href: server_href(time, row.label("server")),
                spans: spans(&picture.sheet.at_ms, &row.values, step_ms),
                note: String::new(),
            });
            rows.collect::<Vec<_>>()
        })
    };
    let has_some = move || picture.with(|picture| !picture.sheet.rows.is_empty());
    let strips = move || {
        let title = title.clone();
        let range = move || picture.with(|picture| (picture.from_ms, picture.to_ms));
        view! { <States title=title rows=rows range=Some(range.into()) /> }
    };
    when_else(has_some, strips, || ())
}

/// Values as stretches of one level each; a value stands until the next, for three steps at most.
fn spans(at_ms: &[f64], values: &[f64], step_ms: i64) -> Vec<StateSpan> {
    let mut spans: Vec<StateSpan> = Vec::new();
    let reach_ms = (3 * step_ms).max(90_000);
    for (at, value) in at_ms.iter().zip(values) {
        if value.is_nan() {
            continue;
        }
        let from_ms = *at as i64;
        let level = match *value {
            v if v >= 1.0 => Level::Healthy,
            v if v <= 0.0 => Level::Unhealthy,
            _ => Level::Degraded,
        };
        if let Some(last) = spans.last_mut()
            && from_ms - last.to_ms <= reach_ms
        {
            last.to_ms = from_ms;
            if last.level == level {
                last.to_ms += step_ms;
                continue;
            }
        }
        spans.push(StateSpan {
            from_ms,
            to_ms: from_ms + step_ms,
            level,
        });
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_said() {
        let panel = |kind, legend: &str| MetricPanel {
            kind,
            most: Some(30),
            queries: vec![wire::PanelQuery {
                legend: legend.to_owned(),
                ..wire::PanelQuery::default()
            }],
            ..MetricPanel::default()
        };
        let by_server = panel(Kind::Line, "{{server}}");
        let by_tool = panel(Kind::Line, "{{tool}}");
        let bars = panel(Kind::BarList, "{{server}}");
        for (panel, count, servers, expected) in [
            (&by_server, 4, 4, ""),
            (&by_server, 4, 400, ""),
            (&by_server, 30, 30, ""),
            (&by_server, 30, 31, "; at most 30 at a time"),
            (&by_server, 31, 0, "; at most 30 at a time"),
            (&by_tool, 30, 400, ""),
            (&by_tool, 31, 1, "; at most 30 at a time"),
            (&bars, 12, 400, ""),
            (&bars, 13, 13, "; the 12 largest"),
            (&MetricPanel::default(), 400, 400, ""),
        ] {
            assert_eq!(cut(panel, count, servers), expected, "{count} of {servers}");
        }
    }

    #[test]
    fn bars_stand_in_order() {
        let values = [(0, 2.0), (1, 5.0), (2, 1.0), (3, 5.0)];
        for (is_lowest, expected) in [(false, [1, 3, 0, 2]), (true, [2, 0, 1, 3])] {
            let (mut left, mut order) = (values.to_vec(), Vec::new());
            while let Some(at) = first(&left, is_lowest) {
                order.push(left.swap_remove(at).0);
            }
            assert_eq!(order, expected, "lowest first: {is_lowest}");
        }
    }

    #[test]
    fn values_become_stretches() {
        let nan = f64::NAN;
        let at = |n: usize| (0..n).map(|i| i as f64 * 60_000.0).collect::<Vec<_>>();
        for (values, expected) in [
            (vec![], vec![]),
            (vec![nan, nan], vec![]),
            (vec![1.0, 1.0, 1.0], vec![(0, 3, Level::Healthy)]),
            (vec![1.0, nan, 1.0], vec![(0, 3, Level::Healthy)]),
            (
                vec![1.0, 0.0, 0.5],
                vec![
                    (0, 1, Level::Healthy),
                    (1, 2, Level::Unhealthy),
                    (2, 3, Level::Degraded),
                ],
            ),
            (
                vec![1.0, nan, nan, nan, nan, 1.0],
                vec![(0, 1, Level::Healthy), (5, 6, Level::Healthy)],
            ),
        ] {
            let spans = spans(&at(values.len()), &values, 60_000);
            let found: Vec<_> = spans
                .iter()
                .map(|s| (s.from_ms / 60_000, s.to_ms / 60_000, s.level))
                .collect();
            assert_eq!(found, expected, "{values:?}");
        }
    }
}
