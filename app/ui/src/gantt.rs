//! Start-ups: how long each thing took to be ready, phase by phase, on one axis.

use leptos::prelude::*;
use wire::Level;

use crate::axis::Axis;
use crate::lanes::{Bar, Lane, Paint, lanes, legend};
use crate::{Changing, Empty, format};

/// A stretch of a start-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Phase {
    /// What went on: `handshake`. Each name has a colour of its own.
    pub name: String,
    /// When it began, in seconds since the first of all start-ups did.
    pub from_seconds: f64,
    /// How long it took.
    pub seconds: f64,
}

/// One start-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartUp {
    /// What started.
    pub name: String,
    /// Where it leads.
    pub href: Option<String>,
    /// Its phases.
    pub phases: Vec<Phase>,
    /// How it ended.
    pub level: Level,
}

/// Start-ups on lines, in this order.
#[component]
pub fn Gantt(
    /// What it shows, for who does not see it.
    #[prop(into)]
    title: String,
    /// The start-ups.
    #[prop(into)]
    start_ups: Changing<Vec<StartUp>>,
) -> impl IntoView {
    let picture = move || {
        let start_ups = start_ups.get();
        let names = phase_names(&start_ups);
        if names.is_empty() {
            return view! { <Empty>"Nothing has started in this time range."</Empty> }.into_any();
        }
        let ends = start_ups.iter().filter_map(end);
        let to_ms = ends.fold(0.0, f64::max) * 1e3;
        let axis = Axis {
            from_ms: 0.0,
            to_ms,
            is_elapsed: true,
        };
        let rows: Vec<_> = start_ups.iter().map(|row| lane(row, &names)).collect();
        view! {
            {legend(&names)}
            {lanes("gantt", &title, axis, &rows)}
        }
        .into_any()
    };
    view! { {move || picture()} }
}

/// When it was ready.
fn end(start_up: &StartUp) -> Option<f64> {
    let ends = start_up
        .phases
        .iter()
        .map(|phase| phase.from_seconds + phase.seconds);
    ends.filter(|end| end.is_finite()).reduce(f64::max)
}

fn phase_names(start_ups: &[StartUp]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for phase in start_ups.iter().flat_map(|row| &row.phases) {
        if !names.contains(&phase.name) {
            names.push(phase.name.clone());
        }
    }
    names
}

fn lane(start_up: &StartUp, names: &[String]) -> Lane {
    let words = |phase: &Phase| format!("{} {}", phase.name, format::seconds(phase.seconds));
    let bars = start_up.phases.iter().map(|phase| Bar {
        from_ms: phase.from_seconds * 1e3,
        to_ms: (phase.from_seconds + phase.seconds) * 1e3,
        paint: Paint::Series(
            names
                .iter()
                .position(|name| *name == phase.name)
                .unwrap_or(0),
        ),
        words: words(phase),
        label: "",
    });
    let begin = start_up
        .phases
        .iter()
        .map(|phase| phase.from_seconds)
        .reduce(f64::min);
    let took = end(start_up)
        .zip(begin)
        .map(|(end, begin)| format::seconds(end - begin));
    let note = took.unwrap_or_else(|| "–".to_owned());
    let parts: Vec<_> = start_up.phases.iter().map(words).collect();
    Lane {
        name: start_up.name.clone(),
        href: start_up.href.clone(),
        level: start_up.level,
        bars: bars.collect(),
        words: format!("{}: {note}, of it {}", start_up.name, parts.join(", ")),
        note,
        ..Lane::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let phase = |name: &str, from_seconds, seconds| Phase {
            name: name.to_owned(),
            from_seconds,
            seconds,
        };
        let fs = StartUp {
            name: "fs".to_owned(),
            phases: vec![phase("process", 0.5, 0.25), phase("handshake", 0.75, 0.1)],
            ..StartUp::default()
        };
        let never = StartUp::default();
        let names = phase_names(&[fs.clone(), never.clone()]);
        assert_eq!(names, ["process", "handshake"]);
        let lane = super::lane(&fs, &names);
        assert_eq!(
            lane.words,
            "fs: 350 ms, of it process 250 ms, handshake 100 ms"
        );
        assert_eq!(lane.bars[1].paint, Paint::Series(1));
        assert_eq!(end(&fs), Some(0.85));
        assert_eq!(super::lane(&never, &names).note, "–");
    }
}
