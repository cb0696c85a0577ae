//! The registry of panels: one line each. The frame owns suspense, errors and exports.

mod alert_list;
mod events;
mod host;
mod latency;
mod server_parts;
mod status;
pub(crate) mod verdict;

use leptos::prelude::*;
use ui::PanelFrame;
use wire::TableName;

/// What a panel is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// One server; all where missing.
    pub(crate) server: Option<String>,
}

/// A panel.
pub(crate) struct Panel {
    /// Its id in pages and addresses.
    id: &'static str,
    /// A noun.
    title: &'static str,
    /// The table that can be exported, if there is one.
    export: Option<TableName>,
    /// Its content.
    view: fn(&Scope) -> AnyView,
}

/// All panels.
const PANELS: &[Panel] = &[
    status::PANEL,
    latency::PANEL,
    latency::OF_SERVER,
    alert_list::OPEN,
    alert_list::HISTORY,
    events::PANEL,
    events::OF_SERVER,
    host::PANEL,
    server_parts::TOOLS,
    server_parts::PERCENTILES,
    server_parts::HISTORY,
];

/// A panel in its frame.
pub(crate) fn show(id: &str, scope: &Scope) -> AnyView {
    let Some(panel) = PANELS.iter().find(|panel| panel.id == id) else {
        // A page names a panel that is not in the registry: seen at once by whoever wrote it.
        return view! { <p class="trouble">{format!("There is no panel {id}.")}</p> }.into_any();
    };
    let export = panel.export.map(|table| {
        let table = table.as_str();
        match &scope.server {
            Some(server) => format!(
                "table={table}&server={}",
                crate::pages::path_segment(server)
            ),
            None => format!("table={table}"),
        }
    });
    let content = (panel.view)(scope);
    view! {
        <PanelFrame id=panel.id title=panel.title.to_owned() export=export>
            {content}
        </PanelFrame>
    }
    .into_any()
}
