//! The form of a window: what is written, when it would be, and which open alerts it would be about. Without a script it is
//! sent as it is, and the page comes back with the same.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use ui::{PageTime, Zone, all, effect, format, notify};
use wire::{MaintenanceWindow, WindowDraft, WindowPreview};

use super::Picture;
use super::api::{preview_window, save_window};
use super::words::stretch;
use crate::address::Address;

/// A field: as it is sent, what it is called, what helps to fill it.
type Field = (&'static str, &'static str, &'static str);

const WHAT: [Field; 4] = [
    (
        "name",
        "Name",
        "As people know it: Backup of the file servers.",
    ),
    (
        "matchers",
        "Which alerts",
        "server files, web; or alertname=\"HighCPUUsage\", server=~\"db.*\": all of them have to match.",
    ),
    ("comment", "Why", ""),
    ("by", "Your name", ""),
];
const ONCE: [Field; 2] = [
    ("starts", "Starts", "2026-12-01T22:00; now where empty."),
    ("ends", "Ends", "2026-12-02T06:00"),
];
const OFTEN: [Field; 7] = [
    (
        "weekdays",
        "Days of the week",
        "mon:fri, sun; every day where empty.",
    ),
    (
        "times",
        "Times of day",
        "22:00-06:00 passes midnight; 02:30 for 90m lasts so long.",
    ),
    (
        "days_of_month",
        "Days of the month",
        "1:7, -1; the last day is -1.",
    ),
    ("months", "Months", "jan:mar, dec"),
    ("years", "Years", "2026:2027"),
    ("first", "First day", "2026-12-01"),
    ("last", "Last day", "2027-01-31"),
];
const ZONE: Field = ("zone", "Time zone", "Europe/Berlin; UTC where empty.");
/// Alerts of a preview that are named.
const NAMED: usize = 5;

/// What is being written.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    /// Which window is changed; empty for a new one.
    id: RwSignal<String>,
    text: RwSignal<WindowDraft>,
    problem: RwSignal<Option<String>>,
    preview: RwSignal<Option<WindowPreview>>,
}

impl Draft {
    /// As the address says it, or as the window is that it names.
    pub(crate) fn of_address(query: &ParamsMap, windows: &[MaintenanceWindow]) -> Self {
        let edited = query.get("edit").filter(|id| !id.is_empty());
        let window = windows.iter().find(|it| Some(&it.id) == edited.as_ref());
        let text = window.map_or_else(|| from_query(query), of_window);
        let id = window.map_or_else(|| query.get("id").unwrap_or_default(), |it| it.id.clone());
        Self {
            id: RwSignal::new(id),
            text: RwSignal::new(text),
            problem: RwSignal::new(query.get("problem").filter(|it| !it.is_empty())),
            preview: RwSignal::new(None),
        }
    }

    fn put(self, id: String, text: WindowDraft) {
        self.id.try_set(id);
        self.text.try_set(text);
    }
}

/// What an address says of a window.
pub(crate) fn from_query(query: &ParamsMap) -> WindowDraft {
    let mut draft = WindowDraft::default();
    for (name, ..) in WHAT.iter().chain(&ONCE).chain(&OFTEN).chain([&ZONE]) {
        if let Some(value) = query.get(name) {
            *field(&mut draft, name) = value;
        }
    }
    draft
}

fn of_window(window: &MaintenanceWindow) -> WindowDraft {
    let local = |at_ms: Option<i64>| {
        at_ms.map_or_else(String::new, |at_ms| {
            format!("{}T{}", format::date(at_ms), format::clock(at_ms, true))
        })
    };
    WindowDraft {
        name: window.name.clone(),
        matchers: window.matchers.clone(),
        comment: window.comment.clone(),
        starts: local(window.starts_ms),
        ends: local(window.ends_ms),
        times: window.times.clone(),
        weekdays: window.weekdays.clone(),
        days_of_month: window.days_of_month.clone(),
        months: window.months.clone(),
        years: window.years.clone(),
        first: window.first.clone(),
        last: window.last.clone(),
        zone: window.zone.clone(),
        ..WindowDraft::default()
    }
}

fn field<'a>(draft: &'a mut WindowDraft, name: &str) -> &'a mut String {
    match name {
        "name" => &mut draft.name,
        "matchers" => &mut draft.matchers,
        "comment" => &mut draft.comment,
        "starts" => &mut draft.starts,
        "ends" => &mut draft.ends,
        "times" => &mut draft.times,
        "weekdays" => &mut draft.weekdays,
        "days_of_month" => &mut draft.days_of_month,
        "months" => &mut draft.months,
        "years" => &mut draft.years,
        "first" => &mut draft.first,
        "last" => &mut draft.last,
        "zone" => &mut draft.zone,
        _ => &mut draft.by,
    }
}

/// The form.
pub(crate) fn form(picture: Picture, draft: Draft) -> AnyView {
    let time = expect_context::<PageTime>();
    let address = Address::here();
    picture.with_untracked(|picture| {
        draft.preview.set(picture.preview.clone());
        if let Some(problem) = &picture.problem {
            draft.problem.set(Some(problem.clone()));
        }
    });
    follow_address(address, picture, draft);
    follow(draft);
    let is_new = move || draft.id.with(String::is_empty);
    let word = move || {
        if is_new() {
            "Make window"
        } else {
            "Save window"
        }
    };
    let title = move || if is_new() { "A new one" } else { "Change it" };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        save(address, picture, draft);
    };
    let fields = |all_of: &'static [Field]| all(all_of.iter().map(|of| input(of, draft)));
    let preview = move || {
        let zone = time.zone.get();
        draft
            .preview
            .with(|preview| preview.as_ref().map(|preview| told(preview, zone)))
    };
    view! {
        <form class="window-form" method="post" action="/observability/windows/form" on:submit=save>
            <h3>{move || title()}</h3>
            <input type="hidden" name="id" value=draft.id.get_untracked() prop:value=move || draft.id.get() />
            <div class="halves">
                <div>{fields(&WHAT)}</div>
                <div>
                    <fieldset>
                        <legend>"Once"</legend>
                        {fields(&ONCE)}
                    </fieldset>
                    <fieldset>
                        <legend>"Or by a calendar"</legend>
                        {fields(&OFTEN)}
                    </fieldset>
                    {input(&ZONE, draft)}
                </div>
            </div>
            <p class="problem" role="alert">{move || draft.problem.get()}</p>
            <div role="status">{move || preview()}</div>
            <p class="actions">
                <button class="primary" type="submit" name="action" value="save">{move || word()}</button>
                <button
                    type="submit"
                    name="action"
                    value="preview"
                    on:click=move |event| {
                        event.prevent_default();
                        look(draft);
                    }
                >
                    "Preview"
                </button>
                <a
                    href=move || time.href("/alerts/windows")
                    on:click=move |_| draft.put(String::new(), WindowDraft::default())
                >
                    "Begin afresh"
                </a>
            </p>
        </form>
    }
    .into_any()
}

fn input(of: &'static Field, draft: Draft) -> AnyView {
    let &(name, label, hint) = of;
    let id = format!("window-{name}");
    let hint_id = format!("{id}-hint");
    let described = (!hint.is_empty()).then(|| hint_id.clone());
    let value = move || {
        draft
            .text
            .with(|text| field(&mut text.clone(), name).clone())
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <span class="control">
                <input
                    id=id
                    name=name
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    aria-describedby=described
                    value=untrack(value)
                    prop:value=move || value()
                    on:input:target=move |ev| {
                        let value = ev.target().value();
                        draft.text.update(|text| *field(text, name) = value);
                    }
                />
            </span>
            <small id=hint_id>{hint}</small>
        </div>
    }
    .into_any()
}

/// What a window would do.
fn told(preview: &WindowPreview, zone: Zone) -> AnyView {
    let next = all(preview
        .next
        .iter()
        .map(|span| view! { <li>{stretch(span, zone)}</li> }));
    let named: Vec<_> = preview
        .alerts
        .iter()
        .take(NAMED)
        .map(|it| it.summary.as_str())
        .collect();
    let more = match preview.alerts.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let alerts = match preview.alerts.len() {
        0 => "No alert that is open now; those to come that match will be held.".to_owned(),
        count => format!(
            "{}: {}{more}.",
            format::count(count, "open alert"),
            named.join("; ")
        ),
    };
    view! {
        <p>{alerts}</p>
        <p>{format!("Next ({}):", preview.rule)}</p>
        <ol class="next">{next}</ol>
    }
    .into_any()
}

/// Whoever goes to another window on this page, gets it into the form.
fn follow_address(address: Address, picture: Picture, draft: Draft) {
    let edited = Memo::new(move |_| address.query.with(|query| query.get("edit")));
    let shown = StoredValue::new(edited.get_untracked());
    effect(move || {
        let wanted = edited.get();
        if shown.get_value() == wanted {
            return;
        }
        shown.set_value(wanted.clone());
        let id = wanted.unwrap_or_default();
        if id == draft.id.get_untracked() {
            return;
        }
        let window = picture.with_untracked(|it| {
            let window = it.windows.iter().find(|window| window.id == id);
            window.map(of_window)
        });
        draft.put(id, window.unwrap_or_default());
    });
}

/// Asks what it would do, whenever it changes and is enough to be asked about.
fn follow(draft: Draft) {
    let asked = StoredValue::new(draft.text.get_untracked());
    effect(move || {
        let text = draft.text.get();
        if asked.with_value(|asked| *asked == text) {
            return;
        }
        asked.set_value(text.clone());
        let has_when = [
            &text.ends,
            &text.times,
            &text.weekdays,
            &text.days_of_month,
            &text.months,
        ];
        match text.matchers.is_empty() || has_when.iter().all(|it| it.is_empty()) {
            true => {
                draft.problem.set(None);
                draft.preview.set(None);
            }
            false => look(draft),
        }
    });
}

fn look(draft: Draft) {
    let text = draft.text.get_untracked();
    leptos::task::spawn_local(async move {
        let answer = preview_window(text.clone()).await;
        let answer = answer.map_err(|failure| failure.0);
        // What is written goes on meanwhile.
        if draft.text.try_get_untracked().as_ref() != Some(&text) {
            return;
        }
        match answer.and_then(|answer| answer.read()) {
            Ok(preview) => {
                draft.problem.try_set(None);
                draft.preview.try_set(Some(preview));
            }
            Err(problem) => {
                draft.preview.try_set(None);
                draft.problem.try_set(Some(problem.to_string()));
            }
        }
    });
}

fn save(address: Address, picture: Picture, draft: Draft) {
    let (id, text) = (draft.id.get_untracked(), draft.text.get_untracked());
    leptos::task::spawn_local(async move {
        let answer = save_window(id, text).await;
        let answer = answer.map_err(|failure| failure.0);
        match answer.and_then(|answer| answer.read()) {
            Ok(window) => {
                notify(format!("{} is kept", window.name), false);
                draft.put(String::new(), WindowDraft::default());
                address.set(&[("edit", String::new())], true);
                picture.try_update(|picture| {
                    picture.windows.retain(|it| it.id != window.id);
                    picture.windows.insert(0, window);
                });
            }
            Err(problem) => {
                draft.problem.try_set(Some(problem.to_string()));
            }
        }
    });
}
