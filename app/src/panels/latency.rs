//! How long servers take to answer, over time.

use leptos::prelude::*;
use ui::chart::{LineChart, Picture, Unit, append, by_label};
use ui::{Empty, LiveState, effect, when_else};
use wire::{EventKind, Series, TableName};

use super::{Panel, Scope};
use crate::answer::Loaded;
use crate::api::load_series;
use crate::seeded::{Room, seeded_with};

pub(crate) const PANEL: Panel = Panel {
    id: "latency",
    title: "Time to answer by server",
    export: Some(TableName::Latency),
    view: |scope| chart(scope, "server"),
};

pub(crate) const OF_SERVER: Panel = Panel {
    id: "server-latency",
    title: "Duration by step",
    export: Some(TableName::Latency),
    view: |scope| chart(scope, "step"),
};

const METRIC: &str = "mcp_probe_duration_seconds";
const RANGE_MS: i64 = 3_600_000;
/// The shortest stretch of time that fills a chart.
const SHORTEST_MS: i64 = 120_000;
/// Steps that every probe takes.
const RECURRING: [&str; 3] = ["ping", "discover", "list_tools"];

/// Loads the past; the socket appends the present.
fn chart(scope: &Scope, label: &'static str) -> AnyView {
    let live = expect_context::<LiveState>();
    let server = scope.server.clone();
    let asked = server.clone();
    let past = Loaded::while_at(
        move || live.gaps.get(),
        move || load_series(vec![METRIC.to_owned()], asked.clone(), RANGE_MS),
    );
    seeded_with(Room::Tall, past, move |live, past| {
        view! { <Chart live=live past=past server=server.clone() label=label /> }.into_any()
    })
}

#[component]
fn Chart(
    live: LiveState,
    past: Vec<Series>,
    server: Option<String>,
    label: &'static str,
) -> impl IntoView {
    let series = RwSignal::new(past);
    let concerns = {
        let server = server.clone();
        move |series: &Series| {
            series.metric == METRIC
                && server
                    .as_deref()
                    .is_none_or(|server| series.label("server") == server)
        }
    };
    effect(move || {
        let new: Vec<_> = live
            .points
            .with(|points| points.iter().filter(|s| concerns(s)).cloned().collect());
        if !new.is_empty() {
            let from_ms = live.now_ms.get_untracked() - RANGE_MS;
            series.update(|series| append(series, &new, from_ms));
        }
    });
    let marks_of = server.clone();
    let picture = Memo::new(move |_| {
        let to_ms = live.now_ms.get_untracked();
        let shown = series.with(|series| pick(series, label));
        let names: Vec<String> = match label {
            "server" => live.servers.with(|servers| {
                servers
                    .iter()
                    .map(|s| s.with_untracked(|s| s.name.clone()))
                    .collect()
            }),
            _ => [
                "process",
                "transport",
                "handshake",
                "ping",
                "discover",
                "list_tools",
            ]
            .map(str::to_owned)
            .to_vec(),
        };
        let begin_ms = begin(&shown, to_ms);
        let marks = live.events.with(|events| {
            let worth = |kind: EventKind| {
                matches!(
                    kind,
                    EventKind::Restart | EventKind::Definition | EventKind::Alert
                )
            };
            let ours = |name: &str| marks_of.as_deref().is_none_or(|server| server == name);
            let shown = events
                .iter()
                .filter(|e| worth(e.kind) && ours(&e.server) && e.at_ms >= begin_ms);
            shown.cloned().collect()
        });
        Picture {
            lines: by_label(&shown, label, &names),
            from_ms: begin_ms,
            to_ms,
            unit: Unit::Seconds,
            marks,
        }
    });
    let is_empty = move || picture.with(|picture| picture.lines.is_empty());
    let none = || {
        view! {
            <Empty>
                "No probe has got through in the last hour. Durations appear with the first one that does."
            </Empty>
        }
    };
    let chart = move || view! { <LineChart title="Time to answer".to_owned() picture=picture /> };
    when_else(is_empty, none, chart)
}

/// Which series of the metric a chart shows: by server, the lightest question each of them answers;
/// by step, those of every probe (a handshake is an event, not a course).
fn pick(series: &[Series], label: &str) -> Vec<Series> {
    let steps: &[&str] = match label {
        "server" => &["ping", "discover"],
        _ => &RECURRING,
    };
    let is_shown = |series: &&Series| steps.contains(&series.label("step"));
    series.iter().filter(is_shown).cloned().collect()
}

/// Where the time axis begins: an hour ago, or later while there is less to show.
fn begin(series: &[Series], to_ms: i64) -> i64 {
    let first = series
        .iter()
        .filter_map(|series| series.points.first())
        .map(|point| point.at_ms)
        .min();
    first
        .unwrap_or(to_ms)
        .min(to_ms - SHORTEST_MS)
        .max(to_ms - RANGE_MS)
}
