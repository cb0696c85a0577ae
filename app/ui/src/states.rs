//! States of several things over one time axis: up, degraded, down, and when.

use leptos::prelude::*;
use wire::{Level, StateSpan};

use crate::axis::Axis;
use crate::lanes::{Bar, Lane, Paint, lanes};
use crate::timeline::describe;
use crate::{Changing, Empty, PageTime, format};

/// One of the things.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateRow {
    /// What it is called.
    pub name: String,
    /// Where it leads.
    pub href: Option<String>,
    /// Stretches of one level each, oldest first; where nothing is said, nobody looked.
    pub spans: Vec<StateSpan>,
    /// What stands at the end of the line: `99.93 %`.
    pub note: String,
}

/// A strip of states for each thing, above one time axis.
#[component]
pub fn States(
    /// What it shows, for who does not see it.
    #[prop(into)]
    title: String,
    /// The things, in this order.
    #[prop(into)]
    rows: Changing<Vec<StateRow>>,
    /// From when to when; where missing, as far as something is known.
    #[prop(optional_no_strip)]
    range: Option<Changing<(i64, i64)>>,
) -> impl IntoView {
    let zone = use_context::<PageTime>().map(|time| time.zone);
    let picture = move || {
        let rows = rows.get();
        let Some((from_ms, to_ms)) = range.as_ref().map(Changing::get).or_else(|| known(&rows))
        else {
            return view! { <Empty>"Nothing has been observed yet. The first probe begins a strip."</Empty> }.into_any();
        };
        let shift = |at_ms: i64| zone.map_or(at_ms, |zone| zone.get().shift(at_ms)) as f64;
        let axis = Axis {
            from_ms: shift(from_ms),
            to_ms: shift(to_ms),
            is_elapsed: false,
        };
        let rows: Vec<_> = rows.iter().map(|row| lane(row, shift)).collect();
        lanes("states", &title, axis, &rows)
    };
    view! { {move || picture()} }
}

fn known(rows: &[StateRow]) -> Option<(i64, i64)> {
    let spans = || rows.iter().flat_map(|row| &row.spans);
    let from_ms = spans().map(|span| span.from_ms).min()?;
    Some((from_ms, spans().map(|span| span.to_ms).max()?))
}

fn lane(row: &StateRow, shift: impl Fn(i64) -> f64) -> Lane {
    let bars = row.spans.iter().map(|span| {
        let (from_ms, to_ms) = (shift(span.from_ms), shift(span.to_ms));
        let long = format::duration(span.to_ms - span.from_ms);
        let since = format::exact(span.from_ms);
        Bar {
            from_ms,
            to_ms,
            paint: Paint::Level(span.level),
            words: format!("{} for {long} from {since}", span.level.as_str()),
            label: "",
        }
    });
    Lane {
        name: row.name.clone(),
        href: row.href.clone(),
        bars: bars.collect(),
        note: row.note.clone(),
        words: format!("{}: {}", row.name, describe(&row.spans)),
        level: row.spans.last().map_or(Level::Unknown, |span| span.level),
        ..Lane::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips() {
        assert_eq!(known(&[StateRow::default()]), None);
        let span = |from_ms, to_ms, level| StateSpan {
            from_ms,
            to_ms,
            level,
        };
        let row = StateRow {
            name: "fs".to_owned(),
            spans: vec![
                span(60_000, 120_000, Level::Healthy),
                span(120_000, 150_000, Level::Unhealthy),
            ],
            ..StateRow::default()
        };
        let early = StateRow {
            spans: vec![span(0, 1000, Level::Unknown)],
            ..StateRow::default()
        };
        assert_eq!(known(&[row.clone(), early]), Some((0, 150_000)));
        let lane = lane(&row, |at_ms| at_ms as f64 + 1.0);
        assert_eq!(lane.words, "fs: unhealthy for 30 s, healthy for 1 min");
        assert_eq!(lane.level, Level::Unhealthy, "as it is now");
        let bar = &lane.bars[1];
        assert_eq!((bar.from_ms, bar.to_ms), (120_001.0, 150_001.0));
        assert_eq!(bar.words, "unhealthy for 30 s from 1970-01-01 00:02:00 UTC");
    }
}
