//! The tools of one server that are called on a schedule, and what they came to.

use leptos::prelude::*;
use ui::{Ago, Empty, LevelBadge, all, format};
use wire::{CheckState, Level, ServerDetail, TableName};

use super::server_parts::loaded;
use super::{Panel, Scope};

pub(crate) const OF_SERVER: Panel = Panel {
    id: "server-checks",
    title: "Tool checks",
    export: Some(TableName::Checks),
    view: |_: &Scope| loaded(checks),
};

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
