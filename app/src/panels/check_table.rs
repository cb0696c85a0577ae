//! All checks as a table: sorted, filtered, and run many at once.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{Cell, Column, OnTableState, PageTime, Table, TableAction, TableRow, TableState, format};
use wire::{
    CheckState, DependencyPicture, Level, MapNode, NodeKind, TableName, Unit, path_segment,
};

use super::{Panel, Scope};
use crate::address::Address;
use crate::api::run_check;
use crate::pages::Picture;

pub(crate) const PANEL: Panel = Panel {
    id: "checks",
    title: "Checks",
    export: Some(TableName::Checks),
    view: |_: &Scope| table(),
};

fn columns() -> Vec<Column> {
    vec![
        Column::new("check", "Check").width(180),
        Column::new("state", "State"),
        Column::new("since", "Since").width(100).optional(),
        Column::new("took", "Took").number().width(90).second(),
        Column::new("value", "Value").number().width(90).second(),
        Column::new("needed", "Needed by").width(190).optional(),
        Column::new("last", "Last run").width(110).optional(),
    ]
}

fn table() -> AnyView {
    let Picture(picture) = expect_context();
    let (address, time) = (Address::here(), expect_context::<PageTime>());
    let (sort, filter) = address.query.with_untracked(|query| {
        let value = |name| query.get(name).unwrap_or_default();
        (value("sort"), value("filter"))
    });
    let on_state: OnTableState = Arc::new(move |state: TableState| {
        address.set(&[("sort", state.sort), ("filter", state.filter)], true);
    });
    let run = TableAction::new("Run now", |names: Vec<String>| {
        leptos::task::spawn_local(async move {
            let count = format::count(names.len(), "check");
            for name in names {
                if let Err(failure) = run_check(name).await {
                    return ui::notify(failure.to_string(), true);
                }
            }
            ui::notify(format!("{count} run"), false);
        });
    });
    let rows = move || picture.with(|picture| rows(picture, time));
    view! {
        <Table
            id="checks"
            title="checks"
            columns=columns()
            rows=rows
            actions=vec![run]
            empty="No check is configured. `mcp-observatory check config --example` shows each kind; write one as [checks.my-check] in observatory.toml."
            start=TableState { sort, filter }
            on_state=Some(on_state)
            is_tall=true
        />
    }
    .into_any()
}

fn rows(picture: &DependencyPicture, time: PageTime) -> Vec<TableRow> {
    let rows = picture
        .checks
        .iter()
        .map(|check| row(check, &picture.nodes, time));
    rows.collect()
}

fn row(check: &CheckState, nodes: &[MapNode], time: PageTime) -> TableRow {
    let node = nodes
        .iter()
        .find(|node| node.kind == NodeKind::Check && node.name == check.name);
    let level = node.map_or_else(|| level_of(check), |node| node.level);
    let needed = nodes
        .iter()
        .filter(|node| node.depends_on.contains(&check.name));
    let needed: Vec<_> = needed.map(|node| node.name.as_str()).collect();
    let href = check
        .server
        .as_ref()
        .map(|server| time.href(&format!("/servers/{}", path_segment(server))));
    let summary = match check.action.as_str() {
        "" => check.summary.clone(),
        action => format!("{} {action}", check.summary),
    };
    TableRow {
        key: check.name.clone(),
        href,
        cells: vec![
            Cell::text(check.name.clone()).note(check.kind.clone()),
            Cell::Level(level).note(summary),
            Cell::Time(check.since_ms),
            Cell::value(Unit::Seconds, check.seconds),
            Cell::value(Unit::Number, check.value),
            Cell::text(needed.join(", ")),
            check.updated_ms.map_or(Cell::Nothing, Cell::Time),
        ],
    }
}

/// What a check that is not on the map says of itself.
fn level_of(check: &CheckState) -> Level {
    match check.ok {
        Some(true) => Level::Healthy,
        Some(false) => Level::Unhealthy,
        None => Level::Unknown,
    }
}
