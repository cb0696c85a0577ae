//! Alerts: the open ones, worked by clicking, and those that are over.

use leptos::prelude::*;
use ui::{Ago, AlertBadge, Clocked, Empty, LiveState, notify};
use wire::{Acknowledgement, Alert, AlertState, Resolution, TableName};

use super::{Panel, Scope};
use crate::api::{Failure, acknowledge_alert, load_resolved_alerts, reopen_alert, resolve_alert};
use crate::frame::{Room, seeded, seeded_with};
use crate::pages::path_segment;

pub(super) const OPEN: Panel = Panel {
    id: "open-alerts",
    title: "Open alerts",
    export: Some(TableName::Alerts),
    view: |_: &Scope| seeded(|live| view! { <Open live=live /> }.into_any()),
};

pub(super) const HISTORY: Panel = Panel {
    id: "alert-history",
    title: "History",
    export: Some(TableName::Alerts),
    view: |_: &Scope| history(),
};

/// A card is drawn anew when its alert has taken a step.
fn version(alert: &Alert) -> (String, usize, AlertState) {
    (alert.id.clone(), alert.changes.len(), alert.state)
}

#[component]
fn Open(live: LiveState) -> impl IntoView {
    let shown = Memo::new(move |_| {
        // What was resolved on this page stays, so that it can be reopened.
        live.alerts.with(|alerts| {
            alerts
                .iter()
                .filter(|a| a.is_open() || a.firing_ms.is_some())
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    view! {
        <Show
            when=move || shown.with(|shown| !shown.is_empty())
            fallback=|| view! { <Empty>"None. MCPServerDown fires when a server has been down for two minutes (alerts.server_down_for)."</Empty> }
        >
            <ul class="alerts">
                <For each=move || shown.get() key=version let:alert>
                    <li>
                        <Card live=live alert=alert />
                    </li>
                </For>
            </ul>
        </Show>
    }
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
                    {(!taken.comment.is_empty()).then(|| format!(": “{}”", taken.comment))}
                </p>
            })}
            {over.map(|over| view! {
                <p class="taken">
                    {over.by.map_or_else(|| "Resolved by itself".to_owned(), |by| format!("Resolved by {by}"))}
                    " " <Ago at_ms=over.at_ms />
                    {(!over.comment.is_empty()).then(|| format!(": {}", over.comment))}
                </p>
            })}
            {actions}
            <details>
                <summary>"Every step"</summary>
                <ol class="changes">
                    {steps
                        .into_iter()
                        .map(|step| view! {
                            <li>
                                <Clocked at_ms=step.at_ms /> " " <b>{step.state.as_str()}</b> " by " {step.by}
                                {(!step.comment.is_empty()).then(|| format!(": {}", step.comment))}
                            </li>
                        })
                        .collect_view()}
                </ol>
            </details>
        </article>
    }
}

/// What can be done with an alert.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Acknowledge,
    Resolve,
    Reopen,
}

impl Act {
    /// The alert as it will be, shown before the product confirms.
    fn foresee(self, alert: &Alert, by: &str, comment: &str, now_ms: i64) -> Alert {
        let mut next = alert.clone();
        let name = if by.is_empty() { "you" } else { by };
        match self {
            Self::Acknowledge => {
                next.state = AlertState::Acknowledged;
                next.acknowledged = Some(Acknowledgement {
                    by: name.to_owned(),
                    at_ms: now_ms,
                    comment: comment.to_owned(),
                });
            }
            Self::Resolve => {
                next.state = AlertState::Resolved;
                next.resolved = Some(Resolution {
                    by: Some(name.to_owned()),
                    at_ms: now_ms,
                    comment: comment.to_owned(),
                });
            }
            Self::Reopen => {
                next.resolved = None;
                next.state = match &next.acknowledged {
                    Some(_) => AlertState::Acknowledged,
                    None => AlertState::Firing,
                };
            }
        }
        next
    }

    async fn ask(self, id: String, by: String, comment: String) -> Result<Alert, Failure> {
        match self {
            Self::Acknowledge => acknowledge_alert(id, by, comment).await,
            Self::Resolve => resolve_alert(id, by, comment).await,
            Self::Reopen => reopen_alert(id, by, comment).await,
        }
    }
}

#[component]
fn Actions(live: LiveState, alert: Alert) -> impl IntoView {
    let by = RwSignal::new(String::new());
    let comment = RwSignal::new(String::new());
    let (state, is_open) = (alert.state, alert.is_open());
    let alert = StoredValue::new(alert);
    let act = move |act: Act| {
        let before = alert.get_value();
        let (by, comment) = (by.get_untracked(), comment.get_untracked());
        live.put_alert(act.foresee(&before, &by, &comment, live.now_ms.get_untracked()));
        leptos::task::spawn_local(async move {
            match act.ask(before.id.clone(), by, comment).await {
                Ok(confirmed) => live.put_alert(confirmed),
                Err(failure) => {
                    live.put_alert(before);
                    notify(failure.to_string(), true);
                }
            }
        });
    };
    let id = alert.with_value(|alert| alert.id.clone());
    let (name_id, comment_id) = (format!("by-{id}"), format!("comment-{id}"));
    view! {
        <div class="actions">
            <Show when=move || is_open && state != AlertState::Pending>
                <label class="hidden-label" for=name_id.clone()>"Your name"</label>
                <input id=name_id.clone() placeholder="Your name" prop:value=by on:input:target=move |ev| by.set(ev.target().value()) />
                <label class="hidden-label" for=comment_id.clone()>"Comment"</label>
                <input id=comment_id.clone() placeholder="Comment" prop:value=comment on:input:target=move |ev| comment.set(ev.target().value()) />
            </Show>
            <Show when=move || state == AlertState::Firing>
                <button class="primary" on:click=move |_| act(Act::Acknowledge)>"Acknowledge"</button>
            </Show>
            <Show when=move || is_open>
                <button on:click=move |_| act(Act::Resolve)>"Resolve"</button>
            </Show>
            <Show when=move || !is_open>
                <button on:click=move |_| act(Act::Reopen)>"Reopen"</button>
            </Show>
        </div>
    }
}

fn history() -> AnyView {
    let past = Resource::new_blocking(|| (), |()| load_resolved_alerts());
    seeded_with(Room::Tall, past, |live, past| {
        view! { <Past live=live past=past /> }.into_any()
    })
}

/// Alerts that fired and are over; what ends while the page is open joins them.
#[component]
fn Past(live: LiveState, past: Vec<Alert>) -> impl IntoView {
    let rows = Memo::new(move |_| {
        let mut rows: Vec<Alert> = past.clone();
        live.alerts.with(|alerts| {
            for alert in alerts {
                rows.retain(|row| row.id != alert.id);
                if !alert.is_open() {
                    rows.push(alert.clone());
                }
            }
        });
        rows.retain(|row| row.firing_ms.is_some());
        rows.sort_by_key(|row| std::cmp::Reverse(row.resolved.as_ref().map(|end| end.at_ms)));
        rows
    });
    view! {
        <Show
            when=move || rows.with(|rows| !rows.is_empty())
            fallback=|| view! { <Empty>"No alert has ended within the retention."</Empty> }
        >
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
                        <For each=move || rows.get() key=version let:alert>
                            <PastRow alert=alert />
                        </For>
                    </tbody>
                </table>
            </div>
        </Show>
    }
}

#[component]
fn PastRow(alert: Alert) -> impl IntoView {
    let who = match (&alert.acknowledged, &alert.resolved) {
        (Some(taken), _) if taken.comment.is_empty() => taken.by.clone(),
        (Some(taken), _) => format!("{}: “{}”", taken.by, taken.comment),
        (None, Some(Resolution { by: Some(by), .. })) => by.clone(),
        _ => "nobody".to_owned(),
    };
    view! {
        <tr>
            <th scope="row">
                {alert.summary.clone()}
                <small>{alert.rule.clone()} " · " {alert.severity.as_str()}</small>
            </th>
            <td>{alert.firing_ms.map(|at| view! { <Ago at_ms=at /> })}</td>
            <td>{alert.resolved.as_ref().map(|end| view! { <Ago at_ms=end.at_ms /> })}</td>
            <td>{who}</td>
        </tr>
    }
}
