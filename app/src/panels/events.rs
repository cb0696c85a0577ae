//! What changed: restarts, definitions, health, alerts.

use leptos::prelude::*;
use ui::{Clocked, Empty, Glyph, Icon, LiveState, PageTime, each, when_else};
use wire::{Event, EventKind, TableName};

use super::{Panel, Scope};
use crate::glance::{Area, at_a_glance};
use crate::seeded::seeded;

pub(crate) const PANEL: Panel = Panel {
    id: "events",
    title: "What changed",
    export: Some(TableName::Events),
    view: |scope| {
        let counted = at_a_glance(&Area {
            name: "changes",
            columns: ["", ""],
            all: ["/events", "All that changed"],
            every_ms: 10_000,
            after_ms: 0,
        });
        view! { {list(scope)} {counted} }.into_any()
    },
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
    let is_of_server = server.is_some();
    let server = StoredValue::new(server);
    let is_shown = move |event: &Event| {
        server.with_value(|server| server.as_ref().is_none_or(|server| event.server == *server))
    };
    let shown = move || {
        live.events.with(|events| {
            let ours = events.iter().filter(|event| is_shown(event));
            newest(ours)
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
            {is_of_server.then(|| view! { <p><a href=move || time.href("/events")>"All that changed"</a></p> }.into_any())}
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

/// The newest; alerts and health take at most half of the room from what is rare, and may be why they are there.
fn newest<'e>(events: impl Iterator<Item = &'e Event> + Clone) -> Vec<Event> {
    let is_common = |event: &&Event| matches!(event.kind, EventKind::Alert | EventKind::Health);
    let rare = events.clone().filter(|event| !is_common(event)).count();
    let mut room = MOST - rare.min(MOST / 2);
    let fits = events.filter(|event| {
        let is_common = is_common(event);
        if is_common && room > 0 {
            room -= 1;
            return true;
        }
        !is_common
    });
    fits.take(MOST).cloned().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rare_is_not_crowded_out() {
        let event = |id, kind| Event {
            id,
            at_ms: id,
            kind,
            server: String::new(),
            title: String::new(),
            link: String::new(),
        };
        let mut events: Vec<_> = (0..30)
            .map(|id| event(100 - id, EventKind::Alert))
            .collect();
        let ids = |events: &[Event]| {
            newest(events.iter())
                .iter()
                .map(|it| it.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&events), (89..=100).rev().collect::<Vec<_>>());
        events.push(event(50, EventKind::Deploy));
        events.push(event(49, EventKind::Edit));
        let shown = ids(&events);
        assert_eq!((shown.len(), &shown[10..]), (MOST, &[50, 49][..]));
        events.extend((0..20).map(|id| event(40 - id, EventKind::Restart)));
        assert_eq!(ids(&events)[5..8], [95, 50, 49]);
    }
}
