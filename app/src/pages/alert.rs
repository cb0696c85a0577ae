//! What is known of this alert, why is it quiet or not, and what has happened to alerts before?

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ui::{Changing, PanelFrame, PanelMenu};
use wire::{AlertDetail, HistoryPage};

use super::alert_parts::alert_parts;
use crate::address::Address;
use crate::alerts::{Asked, detail, filter, found, load_alert, load_alert_history};
use crate::answer::read;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_outcome, seeded_page, trouble};
use crate::title::name_page;

/// One alert.
#[component]
pub(crate) fn AlertPage() -> impl IntoView {
    name_page("Alert");
    let params = use_params_map();
    let page = move || {
        let id = params.with(|params| params.get("id")).unwrap_or_default();
        let loaded = Loaded::<AlertDetail>::once(move || load_alert(id.clone()));
        seeded_page("Alert", loaded, detail)
    };
    view! { {alert_parts("")} {move || page()} }
}

/// Every step of every alert.
#[component]
pub(crate) fn AlertHistory() -> impl IntoView {
    name_page("History of alerts");
    let address = Address::here();
    let asked = Memo::new(move |_| Asked::of(address));
    let version = move || asked.with(Asked::version);
    let page = Loaded::<HistoryPage>::while_at(version, move || {
        let Asked { query, days } = asked.get_untracked();
        load_alert_history(query, days)
    });
    let menu = PanelMenu {
        exports: Some(Changing::from(move || asked.with(Asked::exported))),
        ..PanelMenu::default()
    };
    let form = move || asked.with(|asked| filter(address, asked));
    view! {
        {alert_parts("/alerts/history")}
        <h1>"What has happened to alerts"</h1>
        {move || form()}
        <PanelFrame id="alert-steps" title="Every step" menu=menu>
            {seeded_outcome(Room::Tall, page.text(), move |_, outcome| {
                let page = outcome.and_then(|text| read::<HistoryPage>(&text));
                match page {
                    Ok(page) => asked.with_untracked(|asked| found(asked, &page)),
                    Err(problem) => trouble(problem),
                }
            })}
        </PanelFrame>
    }
}
