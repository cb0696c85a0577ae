//! What needs somebody, who has it, and what was before?

use leptos::prelude::*;
use ui::{LiveState, format};
use wire::AlertTotals;

use super::alert_parts::alert_parts;
use crate::alerts::{ALARM, RAISE_ALERT, many_alerts};
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
        {many_alerts()}
        {show(&ALARM, &scope)}
        {show(&RAISE_ALERT, &scope)}
        {show(&panels::SILENCES, &scope)}
        {show(&panels::ALERT_HISTORY, &scope)}
    }
}

fn headline(live: LiveState) -> String {
    let totals = live.alert_totals();
    match totals.held {
        0 => of_open(totals),
        held => format!(
            "{}; {} held",
            of_open(totals),
            format::grouped(held as usize)
        ),
    }
}

/// Those that nothing holds, in words.
fn of_open(totals: AlertTotals) -> String {
    let (firing, taken) = (totals.firing as usize, totals.acknowledged as usize);
    match (firing, taken, totals.pending as usize) {
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
