//! The machine the product runs on.

use leptos::prelude::*;
use ui::{LiveState, all, effect, format};
use wire::{Series, TableName};

use super::{Panel, Scope};
use crate::answer::Loaded;
use crate::api::load_series;
use crate::seeded::{Room, seeded_with};

pub(crate) const PANEL: Panel = Panel {
    id: "host",
    title: "This machine",
    export: Some(TableName::Host),
    view: |_: &Scope| host(),
};

const METRICS: [(&str, &str); 3] = [
    ("mcp_system_cpu_usage_percent", "CPU"),
    ("mcp_system_memory_usage_percent", "Memory"),
    ("mcp_system_disk_usage_percent", "Disk"),
];
const RANGE_MS: i64 = 300_000;

fn host() -> AnyView {
    let live = expect_context::<LiveState>();
    let past = Loaded::while_at(
        move || live.gaps.get(),
        || {
            load_series(
                METRICS.map(|(metric, _)| metric.to_owned()).to_vec(),
                None,
                RANGE_MS,
            )
        },
    );
    seeded_with(Room::Small, past, |live, past| {
        view! { <Gauges live=live past=past /> }.into_any()
    })
}

#[component]
fn Gauges(live: LiveState, past: Vec<Series>) -> impl IntoView {
    let last = |series: &Series| series.points.last().map(|point| point.value);
    let gauges = METRICS.map(|(metric, name)| {
        let known = past.iter().find(|series| series.metric == metric);
        let place = known
            .map(|series| series.label("mount").to_owned())
            .unwrap_or_default();
        let value = RwSignal::new(known.and_then(last));
        effect(move || {
            let new = live
                .points
                .with(|points| points.iter().find(|s| s.metric == metric).and_then(last));
            if new.is_some() {
                value.set(new);
            }
        });
        view! { <Gauge name=name place=place value=value /> }
    });
    view! { <div class="gauges">{all(gauges.into_iter())}</div> }
}

/// A number and a bar, in words for who does not see it.
#[component]
fn Gauge(name: &'static str, place: String, value: RwSignal<Option<f64>>) -> impl IntoView {
    let text = move || {
        value
            .get()
            .map_or_else(|| "first look under way".to_owned(), format::percent)
    };
    let width = move || format!("{:.1}", value.get().unwrap_or(0.0).clamp(0.0, 100.0));
    let level = move || match value.get() {
        Some(v) if v >= 95.0 => "unhealthy",
        Some(v) if v >= 85.0 => "degraded",
        Some(_) => "healthy",
        None => "unknown",
    };
    view! {
        <div class="gauge" data-level=move || level()>
            <span>{name} " " <small>{place}</small></span>
            <b>{move || text()}</b>
            <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                <rect class="rest" width="100" height="4"></rect>
                <rect class="filled" width=move || width() height="4"></rect>
            </svg>
        </div>
    }
}
