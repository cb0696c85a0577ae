//! What was changed of an objective, and what was measured elsewhere.

use leptos::prelude::*;
use ui::{Ago, Empty, PageTime, PanelFrame, all, format, notify};
use wire::{IndicatorKind, Measurement, ObjectiveVersion};

use super::api::note_measurement;
use super::detail::{Shown, reload};
use super::words::{kept, read, stretch};
use crate::labelled::input;

/// Its versions, the newest first.
pub(super) fn versions(shown: Shown) -> AnyView {
    // What stays the same is not made anew, so that it keeps the focus.
    let known = Memo::new(move |_| shown.with(|it| it.versions.clone()));
    let rows = move || {
        known.with(|versions| match versions.is_empty() {
            true => view! { <Empty>"Nobody has changed it here."</Empty> }.into_any(),
            false => changed(versions),
        })
    };
    view! { {move || rows()} }.into_any()
}

/// Versions as a list.
fn changed(versions: &[ObjectiveVersion]) -> AnyView {
    list(versions, |at_ms| view! { <Ago at_ms=at_ms /> }.into_any())
}

/// Versions with their times, as `when` writes them.
pub(super) fn list(versions: &[ObjectiveVersion], when: fn(i64) -> AnyView) -> AnyView {
    let rows = all(versions.iter().map(|version| {
        let changes = super::list::said_one_by_one(&version.changes);
        let (edit, by, at_ms) = (version.edit.as_str(), version.by.clone(), version.at_ms);
        view! {
            <li>
                <p>
                    <b>{format!("{}. {edit}", version.version)}</b> {format!(" by {by} ")} {when(at_ms)}
                </p>
                <ul>{changes}</ul>
            </li>
        }
    }));
    view! { <ol class="slo-versions">{rows}</ol> }.into_any()
}

/// What was reported by hand or API, and a form for more; nothing where nothing is and nothing is asked for.
pub(super) fn measurements(shown: Shown) -> AnyView {
    let (kind, can_edit) = shown.with_untracked(|it| {
        let it = &it.objective;
        (it.draft.kind, it.can_edit)
    });
    let known = Memo::new(move |_| shown.with(|it| it.measurements.clone()));
    let has_some = known.with_untracked(|it| !it.is_empty());
    if kind != IndicatorKind::Measured && !has_some {
        return ().into_any();
    }
    let time = expect_context::<PageTime>();
    let rows = move || {
        known.with(|all| match all.is_empty() {
            true => view! { <Empty>"Nothing was reported yet: by the form below, or with POST /sla/measurement."</Empty> }.into_any(),
            false => table(all, time),
        })
    };
    let form = (can_edit && kind == IndicatorKind::Measured).then(|| form(shown, time));
    view! {
        <PanelFrame id="measurements" title="What was reported">
            {move || rows()}
            {form}
        </PanelFrame>
    }
    .into_any()
}

fn table(known: &[Measurement], time: PageTime) -> AnyView {
    let rows = all(known.iter().map(|it| {
        let (from_ms, to_ms) = (it.from_ms, it.to_ms);
        let when = move || stretch(from_ms, to_ms, time.zone.get());
        let share = match it.total > 0.0 {
            true => kept(it.good / it.total),
            false => "–".to_owned(),
        };
        view! {
            <tr>
                <th scope="row">{move || when()}</th>
                <td class="number">{format!("{} of {}", format::number(it.good), format::number(it.total))}</td>
                <td class="number">{share}</td>
                <td>{it.note.clone()} <small>{it.by.clone()}</small></td>
            </tr>
        }
    }));
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="What was reported">
            <table>
                <thead><tr><th>"When"</th><th class="number">"Good"</th><th class="number">"Kept"</th><th>"Note"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A measurement in fields.
#[derive(Clone, Copy)]
struct Fields {
    from: RwSignal<String>,
    to: RwSignal<String>,
    good: RwSignal<String>,
    total: RwSignal<String>,
    note: RwSignal<String>,
    by: RwSignal<String>,
}

impl Fields {
    /// What is written.
    ///
    /// # Errors
    /// What cannot be read, in words.
    fn measurement(self, objective: String, now_ms: i64) -> Result<Measurement, String> {
        let number = |field: RwSignal<String>, what: &str| {
            let text = field.get_untracked();
            let number: Result<f64, _> = text.trim().parse();
            number.map_err(|_| format!("{what}: {text:?} is no number."))
        };
        let at = |field: RwSignal<String>| {
            let text = field.get_untracked();
            match text.trim() {
                "" => Ok(0),
                text => ui::time::read_time(text, now_ms, 0),
            }
        };
        Ok(Measurement {
            objective,
            from_ms: at(self.from)?,
            to_ms: at(self.to)?,
            good: number(self.good, "Good")?,
            total: number(self.total, "All")?,
            note: self.note.get_untracked(),
            by: self.by.get_untracked(),
        })
    }
}

fn form(shown: Shown, time: PageTime) -> AnyView {
    let text = || RwSignal::new(String::new());
    let fields = Fields {
        from: text(),
        to: text(),
        good: text(),
        total: text(),
        note: text(),
        by: text(),
    };
    let problem = RwSignal::new(None::<String>);
    let live = expect_context::<ui::LiveState>();
    let note = move |_| {
        let id = shown.with_untracked(|it| it.objective.id.clone());
        let written = match fields.measurement(id, live.now_ms.get_untracked()) {
            Ok(measurement) => measurement,
            Err(why) => return problem.set(Some(why)),
        };
        let Ok(written) = serde_json::to_string(&written) else {
            return;
        };
        leptos::task::spawn_local(async move {
            match read(note_measurement(written).await) {
                Ok(_) => {
                    notify("Noted", false);
                    problem.try_set(None);
                    reload(shown, time);
                }
                Err(why) => _ = problem.try_set(Some(why.to_string())),
            }
        });
    };
    let field = |id: &str, name, label, text| input(format!("measured-{id}"), name, label, text);
    view! {
        <div class="notify-form" data-needs-script>
            {field("from", "from", "From (2026-11-20 14:00, in UTC)", fields.from)}
            {field("to", "to", "To", fields.to)}
            {field("good", "good", "Good", fields.good)}
            {field("total", "total", "All", fields.total)}
            {field("note", "note", "Where it is from", fields.note)}
            {field("by", "by", "Your name", fields.by)}
            <button on:click=note>"Note it"</button>
            {ui::when(
                move || problem.with(Option::is_some),
                move || view! { <p class="problem" role="alert">{move || problem.get()}</p> },
            )}
        </div>
    }
    .into_any()
}
