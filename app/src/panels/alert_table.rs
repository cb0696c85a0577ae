//! Open alerts as a table: many taken or resolved at once.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{
    Cell, Column, LiveState, PageTime, Table, TableAction, TableRow, Undo, format, notify_with,
};
use wire::{Alert, Decision, Note, TableName, path_segment};

use super::{Panel, Scope};
use crate::api::decide_alert;
use crate::seeded::seeded_soon;

pub(crate) const PANEL: Panel = Panel {
    id: "many-alerts",
    title: "Work many at once",
    export: Some(TableName::Alerts),
    view: |_: &Scope| seeded_soon(table),
};

fn columns() -> Vec<Column> {
    vec![
        Column::new("alert", "Alert"),
        Column::new("severity", "Severity").width(100).second(),
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
    let action = |label, decision, done| {
        TableAction::new(label, move |ids: Vec<String>| {
            decide(live, ids, decision, done)
        })
    };
    let actions = vec![
        action("Acknowledge", Decision::Acknowledge, "acknowledged"),
        action("Resolve", Decision::Resolve, "resolved"),
    ];
    view! {
        <Table
            id="alerts"
            title="open alerts"
            columns=columns()
            rows=rows
            actions=actions
            empty="No alert is open."
        />
    }
    .into_any()
}

fn row(alert: &Alert, time: PageTime) -> TableRow {
    let rank = alert.severity as u8;
    TableRow {
        key: alert.id.clone(),
        href: None,
        cells: vec![
            Cell::text(alert.summary.clone()),
            Cell::Number(f64::from(rank), alert.severity.as_str().to_owned()),
            Cell::text(match alert.is_held() {
                true => format!("{}, held", alert.state.as_str()),
                false => alert.state.as_str().to_owned(),
            }),
            Cell::Link(
                alert.server.clone(),
                time.href(&format!("/servers/{}", path_segment(&alert.server))),
            ),
            Cell::Time(alert.firing_ms.unwrap_or(alert.pending_ms)),
            match &alert.acknowledged {
                Some(taken) => Cell::text(taken.by.clone()),
                None => Cell::Nothing,
            },
        ],
    }
}

/// Decides about each; the socket shows what became of them. Who resolved too many may take it back.
fn decide(live: LiveState, ids: Vec<String>, decision: Decision, done: &'static str) {
    leptos::task::spawn_local(async move {
        let mut decided = Vec::new();
        let mut refused = None;
        for id in ids {
            match decide_alert(id.clone(), decision, Note::default()).await {
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
        match decision {
            Decision::Resolve => {
                let reopen = move || decide(live, decided.clone(), Decision::Reopen, "open again");
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
