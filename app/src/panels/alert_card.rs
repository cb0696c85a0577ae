//! One open alert: what it says, who has it, and what can be done with it.

use leptos::prelude::*;
use ui::{Ago, AlertBadge, Clocked, Glyph, Icon, LiveState, PageTime, all, notify, when};
use wire::{Acknowledgement, Alert, AlertState, Decision, Note, Resolution, path_segment};

use crate::api::decide_alert;
use crate::routes;

/// An alert as it is now.
pub(super) type Row = ArcRwSignal<Alert>;

/// A card stays while its alert takes steps: who is writing in it goes on.
#[component]
pub(super) fn Card(live: LiveState, row: Row) -> impl IntoView {
    let alert = RwSignal::from(row);
    let id = alert.with_untracked(|alert| alert.id.clone());
    let actions = actions(live, alert, &id);
    let said = move || alert.with(said);
    let steps = move || alert.with(steps);
    view! {
        <article
            class="alert"
            id=id
            data-severity=move || alert.with(|alert| alert.severity.as_str())
            data-state=move || alert.with(|alert| alert.state.as_str())
        >
            {move || said()}
            {actions}
            <details>
                <summary>"Every step"</summary>
                <ol class="changes">{move || steps()}</ol>
            </details>
        </article>
    }
}

/// What the alert is about: an address and its name.
fn about(alert: &Alert) -> Option<(String, String)> {
    let objective = alert.labels.get("sloth_id");
    // A server has a name of its own.
    let own = match alert.link.as_str() {
        "" => None,
        link => routes::named(link).filter(|page| *page != "Server"),
    };
    match (objective, alert.server.as_str(), alert.source.is_empty()) {
        (Some(id), _, true) => Some((format!("/slo/{}", path_segment(id)), "Objective".to_owned())),
        (None, _, true) if own.is_some() => Some((alert.link.clone(), own?.to_owned())),
        // What a rule says of no server is about a check; of what others send, nothing is known.
        (_, "", false) => None,
        (_, "", true) => Some(("/dependencies".to_owned(), "Map".to_owned())),
        (_, server, _) => {
            let path = format!("/servers/{}", path_segment(server));
            Some((path, server.to_owned()))
        }
    }
}

/// What the alert says, and who has it.
fn said(alert: &Alert) -> AnyView {
    let since = alert.firing_ms.unwrap_or(alert.pending_ms);
    let taken = alert.acknowledged.clone().filter(|_| alert.is_open());
    let over = alert.resolved.clone();
    let time = expect_context::<PageTime>();
    let about = about(alert).map(|(path, about)| {
        view! { " · " <a href=move || time.href(&path)>{about}</a> }.into_any()
    });
    view! {
        <header>
            <h3><a href=time.href(&format!("/alerts/{}", alert.id))>{alert.summary.clone()}</a></h3>
            <span>{alert.severity.as_str()} " · " <Ago at_ms=since /></span>
        </header>
        <p>
            <AlertBadge state=alert.state />
            " "
            {alert.rule.clone()}
            {about}
            {(!alert.source.is_empty()).then(|| format!(" · from {}", alert.source))}
        </p>
        <p class="description">{alert.description.clone()}</p>
        {alert.is_held().then(|| view! {
            <p class="held">
                <Icon glyph=Glyph::Mute />
                {format!(" Held: {}. It comes back at once when that is over.", alert.held)}
                {(!alert.held_link.is_empty()).then(|| view! {
                    " " <a href=alert.held_link.clone()>"Why"</a>
                }.into_any())}
            </p>
        }.into_any())}
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
    }
    .into_any()
}

fn steps(alert: &Alert) -> AnyView {
    all(alert.changes.clone().into_iter().map(|step| {
        view! {
            <li>
                <Clocked at_ms=step.at_ms /> " " <b>{step.state.as_str()}</b> " by " {step.by}
                {quoted(&step.comment)}
            </li>
        }
    }))
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

/// What is being written in a card.
#[derive(Clone, Copy)]
struct Draft {
    by: RwSignal<String>,
    comment: RwSignal<String>,
}

impl Draft {
    fn note(self) -> Note {
        Note {
            by: self.by.get_untracked(),
            comment: self.comment.get_untracked(),
        }
    }

    fn put(self, note: Note) {
        // The card may have gone.
        self.by.try_set(note.by);
        self.comment.try_set(note.comment);
    }
}

/// Shows what will be, and asks for it.
fn decide(live: LiveState, draft: Draft, before: Alert, decision: Decision) {
    let now_ms = live.now_ms.get_untracked();
    let note = draft.note();
    draft.put(Note::default());
    live.put_alert(foresee(decision, &before, &note, now_ms));
    leptos::task::spawn_local(ask(live, draft, before, decision, note));
}

/// Asks for a decision, and takes it back where the product refuses. Nobody needs its code before somebody decides.
#[cfg_attr(feature = "split", lazy)]
async fn ask(live: LiveState, draft: Draft, before: Alert, decision: Decision, note: Note) {
    let asked = decide_alert(before.id.clone(), decision, note.clone()).await;
    let answer = asked.map_err(|failure| failure.0);
    match answer.and_then(|answer| answer.read()) {
        Ok(confirmed) => live.put_alert(confirmed),
        Err(problem) => {
            draft.put(note);
            live.put_alert(before);
            notify(problem.to_string(), true);
        }
    }
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

fn actions(live: LiveState, alert: RwSignal<Alert>, id: &str) -> AnyView {
    let text = || RwSignal::new(String::new());
    let (by, comment) = (text(), text());
    let draft = Draft { by, comment };
    let state = move || alert.with(|alert| alert.state);
    let is_asked = move || matches!(state(), AlertState::Firing | AlertState::Acknowledged);
    let id = id.to_owned();
    let link = id.clone();
    let fields = when(is_asked, move || {
        let fields = [("by", "Your name", by), ("comment", "Comment", comment)];
        let fields = fields.map(|(what, label, text)| field(format!("{what}-{id}"), label, text));
        all(fields.into_iter())
    });
    let buttons = move || {
        all(decisions(state()).iter().map(|&(decision, word)| {
            let class = (decision == Decision::Acknowledge).then_some("primary");
            let act = move |_| decide(live, draft, alert.get_untracked(), decision);
            view! { <button class=class on:click=act>{word}</button> }
        }))
    };
    let silence = view! { <a href=format!("/alerts?silence={link}#silences")>"Silence"</a> };
    view! { <div class="actions">{fields} {move || buttons()} {silence}</div> }.into_any()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_alert_is_about() {
        for (server, source, objective, link, expected) in [
            ("files", "", "", "", Some(("/servers/files", "files"))),
            ("a b", "ann", "", "", Some(("/servers/a%20b", "a b"))),
            ("", "", "", "", Some(("/dependencies", "Map"))),
            ("", "prometheus", "", "", None),
            (
                "",
                "",
                "shop-open",
                "",
                Some(("/slo/shop-open", "Objective")),
            ),
            (
                "files",
                "",
                "shop-open",
                "/builds",
                Some(("/slo/shop-open", "Objective")),
            ),
            // Another product's objective is none of here.
            ("", "prometheus", "shop-open", "", None),
            (
                "files",
                "prometheus",
                "x",
                "",
                Some(("/servers/files", "files")),
            ),
            // What a rule names.
            (
                "",
                "",
                "",
                "/builds?project=shop",
                Some(("/builds?project=shop", "Builds")),
            ),
            ("files", "", "", "/drift", Some(("/drift", "Definitions"))),
            (
                "a b",
                "",
                "",
                "/servers/a b",
                Some(("/servers/a%20b", "a b")),
            ),
            ("", "", "", "/nowhere", Some(("/dependencies", "Map"))),
        ] {
            let labels = match objective {
                "" => serde_json::json!({}),
                id => serde_json::json!({ "sloth_id": id }),
            };
            let alert = serde_json::json!({
                "id": "x", "fingerprint": "0", "rule": "Down", "server": server, "severity": "critical", "state": "firing",
                "summary": "", "description": "", "labels": labels, "source": source, "link": link,
                "pending_ms": 0, "firing_ms": 1, "acknowledged": null, "resolved": null, "changes": [],
            });
            let alert = serde_json::from_value(alert).unwrap();
            let expected = expected.map(|(path, name)| (path.to_owned(), name.to_owned()));
            assert_eq!(
                about(&alert),
                expected,
                "{server} {source} {objective} {link}"
            );
        }
    }
}
