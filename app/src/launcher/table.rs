//! The table of started servers, with what can be done with each, and their starts on one axis.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use ui::{
    Cell, CellView, Column, Dialog, Gantt, PageTime, Phase, Question, Side, StartUp, Table,
    TableRow, all, ask, format,
};
use wire::{LaunchOrder, LaunchState, Launched, Unit, path_segment};

use super::Lines;
use super::details::details;
use super::words;

/// Starts that are shown on the axis: the slowest.
const MOST_STARTS: usize = 30;

fn columns() -> Vec<Column> {
    vec![
        Column::new("server", "Server"),
        Column::new("state", "State").width(230),
        Column::new("since", "Up since").width(110).second(),
        Column::new("restarts", "Restarts")
            .width(85)
            .number()
            .optional(),
        Column::new("pid", "PID").width(75).number().optional(),
        Column::new("cpu", "CPU").width(75).number().optional(),
        Column::new("memory", "Memory")
            .width(90)
            .number()
            .optional(),
        Column::new("actions", "Actions")
            .width(210)
            .unsorted()
            .second(),
    ]
}

/// What can be done with each server. The views are made once, so that a row that changes keeps the focus.
#[derive(Clone, Copy)]
struct Actions {
    lines: Lines,
    views: StoredValue<HashMap<String, CellView>>,
    /// The server whose details are open.
    chosen: RwSignal<String>,
    is_open: RwSignal<bool>,
}

impl Actions {
    fn of(self, name: &str) -> CellView {
        let known = self.views.with_value(|views| views.get(name).cloned());
        known.unwrap_or_else(|| {
            let owned = name.to_owned();
            let view: CellView = Arc::new(move || self.buttons(&owned));
            self.views
                .update_value(|views| drop(views.insert(name.to_owned(), view.clone())));
            view
        })
    }

    fn buttons(self, name: &str) -> AnyView {
        let (of_state, for_details) = (name.to_owned(), name.to_owned());
        let lines = self.lines;
        let state = Memo::new(move |_| lines.find(&of_state).map(|line| line.state));
        let open = move |_| {
            self.chosen.set(for_details.clone());
            self.is_open.set(true);
        };
        let name = name.to_owned();
        let about = name.clone();
        let orders = move || {
            let name = name.clone();
            let orders: &[LaunchOrder] = match state.get() {
                None | Some(LaunchState::AwaitingApproval) => &[],
                Some(LaunchState::Stopped) => &[LaunchOrder::Start],
                Some(_) => &[LaunchOrder::Restart, LaunchOrder::Stop],
            };
            all(orders.iter().map(move |order| button(lines, &name, *order)))
        };
        view! {
            <span class="actions" data-needs-script>
                {move || orders()}
                <button class="quiet" aria-label=format!("Details of {about}") on:click=open>
                    "Details"
                </button>
            </span>
        }
        .into_any()
    }
}

fn button(lines: Lines, name: &str, order: LaunchOrder) -> AnyView {
    let word = match order {
        LaunchOrder::Start => "Start",
        LaunchOrder::Stop => "Stop",
        LaunchOrder::Restart => "Restart",
    };
    let label = format!("{word} {name}");
    let name = name.to_owned();
    let action = label.clone();
    let run = move |_| {
        let ordered = name.clone();
        let run = Arc::new(move || lines.order(ordered.clone(), order));
        let sentence = match order {
            // It takes nothing away.
            LaunchOrder::Start => return run(),
            LaunchOrder::Stop => {
                format!("Stop {name}, end its process and leave it so until somebody starts it?")
            }
            LaunchOrder::Restart => format!("Restart {name} and end its process with all calls?"),
        };
        ask(Question {
            sentence,
            action: action.clone(),
            run,
        });
    };
    view! { <button class="quiet" aria-label=label on:click=run>{word}</button> }.into_any()
}

/// The table, and the drawer beside it.
pub(crate) fn launched(lines: Lines) -> AnyView {
    let time = expect_context::<PageTime>();
    let actions = Actions {
        lines,
        views: StoredValue::new(HashMap::new()),
        chosen: RwSignal::new(String::new()),
        is_open: RwSignal::new(false),
    };
    let rows = move || {
        lines.all.with(|all| {
            let rows = all.iter().map(|line| row(line, time, actions));
            rows.collect::<Vec<_>>()
        })
    };
    let (chosen, is_open) = (actions.chosen, actions.is_open);
    let body = Arc::new(move || details(lines, chosen));
    view! {
        <Table
            id="launched"
            title="started servers"
            columns=columns()
            rows=rows
            is_tall=true
            empty="No server is started here. What a configuration lists with a command is: write [servers.NAME] with command and args into observatory.toml, or name an mcpServers file with --mcp-config."
        />
        <Dialog id="launch-details" title="Starts and exits" open=is_open side=Side::Right body=body />
    }
    .into_any()
}

fn row(line: &Launched, time: PageTime, actions: Actions) -> TableRow {
    let href = time.href(&format!("/servers/{}", path_segment(&line.name)));
    let state = words::state(line.state);
    let next = line.next_start_ms.map_or_else(String::new, |at_ms| {
        let clock = format::clock(time.zone.get().shift(at_ms), true);
        format!(" Next start at {clock}.")
    });
    TableRow {
        key: line.name.clone(),
        href: Some(href.clone()),
        cells: vec![
            Cell::Link(line.name.clone(), href).note(line.command.clone()),
            Cell::Level(words::level(line)).note(format!("{state}: {}{next}", line.reason)),
            line.started_ms.map_or(Cell::Nothing, Cell::Time),
            Cell::value(Unit::Number, Some(f64::from(line.restarts))),
            line.pid.map_or(Cell::Nothing, |pid| {
                Cell::Number(f64::from(pid), pid.to_string())
            }),
            Cell::value(Unit::Percent, line.cpu_percent),
            Cell::value(Unit::Bytes, line.memory_bytes),
            Cell::View(ui::SortKey::Nothing, String::new(), actions.of(&line.name)),
        ],
    }
}

/// The last start of each, phase by phase, the slowest first.
pub(crate) fn start_ups(lines: Lines) -> AnyView {
    let time = expect_context::<PageTime>();
    let slowest = move || {
        let mut all = lines.all.get();
        all.retain(|line| !line.phases.is_empty());
        let took = |line: &Launched| line.launch_seconds().unwrap_or_default();
        all.sort_by(|a, b| took(b).total_cmp(&took(a)));
        all.truncate(MOST_STARTS);
        all.iter().map(|line| start_up(line, time)).collect()
    };
    view! { <Gantt title="Last start of each server" start_ups=slowest /> }.into_any()
}

fn start_up(line: &Launched, time: PageTime) -> StartUp {
    let phases = line.phases.iter().map(|phase| Phase {
        name: phase.name.clone(),
        from_seconds: phase.from_seconds,
        seconds: phase.seconds,
    });
    StartUp {
        name: line.name.clone(),
        href: Some(time.href(&format!("/servers/{}", path_segment(&line.name)))),
        phases: phases.collect(),
        level: words::level(line),
    }
}

/// How long phases took, in words.
pub(super) fn phase_words(line: &Launched) -> String {
    let phases = line.phases.iter();
    let words = phases.map(|phase| format!("{} {}", phase.name, format::seconds(phase.seconds)));
    words.collect::<Vec<_>>().join(", ")
}
