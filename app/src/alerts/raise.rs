//! An alert that a person raises: a form that is folded up until it is wanted. Without a script it is sent as it is.

use leptos::prelude::*;
use ui::{LiveState, notify};
use wire::{AlertDraft, Severity};

use super::api::raise_alert;
use crate::labelled::{choice, input};
use crate::panels::{Panel, Scope};

pub(crate) const PANEL: Panel = Panel {
    id: "raise-alert",
    title: "Raise an alert by hand",
    export: None,
    view: |_: &Scope| form(),
};

/// How long it lasts, in minutes as they are sent, and as it is called.
const LENGTHS: [(&str, &str); 5] = [
    ("", "until it is resolved"),
    ("60", "for 1 hour"),
    ("480", "for 8 hours"),
    ("1440", "for 1 day"),
    ("10080", "for 1 week"),
];
const MINUTE_MS: i64 = 60_000;

#[derive(Clone, Copy)]
struct Draft {
    name: RwSignal<String>,
    severity: RwSignal<String>,
    summary: RwSignal<String>,
    description: RwSignal<String>,
    server: RwSignal<String>,
    minutes: RwSignal<String>,
    by: RwSignal<String>,
}

impl Draft {
    fn read(self) -> AlertDraft {
        let minutes = self.minutes.get_untracked().parse::<i64>().ok();
        AlertDraft {
            name: self.name.get_untracked(),
            severity: self.severity.get_untracked(),
            summary: self.summary.get_untracked(),
            description: self.description.get_untracked(),
            server: self.server.get_untracked(),
            by: self.by.get_untracked(),
            lasts_ms: minutes.map(|it| it * MINUTE_MS),
            ..AlertDraft::default()
        }
    }
}

fn form() -> AnyView {
    let live = expect_context::<LiveState>();
    let text = |text: &str| RwSignal::new(text.to_owned());
    let draft = Draft {
        name: text(""),
        severity: text(Severity::Warning.as_str()),
        summary: text(""),
        description: text(""),
        server: text(""),
        minutes: text(""),
        by: text(""),
    };
    let severities = Severity::ALL.iter().map(|it| (it.as_str(), it.as_str()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        raise(live, draft);
    };
    view! {
        <details>
            <summary>"Something is wrong that no rule sees"</summary>
            <form class="actions" method="post" action="/alerts" on:submit=submit>
                {input("raise-name".to_owned(), "name", "Name, such as BackupFailed", draft.name)}
                {choice("raise-severity".to_owned(), "severity", "Severity", draft.severity, severities.collect())}
                {input("raise-summary".to_owned(), "summary", "What is wrong, in one line", draft.summary)}
                {input("raise-description".to_owned(), "description", "What to do about it", draft.description)}
                {input("raise-server".to_owned(), "server", "Server, if one is concerned", draft.server)}
                {choice("raise-minutes".to_owned(), "minutes", "How long", draft.minutes, LENGTHS.to_vec())}
                {input("raise-by".to_owned(), "by", "Your name", draft.by)}
                <button class="primary" type="submit">"Raise"</button>
            </form>
        </details>
    }
    .into_any()
}

/// Asks for it; the alert appears among the others.
fn raise(live: LiveState, draft: Draft) {
    leptos::task::spawn_local(async move {
        let asked = raise_alert(draft.read()).await;
        let answer = asked.map_err(|failure| failure.0);
        match answer.and_then(|answer| answer.read()) {
            Ok(alert) => {
                for text in [draft.name, draft.summary, draft.description, draft.server] {
                    text.try_set(String::new());
                }
                notify(format!("{} is raised", alert.rule), false);
                live.put_alert(alert);
            }
            Err(problem) => notify(problem.to_string(), true),
        }
    });
}
