//! When are alerts held back, which, and why?

use leptos::prelude::*;
use ui::{Changing, LiveState, PanelFrame, PanelMenu};
use wire::QuietPicture;

use super::alert_parts::alert_parts;
use crate::address::Address;
use crate::kept::kept_new;
use crate::loaded::Loaded;
use crate::panels::{self, Scope, show};
use crate::quiet::{Draft, days, form, from_query, headline, list, load_quiet};
use crate::seeded::{Room, seeded_with};
use crate::title::name_page;

/// Maintenance windows and silences: as a calendar, as lists, and a form for a new one.
#[component]
pub(crate) fn Windows() -> impl IntoView {
    name_page("Quiet times");
    let address = Address::here();
    let day = Memo::new(move |_| address.query.with(|query| query.get("day")));
    // Any number will do that differs for another day.
    let version = move || {
        let day = day.get().unwrap_or_default();
        day.bytes().fold(0_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        })
    };
    let loaded = Loaded::<QuietPicture>::while_at(version, move || {
        let written = address.query.with_untracked(from_query);
        load_quiet(day.get_untracked().unwrap_or_default(), written)
    });
    let content = seeded_with(Room::Tall, loaded, move |live, first| {
        page(live, first, address, day.get_untracked())
    });
    view! {
        {alert_parts("/alerts/windows")}
        {content}
        {show(&panels::SILENCES, &Scope::default())}
    }
}

fn page(live: LiveState, first: QuietPicture, address: Address, day: Option<String>) -> AnyView {
    let draft = address
        .query
        .with_untracked(|query| Draft::of_address(query, &first.windows));
    let asked = day.clone().unwrap_or_default();
    let picture = kept_new(
        live,
        first,
        || true,
        move || load_quiet(asked.clone(), wire::WindowDraft::default()),
    );
    let menu = PanelMenu {
        exports: Some(Changing::from(|| "table=windows".to_owned())),
        ..PanelMenu::default()
    };
    view! {
        <h1>{move || picture.with(|it| headline(it, live.now_ms.get()))}</h1>
        <PanelFrame id="calendar" title="Two weeks">{days(live, picture, day)}</PanelFrame>
        <PanelFrame id="windows" title="Maintenance windows" menu=menu>{list(picture)}</PanelFrame>
        <PanelFrame id="window-form" title="Make a window">{form(picture, draft)}</PanelFrame>
    }
    .into_any()
}
