//! Pictures of one objective over time: what is left, what was bad, how fast the budget is spent.

use std::sync::Arc;

use leptos::prelude::*;
use ui::chart::{Chart, ChartHandle, Picture, Sheet, png};
use ui::{Empty, PanelFrame, PanelMenu, effect, when_else};
use wire::{Budget, BudgetPoint, Burn, Kind, Level, ObjectiveDetail, Threshold, Unit};

use super::words::{percent, rate};

const DAY_MS: i64 = 86_400_000;

/// What is drawn: made of a detail, and anew when another one has come.
type Drawn = fn(&ObjectiveDetail) -> Picture;

/// A panel with a chart.
pub(super) fn panel(
    id: &'static str,
    title: &'static str,
    summary: Option<AnyView>,
    shown: RwSignal<ObjectiveDetail>,
    drawn: Drawn,
) -> AnyView {
    let (as_table, handle) = (RwSignal::new(false), ChartHandle::default());
    let picture = RwSignal::new(shown.with_untracked(drawn));
    effect(move || {
        let next = shown.with(drawn);
        picture.update(|picture| {
            (picture.from_ms, picture.to_ms) = (next.from_ms, next.to_ms);
            picture.thresholds = next.thresholds;
            picture.sheet = next.sheet;
        });
    });
    let menu = PanelMenu {
        as_table: Some(as_table),
        png: Some(Arc::new(move || png(handle))),
        ..PanelMenu::default()
    };
    let has_some = move || {
        picture.with(|picture| {
            let mut values = picture.sheet.rows.iter().flat_map(|row| &row.values);
            values.any(|value| value.is_finite())
        })
    };
    let chart = move || view! { <Chart title=title.to_owned() picture=picture as_table=as_table handle=handle /> };
    view! {
        <PanelFrame id=id title=title summary=summary menu=menu>
            {when_else(
                has_some,
                chart,
                || view! { <Empty>"Nothing was measured in that time. The picture fills as minutes are counted."</Empty> },
            )}
        </PanelFrame>
    }
    .into_any()
}

/// What is left of the budget, with the pace that would last.
pub(super) fn burn_down(detail: &ObjectiveDetail) -> Picture {
    let of = &detail.objective;
    Picture {
        kind: Kind::BurnDown,
        unit: Unit::Ratio,
        ..drawn(
            vec![("Budget left".to_owned(), &detail.burn_down)],
            Some(&of.budget),
        )
    }
}

/// The same of a preview: from where something is known.
pub(super) fn previewed(points: &[BudgetPoint], budget: &Budget) -> Picture {
    let known = points.iter().position(|point| point.value.is_some());
    let points = points.get(known.unwrap_or(0)..).unwrap_or_default();
    Picture {
        kind: Kind::BurnDown,
        unit: Unit::Ratio,
        ..drawn(vec![("Budget left".to_owned(), points)], Some(budget))
    }
}

/// The part that was bad, with what the target allows.
pub(super) fn error_ratio(detail: &ObjectiveDetail) -> Picture {
    let of = &detail.objective;
    let allowed = 100.0 - of.draft.target_percent;
    Picture {
        unit: Unit::Ratio,
        thresholds: vec![Threshold {
            value: allowed / 100.0,
            level: Level::Degraded,
            label: format!("allowed {}", percent(allowed)),
            below: false,
        }],
        ..drawn(vec![("Bad".to_owned(), &detail.error_ratio)], None)
    }
}

/// Burn rates over several windows, with the rates at which somebody is told.
pub(super) fn burn_rates(detail: &ObjectiveDetail) -> Picture {
    let of = &detail.objective;
    let lines = detail.burn_rates.iter();
    let lines = lines.map(|line| (line.window.clone(), line.points.as_slice()));
    Picture {
        unit: Unit::Number,
        thresholds: limits(&of.burn),
        ..drawn(lines.collect(), None)
    }
}

/// A line for each rate at which somebody is told, with the windows that have to burn as fast.
fn limits(burn: &[Burn]) -> Vec<Threshold> {
    let mut limits: Vec<(f64, Vec<&str>)> = Vec::new();
    for it in burn {
        let Some(limit) = it.limit else { continue };
        match limits.iter_mut().find(|(known, _)| *known == limit) {
            Some((_, windows)) => windows.push(&it.window),
            None => limits.push((limit, vec![&it.window])),
        }
    }
    let line = |(value, windows): (f64, Vec<&str>)| Threshold {
        value,
        level: Level::Degraded,
        label: format!("{}: {}", windows.join(" and "), rate(Some(value))),
        below: false,
    };
    limits.into_iter().map(line).collect()
}

/// Lines over the time that they have points in. Of a window that goes on, the rest is still to come.
fn drawn(lines: Vec<(String, &[BudgetPoint])>, window: Option<&Budget>) -> Picture {
    let sheet = sheet(lines);
    let ends = sheet.at_ms.first().zip(sheet.at_ms.last());
    let (from_ms, mut to_ms) = ends.map_or((0, 0), |(from, to)| (*from as i64, *to as i64));
    // What is looked at closer has an end of its own.
    let is_whole = |window: &&Budget| from_ms <= window.from_ms.saturating_add(DAY_MS);
    if let Some(window) = window.filter(is_whole) {
        to_ms = to_ms.max(window.to_ms);
    }
    Picture {
        sheet,
        from_ms,
        to_ms,
        ..Picture::default()
    }
}

/// Lines over the times of all of them.
fn sheet(lines: Vec<(String, &[BudgetPoint])>) -> Sheet {
    let points = lines.iter().flat_map(|(_, points)| *points);
    let mut at_ms: Vec<i64> = points.map(|point| point.at_ms).collect();
    at_ms.sort_unstable();
    at_ms.dedup();
    let rows = lines.into_iter().map(|(name, points)| {
        let mut values = vec![f64::NAN; at_ms.len()];
        for point in points {
            if let (Ok(place), Some(value)) = (at_ms.binary_search(&point.at_ms), point.value) {
                values[place] = value;
            }
        }
        (name, values)
    });
    let rows = rows.collect();
    Sheet::of_rows(at_ms.into_iter().map(|at| at as f64).collect(), rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(points: &[(i64, f64)]) -> Vec<BudgetPoint> {
        let point = |&(at_ms, value): &(i64, f64)| BudgetPoint {
            at_ms,
            value: value.is_finite().then_some(value),
        };
        points.iter().map(point).collect()
    }

    #[test]
    fn lines_share_their_times() {
        let (a, b) = (
            points(&[(0, 1.0), (60, 0.5)]),
            points(&[(60, 2.0), (120, f64::NAN)]),
        );
        let sheet = sheet(vec![("5m".to_owned(), &a), ("1h".to_owned(), &b)]);
        assert_eq!(sheet.at_ms, [0.0, 60.0, 120.0]);
        let values = |row: usize| {
            let values = sheet.rows[row].values.iter();
            values
                .map(|value| value.is_finite().then_some(*value))
                .collect::<Vec<_>>()
        };
        assert_eq!(values(0), [Some(1.0), Some(0.5), None]);
        assert_eq!(values(1), [None, Some(2.0), None]);
    }

    #[test]
    fn a_limit_names_its_windows() {
        let burn = |window: &str, limit| Burn {
            window: window.to_owned(),
            rate: Some(1.0),
            limit,
        };
        let lines = limits(&[
            burn("5m", Some(14.4)),
            burn("1h", Some(14.4)),
            burn("30d", None),
        ]);
        let labels: Vec<_> = lines.iter().map(|line| line.label.as_str()).collect();
        assert_eq!(labels, ["5m and 1h: 14.4 ×"]);
    }
}
