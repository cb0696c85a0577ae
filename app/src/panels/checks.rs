//! The tools of one server that are called on a schedule, and what they came to.

use leptos::prelude::*;
use ui::{Ago, Empty, LevelBadge, LiveState, all, effect, format};
use wire::{CheckState, Level, Server, ServerDetail, TableName};

use super::{Panel, Scope};
use crate::api::{Detail, load_server};
use crate::seeded::{Room, seeded_with};

pub(crate) const OF_SERVER: Panel = Panel {
    id: "server-checks",
    title: "Tool checks",
    export: Some(TableName::Checks),
    view: |_: &Scope| {
        let Detail(detail) = expect_context();
        seeded_with(Room::Tall, detail, |live, detail| {
            let shown = RwSignal::new(detail);
            follow(live, shown);
            view! { {move || shown.with(checks)} }.into_any()
        })
    },
};

/// Loads it again whenever something was seen of the server; one loading at a time, and what comes meanwhile is loaded
/// after it.
fn follow(live: LiveState, shown: RwSignal<ServerDetail>) {
    let name = shown.with_untracked(|detail| detail.server.name.clone());
    let row = live.servers.with_untracked(|all| {
        let is_it = |row: &&ArcRwSignal<Server>| row.with_untracked(|row| row.name == name);
        all.iter().find(is_it).cloned()
    });
    let Some(row) = row else {
        return;
    };
    let (is_first, is_loading, is_stale) = (
        StoredValue::new(true),
        StoredValue::new(false),
        StoredValue::new(false),
    );
    effect(move || {
        row.track();
        if is_first.get_value() {
            return is_first.set_value(false);
        }
        if is_loading.get_value() {
            return is_stale.set_value(true);
        }
        is_loading.set_value(true);
        let name = name.clone();
        leptos::task::spawn_local(async move {
            loop {
                is_stale.set_value(false);
                // What cannot be loaded now is loaded at the next change; the page says when its link is lost.
                if let Ok(answer) = load_server(name.clone()).await
                    && let Ok(detail) = answer.read()
                    // The page may have been left.
                    && shown.try_set(detail).is_some()
                {
                    return;
                }
                if is_stale.try_get_value() != Some(true) {
                    break;
                }
            }
            is_loading.try_set_value(false);
        });
    });
}

fn checks(detail: &ServerDetail) -> AnyView {
    if detail.checks.is_empty() {
        let table = format!("[servers.{}.checks.NAME]", detail.server.name);
        return view! {
            <Empty>
                "No tool is called on a schedule. Name one in observatory.toml: "
                <code>{table}</code>
                ", with " <code>"tool = \"…\""</code> "."
            </Empty>
        }
        .into_any();
    }
    let rows = detail.checks.iter().map(row);
    view! {
        <div class="scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Check"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"What was seen"</th>
                        <th scope="col" class="number">"Took"</th>
                        <th scope="col" class="number">"Value"</th>
                        <th scope="col">"Since"</th>
                    </tr>
                </thead>
                <tbody>{all(rows)}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(check: &CheckState) -> AnyView {
    let level = match check.ok {
        Some(true) => Level::Healthy,
        Some(false) => Level::Unhealthy,
        None => Level::Unknown,
    };
    let action = (!check.action.is_empty()).then(|| {
        let action = check.action.clone();
        view! { <small>" What to do: " {action}</small> }.into_any()
    });
    let took = check.seconds.map(format::seconds).unwrap_or_default();
    let value = check.value.map(|value| format::number(value));
    view! {
        <tr>
            <th scope="row">{check.name.clone()}</th>
            <td><LevelBadge level=move || level /></td>
            <td>{check.summary.clone()} {action}</td>
            <td class="number">{took}</td>
            <td class="number">{value.unwrap_or_default()}</td>
            <td><Ago at_ms=check.since_ms /></td>
        </tr>
    }
    .into_any()
}
