//! Open alerts as a table or in groups: many taken, assigned or resolved at once, whether they are on the page or not.

use leptos::prelude::*;
use ui::{
    Cell, Changing, Column, LiveState, OnTableState, PageTime, PanelFrame, PanelMenu, Table,
    TableRow, TableState,
};
use wire::{AlertGroups, AlertRow, OpenQuery, path_segment};

use super::api::load_groups;
use super::far::Far;
use super::groups::{by_field, groups};
use super::many::{owner_field, table_actions};
use crate::address::Address;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_soon, seeded_with};

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

/// The panel: a table, or groups where the address names a label.
pub(crate) fn many_alerts() -> AnyView {
    let address = Address::here();
    let by = Memo::new(move |_| {
        address
            .query
            .with(|query| query.get("by"))
            .unwrap_or_default()
    });
    let owner = RwSignal::new(String::new());
    // What is looked for in the table, which a file of it has as well.
    let looked = RwSignal::new(TableState::default());
    let exports = Changing::from(move || {
        let text = looked.with(|state| path_segment(state.filter.trim()));
        match by.with(String::is_empty) && !text.is_empty() {
            true => format!("table=open-alerts&text={text}"),
            false => "table=open-alerts".to_owned(),
        }
    });
    let menu = PanelMenu {
        exports: Some(exports),
        ..PanelMenu::default()
    };
    let content = move || match by.get() {
        by if by.is_empty() => seeded_soon(move |live| table(live, address, owner, looked)),
        by => in_groups(address, by, owner),
    };
    view! {
        <PanelFrame id="many-alerts" title="Work many at once" menu=menu>
            {move || content()}
        </PanelFrame>
    }
    .into_any()
}

fn in_groups(address: Address, by: String, owner: RwSignal<String>) -> AnyView {
    let value = address.query.with_untracked(|query| query.get("value"));
    let query = OpenQuery {
        by,
        value,
        ..OpenQuery::default()
    };
    let asked = query.clone();
    let loaded = Loaded::<AlertGroups>::once(move || load_groups(asked.clone()));
    seeded_with(Room::Tall, loaded, move |live, first| {
        view! {
            <div class="table-tools">
                {by_field(live, address, &query.by)}
                {owner_field(owner)}
            </div>
            {groups(live, query.clone(), first, owner)}
        }
        .into_any()
    })
}

fn table(
    live: LiveState,
    address: Address,
    owner: RwSignal<String>,
    looked: RwSignal<TableState>,
) -> AnyView {
    let time = expect_context::<PageTime>();
    let far = Far::new(live);
    let rows = move || match live.has_all_alerts() {
        true => live.alerts.with(|alerts| {
            let open = alerts.iter().filter(|alert| alert.is_open());
            open.map(|alert| row(&AlertRow::from(alert), time))
                .collect()
        }),
        false => {
            let rows = far.rows().into_iter().enumerate();
            let row = |(place, it): (usize, Option<AlertRow>)| match it {
                Some(it) => row(&it, time),
                None => TableRow {
                    key: format!("not fetched: {place}"),
                    ..TableRow::default()
                },
            };
            rows.map(row).collect::<Vec<_>>()
        }
    };
    let on_state: OnTableState = std::sync::Arc::new(move |state| looked.set(state));
    let tools = view! { {by_field(live, address, "")} {owner_field(owner)} };
    view! {
        <Table
            id="alerts"
            title="open alerts"
            columns=columns()
            rows=rows
            actions=table_actions(owner)
            tools=Some(tools.into_any())
            elsewhere=Some(far.elsewhere())
            on_state=Some(on_state)
            empty="No alert is open."
        />
    }
    .into_any()
}

fn row(alert: &AlertRow, time: PageTime) -> TableRow {
    let [summary, severity, rule, state, server, owner] = alert.words();
    let rank = f64::from(alert.severity as u8);
    let to_server = time.href(&format!("/servers/{}", path_segment(&server)));
    TableRow {
        key: alert.id.clone(),
        href: Some(time.href(&format!("/alerts/{}", alert.id))),
        cells: vec![
            Cell::text(summary),
            Cell::Number(rank, severity),
            Cell::text(rule),
            Cell::text(state),
            // What is about no server leads to none.
            match server.as_str() {
                "" => Cell::Nothing,
                _ => Cell::Link(server, to_server),
            },
            Cell::Time(alert.since_ms),
            match owner.as_str() {
                "" => Cell::Nothing,
                _ => Cell::text(owner),
            },
        ],
    }
}
