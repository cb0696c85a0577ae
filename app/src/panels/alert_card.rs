//! One open alert: what it says, who has it, and what can be done with it.

use leptos::prelude::*;
use ui::{Ago, AlertBadge, Clocked, LiveState, all, notify};
use wire::{Acknowledgement, Alert, AlertState, Decision, Note, Resolution, path_segment};

use crate::api::decide_alert;

/// What was typed for an alert and refused: its card is made anew, and the words stand in it again.
#[derive(Clone, Copy)]
pub(super) struct Draft(StoredValue<Option<(String, Note)>>);

impl Default for Draft {
    fn default() -> Self {
        Self(StoredValue::new(None))
    }
}

impl Draft {
    fn of(self, id: &str) -> Note {
        let kept = self.0.get_value().filter(|(kept, _)| kept == id);
        kept.map(|(_, note)| note).unwrap_or_default()
    }
}

#[component]
pub(super) fn Card(live: LiveState, draft: Draft, alert: Alert) -> impl IntoView {
    let since = alert.firing_ms.unwrap_or(alert.pending_ms);
    let taken = alert.acknowledged.clone().filter(|_| alert.is_open());
    let over = alert.resolved.clone();
    let href = format!("/servers/{}", path_segment(&alert.server));
    let steps = alert.changes.clone();
    let actions = view! { <Actions live=live draft=draft alert=alert.clone() /> };
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
fn foresee(decision: Decision, alert: &Alert, note: &Note, at_ms: i64) -> Alert {
    let mut next = alert.clone();
    let by = match note.by.as_str() {
        "" => "you".to_owned(),
        name => name.to_owned(),
    };
    let comment = note.comment.clone();
    match decision {
        Decision::Acknowledge => {
            next.state = AlertState::Acknowledged;
            next.acknowledged = Some(Acknowledgement { by, at_ms, comment });
        }
        Decision::Resolve => {
            let by = Some(by);
            next.state = AlertState::Resolved;
            next.resolved = Some(Resolution { by, at_ms, comment });
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
fn decide(live: LiveState, draft: Draft, before: Alert, decision: Decision, note: Note) {
    let now_ms = live.now_ms.get_untracked();
    live.put_alert(foresee(decision, &before, &note, now_ms));
    leptos::task::spawn_local(async move {
        let asked = decide_alert(before.id.clone(), decision, note.clone()).await;
        let answer = asked.map_err(|failure| failure.0);
        match answer.and_then(|answer| answer.read()) {
            Ok(confirmed) => live.put_alert(confirmed),
            Err(problem) => {
                draft.0.set_value(Some((before.id.clone(), note)));
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
fn Actions(live: LiveState, draft: Draft, alert: Alert) -> impl IntoView {
    let kept = draft.of(&alert.id);
    let (by, comment) = (RwSignal::new(kept.by), RwSignal::new(kept.comment));
    let state = alert.state;
    let is_asked = matches!(state, AlertState::Firing | AlertState::Acknowledged);
    let fields = [("by", "Your name", by), ("comment", "Comment", comment)];
    let fields =
        fields.map(|(what, label, text)| field(format!("{what}-{}", alert.id), label, text));
    let alert = StoredValue::new(alert);
    let buttons = decisions(state).iter().map(|&(decision, word)| {
        let class = (decision == Decision::Acknowledge).then_some("primary");
        let act = move |_| {
            let note = Note {
                by: by.get_untracked(),
                comment: comment.get_untracked(),
            };
            decide(live, draft, alert.get_value(), decision, note);
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
pub(super) fn quoted(comment: &str) -> String {
    match comment {
        "" => String::new(),
        comment => format!(": “{comment}”"),
    }
}
