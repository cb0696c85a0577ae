//! All servers as a table: sorted, filtered, and probed many at once.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use ui::{
    Cell, CellView, Column, LiveState, OnTableState, PageTime, SortKey, Table, TableAction,
    TableRow, TableState, Timeline, format,
};
use wire::{Server, TableName, Unit, path_segment};

use super::status::answer_time;
use super::{Panel, Scope};
use crate::address::Address;
use crate::api::probe_server;
use crate::seeded::seeded;

pub(crate) const PANEL: Panel = Panel {
    id: "servers",
    title: "All servers",
    export: Some(TableName::Servers),
    view: |_: &Scope| {
        let address = Address::here();
        seeded(move |live| table(live, address))
    },
};

fn columns() -> Vec<Column> {
    vec![
        Column::new("server", "Server").width(190),
        Column::new("state", "State"),
        Column::new("since", "Since").width(100).optional(),
        Column::new("answer", "Answer").number().width(90).second(),
        Column::new("up", "Up, 24 h").number().width(90).second(),
        Column::new("tools", "Tools").number().width(70).optional(),
        Column::new("hour", "Last hour")
            .unsorted()
            .width(150)
            .optional(),
    ]
}

fn table(live: LiveState, address: Address) -> AnyView {
    let (sort, filter) = address.query.with_untracked(|query| {
        let value = |name| query.get(name).unwrap_or_default();
        (value("sort"), value("filter"))
    });
    let on_state: OnTableState = Arc::new(move |state: TableState| {
        address.set(&[("sort", state.sort), ("filter", state.filter)], true);
    });
    let probe = TableAction::new("Probe now", |names: Vec<String>| {
        leptos::task::spawn_local(async move {
            let count = format::count(names.len(), "server");
            for name in names {
                if let Err(failure) = probe_server(name).await {
                    return ui::notify(failure.to_string(), true);
                }
            }
            ui::notify(format!("{count} probed"), false);
        });
    });
    // What is drawn of a server's hour is drawn by itself: its closure stays the same.
    let hours = StoredValue::new(HashMap::<String, CellView>::new());
    let hour = move |name: &str| {
        let known = hours.with_value(|hours| hours.get(name).cloned());
        known.unwrap_or_else(|| {
            let view = timeline(live, name.to_owned());
            hours.update_value(|hours| drop(hours.insert(name.to_owned(), view.clone())));
            view
        })
    };
    let time = expect_context::<PageTime>();
    let rows = move || {
        live.servers.with(|servers| {
            let rows = servers
                .iter()
                .map(|server| server.with(|server| row(server, time, hour(&server.name))));
            rows.collect::<Vec<_>>()
        })
    };
    view! {
        <Table
            id="fleet"
            title="servers"
            columns=columns()
            rows=rows
            actions=vec![probe]
            empty="No server is configured. Name one in observatory.toml, or point --config at an mcpServers file."
            start=TableState { sort, filter }
            on_state=Some(on_state)
            is_tall=true
        />
    }
    .into_any()
}

fn timeline(live: LiveState, name: String) -> CellView {
    Arc::new(move || {
        let name = name.clone();
        let spans = move || {
            live.servers.with(|servers| {
                let is_it = |server: &&ArcRwSignal<Server>| {
                    server.with_untracked(|server| server.name == name)
                };
                let server = servers.iter().find(is_it);
                server.map_or_else(Vec::new, |server| server.with(|s| s.timeline.clone()))
            })
        };
        view! { <Timeline spans=spans /> }.into_any()
    })
}

fn row(server: &Server, time: PageTime, hour: CellView) -> TableRow {
    let href = time.href(&format!("/servers/{}", path_segment(&server.name)));
    let kind = server.transport.as_str();
    TableRow {
        key: server.name.clone(),
        href: Some(href.clone()),
        cells: vec![
            Cell::Link(server.name.clone(), href).note(kind),
            Cell::Level(server.verdict.level).note(server.verdict.summary.clone()),
            Cell::Time(server.verdict.since_ms),
            Cell::value(Unit::Seconds, answer_time(server)),
            Cell::value(Unit::Ratio, server.availability),
            Cell::value(Unit::Number, server.tools.map(f64::from)),
            Cell::View(SortKey::Nothing, String::new(), hour),
        ],
    }
}
