//! Many alerts worked at once: what becomes of them the socket shows.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{TableAction, Undo, format, notify_with};
use wire::{AlertAction, AlertNote, MOST_AT_ONCE, Problem};

use super::api::act_on_alerts;
use crate::labelled::input;

const HOUR_MS: i64 = 3_600_000;

/// What is done with many at once, as it is called; for how long, and what is said when it is done.
const ACTIONS: [(&str, AlertAction, Option<i64>, &str); 4] = [
    (
        "Acknowledge",
        AlertAction::Acknowledge,
        None,
        "acknowledged",
    ),
    (
        "For 1 hour",
        AlertAction::Acknowledge,
        Some(HOUR_MS),
        "acknowledged for 1 hour",
    ),
    ("Assign", AlertAction::Assign, None, "assigned"),
    ("Resolve", AlertAction::Resolve, None, "resolved"),
];

/// Something that is done with alerts, as it is called.
pub(super) struct Work {
    pub(super) label: &'static str,
    pub(super) run: Arc<dyn Fn(Vec<String>) + Send + Sync>,
}

/// What can be done with many alerts; `owner` is for whom they are when they are assigned.
pub(super) fn works(owner: RwSignal<String>) -> Vec<Work> {
    let work = |(label, action, lasts_ms, done)| Work {
        label,
        run: Arc::new(move |ids: Vec<String>| {
            let is_assigned = action == AlertAction::Assign;
            let owner = owner.get_untracked();
            if is_assigned && owner.trim().is_empty() {
                ui::notify("Write above the list for whom they are.", true);
                return;
            }
            let note = AlertNote {
                owner: if is_assigned { owner } else { String::new() },
                lasts_ms,
                ..AlertNote::default()
            };
            act(ids, action, note, done);
        }),
    };
    ACTIONS.map(work).into_iter().collect()
}

/// The same for the rows of a table.
pub(super) fn table_actions(owner: RwSignal<String>) -> Vec<TableAction> {
    let works = works(owner).into_iter();
    works
        .map(|work| TableAction::new(work.label, move |ids| (work.run)(ids)))
        .collect()
}

/// The field that says for whom alerts are that are assigned.
pub(super) fn owner_field(owner: RwSignal<String>) -> AnyView {
    let field = input("assign-to".to_owned(), "owner", "Assign to", owner);
    view! { <span data-needs-script>{field}</span> }.into_any()
}

/// Does it with all, some hundred at a time. Who resolved too many may take it back.
fn act(ids: Vec<String>, action: AlertAction, note: AlertNote, done: &'static str) {
    leptos::task::spawn_local(async move {
        let mut worked = Vec::new();
        let mut refused = 0;
        let mut why = String::new();
        for some in ids.chunks(MOST_AT_ONCE) {
            let answer = act_on_alerts(some.to_vec(), action, note.clone()).await;
            let answer: Result<_, Problem> = answer.map_err(|failure| failure.0);
            match answer.and_then(|answer| answer.read()) {
                Ok(answer) => {
                    worked.extend(answer.done);
                    refused += answer.refused as usize;
                    if why.is_empty() {
                        why = answer.why;
                    }
                }
                Err(problem) => {
                    refused += some.len();
                    why = problem.to_string();
                }
            }
        }
        if refused > 0 {
            ui::notify(not_done(refused, &why), true);
        }
        if worked.is_empty() {
            return;
        }
        let text = format!("{} {done}", format::count(worked.len(), "alert"));
        match action {
            AlertAction::Resolve => {
                let reopen = move || {
                    let note = AlertNote::default();
                    act(worked.clone(), AlertAction::Reopen, note, "open again");
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

/// With how many it was not done, and why.
fn not_done(refused: usize, why: &str) -> String {
    match refused {
        1 => format!("Not with 1 alert: {why}"),
        _ => format!("Not with {}: {why}", format::count(refused, "alert")),
    }
}
