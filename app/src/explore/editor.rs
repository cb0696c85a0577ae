//! The form: the queries, and how their answers are drawn. Without scripts it is sent as it is.

use leptos::prelude::*;
use ui::{Glyph, Icon, all, each};
use wire::{Kind, Unit};

use super::row::row;
use super::session::Session;
use super::state::{KINDS, UNITS, View};

/// The form.
pub(crate) fn editor(session: Session) -> AnyView {
    let others = move || {
        let others = session.asked.with(|asked| asked.others.clone());
        all(others.into_iter().map(|(name, value)| {
            view! { <input type="hidden" name=name value=value /> }
        }))
    };
    let views = View::ALL.map(|view| {
        let is_shown = move || session.asked.with(|asked| asked.view) == view;
        view! { <option value=view.word() selected=move || is_shown()>{view.title()}</option> }
    });
    view! {
        <form
            class="editor"
            method="get"
            action="/explore"
            on:submit=move |event| {
                event.prevent_default();
                session.run();
            }
        >
            <ol class="queries">
                {each(
                    move || session.rows.get(),
                    |row| row.id.to_string(),
                    move |of| row(session, of),
                )}
            </ol>
            {move || others()}
            <div class="editor-tools">
                <button class="primary" type="submit" title="Run (Enter)" aria-busy=move || session.is_loading.get().to_string()>
                    <Icon glyph=Glyph::Play />
                    "Run"
                </button>
                <button
                    type="submit"
                    name="add"
                    value="1"
                    disabled=move || !session.has_room()
                    on:click=move |event| {
                        event.prevent_default();
                        session.add();
                    }
                >
                    <Icon glyph=Glyph::Plus />
                    "Add query"
                </button>
                <span class="keys" data-needs-script>
                    <kbd>"Enter"</kbd>" runs "<kbd>"Shift Enter"</kbd>" new line "<kbd>"Ctrl Space"</kbd>" suggests"
                </span>
                {drawn_as(session)}
                <label class="without-script-field">
                    "Shown as"
                    <select name="view">{all(views.into_iter())}</select>
                </label>
            </div>
        </form>
    }
    .into_any()
}

/// The kind of the chart, and what its values are.
fn drawn_as(session: Session) -> AnyView {
    let kinds = KINDS.map(|(kind, title)| {
        let is_shown = move || session.asked.with(|asked| asked.kind) == kind;
        view! { <option value=kind.as_str() selected=move || is_shown()>{title}</option> }
    });
    let units = UNITS.map(|(unit, title)| {
        let is_shown = move || session.asked.with(|asked| asked.unit) == Some(unit);
        view! { <option value=unit.as_str() selected=move || is_shown()>{title}</option> }
    });
    let guessed = move || session.asked.with(|asked| asked.unit.is_none());
    view! {
        <label>
            "Drawn as"
            <select
                name="kind"
                on:change:target=move |event| {
                    let kind = Kind::parse(&event.target().value()).unwrap_or_default();
                    session.look(|asked| asked.kind = kind);
                }
            >
                {all(kinds.into_iter())}
            </select>
        </label>
        <label>
            "Values are"
            <select
                name="unit"
                on:change:target=move |event| {
                    let unit = Unit::parse(&event.target().value());
                    session.look(|asked| asked.unit = unit);
                }
            >
                <option value="" selected=move || guessed()>"As they are named"</option>
                {all(units.into_iter())}
            </select>
        </label>
    }
    .into_any()
}
