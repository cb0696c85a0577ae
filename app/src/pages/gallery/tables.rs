//! Tables: one with a choice of rows, and one that is longer than anything should be.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{Cell, Column, Glyph, Icon, SortKey, Table, TableAction, TableRow, Undo, notify_with};
use wire::{Level, Unit};

use super::data::{MINUTE_MS, NOW_MS, SERVERS, course};

/// Says what was done, with a way back.
fn said(done: &str, keys: &[String], rows: RwSignal<Vec<TableRow>>, before: Vec<TableRow>) {
    let undo = Undo {
        label: "Undo".to_owned(),
        run: Arc::new(move || rows.set(before.clone())),
    };
    notify_with(
        format!("{done}: {}", ui::format::count(keys.len(), "server")),
        undo,
    );
}

pub(super) fn alerts() -> AnyView {
    let columns = vec![
        Column::new("server", "Server"),
        Column::new("state", "State").width(148),
        Column::new("calls", "Calls/min")
            .number()
            .width(96)
            .second(),
        Column::new("failing", "Failing")
            .number()
            .width(88)
            .second(),
        Column::new("p95", "p95").number().width(80).optional(),
        Column::new("since", "Since").width(104).second(),
        Column::new("course", "Last hour").width(128).optional(),
        Column::new("owner", "Owner").width(96).optional().hidden(),
    ];
    let failing = [41.0, 6.9, 0.1, 0.0, f64::NAN, 0.0];
    let rows: Vec<TableRow> = SERVERS
        .iter()
        .enumerate()
        .map(|(at, (name, kind, level))| {
            let calls = [212.0, 96.0, 431.0, 388.0, 0.0, 0.0][at];
            let p95 = [0.012, 4.1, 0.24, 0.061, 1.8][..].get(at).copied();
            let share = failing[at];
            let cell = match share.is_nan() {
                true => Cell::Nothing,
                false => Cell::value(Unit::Percent, Some(share)),
            };
            let owner = Arc::new(|| view! { <Icon glyph=Glyph::Person /> " ops" }.into_any());
            let note = match level {
                Level::Unhealthy => "calls answered with errors",
                Level::Degraded => "list_objects times out",
                _ => "",
            };
            TableRow {
                key: (*name).to_owned(),
                href: Some(format!("/servers/{name}")),
                cells: vec![
                    Cell::Link((*name).to_owned(), format!("/servers/{name}")).note(*kind),
                    Cell::Level(*level).note(note),
                    Cell::value(Unit::Number, Some(calls)),
                    cell,
                    Cell::value(Unit::Seconds, p95),
                    Cell::Time(NOW_MS - (at as i64 * 37 + 4) * MINUTE_MS),
                    Cell::Spark(course(at as u32 + 11, 40, calls, calls / 6.0)),
                    Cell::View(SortKey::text("ops"), "ops".to_owned(), owner),
                ],
            }
        })
        .collect();
    let rows = RwSignal::new(rows);
    let restart = TableAction::new("Probe", move |keys| {
        said("Probed", &keys, rows, rows.get_untracked());
    });
    let remove = TableAction::new("Remove", move |keys| {
        let before = rows.get_untracked();
        rows.update(|rows| rows.retain(|row| !keys.contains(&row.key)));
        said("Removed", &keys, rows, before);
    });
    view! {
        <div class="panel"><div class="body">
            <Table
                id="servers-table"
                title="Servers"
                columns=columns
                rows=move || rows.get()
                actions=vec![restart, remove.dangerous()]
                empty="No server is configured. Add one to [servers] of the configuration file."
                is_tall=true
            />
        </div></div>
    }
    .into_any()
}

/// Enough to find out whether a table is quick.
const MANY: u32 = 10_000;

pub(super) fn many() -> AnyView {
    let columns = vec![
        Column::new("name", "Call"),
        Column::new("server", "Server").width(148).second(),
        Column::new("seconds", "Duration").number().width(96),
        Column::new("bytes", "Answer").number().width(96).second(),
        Column::new("at", "When").width(112).second(),
        Column::new("level", "State").width(120).optional(),
    ];
    let rows = StoredValue::new((0..MANY).map(call).collect::<Vec<_>>());
    // Rows that change while they are looked at: every press moves all durations.
    let turns = RwSignal::new(0_u32);
    let changing = move || {
        let turn = turns.get();
        let mut rows = rows.get_value();
        if turn > 0 {
            for (at, row) in rows.iter_mut().enumerate().filter(|(at, _)| at % 7 == 0) {
                let seconds = f64::from(turn) + at as f64 / 1e4;
                row.cells[2] = Cell::value(Unit::Seconds, Some(seconds));
            }
        }
        rows
    };
    let change = view! { <button data-needs-script on:click=move |_| turns.update(|n| *n += 1)>"Change a seventh"</button> };
    let act = TableAction::new("Count", |keys| {
        ui::notify(format!("{} rows were chosen", keys.len()), false);
    });
    view! {
        <div class="panel"><div class="body">
            <Table
                id="calls-table"
                title="Calls"
                columns=columns
                rows=changing
                actions=vec![act]
                empty="No call has been seen."
                tools=Some(change.into_any())
            />
        </div></div>
    }
    .into_any()
}

fn call(n: u32) -> TableRow {
    let tools = [
        "read_file",
        "list_objects",
        "query_range",
        "get_pods",
        "ping",
    ];
    let mixed = n.wrapping_mul(2_654_435_761);
    let (server, _, level) = SERVERS[(mixed >> 7) as usize % 4];
    let key = format!("{}-{n:05}", tools[(mixed >> 11) as usize % 5]);
    TableRow {
        href: Some(format!("#{key}")),
        cells: vec![
            Cell::text(key.clone()),
            Cell::text(server),
            Cell::value(Unit::Seconds, Some(f64::from(mixed % 5_000) / 1e3)),
            Cell::value(Unit::Bytes, Some(f64::from(mixed % 900_000))),
            Cell::Time(NOW_MS - i64::from(n) * 3_000),
            Cell::Level(level),
        ],
        key,
    }
}
