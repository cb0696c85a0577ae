//! What changed: restarts, definitions, health, alerts.

use leptos::prelude::*;
use ui::{Clocked, Empty, Glyph, Icon, LiveState, PageTime, each, when_else};
use wire::{Event, EventKind, TableName};

use super::{Panel, Scope};
use crate::seeded::seeded;

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
    let server = StoredValue::new(server);
    let is_shown = move |event: &Event| {
        server.with_value(|server| server.as_ref().is_none_or(|server| event.server == *server))
    };
    let shown = move || {
        live.events.with(|events| {
            let ours = events.iter().filter(|event| is_shown(event));
            ours.take(MOST).cloned().collect()
        })
    };
    let has_some = move || live.events.with(|events| events.iter().any(is_shown));
    let time = expect_context::<PageTime>();
    let list = move || {
        let row = move |event: Event| {
            view! {
                <li data-kind=event.kind.as_str()>
                    <Clocked at_ms=event.at_ms />
                    <Icon glyph=glyph(event.kind) />
                    <a href=move || time.href(&event.link)>{event.title}</a>
                </li>
            }
        };
        let key = |event: &Event| format!("{} {} {}", event.id, event.at_ms, event.title);
        view! {
            <ol class="events">{each(shown, key, row)}</ol>
            <p><a href=move || time.href("/events")>"All that changed"</a></p>
        }
    };
    let none = || {
        view! {
            <Empty>
                "Nothing yet. Restarts, changed tool definitions, changes of health and alerts appear here."
            </Empty>
        }
    };
    when_else(has_some, list, none)
}

fn glyph(kind: EventKind) -> Glyph {
    match kind {
        EventKind::Restart => Glyph::Restart,
        EventKind::Definition => Glyph::Diamond,
        EventKind::Alert => Glyph::Alert,
        EventKind::Health => Glyph::Server,
        EventKind::Stop => Glyph::Stop,
        EventKind::Deploy => Glyph::Box,
        EventKind::Edit => Glyph::Pencil,
        EventKind::Note => Glyph::Info,
        EventKind::Regression => Glyph::Gauge,
        EventKind::Build => Glyph::Alert,
        EventKind::Start | EventKind::Reload => Glyph::Observatory,
    }
}
