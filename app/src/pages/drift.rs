//! Do servers still say what was approved, and what changed in it?

use leptos::prelude::*;
use ui::{
    Cell, Changing, Column, Empty, LiveState, PageTime, PanelFrame, PanelMenu, Table, TableRow,
    all, each, effect, when, when_else,
};
use wire::{
    ChangeState, DefinitionChange, DefinitionCount, DefinitionPicture, EventKind, TableName,
    TimeRange, Unit, path_segment,
};

use crate::address::Address;
use crate::drift::{Chosen, Of, Picture, card, form, headline, is_found, load_definitions};
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};
use crate::title::name_page;

/// How often it is asked for anew where no mark says that something changed, in milliseconds of the product's clock.
const REFRESH_MS: i64 = 30_000;

/// Changes of definitions: those that wait, those that are over, and how many each server has.
#[component]
pub(crate) fn Drift() -> impl IntoView {
    name_page("Definitions");
    let address = Address::here();
    let of = Memo::new(move |_| {
        address
            .query
            .with(|query| query.get("server"))
            .filter(|name| !name.is_empty())
    });
    // Any number will do that differs for another server.
    let version = move || {
        let name = of.get().unwrap_or_default();
        name.bytes().fold(0_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        })
    };
    let loaded = Loaded::<DefinitionPicture>::while_at(version, move || {
        load_definitions(of.get_untracked())
    });
    let filter = address
        .query
        .with_untracked(|query| query.get("filter"))
        .unwrap_or_default();
    let filter = RwSignal::new(filter);
    seeded_with(Room::Tall, loaded, move |live, first| {
        page(live, first, of.get_untracked(), filter)
    })
}

fn page(live: LiveState, first: DefinitionPicture, of: Of, filter: RwSignal<String>) -> AnyView {
    let picture = RwSignal::new(first);
    follow(live, picture, of.clone());
    let time = expect_context::<PageTime>();
    let (about, of_server) = (of.clone(), of.clone());
    let (waiting, over) = (of.clone(), of.clone());
    let chosen = Chosen::default();
    let exports = exported(of.as_deref());
    let all_servers = of.map(|server| {
        let path = format!("/servers/{}", path_segment(&server));
        view! {
            <p class="lead">
                "Of " <a href=move || time.href(&path)>{server}</a> ". "
                <a href=move || time.href("/drift")>"See all servers"</a>
            </p>
        }
        .into_any()
    });
    let hidden = kept(of_server.as_deref(), time);
    let past = move || picture.with(|it| !it.history.is_empty());
    view! {
        <h1>{move || picture.with(|it| headline(it, about.as_deref()))}</h1>
        {all_servers}
        {filter_form(filter, hidden)}
        <PanelFrame id="waiting" title="Not approved" menu=exports.clone()>
            {when_else(
                move || picture.with(|it| !it.open.is_empty()),
                move || {
                    let form = form(picture, filter, chosen, waiting.clone());
                    let open = changes(live, picture, filter, &waiting, Some(chosen), |it| &it.open);
                    view! { {form} {open} }.into_any()
                },
                || view! {
                    <Empty>
                        "Everything is listed as approved. What a server lists when it is first seen is taken as approved, unless it is suspicious."
                    </Empty>
                },
            )}
        </PanelFrame>
        {when(past, move || {
            let (of, menu) = (over.clone(), exports.clone());
            view! {
                <PanelFrame id="definition-history" title="History" menu=menu>
                    {changes(live, picture, filter, &of, None, |it| &it.history)}
                </PanelFrame>
            }
        })}
        <PanelFrame id="definition-counts" title="Definitions by server">
            <Table
                id="definition-counts"
                title="servers"
                columns=columns()
                rows=move || picture.with(|it| it.counts.iter().map(|count| row(count, time)).collect())
                empty="No server has listed anything yet."
            />
        </PanelFrame>
    }
    .into_any()
}

/// What of the address is no filter and stays when the form is sent without a script.
fn kept(of: Option<&str>, time: PageTime) -> AnyView {
    let server = of.map(|server| ("server".to_owned(), server.to_owned()));
    let query = match time.range.get_untracked() {
        range if range == TimeRange::default() => String::new(),
        range => ui::time::to_query(range),
    };
    let range = query.split('&').filter_map(|pair| pair.split_once('='));
    let range = range.map(|(name, value)| (name.to_owned(), value.to_owned()));
    all(server
        .into_iter()
        .chain(range)
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> }))
}

/// Works without a script, too: then the address has the filter.
fn filter_form(filter: RwSignal<String>, hidden: AnyView) -> AnyView {
    view! {
        <form class="actions" method="get" role="search" on:submit=move |event| event.prevent_default()>
            {hidden}
            <label class="hidden-label" for="drift-filter">"Filter changes"</label>
            <input
                id="drift-filter"
                name="filter"
                placeholder="Filter: a server, a tool, suspicious, new, gone …"
                autocomplete="off"
                value=filter.get_untracked()
                prop:value=filter
                on:input:target=move |ev| filter.set(ev.target().value())
            />
        </form>
    }
    .into_any()
}

fn changes(
    live: LiveState,
    picture: Picture,
    filter: RwSignal<String>,
    of: &Of,
    chosen: Option<Chosen>,
    part: fn(&DefinitionPicture) -> &Vec<DefinitionChange>,
) -> AnyView {
    let shown = move || {
        let filter = filter.get();
        picture.with(|it| {
            let found = part(it).iter().filter(|change| is_found(change, &filter));
            found.cloned().collect::<Vec<_>>()
        })
    };
    let of = of.clone();
    let is_none = move || shown().is_empty();
    view! {
        <ul class="alerts">
            {each(shown, version, move |change| view! { <li>{card(live, picture, &of, chosen, change)}</li> })}
        </ul>
        {when(is_none, || view! { <Empty>"No change has these words."</Empty> })}
    }
    .into_any()
}

/// A card is made anew when something has become of its change.
fn version(change: &DefinitionChange) -> String {
    let DefinitionChange {
        id,
        state,
        is_open,
        is_newest,
        decided,
        ..
    } = change;
    let decided_ms = decided.as_ref().map_or(0, |verdict| verdict.at_ms);
    let by = decided.as_ref().map_or("", |verdict| verdict.by.as_str());
    format!(
        "{id} {} {is_open} {is_newest} {decided_ms} {by}",
        ChangeState::as_str(*state)
    )
}

/// Asks anew when a mark says that a definition changed or somebody decided, and once in a while.
fn follow(live: LiveState, picture: Picture, of: Of) {
    let seen = StoredValue::new(None);
    effect(move || {
        if live.is_paused.get() {
            return;
        }
        let mark = live.events.with(|events| {
            let marks = events
                .iter()
                .filter(|event| event.kind == EventKind::Definition);
            marks.map(|event| event.id).max()
        });
        let now = Some((mark, live.now_ms.get() / REFRESH_MS));
        let before = seen.get_value();
        if before == now {
            return;
        }
        seen.set_value(now);
        if before.is_none() {
            return;
        }
        let of = of.clone();
        leptos::task::spawn_local(async move {
            // What is shown stays where nothing newer can be had; the bar above says that the product is gone.
            if let Ok(answer) = load_definitions(of).await
                && let Ok(newer) = answer.read()
            {
                picture.try_set(newer);
            }
        });
    });
}

fn exported(of: Option<&str>) -> PanelMenu {
    let table = TableName::DefinitionChanges.as_str();
    let query = match of {
        Some(server) => format!("table={table}&server={}", path_segment(server)),
        None => format!("table={table}"),
    };
    PanelMenu {
        exports: Some(Changing::from(move || query.clone())),
        ..PanelMenu::default()
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("server", "Server"),
        Column::new("listed", "Listed").width(100).number(),
        Column::new("open", "Not approved").width(120).number(),
        Column::new("suspicious", "Suspicious").width(110).number(),
    ]
}

fn row(count: &DefinitionCount, time: PageTime) -> TableRow {
    let number = |value: u32| Cell::value(Unit::Number, Some(f64::from(value)));
    let href = time.href(&format!("/drift?server={}", path_segment(&count.server)));
    TableRow {
        key: count.server.clone(),
        href: None,
        cells: vec![
            Cell::Link(count.server.clone(), href),
            number(count.listed),
            number(count.open),
            number(count.suspicious),
        ],
    }
}
