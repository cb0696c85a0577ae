//! The started servers that clients reach over HTTP: where, and by how many.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use ui::{Cell, CellView, Column, SortKey, Table, TableRow, copy};
use wire::{Launched, Served, Unit};

use super::Lines;

fn columns() -> Vec<Column> {
    vec![
        Column::new("server", "Server").width(180),
        Column::new("address", "Address"),
        Column::new("clients", "Clients").width(90).number(),
        Column::new("open", "Open requests")
            .width(130)
            .number()
            .second(),
        Column::new("requests", "Requests")
            .width(100)
            .number()
            .second(),
    ]
}

/// The table.
pub(crate) fn served(lines: Lines) -> AnyView {
    let addresses = StoredValue::new(HashMap::new());
    let rows = move || {
        lines.all.with(|all| {
            let rows = all.iter().filter_map(|line| row(line, addresses));
            rows.collect::<Vec<_>>()
        })
    };
    view! {
        <Table
            id="served"
            title="servers reached over HTTP"
            columns=columns()
            rows=rows
            is_tall=true
            empty="No started server is reached over HTTP. Write serve_http = true under [servers.NAME], or the names of servers of an mcpServers file into launcher.serve_http; then several clients share its one process."
        />
    }
    .into_any()
}

fn row(line: &Launched, addresses: StoredValue<HashMap<String, CellView>>) -> Option<TableRow> {
    let served = line.served.as_ref()?;
    Some(TableRow {
        key: line.name.clone(),
        href: None,
        cells: vec![
            Cell::text(line.name.clone()),
            address(&line.name, served, addresses),
            Cell::value(Unit::Number, Some(f64::from(served.clients))),
            Cell::value(Unit::Number, Some(f64::from(served.open_requests))),
            Cell::value(Unit::Number, Some(served.requests as f64)),
        ],
    })
}

/// The address with its button. It is made once, so that a row that changes keeps the focus.
fn address(name: &str, served: &Served, addresses: StoredValue<HashMap<String, CellView>>) -> Cell {
    let path = served.path.clone();
    let known = addresses.with_value(|known| known.get(&path).cloned());
    let view = known.unwrap_or_else(|| {
        let (shown, label) = (path.clone(), format!("Copy the address of {name}"));
        let view: CellView = Arc::new(move || {
            let copied = shown.clone();
            let run = move |_| {
                let origin = window().location().origin().unwrap_or_default();
                copy(&format!("{origin}{copied}"), "Address");
            };
            view! {
                <span class="actions">
                    <code>{shown.clone()}</code>
                    <button class="quiet" data-needs-script aria-label=label.clone() on:click=run>
                        "Copy"
                    </button>
                </span>
            }
            .into_any()
        });
        addresses.update_value(|known| drop(known.insert(path.clone(), view.clone())));
        view
    });
    Cell::View(SortKey::text(&path), path, view)
}
