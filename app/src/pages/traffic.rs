//! What do agents do, and what comes of it?

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ui::{Changing, LiveState, PageTime, PanelFrame, PanelMenu, effect, when, when_else};
use wire::{CallDetail, CallPage, SeenSign, TableName, TrafficSession, TrafficSummary};

use crate::address::Address;
use crate::answer::read;
use crate::kept::kept_new;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_outcome, seeded_page, seeded_with, trouble};
use crate::title::name_page;
use crate::traffic::{
    Asked, FIRST, List, calls, compared, detail, filter_field, headline, load_call, load_calls,
    load_compared, load_sessions, load_signs, load_traffic, servers, session, sessions, signs,
};

/// Calls as they happen, what they come to, and sessions.
#[component]
pub(crate) fn Traffic() -> impl IntoView {
    name_page("Live traffic");
    let (address, time) = (Address::here(), expect_context::<PageTime>());
    let asked = Memo::new(move |_| Asked::of(address, time));
    let parts = move || {
        let Asked { filter, range } = asked.get_untracked();
        let (range_ms, until_ms) = range.parts();
        (filter, range_ms, until_ms)
    };
    let version = move || asked.with(Asked::version);
    let page = Loaded::<CallPage>::while_at(version, move || {
        let (filter, range_ms, until_ms) = parts();
        load_calls(filter, range_ms, until_ms, None, FIRST)
    });
    let summary = Loaded::<TrafficSummary>::while_at(version, move || {
        let (_, range_ms, until_ms) = parts();
        load_traffic(None, range_ms, until_ms)
    });
    let all_sessions = Loaded::<Vec<TrafficSession>>::while_at(version, load_sessions);
    let load_all_signs = move || {
        let (_, range_ms, until_ms) = parts();
        load_signs(range_ms, until_ms)
    };
    let all_signs = Loaded::<Vec<SeenSign>>::while_at(version, load_all_signs);
    let latest = RwSignal::new(None);
    let compare = Memo::new(move |_| address.query.with(|query| query.get("compare")));
    view! {
        {seeded_with(Room::Small, summary, move |live, first| {
            let shown = summed(live, first, asked, latest);
            view! { <h1>{move || shown.with(headline)}</h1> }.into_any()
        })}
        {filter_field(address, asked)}
        {when(
            move || compare.get().is_some(),
            move || view! {
                <PanelFrame id="compare" title="Two calls">{comparison(compare)}</PanelFrame>
            },
        )}
        <PanelFrame id="calls" title="Calls">
            {seeded_outcome(Room::Tall, page.text(), move |live, outcome| {
                let page = outcome.and_then(|text| read::<CallPage>(&text));
                match page {
                    Ok(page) => {
                        let list = List::new(page, asked.get_untracked());
                        list.follow(live);
                        calls(list, address)
                    }
                    // As a rule a mistake in the filter, which it names.
                    Err(problem) => trouble(problem),
                }
            })}
        </PanelFrame>
        <PanelFrame id="by-server" title="By server">
            {seeded_with(Room::Tall, summary, move |_, first| servers(same(first, asked, latest)))}
        </PanelFrame>
        <PanelFrame id="signs" title="Attacks and secrets" menu=exported()>
            {seeded_with(Room::Small, all_signs, move |live, first| {
                signs(kept_new(live, first, move || slides(asked), load_all_signs))
            })}
        </PanelFrame>
        <PanelFrame id="sessions" title="Sessions">
            {when_else(
                move || asked.with(Asked::is_of_session),
                move || seeded_with(Room::Tall, page, move |live, first| {
                    let load = move || {
                        let (filter, range_ms, until_ms) = parts();
                        load_calls(filter, range_ms, until_ms, None, FIRST)
                    };
                    session(kept_new(live, first, move || slides(asked), load))
                }),
                move || seeded_with(Room::Tall, all_sessions, |live, first| {
                    sessions(kept_new(live, first, || true, load_sessions))
                }),
            )}
        </PanelFrame>
    }
}

fn exported() -> PanelMenu {
    let table = TableName::Signs.as_str();
    PanelMenu {
        exports: Some(Changing::from(move || format!("table={table}"))),
        ..PanelMenu::default()
    }
}

/// Whether time goes on in what is looked at.
fn slides(asked: Memo<Asked>) -> bool {
    asked.with_untracked(|asked| asked.range.slides())
}

/// What was asked for last, by what it is about.
type Latest = RwSignal<Option<(u32, TrafficSummary)>>;

/// What calls come to, as it stands; others that show it are told.
fn summed(
    live: LiveState,
    first: TrafficSummary,
    asked: Memo<Asked>,
    latest: Latest,
) -> RwSignal<TrafficSummary> {
    let load = move || {
        let (range_ms, until_ms) = asked.with_untracked(|asked| asked.range.parts());
        load_traffic(None, range_ms, until_ms)
    };
    let shown = kept_new(live, first, move || slides(asked), load);
    let about = asked.with_untracked(Asked::version);
    effect(move || latest.set(Some((about, shown.get()))));
    shown
}

/// The same for another part of the page, which asks nobody.
fn same(first: TrafficSummary, asked: Memo<Asked>, latest: Latest) -> RwSignal<TrafficSummary> {
    let shown = RwSignal::new(first);
    let about = asked.with_untracked(Asked::version);
    effect(move || {
        if let Some((of, newer)) = latest.get()
            && of == about
            && shown.with_untracked(|shown| *shown != newer)
        {
            shown.set(newer);
        }
    });
    shown
}

fn comparison(compare: Memo<Option<String>>) -> AnyView {
    let version = move || {
        let ids = compare.get().unwrap_or_default();
        let step = |hash: u32, byte: u8| hash.wrapping_mul(31).wrapping_add(u32::from(byte));
        ids.bytes().fold(1, step)
    };
    let loaded = Loaded::<Vec<CallDetail>>::while_at(version, move || {
        load_compared(compare.get_untracked().unwrap_or_default())
    });
    seeded_with(Room::Tall, loaded, |_, both| compared(&both))
}

/// One call.
#[component]
pub(crate) fn Call() -> impl IntoView {
    name_page("Call");
    let params = use_params_map();
    let page = move || {
        let id = params.with(|params| params.get("id"));
        let id = id.and_then(|id| id.parse().ok()).unwrap_or(-1);
        let loaded = Loaded::<CallDetail>::once(move || load_call(id));
        seeded_page("Call", loaded, |_, found| detail(&found))
    };
    view! { {move || page()} }
}
