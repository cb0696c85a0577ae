//! What needs somebody, who has it, and what was before?

use leptos::prelude::*;
use ui::{LiveState, format};
use wire::{Alert, AlertState};

use super::alert_parts::alert_parts;
use crate::alerts::RAISE_ALERT;
use crate::panels::{self, Scope, show};
use crate::seeded::seeded;
use crate::title::name_page;

/// Open alerts and the history.
#[component]
pub(crate) fn Alerts() -> impl IntoView {
    let scope = Scope::default();
    name_page("Alerts");
    view! {
        {alert_parts("/alerts")}
        {seeded(|live| view! { <h1>{move || headline(live)}</h1> }.into_any())}
        {show(&panels::OPEN_ALERTS, &scope)}
        {show(&panels::MANY_ALERTS, &scope)}
        {show(&RAISE_ALERT, &scope)}
        {show(&panels::SILENCES, &scope)}
        {show(&panels::ALERT_HISTORY, &scope)}
    }
}

fn headline(live: LiveState) -> String {
    live.alerts.with(|alerts| {
        let is_held = |alert: &&Alert| alert.is_open() && alert.is_held();
        let held = alerts.iter().filter(is_held).count();
        let open: Vec<&Alert> = alerts.iter().filter(|alert| !is_held(alert)).collect();
        match held {
            0 => of_open(&open),
            held => format!("{}; {held} held", of_open(&open)),
        }
    })
}

/// Those that nothing holds, in words.
fn of_open(alerts: &[&Alert]) -> String {
    let of = |state| alerts.iter().filter(|alert| alert.state == state).count();
    let (firing, taken) = (of(AlertState::Firing), of(AlertState::Acknowledged));
    match (firing, taken, of(AlertState::Pending)) {
        (0, 0, 0) => "No alert is open".to_owned(),
        (0, 0, pending) => format!("{} pending, none firing", format::count(pending, "alert")),
        (0, taken, _) => format!(
            "Nothing new: {} acknowledged",
            format::count(taken, "alert")
        ),
        (firing, 0, _) => format!(
            "{} firing, nobody has taken one",
            format::count(firing, "alert")
        ),
        (firing, taken, _) => format!(
            "{} firing, {taken} acknowledged",
            format::count(firing, "alert")
        ),
    }
}
