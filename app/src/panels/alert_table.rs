//! Open alerts as a table: many taken, assigned or resolved at once.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{
    Cell, Column, LiveState, PageTime, Table, TableAction, TableRow, Undo, format, notify_with,
};
use wire::{Alert, AlertAction, AlertNote, TableName, path_segment};

use super::{Panel, Scope};
use crate::alerts::act_on_alert;
use crate::seeded::seeded_soon;

pub(crate) const PANEL: Panel = Panel {
    id: "many-alerts",
    title: "Work many at once",
    export: Some(TableName::Alerts),
    view: |_: &Scope| seeded_soon(table),
};

const HOUR_MS: i64 = 3_600_000;

fn columns() -> Vec<Column> {
    vec![
        Column::new("alert", "Alert"),
        Column::new("severity", "Severity").width(100).second(),
        Column::new("rule", "Rule").width(160).optional(),
        Column::new("state", "State").width(130).second(),
        Column::new("server", "Server").width(170).optional(),
        Column::new("since", "Since").width(110),
        Column::new("who", "Who has it").width(140).optional(),
    ]
}

fn table(live: LiveState) -> AnyView {
    let time = expect_context::<PageTime>();
    let rows = move || {
        live.alerts.with(|alerts| {
            let open = alerts.iter().filter(|alert| alert.is_open());
            open.map(|alert| row(alert, time)).collect::<Vec<_>>()
        })
    };
    let owner = RwSignal::new(String::new());
    let action = |label, action, lasts_ms, done| {
        TableAction::new(label, move |ids: Vec<String>| {
            let is_assigned = action == AlertAction::Assign;
            let owner = owner.get_untracked();
            if is_assigned && owner.trim().is_empty() {
                ui::notify("Write beside the filter for whom they are.", true);
                return;
            }
            let note = AlertNote {
                owner: if is_assigned { owner } else { String::new() },
                lasts_ms,
                ..AlertNote::default()
            };
            act(live, ids, action, note, done)
        })
    };
    let actions = vec![
        action(
            "Acknowledge",
            AlertAction::Acknowledge,
            None,
            "acknowledged",
        ),
        action(
            "For 1 hour",
            AlertAction::Acknowledge,
            Some(HOUR_MS),
            "acknowledged for 1 hour",
        ),
        action("Assign", AlertAction::Assign, None, "assigned"),
        action("Resolve", AlertAction::Resolve, None, "resolved"),
    ];
    let for_whom = view! {
        <input
            aria-label="Assign to"
            placeholder="Assign to"
            data-needs-script
            prop:value=owner
            on:input:target=move |event| owner.set(event.target().value())
        />
    };
    view! {
        <Table
            id="alerts"
            title="open alerts"
            columns=columns()
            rows=rows
            actions=actions
            tools=Some(for_whom.into_any())
            empty="No alert is open."
        />
    }
    .into_any()
}

fn row(alert: &Alert, time: PageTime) -> TableRow {
    let rank = alert.severity as u8;
    TableRow {
        key: alert.id.clone(),
        href: Some(time.href(&format!("/alerts/{}", alert.id))),
        cells: vec![
            Cell::text(alert.summary.clone()),
            Cell::Number(f64::from(rank), alert.severity.as_str().to_owned()),
            Cell::text(alert.rule.clone()),
            Cell::text(match alert.is_held() {
                true => format!("{}, held", alert.state.as_str()),
                false => alert.state.as_str().to_owned(),
            }),
            Cell::Link(
                alert.server.clone(),
                time.href(&format!("/servers/{}", path_segment(&alert.server))),
            ),
            Cell::Time(alert.firing_ms.unwrap_or(alert.pending_ms)),
            match alert.owner.as_str() {
                "" => Cell::Nothing,
                owner => Cell::text(owner),
            },
        ],
    }
}

/// Does it with each; the socket shows what became of them. Who resolved too many may take it back.
fn act(
    live: LiveState,
    ids: Vec<String>,
    action: AlertAction,
    note: AlertNote,
    done: &'static str,
) {
    leptos::task::spawn_local(async move {
        let mut decided = Vec::new();
        let mut refused = None;
        for id in ids {
            match act_on_alert(id.clone(), action, note.clone()).await {
                Ok(answer) => {
                    if let Ok(alert) = answer.read() {
                        live.put_alert(alert);
                    }
                    decided.push(id);
                }
                Err(failure) => refused = Some(failure),
            }
        }
        if let Some(failure) = refused {
            ui::notify(failure.to_string(), true);
        }
        if decided.is_empty() {
            return;
        }
        let text = format!("{} {done}", format::count(decided.len(), "alert"));
        match action {
            AlertAction::Resolve => {
                let reopen = move || {
                    let (ids, note) = (decided.clone(), AlertNote::default());
                    act(live, ids, AlertAction::Reopen, note, "open again");
                };
                let undo = Undo {
                    label: "Reopen".to_owned(),
                    run: Arc::new(reopen),
                };
                notify_with(text, undo);
            }
            _ => ui::notify(text, false),
        }
    });
}
