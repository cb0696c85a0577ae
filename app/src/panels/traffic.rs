//! What probes see of a server and what agents' calls come to, side by side; and a sentence where they disagree.

use leptos::prelude::*;
use ui::PageTime;
use wire::TrafficSummary;

use super::{Panel, Scope};
use crate::kept::kept_new;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};
use crate::traffic::{load_traffic, side_by_side};

pub(crate) const PANEL: Panel = Panel {
    id: "probes-and-calls",
    title: "Probes and agents' calls",
    export: None,
    view: |scope: &Scope| view(scope.server.clone().unwrap_or_default()),
};

fn view(name: String) -> AnyView {
    let range = expect_context::<PageTime>().range;
    let version = move || {
        let (range_ms, until_ms) = range.get().parts();
        // Any number will do that differs for another time.
        range_ms
            .wrapping_mul(31)
            .wrapping_add(until_ms.unwrap_or(0)) as u32
    };
    let wanted = name.clone();
    let load = move || {
        let (range_ms, until_ms) = range.get_untracked().parts();
        load_traffic(Some(wanted.clone()), range_ms, until_ms)
    };
    let loaded = Loaded::<TrafficSummary>::while_at(version, load.clone());
    seeded_with(Room::Tall, loaded, move |live, first| {
        let name = name.clone();
        let goes_on = move || range.with_untracked(|range| range.slides());
        let summary = kept_new(live, first, goes_on, load.clone());
        let part = move || {
            let found = live.servers.with(|servers| {
                let is_it =
                    |row: &&ArcRwSignal<wire::Server>| row.with_untracked(|row| row.name == name);
                servers.iter().find(is_it).cloned()
            });
            found.map(|row| row.with(|row| summary.with(|summary| side_by_side(row, summary))))
        };
        view! { {move || part()} }.into_any()
    })
}
