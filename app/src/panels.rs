//! The registry of panels: one line each. The frame owns suspense, errors and exports.
//!
//! Pages name panels as constants, so that the code of a panel is fetched with the pages that show it.

mod alert_card;
mod alert_list;
mod check_table;
mod checks;
mod configuration;
mod definitions;
mod events;
mod fleet;
mod fleet_map;
mod glances;
pub(crate) mod metric;
mod performance;
mod server_parts;
mod silences;
mod status;
mod traffic;
pub(crate) mod verdict;

use leptos::prelude::*;
use ui::{Changing, PageTime, PanelFrame, PanelMenu};
use wire::TableName;

pub(crate) use alert_list::{HISTORY as ALERT_HISTORY, OPEN as OPEN_ALERTS};
pub(crate) use check_table::PANEL as CHECKS;
pub(crate) use checks::OF_SERVER as SERVER_CHECKS;
pub(crate) use configuration::PANEL as CONFIGURATION;
pub(crate) use definitions::OF_SERVER as SERVER_DEFINITIONS;
pub(crate) use events::{OF_SERVER as SERVER_EVENTS, PANEL as EVENTS};
pub(crate) use fleet::PANEL as FLEET;
pub(crate) use fleet_map::PANEL as FLEET_MAP;
pub(crate) use glances::{AGENTS, BENCHMARKS, BUDGETS, BUILDS};
pub(crate) use performance::{HEALTH, PERFORMANCE};
pub(crate) use server_parts::{HISTORY, TOOLS};
pub(crate) use silences::PANEL as SILENCES;
pub(crate) use status::WORST as WORST_SERVERS;
pub(crate) use traffic::PANEL as TRAFFIC;

/// What a panel is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// One server; all where missing.
    pub(crate) server: Option<String>,
}

/// A panel.
pub(crate) struct Panel {
    /// Its id in pages and addresses.
    pub(crate) id: &'static str,
    /// A noun.
    pub(crate) title: &'static str,
    /// The table that can be exported, if there is one.
    pub(crate) export: Option<TableName>,
    /// Its content.
    pub(crate) view: fn(&Scope) -> AnyView,
}

/// A panel in its frame.
pub(crate) fn show(panel: &Panel, scope: &Scope) -> AnyView {
    let exports = panel.export.map(|table| {
        let range = expect_context::<PageTime>().range;
        let name = table.as_str();
        let query = match &scope.server {
            Some(server) => format!("table={name}&server={}", wire::path_segment(server)),
            None => format!("table={name}"),
        };
        Changing::from(move || match table {
            // What is computed is computed anew, of what the page looks at.
            TableName::Performance => {
                let (last_ms, until_ms) = range.get().parts();
                let until = until_ms.map_or_else(String::new, |to_ms| format!("&to_ms={to_ms}"));
                format!("{query}&last_ms={last_ms}{until}")
            }
            _ => query.clone(),
        })
    });
    let content = (panel.view)(scope);
    let menu = PanelMenu {
        exports,
        ..PanelMenu::default()
    };
    view! {
        <PanelFrame id=panel.id title=panel.title menu=menu>
            {content}
        </PanelFrame>
    }
    .into_any()
}
