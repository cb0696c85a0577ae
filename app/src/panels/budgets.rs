//! Error budgets: the objectives to look at first.

use leptos::prelude::*;
use ui::{Empty, LiveState, PageTime, all, worded_badge};
use wire::{BudgetLine, TableName, path_segment};

use super::{Panel, Scope};
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};
use crate::slo::load_budgets;

pub(crate) const PANEL: Panel = Panel {
    id: "budgets",
    title: "Error budgets",
    export: Some(TableName::Budgets),
    view: |_: &Scope| budgets(),
};

/// Minutes are counted a little after they are over, in milliseconds.
const COUNTED_MS: i64 = 25_000;

/// Asked for anew when another minute has been counted, unless the page stands still.
fn budgets() -> AnyView {
    let live = expect_context::<LiveState>();
    let minute = Memo::new(move |before: Option<&i64>| match before {
        Some(before) if live.is_paused.get() => *before,
        _ => (live.now_ms.get() - COUNTED_MS).div_euclid(60_000),
    });
    let loaded = Loaded::while_at(move || minute.get() as u32, load_budgets);
    seeded_with(Room::Small, loaded, |_, rows| list(rows))
}

fn list(rows: Vec<BudgetLine>) -> AnyView {
    let time = expect_context::<PageTime>();
    if rows.is_empty() {
        return view! {
            <Empty>
                "Nothing has been measured yet. An objective says what is promised, and its budget what may fail: "
                <a href=move || time.href("/slo")>"All objectives"</a>
            </Empty>
        }
        .into_any();
    }
    let rows = all(rows.into_iter().map(|row| {
        let path = format!("/slo/{}", path_segment(&row.id));
        view! {
            <tr data-level=row.level.as_str()>
                <th scope="row"><a href=move || time.href(&path)>{row.name}</a></th>
                <td>{worded_badge(row.level, row.state)}</td>
                <td class="number">{row.left}</td>
            </tr>
        }
    }));
    view! {
        <table class="status">
            <thead>
                <tr><th scope="col">"Objective"</th><th scope="col">"State"</th><th scope="col" class="number">"Budget"</th></tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        <p class="more"><a href=move || time.href("/slo")>"All objectives"</a></p>
    }
    .into_any()
}
