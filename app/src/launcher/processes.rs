//! The MCP servers among the processes of the machine, and the end of those that nobody uses.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{Cell, Column, Empty, LiveState, Question, SortKey, Table, TableRow, ask, effect, format};
use wire::{HostProcess, HostProcesses, Level, ProcessKind, Unit};

use super::api::{end_process, load_processes};
use super::lines::signs;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};

fn columns() -> Vec<Column> {
    vec![
        Column::new("command", "Process"),
        Column::new("kind", "Whose").width(250),
        Column::new("owner", "User").width(90).optional(),
        Column::new("age", "Started").width(110).second(),
        Column::new("pid", "PID").width(80).number().optional(),
        Column::new("processes", "Processes")
            .width(95)
            .number()
            .optional(),
        Column::new("cpu", "CPU").width(75).number().optional(),
        Column::new("memory", "Memory").width(90).number().second(),
        Column::new("actions", "Actions")
            .width(80)
            .unsorted()
            .second(),
    ]
}

/// All of them.
pub(crate) fn processes() -> AnyView {
    let loaded = Loaded::<HostProcesses>::once(load_processes);
    seeded_with(Room::Tall, loaded, table)
}

fn table(live: LiveState, first: HostProcesses) -> AnyView {
    if !first.is_supported {
        return view! {
            <Empty>"Processes cannot be looked at on this system; on Linux they are."</Empty>
        }
        .into_any();
    }
    let known = RwSignal::new(first.processes);
    let seen = StoredValue::new(untrack(|| signs(live)));
    effect(move || {
        let now = signs(live);
        if seen.with_value(|seen| *seen != now) {
            seen.set_value(now);
            load(known);
        }
    });
    let rows = move || {
        known.with(|all| {
            let rows = all.iter().map(|process| row(process, known));
            rows.collect::<Vec<_>>()
        })
    };
    let again = view! {
        <button class="quiet" data-needs-script on:click=move |_| load(known)>"Look again"</button>
    };
    view! {
        <Table
            id="processes"
            title="processes"
            columns=columns()
            rows=rows
            is_tall=true
            tools=Some(again.into_any())
            empty="No MCP server runs on this machine. They are known by their command lines: npx, uvx, node, python or docker with an MCP package, and what the configuration lists."
        />
    }
    .into_any()
}

fn row(process: &HostProcess, known: RwSignal<Vec<HostProcess>>) -> TableRow {
    let (level, whose) = match process.kind {
        ProcessKind::Orphan => (Level::Degraded, format!("orphan: {}", process.why)),
        ProcessKind::Ours => (Level::Healthy, format!("ours: {}", process.server)),
        ProcessKind::Other if process.client.is_empty() => {
            (Level::Unknown, "no client is above it".to_owned())
        }
        ProcessKind::Other => (Level::Unknown, format!("started by {}", process.client)),
    };
    let action = match process.kind {
        ProcessKind::Ours => Cell::Nothing,
        _ => end_cell(process.clone(), known),
    };
    TableRow {
        key: format!("{}-{}", process.pid, process.start_ticks),
        href: None,
        cells: vec![
            Cell::text(process.command.clone()),
            Cell::Level(level).note(whose),
            Cell::text(process.owner.clone()),
            Cell::Time(process.started_ms),
            Cell::Number(f64::from(process.pid), process.pid.to_string()),
            Cell::value(Unit::Number, Some(f64::from(process.processes))),
            Cell::value(Unit::Percent, Some(process.cpu_percent)),
            Cell::value(Unit::Bytes, Some(process.memory_bytes as f64)),
            action,
        ],
    }
}

fn end_cell(process: HostProcess, known: RwSignal<Vec<HostProcess>>) -> Cell {
    let label = format!("End process {}", process.pid);
    let view = move || {
        let (process, action) = (process.clone(), label.clone());
        let end = move |_| {
            let process = process.clone();
            ask(Question {
                sentence: format!(
                    "End process {} ({}), started at {}, with all that it started?",
                    process.pid,
                    process.command,
                    format::exact(process.started_ms)
                ),
                action: action.clone(),
                run: Arc::new(move || end(process.pid, process.start_ticks, known)),
            });
        };
        view! {
            <button class="quiet" data-needs-script aria-label=label.clone() on:click=end>
                "End"
            </button>
        }
        .into_any()
    };
    Cell::View(SortKey::Nothing, String::new(), Arc::new(view))
}

fn end(pid: u32, start_ticks: u64, known: RwSignal<Vec<HostProcess>>) {
    leptos::task::spawn_local(async move {
        let answer = end_process(pid, start_ticks).await;
        match answer.and_then(|answer| Ok(answer.read()?)) {
            Ok(ended) => {
                let count = format::count(ended.ended as usize, "process");
                ui::notify(format!("{count} ended"), false);
            }
            Err(failure) => ui::notify(failure.to_string(), true),
        }
        load(known);
    });
}

/// Looks at all processes again.
fn load(known: RwSignal<Vec<HostProcess>>) {
    leptos::task::spawn_local(async move {
        match load_processes().await.and_then(|answer| Ok(answer.read()?)) {
            // The page may have been left.
            Ok(found) => drop(known.try_set(found.processes)),
            Err(failure) => ui::notify(failure.to_string(), true),
        }
    });
}
