//! Who is told of which alert, does it arrive, what was sent, and who is on call?

use leptos::prelude::*;
use ui::{Changing, PanelFrame, PanelMenu};
use wire::{Receiver, Rota, RouteTest, Routes, SentPage};

use super::alert_parts::alert_parts;
use crate::address::Address;
use crate::answer::read;
use crate::kept::kept_new;
use crate::loaded::Loaded;
use crate::notify::{
    Asked, answer, calendars, filter, found, load_receivers, load_rotas, load_routes, load_sent,
    receivers, template, tester, tree_and_text, try_route, where_from, who_is_on_call,
    who_is_reached,
};
use crate::seeded::{Room, seeded_outcome, seeded_with, trouble};
use crate::title::name_page;

/// A number that is another for another text.
fn version(text: &str) -> u32 {
    let step = |hash: u32, byte: u8| hash.wrapping_mul(31).wrapping_add(u32::from(byte));
    text.bytes().fold(1, step)
}

/// A menu with a table as a file.
fn exported(table: &'static str) -> PanelMenu {
    PanelMenu {
        exports: Some(Changing::from(move || format!("table={table}"))),
        ..PanelMenu::default()
    }
}

/// The routes.
#[component]
pub(crate) fn AlertRoutes() -> impl IntoView {
    name_page("Routes");
    let address = Address::here();
    let labels = Memo::new(move |_| {
        let labels = address.query.with(|query| query.get("labels"));
        labels.unwrap_or_default()
    });
    let hit = RwSignal::new(Vec::<String>::new());
    let tested = Loaded::<RouteTest>::while_at(
        move || labels.with(|labels| version(labels)),
        move || try_route(labels.get_untracked()),
    );
    let loaded = Loaded::<Routes>::once(load_routes);
    let asked = move || labels.with(|labels| tester(address, labels));
    let outcome = seeded_outcome(Room::Small, tested.text(), move |_, outcome| {
        let test = outcome.and_then(|text| read::<RouteTest>(&text));
        let labels = labels.get_untracked();
        match test {
            Ok(test) => {
                let nodes = test.matches.iter().map(|found| found.node.clone());
                let nodes = if labels.is_empty() {
                    Vec::new()
                } else {
                    nodes.collect()
                };
                hit.set(nodes);
                answer(&labels, &test)
            }
            Err(problem) => {
                hit.set(Vec::new());
                trouble(problem)
            }
        }
    });
    view! {
        {alert_parts("/alerts/routes")}
        <h1>"Who is told of which alert"</h1>
        <PanelFrame id="route-tester" title="Where would these labels go?">
            {move || asked()} {outcome}
        </PanelFrame>
        {seeded_with(Room::Tall, loaded, move |live, first| {
            let routes = kept_new(live, first, || true, load_routes);
            view! {
                <p>{move || routes.with(where_from)}</p>
                {tree_and_text(routes, hit)}
            }
            .into_any()
        })}
    }
}

/// The receivers.
#[component]
pub(crate) fn AlertReceivers() -> impl IntoView {
    name_page("Receivers");
    let loaded = Loaded::<Vec<Receiver>>::once(load_receivers);
    view! {
        {alert_parts("/alerts/receivers")}
        {seeded_with(Room::Tall, loaded, |live, first| {
            let shown = kept_new(live, first, || true, load_receivers);
            view! {
                <h1>{move || shown.with(|all| who_is_reached(all))}</h1>
                <PanelFrame id="receivers" title="Receivers" menu=exported("receivers")>{receivers(shown)}</PanelFrame>
                <PanelFrame id="template" title="Try a template">{template()}</PanelFrame>
            }
            .into_any()
        })}
    }
}

/// What was sent.
#[component]
pub(crate) fn AlertsSent() -> impl IntoView {
    name_page("Notifications");
    let address = Address::here();
    let asked = Memo::new(move |_| Asked::of(address));
    let load = move || {
        let Asked { query, days } = asked.get_untracked();
        load_sent(query, days)
    };
    let page = Loaded::<SentPage>::while_at(move || asked.with(Asked::version), load);
    let menu = PanelMenu {
        exports: Some(Changing::from(move || asked.with(Asked::exported))),
        ..PanelMenu::default()
    };
    let form = move || asked.with(|asked| filter(address, asked));
    view! {
        {alert_parts("/alerts/sent")}
        <h1>"What was sent to whom"</h1>
        {move || form()}
        <PanelFrame id="sent" title="Notifications" menu=menu>
            {seeded_with(Room::Tall, page, move |live, first| {
                // Of the past nothing is new.
                let is_newest = asked.with_untracked(|asked| asked.query.after.is_empty());
                let shown = kept_new(live, first, move || is_newest, load);
                let list = move || {
                    shown.with(|page| asked.with_untracked(|asked| found(asked, page)))
                };
                view! { {move || list()} }.into_any()
            })}
        </PanelFrame>
    }
}

/// The rotas.
#[component]
pub(crate) fn OnCall() -> impl IntoView {
    name_page("On call");
    let address = Address::here();
    let day = Memo::new(move |_| {
        let day = address.query.with(|query| query.get("day"));
        day.unwrap_or_default()
    });
    let load = move || load_rotas(day.get_untracked());
    let loaded = Loaded::<Vec<Rota>>::while_at(move || day.with(|day| version(day)), load);
    view! {
        {alert_parts("/alerts/on-call")}
        {seeded_with(Room::Tall, loaded, move |live, first| {
            let has_none = first.is_empty();
            let rotas = kept_new(live, first, || true, load);
            let from = Some(day.get_untracked()).filter(|day| !day.is_empty());
            let none = has_none.then(|| view! {
                <p>
                    "A rota says who is on call when: write "
                    <code>"rotas: [{name: first, zone: Europe/Berlin, begins: 2026-01-05 09:00, turn: 7d, people: [{name: ann, receiver: ann}]}]"</code>
                    " into the text of the routes, and a receiver with "
                    <code>"rota_configs: [{rota: first}]"</code>"."
                </p>
            }.into_any());
            view! {
                <h1>{move || rotas.with(|all| who_is_on_call(all))}</h1>
                <PanelFrame id="rotas" title="Who is on call when" menu=exported("on-call")>
                    {none}
                    {calendars(live, rotas, from)}
                </PanelFrame>
            }
            .into_any()
        })}
    }
}
