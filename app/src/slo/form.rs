//! An objective is written, and what it would have been over stored data is said while it is.

use leptos::prelude::*;
use ui::{
    CheckField, ErrorSummary, FieldInfo, PageTime, TextField, effect, notify, when, when_else,
};
use wire::{ObjectiveDetail, ObjectiveDraft, ObjectivePreview, Origin};

use super::api::{preview_objective, save_objective};
use super::fields::{FIELDS, Form, Mistakes, mistakes};
use super::inputs::{indicator, target};
use super::preview::preview;
use super::words::{address, called, read};
use crate::address::Address;

/// How long nothing is typed before it is asked what it would have been.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(600);

/// What is known of what is written.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    /// The objective that is changed; empty where a new one is made.
    id: StoredValue<String>,
    /// Whether its name stays.
    is_named: bool,
    pub(super) form: Form,
    mistakes: RwSignal<Mistakes>,
    /// Those that kept it from being saved.
    refused: RwSignal<Mistakes>,
    preview: RwSignal<Option<ObjectivePreview>>,
    is_busy: RwSignal<bool>,
    /// What was asked last: an older answer is not shown.
    turn: StoredValue<u32>,
    here: StoredValue<Address, LocalStorage>,
}

/// A new objective.
pub(crate) fn make(here: Address) -> AnyView {
    let query = here.query.get_untracked();
    let text = |name: &str| query.get(name).unwrap_or_default();
    let draft = ObjectiveDraft {
        // Explore, and links, bring an expression along.
        good: text("good"),
        total: text("total"),
        ..ObjectiveDraft::default()
    };
    let editor = Editor::new(&draft, "", false, here);
    view! {
        <h1>"New objective"</h1>
        <p class="lead">"What is promised, how it is measured, and over which time."</p>
        {form(editor)}
    }
    .into_any()
}

/// An objective that is there.
pub(crate) fn change(first: ObjectiveDetail, here: Address) -> AnyView {
    let it = first.objective;
    let time = expect_context::<PageTime>();
    let back = address(&it.id);
    let back = view! { <p class="lead"><a href=move || time.href(&back)>"Back to it"</a></p> };
    let name = called(&it.draft);
    if !it.can_edit {
        let why = match it.origin {
            Origin::File => format!("{name} is changed in {}.", it.path),
            _ => "An admin can change it.".to_owned(),
        };
        return view! {
            {back}
            <h1>{name}</h1>
            <p>{why}</p>
        }
        .into_any();
    }
    let is_named = it.origin != Origin::Made;
    let editor = Editor::new(&it.draft, &it.id, is_named, here);
    view! {
        {back}
        <h1>"Change " {name}</h1>
        {form(editor)}
    }
    .into_any()
}

impl Editor {
    fn new(draft: &ObjectiveDraft, id: &str, is_named: bool, here: Address) -> Self {
        Self {
            id: StoredValue::new(id.to_owned()),
            is_named,
            form: Form::of(draft),
            mistakes: RwSignal::new(Vec::new()),
            refused: RwSignal::new(Vec::new()),
            preview: RwSignal::new(None),
            is_busy: RwSignal::new(false),
            turn: StoredValue::new(0),
            here: StoredValue::new_local(here),
        }
    }

    pub(super) fn info(self, field: &'static str) -> FieldInfo {
        let label = FIELDS.iter().find(|(known, _)| *known == field);
        let label = label.map_or(field, |(_, label)| *label);
        let mistakes = self.mistakes;
        FieldInfo::new(field_id(field), label).problem(move || {
            mistakes.with(|mistakes| {
                let found = mistakes.iter().find(|(known, _)| known == field);
                found.map(|(_, text)| text.clone())
            })
        })
    }

    /// What is wrong with no field in particular.
    fn trouble(self) -> Option<String> {
        self.mistakes.with(|mistakes| {
            let others = mistakes.iter().filter(|(field, _)| field.is_empty());
            let others: Vec<_> = others.map(|(_, text)| text.as_str()).collect();
            (!others.is_empty()).then(|| others.join(" "))
        })
    }

    /// Asks what it would have been, when nothing has been typed for a while.
    fn follow(self) {
        effect(move || {
            let (draft, is_begun) = (self.form.draft(), self.form.is_begun());
            self.refused.set(Vec::new());
            let Some(turn) = self.turn.try_update_value(|turn| {
                *turn += 1;
                *turn
            }) else {
                return;
            };
            match draft {
                Err(mistakes) => self
                    .mistakes
                    .set(if is_begun { mistakes } else { Vec::new() }),
                // What has not been begun has no mistakes yet.
                Ok(_) if !is_begun => {
                    self.mistakes.set(Vec::new());
                    self.preview.set(None);
                }
                Ok(draft) => set_timeout(move || self.look(&draft, turn), PAUSE),
            }
        });
    }

    fn look(self, draft: &ObjectiveDraft, turn: u32) {
        let is_newest = move || self.turn.try_get_value() == Some(turn);
        // Without a name it can be looked at as well.
        let named = |text: &str, instead: &str| match text {
            "" => instead.to_owned(),
            text => text.to_owned(),
        };
        let draft = ObjectiveDraft {
            service: named(&draft.service, "new"),
            name: named(&draft.name, "objective"),
            ..draft.clone()
        };
        let (true, Ok(text)) = (is_newest(), serde_json::to_string(&draft)) else {
            return;
        };
        self.is_busy.try_set(true);
        leptos::task::spawn_local(async move {
            let answer = read(preview_objective(text).await);
            if !is_newest() {
                return;
            }
            self.is_busy.try_set(false);
            match answer {
                Ok(preview) => {
                    self.mistakes.try_set(Vec::new());
                    self.preview.try_set(Some(preview));
                }
                Err(problem) => {
                    self.mistakes.try_set(mistakes(&problem.message));
                    self.preview.try_set(None);
                }
            }
        });
    }

    fn save(self) {
        let draft = match untrack(|| self.form.draft()) {
            Ok(draft) => draft,
            Err(mistakes) => return self.refuse(mistakes),
        };
        let Ok(text) = serde_json::to_string(&draft) else {
            return;
        };
        let id = self.id.get_value();
        leptos::task::spawn_local(async move {
            match read(save_objective(id, text).await) {
                Ok(saved) => {
                    notify("Saved; it is counted by this from now on", false);
                    self.here
                        .try_with_value(|here| here.go(&address(&saved.id), false));
                }
                // What is written stays as it is.
                Err(problem) => self.refuse(mistakes(&problem.message)),
            }
        });
    }

    fn refuse(self, mistakes: Mistakes) {
        self.mistakes.try_set(mistakes.clone());
        self.refused.try_set(mistakes);
    }
}

fn field_id(field: &str) -> String {
    format!("slo-{}", field.replace('_', "-"))
}

fn form(editor: Editor) -> AnyView {
    editor.follow();
    let form = editor.form;
    let problems = move || {
        editor.refused.with(|mistakes| {
            let each = mistakes.iter().map(|(field, text)| {
                let label = FIELDS.iter().find(|(known, _)| known == field);
                let label = label.map_or("Objective", |(_, label)| label);
                (field_id(field), label.to_owned(), text.clone())
            });
            each.collect::<Vec<_>>()
        })
    };
    let save = match editor.id.with_value(String::is_empty) {
        true => "Make objective",
        false => "Save",
    };
    let names = when(
        move || !editor.is_named,
        move || {
            view! {
                <div class="halves">
                    <TextField info=editor.info("service").hint("What it is about: mcp, api.").required() value=form.service />
                    <TextField info=editor.info("name").hint("Together with the service it is its id.").required() value=form.name />
                </div>
            }
        },
    );
    let seen = move || editor.preview.with(Option::is_some);
    let shown = move || {
        let take = move |target: String| form.target.set(target);
        editor
            .preview
            .with(|it| it.as_ref().map(|it| preview(it, form.kind(), take)))
    };
    let nothing_yet = move || {
        editor.mistakes.with(|mistakes| match mistakes.is_empty() {
            true => "Here stands what the objective would have been over stored data, as soon as it says what is measured.",
            false => "What it would have been is said when nothing is wrong any more.",
        })
    };
    let trouble = move || {
        editor
            .trouble()
            .map(|why| view! { <p class="trouble" role="status"><ui::Icon glyph=ui::Glyph::Cross /> <span>{why}</span></p> }.into_any())
    };
    view! {
        <p class="without-script">"Writing an objective here needs JavaScript. Without it, name a file of objectives in the configuration."</p>
        <div class="rule-editor slo-editor" data-needs-script>
            <div>
                <ErrorSummary problems=problems />
                <fieldset>
                    <legend>"What is promised"</legend>
                    {names}
                    <TextField info=editor.info("description") value=form.description />
                    <div class="halves">
                        <TextField info=editor.info("owner").hint("Who answers for it.") value=form.owner />
                        <TextField info=editor.info("consequence").hint("Releases stop until the budget is back.") value=form.consequence />
                    </div>
                </fieldset>
                <fieldset>
                    <legend>"What is measured"</legend>
                    {indicator(editor)}
                </fieldset>
                <fieldset>
                    <legend>"Target"</legend>
                    {target(editor)}
                </fieldset>
                <fieldset>
                    <legend>"Who is told"</legend>
                    <CheckField
                        info=editor.info("pages").hint("A critical alert, when a lot of the budget goes within hours.")
                        value=form.pages
                    />
                    <CheckField
                        info=editor.info("tickets").hint("A warning, when it goes steadily over days.")
                        value=form.tickets
                    />
                    <CheckField info=FieldInfo::new("slo-enabled", "Evaluate it") value=form.enabled />
                </fieldset>
                <div class="halves">
                    <TextField info=FieldInfo::new("slo-by", "Your name") value=form.by />
                    <TextField info=FieldInfo::new("slo-why", "Why") value=form.comment />
                </div>
                <button class="primary" on:click=move |_| editor.save()>{save}</button>
            </div>
            <section aria-label="What it would have been" aria-live="polite" aria-busy=move || editor.is_busy.get().to_string()>
                {move || trouble()}
                {when_else(
                    seen,
                    move || view! { {move || shown()} },
                    move || view! { <p class="empty">{move || nothing_yet()}</p> },
                )}
            </section>
        </div>
    }
    .into_any()
}
