//! A query: its letter, its field, how its series are called, and what can be done with it.

use leptos::prelude::*;
use ui::{Glyph, Icon, when};

use super::field::field;
use super::session::{Row, Session};
use super::state::letter;

/// The row of a query.
pub(crate) fn row(session: Session, row: Row) -> AnyView {
    let number = move || session.number(row);
    let named = move || letter(number()).to_string();
    let problem = move || {
        let mistake = row
            .mistake
            .with(|found| found.as_ref().map(|(_, mistake)| mistake.message.clone()));
        mistake.or_else(|| session.trouble_of(row))
    };
    let line = move || {
        problem().map(|problem| {
            view! {
                <Icon glyph=Glyph::Cross />
                <span>{problem}</span>
            }
            .into_any()
        })
    };
    let changed = move |legend: String| {
        if row.legend.get_untracked() != legend {
            row.legend.set(legend);
            session.run();
        }
    };
    let hidden = move || {
        let number = (number() + 1).to_string();
        view! { <input type="hidden" name="hidden" value=number /> }
    };
    view! {
        <li class="query" data-hidden=move || row.is_hidden.get().then_some("")>
            <b class="letter" aria-hidden="true">{move || named()}</b>
            {field(session, row, move || format!("Query {}", named()))}
            <input
                class="legend-field"
                name="legend"
                placeholder="Legend: {{server}}"
                title="What its series are called; {{label}} stands for the value of a label"
                autocomplete="off"
                spellcheck="false"
                aria-label=move || format!("Legend of query {}", named())
                value=row.legend.get_untracked()
                prop:value=move || row.legend.get()
                on:change:target=move |event| changed(event.target().value())
            />
            {when(move || row.is_hidden.get(), move || hidden())}
            {actions(session, row, named)}
            <p class="problem" id=format!("query-{}-problem", row.id) role="status">
                {move || line()}
            </p>
        </li>
    }
    .into_any()
}

fn actions(
    session: Session,
    row: Row,
    named: impl Fn() -> String + Copy + Send + Sync + 'static,
) -> AnyView {
    let hide = move || if row.is_hidden.get() { "Show" } else { "Hide" };
    view! {
        <span class="row-actions" data-needs-script>
            <button
                type="button"
                class="quiet"
                title="Lay the query out"
                aria-label=move || format!("Format query {}", named())
                on:click=move |_| session.format(row)
            >
                "Format"
            </button>
            <button
                type="button"
                class="quiet"
                aria-label=move || format!("{} query {}", hide(), named())
                on:click=move |_| session.hide(row)
            >
                {move || hide().to_owned()}
            </button>
            <button
                type="button"
                class="quiet"
                title="Duplicate"
                aria-label=move || format!("Duplicate query {}", named())
                disabled=move || !session.has_room()
                on:click=move |_| session.duplicate(row)
            >
                <Icon glyph=Glyph::Copy />
            </button>
            <button
                type="button"
                class="quiet"
                title="Remove"
                aria-label=move || format!("Remove query {}", named())
                on:click=move |_| session.remove(row)
            >
                <Icon glyph=Glyph::Trash />
            </button>
        </span>
    }
    .into_any()
}
