//! One chart that a measurement feeds from outside; nothing links to it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ui::chart::{Chart, ChartHandle, Picture};
use ui::{all, effect, provide_page_time};
use wire::{TimeRange, Unit};

use crate::title::name_page;

/// The page; `?count=10` shows ten charts.
#[component]
pub(crate) fn BenchChart() -> impl IntoView {
    name_page("Chart");
    let query = use_query_map();
    let count = query.with_untracked(|query| query.get("count").and_then(|n| n.parse().ok()));
    let count: usize = count.unwrap_or(1);
    let charts = (0..count.clamp(1, NAMES.len())).map(|n| {
        let class = if count > 1 { "bench small" } else { "bench" };
        view! { <div class=class>{one(NAMES[n])}</div> }
    });
    view! {
        <h1>"One chart, fed from outside"</h1>
        <div class="benches">{all(charts)}</div>
    }
}

/// Where the script of the page finds each of them.
const NAMES: [&str; 10] = [
    "__chart", "__chart1", "__chart2", "__chart3", "__chart4", "__chart5", "__chart6", "__chart7",
    "__chart8", "__chart9",
];

fn one(name: &'static str) -> AnyView {
    let picture = RwSignal::new(Picture {
        unit: Unit::Number,
        to_ms: 60_000,
        ..Picture::default()
    });
    // A time of its own: looking closer changes this chart and not the address.
    let chosen = RwSignal::new(TimeRange::Between(0, 0));
    let time = provide_page_time(move || chosen.get(), move |range| chosen.set(range));
    let all = RwSignal::new((0, 0));
    effect(move || {
        let ends = |p: &Picture| {
            let (first, last) = (p.sheet.at_ms.first(), p.sheet.at_ms.last());
            first.zip(last).map(|(a, b)| (*a as i64, *b as i64))
        };
        match time.range.get() {
            TimeRange::Between(from_ms, to_ms) if to_ms > from_ms => {
                all.set(picture.with_untracked(ends).unwrap_or_default());
                picture.update(|p| (p.from_ms, p.to_ms) = (from_ms, to_ms));
            }
            _ => {
                let (from_ms, to_ms) = all.get_untracked();
                if to_ms > from_ms {
                    picture.update(|p| (p.from_ms, p.to_ms) = (from_ms, to_ms));
                }
            }
        }
    });
    let handle = ChartHandle::default();
    #[cfg(feature = "hydrate")]
    ui::chart::bench::expose(name, picture, handle);
    #[cfg(not(feature = "hydrate"))]
    let _ = name;
    view! { <Chart title="Measured".to_owned() picture=picture handle=handle /> }.into_any()
}
