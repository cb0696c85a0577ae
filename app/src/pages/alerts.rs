//! What needs somebody, who has it, and what was before?

use leptos::prelude::*;
use ui::{LiveState, format};
use wire::AlertState;

use crate::panels::{self, Scope, show};
use crate::seeded::seeded;
use crate::title::name_page;

/// Open alerts and the history.
#[component]
pub(crate) fn Alerts() -> impl IntoView {
    let scope = Scope::default();
    name_page("Alerts");
    view! {
        {seeded(|live| view! { <h1>{move || headline(live)}</h1> }.into_any())}
        {show(&panels::OPEN_ALERTS, &scope)}
        {show(&panels::MANY_ALERTS, &scope)}
        {show(&panels::ALERT_HISTORY, &scope)}
    }
}

fn headline(live: LiveState) -> String {
    live.alerts.with(|alerts| {
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
    })
}
