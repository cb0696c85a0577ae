//! What changed: restarts, definitions, health, alerts.

use leptos::prelude::*;
use ui::{Clocked, Empty, Glyph, Icon, LiveState, each, when_else};
use wire::{Event, EventKind, TableName};

use super::{Panel, Scope};
use crate::frame::seeded;

pub(crate) const PANEL: Panel = Panel {
    id: "events",
    title: "What changed",
    export: Some(TableName::Events),
    view: list,
};

pub(crate) const OF_SERVER: Panel = Panel {
    id: "server-events",
    title: "What changed",
    export: Some(TableName::Events),
    view: list,
};

/// Marks that are shown at once.
const MOST: usize = 12;

fn list(scope: &Scope) -> AnyView {
    let server = scope.server.clone();
    seeded(move |live| view! { <Marks live=live server=server.clone() /> }.into_any())
}

#[component]
fn Marks(live: LiveState, server: Option<String>) -> impl IntoView {
    let shown = Memo::new(move |_| {
        live.events.with(|events| {
            let ours = |event: &&Event| {
                server
                    .as_deref()
                    .is_none_or(|server| event.server == server)
            };
            events
                .iter()
                .filter(ours)
                .take(MOST)
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let list = move || {
        let row = |event: Event| {
            view! {
                <li data-kind=event.kind.as_str()>
                    <Clocked at_ms=event.at_ms />
                    <Icon glyph=glyph(event.kind) />
                    <a href=event.link>{event.title}</a>
                </li>
            }
        };
        let key = |event: &Event| format!("{} {} {}", event.id, event.at_ms, event.title);
        view! { <ol class="events">{each(move || shown.get(), key, row)}</ol> }
    };
    let none = || {
        view! {
            <Empty>
                "Nothing yet. Restarts, changed tool definitions, changes of health and alerts appear here."
            </Empty>
        }
    };
    when_else(move || shown.with(|shown| !shown.is_empty()), list, none)
}

fn glyph(kind: EventKind) -> Glyph {
    match kind {
        EventKind::Restart => Glyph::Restart,
        EventKind::Definition => Glyph::Diamond,
        EventKind::Alert => Glyph::Alert,
        EventKind::Health => Glyph::Server,
        EventKind::Start => Glyph::Observatory,
    }
}
