//! Alerts: the open ones, and those that are over.

use leptos::prelude::*;
use ui::{Ago, Empty, LiveState, PageTime, each, format, when, when_else};
use wire::{Alert, Resolution, TableName};

use super::alert_card::{Card, Row, quoted};
use super::{Panel, Scope};
use crate::api::load_resolved_alerts;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded, seeded_with};

pub(crate) const OPEN: Panel = Panel {
    id: "open-alerts",
    title: "Open alerts",
    export: Some(TableName::Alerts),
    view: |_: &Scope| seeded(|live| view! { <Open live=live /> }.into_any()),
};

pub(crate) const HISTORY: Panel = Panel {
    id: "alert-history",
    title: "History",
    export: Some(TableName::Alerts),
    view: |_: &Scope| history(),
};

/// Cards of a page: who has more open alerts than anybody reads finds them in the table.
const MOST_CARDS: usize = 50;

/// What is shown of an alert changes when it has taken a step.
fn version(alert: &Alert) -> String {
    let Alert {
        id,
        changes,
        state,
        held,
        ..
    } = alert;
    format!("{id} {} {} {held}", changes.len(), state.as_str())
}

#[component]
fn Open(live: LiveState) -> impl IntoView {
    // What was resolved on this page stays, so that it can be reopened.
    let is_shown = |alert: &Alert| alert.is_open() || alert.firing_ms.is_some();
    // Who looks at a card that changes keeps the card.
    let known = StoredValue::new(Vec::<Row>::new());
    let shown = move || {
        let rows = live.alerts.with(|alerts| {
            let shown = alerts.iter().filter(|alert| is_shown(alert));
            known.with_value(|known| current(known, shown.take(MOST_CARDS)))
        });
        known.set_value(rows.clone());
        rows
    };
    let has_some = move || live.alerts.with(|alerts| alerts.iter().any(is_shown));
    let others = move || {
        let here = |alerts: &Vec<Alert>| alerts.iter().filter(|alert| is_shown(alert)).count();
        let elsewhere = |alerts: &Vec<Alert>| {
            let here = alerts.iter().filter(|alert| alert.is_open()).count();
            (live.alert_totals().open as usize).saturating_sub(here)
        };
        let count = |alerts: &Vec<Alert>| here(alerts) + elsewhere(alerts);
        live.alerts.with(count).saturating_sub(MOST_CARDS)
    };
    let more = move || {
        let text = move || format!("and {} more", format::grouped(others()));
        view! { <p class="more"><a href="/alerts#many-alerts">{move || text()}</a></p> }.into_any()
    };
    let list = move || {
        view! {
            <ul class="alerts">
                {each(
                    shown,
                    |row| row.with_untracked(|alert| alert.id.clone()),
                    move |row| view! { <li><Card live=live row=row /></li> },
                )}
            </ul>
            {when(move || others() > 0, more)}
        }
    };
    let none = || {
        view! {
            <Empty>
                "None. MCPServerDown fires when a server has been down for two minutes (alerts.server_down_for)."
            </Empty>
        }
    };
    when_else(has_some, list, none)
}

/// The rows of alerts, told what has become of them; an alert that is new gets one.
fn current<'a>(known: &[Row], alerts: impl Iterator<Item = &'a Alert>) -> Vec<Row> {
    let mut next = 0;
    let row = |alert: &Alert| {
        let is_it = |row: &Row| row.with_untracked(|row| row.id == alert.id);
        // They mostly stand in the order in which they stood.
        let later = known[next..].iter().position(is_it).map(|at| next + at);
        let Some(at) = later.or_else(|| known.iter().position(is_it)) else {
            return Row::new(alert.clone());
        };
        next = at + 1;
        let row = known[at].clone();
        if row.with_untracked(|row| version(row) != version(alert)) {
            row.set(alert.clone());
        }
        row
    };
    alerts.map(row).collect()
}

fn history() -> AnyView {
    let past = Loaded::once(load_resolved_alerts);
    seeded_with(Room::Tall, past, |live, past| {
        view! { <Past live=live past=past /> }.into_any()
    })
}

/// Alerts that fired and are over; what ends while the page is open joins them.
#[component]
fn Past(live: LiveState, past: Vec<Alert>) -> impl IntoView {
    let rows = Memo::new(move |_| {
        let end = |alert: &Alert| alert.resolved.as_ref().map(|end| end.at_ms);
        let mut rows: Vec<Alert> = past.clone();
        live.alerts.with(|alerts| {
            for alert in alerts {
                rows.retain(|row| row.id != alert.id);
                if !alert.is_open() {
                    let place = rows.iter().position(|row| end(row) < end(alert));
                    rows.insert(place.unwrap_or(rows.len()), alert.clone());
                }
            }
        });
        rows.retain(|row| row.firing_ms.is_some());
        rows
    });
    let table = move || {
        view! {
                <div class="scroll" tabindex="0">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Alert"</th>
                                <th scope="col">"Fired"</th>
                                <th scope="col">"Ended"</th>
                                <th scope="col">"Who"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {each(
                                move || rows.get(),
                                version,
                                |alert| view! { <PastRow alert=alert /> },
                            )}
                        </tbody>
                    </table>
                </div>
                <p><a href="/alerts/history">"All that has happened"</a></p>
        }
    };
    let none = || view! { <Empty>"No alert that fired has ended within the retention."</Empty> };
    when_else(move || rows.with(|rows| !rows.is_empty()), table, none)
}

#[component]
fn PastRow(alert: Alert) -> impl IntoView {
    let time = expect_context::<PageTime>();
    let path = format!("/alerts/{}", alert.id);
    let who = match (&alert.acknowledged, &alert.resolved) {
        (Some(taken), _) => format!("{}{}", taken.by, quoted(&taken.comment)),
        (None, Some(Resolution { by: Some(by), .. })) => by.clone(),
        _ => "nobody".to_owned(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=move || time.href(&path)>{alert.summary.clone()}</a>
                <small>{alert.rule.clone()} " · " {alert.severity.as_str()}</small>
            </th>
            <td>{alert.firing_ms.map(|at| view! { <Ago at_ms=at /> }.into_any())}</td>
            <td>{alert.resolved.as_ref().map(|end| view! { <Ago at_ms=end.at_ms /> }.into_any())}</td>
            <td>{who}</td>
        </tr>
    }
}
