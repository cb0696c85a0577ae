//! Alerts: the open ones, worked by clicking, and those that are over.

use leptos::prelude::*;
use ui::{Ago, AlertBadge, Clocked, Empty, LiveState, all, each, notify, when_else};
use wire::{Acknowledgement, Alert, AlertState, Decision, Resolution, TableName, path_segment};

use super::{Panel, Scope};
use crate::answer::Loaded;
use crate::api::{decide_alert, load_resolved_alerts};
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

/// A card is drawn anew when its alert has taken a step.
fn version(alert: &Alert) -> String {
    let Alert {
        id, changes, state, ..
    } = alert;
    format!("{id} {} {}", changes.len(), state.as_str())
}

#[component]
fn Open(live: LiveState) -> impl IntoView {
    // What was resolved on this page stays, so that it can be reopened.
    let is_shown = |alert: &Alert| alert.is_open() || alert.firing_ms.is_some();
    let shown = move || {
        let filter = |alerts: &Vec<Alert>| alerts.iter().filter(|a| is_shown(a)).cloned().collect();
        live.alerts.with(filter)
    };
    let has_some = move || live.alerts.with(|alerts| alerts.iter().any(is_shown));
    let list = move || {
        view! {
            <ul class="alerts">
                {each(
                    shown,
                    version,
                    move |alert| view! { <li><Card live=live alert=alert /></li> },
                )}
            </ul>
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

#[component]
fn Card(live: LiveState, alert: Alert) -> impl IntoView {
    let since = alert.firing_ms.unwrap_or(alert.pending_ms);
    let taken = alert.acknowledged.clone().filter(|_| alert.is_open());
    let over = alert.resolved.clone();
    let href = format!("/servers/{}", path_segment(&alert.server));
    let steps = alert.changes.clone();
    let actions = view! { <Actions live=live alert=alert.clone() /> };
    view! {
        <article
            class="alert"
            id=alert.id.clone()
            data-severity=alert.severity.as_str()
            data-state=alert.state.as_str()
        >
            <header>
                <h3>{alert.summary.clone()}</h3>
                <span>{alert.severity.as_str()} " · " <Ago at_ms=since /></span>
            </header>
            <p>
                <AlertBadge state=alert.state />
                " "
                {alert.rule.clone()}
                " · "
                <a href=href>{alert.server.clone()}</a>
            </p>
            <p class="description">{alert.description.clone()}</p>
            {taken.map(|taken| view! {
                <p class="taken">
                    "Acknowledged by " <b>{taken.by}</b> " " <Ago at_ms=taken.at_ms />
                    {quoted(&taken.comment)}
                </p>
            }.into_any())}
            {over.map(|over| view! {
                <p class="taken">
                    {over.by.map_or_else(|| "Resolved by itself".to_owned(), |by| format!("Resolved by {by}"))}
                    " " <Ago at_ms=over.at_ms />
                    {quoted(&over.comment)}
                </p>
            }.into_any())}
            {actions}
            <details>
                <summary>"Every step"</summary>
                <ol class="changes">
                    {all(steps.into_iter().map(|step| view! {
                        <li>
                            <Clocked at_ms=step.at_ms /> " " <b>{step.state.as_str()}</b> " by " {step.by}
                            {quoted(&step.comment)}
                        </li>
                    }))}
                </ol>
            </details>
        </article>
    }
}

/// The alert as it will be, shown before the product confirms.
fn foresee(decision: Decision, alert: &Alert, by: &str, comment: &str, now_ms: i64) -> Alert {
    let mut next = alert.clone();
    let name = if by.is_empty() { "you" } else { by };
    match decision {
        Decision::Acknowledge => {
            next.state = AlertState::Acknowledged;
            next.acknowledged = Some(Acknowledgement {
                by: name.to_owned(),
                at_ms: now_ms,
                comment: comment.to_owned(),
            });
        }
        Decision::Resolve => {
            next.state = AlertState::Resolved;
            next.resolved = Some(Resolution {
                by: Some(name.to_owned()),
                at_ms: now_ms,
                comment: comment.to_owned(),
            });
        }
        Decision::Reopen => {
            next.resolved = None;
            next.state = match &next.acknowledged {
                Some(_) => AlertState::Acknowledged,
                None => AlertState::Firing,
            };
        }
    }
    next
}

/// Shows what will be, asks for it, and takes it back where the product refuses.
fn decide(live: LiveState, before: Alert, decision: Decision, by: String, comment: String) {
    let now_ms = live.now_ms.get_untracked();
    live.put_alert(foresee(decision, &before, &by, &comment, now_ms));
    leptos::task::spawn_local(async move {
        let answer = decide_alert(before.id.clone(), decision, by, comment).await;
        match answer
            .map_err(|failure| failure.0)
            .and_then(|answer| answer.read())
        {
            Ok(confirmed) => live.put_alert(confirmed),
            Err(problem) => {
                live.put_alert(before);
                notify(problem.to_string(), true);
            }
        }
    });
}

/// The decisions that an alert is open to, each with its button's word.
fn decisions(state: AlertState) -> &'static [(Decision, &'static str)] {
    use Decision::{Acknowledge, Reopen, Resolve};
    match state {
        AlertState::Pending | AlertState::Acknowledged => &[(Resolve, "Resolve")],
        AlertState::Firing => &[(Acknowledge, "Acknowledge"), (Resolve, "Resolve")],
        AlertState::Resolved => &[(Reopen, "Reopen")],
    }
}

#[component]
fn Actions(live: LiveState, alert: Alert) -> impl IntoView {
    let (by, comment) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let state = alert.state;
    let is_asked = matches!(state, AlertState::Firing | AlertState::Acknowledged);
    let fields = [("by", "Your name", by), ("comment", "Comment", comment)];
    let fields =
        fields.map(|(what, label, text)| field(format!("{what}-{}", alert.id), label, text));
    let alert = StoredValue::new(alert);
    let buttons = decisions(state).iter().map(|&(decision, word)| {
        let class = (decision == Decision::Acknowledge).then_some("primary");
        let act = move |_| {
            let (by, comment) = (by.get_untracked(), comment.get_untracked());
            decide(live, alert.get_value(), decision, by, comment);
        };
        view! { <button class=class on:click=act>{word}</button> }
    });
    view! {
        <div class="actions">
            {is_asked.then(|| all(fields.into_iter()))}
            {all(buttons)}
        </div>
    }
}

fn field(id: String, label: &'static str, text: RwSignal<String>) -> AnyView {
    view! {
        <label class="hidden-label" for=id.clone()>{label}</label>
        <input
            id=id
            placeholder=label
            prop:value=text
            on:input:target=move |ev| text.set(ev.target().value())
        />
    }
    .into_any()
}

/// What was said, after who said it.
fn quoted(comment: &str) -> String {
    match comment {
        "" => String::new(),
        comment => format!(": “{comment}”"),
    }
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
                <div class="scroll">
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
        }
    };
    let none = || view! { <Empty>"No alert has ended within the retention."</Empty> };
    when_else(move || rows.with(|rows| !rows.is_empty()), table, none)
}

#[component]
fn PastRow(alert: Alert) -> impl IntoView {
    let who = match (&alert.acknowledged, &alert.resolved) {
        (Some(taken), _) => format!("{}{}", taken.by, quoted(&taken.comment)),
        (None, Some(Resolution { by: Some(by), .. })) => by.clone(),
        _ => "nobody".to_owned(),
    };
    view! {
        <tr>
            <th scope="row">
                {alert.summary.clone()}
                <small>{alert.rule.clone()} " · " {alert.severity.as_str()}</small>
            </th>
            <td>{alert.firing_ms.map(|at| view! { <Ago at_ms=at /> }.into_any())}</td>
            <td>{alert.resolved.as_ref().map(|end| view! { <Ago at_ms=end.at_ms /> }.into_any())}</td>
            <td>{who}</td>
        </tr>
    }
}
