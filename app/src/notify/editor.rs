//! The routes as a text that is edited: mistakes are said while it is written, and nothing that has one is saved.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use ui::{Ago, Question, all, ask, effect, when};
use wire::{Routes, RoutesDraft, RoutesMistake, RoutesOrigin, RoutesVersion};

use super::api::{back_to_file, check_routes, load_versions, save_routes};
use super::words::read;
use crate::labelled::input;

/// How long nothing is typed before it is checked.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Clone, Copy)]
struct Editor {
    routes: RwSignal<Routes>,
    text: RwSignal<String>,
    by: RwSignal<String>,
    comment: RwSignal<String>,
    mistakes: RwSignal<Vec<RoutesMistake>>,
    /// What was asked last: an older answer is not shown.
    turn: StoredValue<u32>,
    /// The version that was read.
    version: StoredValue<u32>,
    versions: RwSignal<Vec<RoutesVersion>>,
}

/// The text with its mistakes, and earlier ones.
pub(super) fn editor(routes: RwSignal<Routes>) -> AnyView {
    let first = routes.get_untracked();
    let text = |text: String| RwSignal::new(text);
    let editor = Editor {
        routes,
        text: text(first.text),
        by: text(String::new()),
        comment: text(String::new()),
        mistakes: RwSignal::new(Vec::new()),
        turn: StoredValue::new(0),
        version: StoredValue::new(first.version),
        versions: RwSignal::new(Vec::new()),
    };
    let can_edit = first.can_edit;
    if can_edit {
        editor.follow();
    }
    let of_file = move || {
        routes.with(|it| {
            mistakes(
                "The file has a mistake, so what was before is kept",
                &it.mistakes,
            )
        })
    };
    let ignored =
        move || routes.with(|it| mistakes("Written there, and without effect here", &it.ignored));
    let of_text = move || {
        editor
            .mistakes
            .with(|it| mistakes("It cannot be saved", it))
    };
    let is_edited = move || routes.with(|it| it.origin == RoutesOrigin::Edited);
    let back = move || {
        let back = move |_| editor.back();
        view! { <button type="button" on:click=back>"Back to the file"</button> }
    };
    let save = can_edit.then(|| {
        view! {
            <div class="notify-form" data-needs-script>
                {input("routes-by".to_owned(), "by", "Your name", editor.by)}
                {input("routes-comment".to_owned(), "comment", "What has changed, and why", editor.comment)}
                <button class="primary" on:click=move |_| editor.save()>"Save"</button>
                {when(is_edited, back)}
            </div>
        }
        .into_any()
    });
    let only_read =
        (!can_edit).then(|| view! { <p>"An admin can change them here."</p> }.into_any());
    let is_wrong = move || editor.mistakes.with(|it| !it.is_empty());
    view! {
        {move || of_file()}
        {move || ignored()}
        <label for="routes-text">"In the format of alertmanager.yml. Secrets are shown as <secret> and stay what they are."</label>
        <textarea
            id="routes-text"
            class="routes-text"
            rows="24"
            spellcheck="false"
            autocomplete="off"
            readonly=!can_edit
            aria-describedby="routes-mistakes"
            aria-invalid=move || is_wrong().then_some("true")
            prop:value=move || editor.text.get()
            on:input:target=move |event| editor.text.set(event.target().value())
        >
            {editor.text.get_untracked()}
        </textarea>
        <div id="routes-mistakes" role="status">{move || of_text()}</div>
        {save}
        {only_read}
        {editor.past()}
    }
    .into_any()
}

impl Editor {
    /// Checks the text when nothing has been typed for a while.
    fn follow(self) {
        effect(move || {
            let text = self.text.get();
            let Some(turn) = self.turn.try_update_value(|turn| {
                *turn += 1;
                *turn
            }) else {
                return;
            };
            if untrack(|| self.routes.with(|it| it.text == text)) {
                return self.mistakes.set(Vec::new());
            }
            set_timeout(move || self.check(text.clone(), turn), PAUSE);
        });
    }

    fn check(self, text: String, turn: u32) {
        if self.turn.try_get_value() != Some(turn) {
            return;
        }
        leptos::task::spawn_local(async move {
            let found = read(check_routes(text).await);
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match found {
                Ok(found) => self.mistakes.set(found),
                Err(problem) => ui::notify(problem.to_string(), true),
            }
        });
    }

    fn save(self) {
        let draft = RoutesDraft {
            text: self.text.get_untracked(),
            version: self.version.get_value(),
            by: self.by.get_untracked(),
            comment: self.comment.get_untracked(),
        };
        leptos::task::spawn_local(async move {
            let text = draft.text.clone();
            match read(save_routes(draft).await) {
                Ok(routes) => {
                    self.take(routes);
                    ui::notify("Saved; it holds from now on", false);
                }
                Err(problem) => {
                    ui::notify(problem.to_string(), true);
                    // With the places.
                    if let Ok(found) = read(check_routes(text).await) {
                        self.mistakes.try_set(found);
                    }
                }
            }
        });
    }

    fn back(self) {
        let run = move || {
            let by = self.by.get_untracked();
            leptos::task::spawn_local(async move {
                match read(back_to_file(by).await) {
                    Ok(routes) => {
                        self.take(routes);
                        ui::notify("What the file says holds again", false);
                    }
                    Err(problem) => ui::notify(problem.to_string(), true),
                }
            });
        };
        ask(Question {
            sentence:
                "Go back to what the file says? What was edited here stays among the versions."
                    .to_owned(),
            action: "Back to the file".to_owned(),
            run: Arc::new(run),
        });
    }

    fn take(self, routes: Routes) {
        // The page may have been left.
        if self.version.try_get_value().is_none() {
            return;
        }
        self.version.set_value(routes.version);
        self.comment.set(String::new());
        self.mistakes.set(Vec::new());
        self.text.set(routes.text.clone());
        self.routes.set(routes);
        self.load_past();
    }

    fn load_past(self) {
        leptos::task::spawn_local(async move {
            match read(load_versions().await) {
                Ok(versions) => _ = self.versions.try_set(versions),
                Err(problem) => ui::notify(problem.to_string(), true),
            }
        });
    }

    /// What was edited here before; a text of it can be taken and saved again.
    fn past(self) -> AnyView {
        let can_edit = self.routes.with_untracked(|it| it.can_edit);
        let rows = move || {
            self.versions.with(|versions| {
                all(versions.iter().map(|version| {
                    let RoutesVersion {
                        version: number,
                        at_ms,
                        by,
                        comment,
                        text,
                    } = version.clone();
                    let what = match text.is_empty() {
                        true => "back to the file".to_owned(),
                        false => comment,
                    };
                    let label = format!("Take the text of version {number}");
                    let take = (can_edit && !text.is_empty()).then(|| {
                        view! {
                            <button class="quiet" aria-label=label on:click=move |_| self.text.set(text.clone())>
                                "Take this text"
                            </button>
                        }
                        .into_any()
                    });
                    view! {
                        <li>{format!("{number}. {what}, by {by} ")} <Ago at_ms=at_ms /> " " {take}</li>
                    }
                }))
            })
        };
        view! {
            <details data-needs-script>
                <summary on:click=move |_| self.load_past()>"Earlier versions"</summary>
                <ol class="life">{move || rows()}</ol>
            </details>
        }
        .into_any()
    }
}

/// Mistakes with their places, under what they come to; nothing where there is none.
fn mistakes(title: &'static str, mistakes: &[RoutesMistake]) -> AnyView {
    if mistakes.is_empty() {
        return ().into_any();
    }
    let rows = all(mistakes.iter().map(|mistake| {
        let place = place(mistake);
        let text = mistake.text.clone();
        view! { <li><b>{place}</b> {text}</li> }
    }));
    view! { <div class="mistakes"><p>{title} ":"</p> <ul>{rows}</ul></div> }.into_any()
}

fn place(mistake: &RoutesMistake) -> String {
    match (mistake.line, mistake.column) {
        (0, _) => String::new(),
        (line, 0) => format!("Line {line}: "),
        (line, column) => format!("Line {line}, column {column}: "),
    }
}
